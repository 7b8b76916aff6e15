"""だれの答案かを決める動詞: a person confirms pages and absentees of a class in one go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.kernel.jobs import defer
from minamo.marking.actions.trail import note
from minamo.marking.check_rules import Before, Child, Conflict, absent_apart, agreed, kept_apart
from minamo.marking.models import Absence, Binding, Edition, ScanPage, Sitting
from minamo.marking.queries.marks import SETTLED, settled
from minamo.marking.queries.scans import children, place

MOVED = "開いているあいだに、ほかの先生がページを変えました。画面を開き直してください。何も変わっていません。"


@dataclass(frozen=True)
class Confirmed:
    """決まったこと: papers bound, pupils absent, papers still nobody's."""

    bound: int
    absent: int
    open: int


def confirm_owners(
    *,
    actor: Actor,
    sitting: Sitting,
    owners: Mapping[UUID, UUID | None],
    absent: Collection[UUID],
    before: Before | None = None,
) -> Confirmed:
    """だれの答案かを決める: `owners` says of each page whose it is (None = nobody's yet), `absent` who has no paper, `before` what
    had been decided when the screen was opened: what somebody else has decided since stays.

    One page per pupil; a page said to be another pupil's takes its marks with it, for marks hang on pages. The absence of a
    pupil whose paper has turned up ends. Raises Conflict with names; then nothing is changed.
    """
    decision = authorise(actor, "sitting:manage", sitting)
    held = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if settled(held):
        raise Conflict([f"{SETTLED}何も変わっていません。"])
    pages = {
        page.pk: page
        for page in ScanPage.objects.select_related("pile").filter(sitting=held, status="ok")
    }  # fmt: skip
    said = {row.page_id: row for row in Binding.objects.filter(sitting=held, replaced_at__isnull=True)}
    if any(page not in pages or (page in said and said[page].pupil_id is None) for page in owners):
        raise Conflict([MOVED])
    places = {key: place(page) for key, page in pages.items()}
    if before is not None:
        owners = kept_apart(owners, {page: row.pupil_id for page, row in said.items()}, before, places)
    whole = {page: row.pupil_id for page, row in said.items() if row.pupil_id is not None} | dict(owners)
    roster = children(held)
    if before is not None:
        now = set(Absence.objects.filter(sitting=held, ended_at__isnull=True).values_list("pupil_id", flat=True))
        absent = absent_apart(absent, now, before, [pupil for pupil in whole.values() if pupil is not None])
    agreed(whole, absent, _also(roster, said), places)
    changed = {
        page: pupil for page, pupil in owners.items() if pupil != (said[page].pupil_id if page in said else None)
    }
    _bind(actor, held, changed, {child.pupil: child.number for child in _also(roster, said)})
    away = _absences(actor, held, set(absent))
    open_pages = sum(1 for page in pages if whole.get(page) is None and page not in _aside(said))
    note(actor, held, decision.rules, {"bound": len(changed), "absent": len(away)})
    if changed:
        _ask_groups(held)
    return Confirmed(sum(1 for pupil in whole.values() if pupil is not None), len(away), open_pages)


def _also(roster: list[Child], said: Mapping[UUID, Binding]) -> list[Child]:
    """The roster of the day and whoever has a paper here already: one who has left the class since keeps it."""
    known = {child.pupil for child in roster}
    rest = [row for row in said.values() if row.pupil_id is not None and row.pupil_id not in known]
    return [*roster, *(Child(row.pupil_id, row.number, "名簿にいない人") for row in rest if row.pupil_id is not None)]


def _aside(said: Mapping[UUID, Binding]) -> set[UUID]:
    return {page for page, row in said.items() if row.pupil_id is None}


def _bind(
    actor: Actor, sitting: Sitting, changed: Mapping[UUID, UUID | None], numbers: Mapping[UUID, int | None]
) -> None:
    """First all old bindings of these pages end, then the new ones begin: two swapped papers never meet."""
    Binding.objects.filter(sitting=sitting, page__in=changed, replaced_at__isnull=True).update(replaced_at=actor.now)
    Binding.objects.bulk_create(
        Binding(
            municipality_id=sitting.municipality_id, sitting=sitting, page_id=page, pupil_id=pupil, number=numbers[pupil],
            how="confirmed", bound_by_id=actor.account_id, bound_by_label=actor.label[:60], bound_at=actor.now,
        )
        for page, pupil in changed.items()
        if pupil is not None
    )  # fmt: skip


def _absences(actor: Actor, sitting: Sitting, absent: set[UUID]) -> set[UUID]:
    current = Absence.objects.filter(sitting=sitting, ended_at__isnull=True)
    there = set(current.values_list("pupil_id", flat=True))
    current.exclude(pupil__in=absent).update(ended_at=actor.now)
    Absence.objects.bulk_create(
        Absence(
            municipality_id=sitting.municipality_id, sitting=sitting, pupil_id=pupil, said_by_id=actor.account_id,
            said_by_label=actor.label[:60], said_at=actor.now,
        )
        for pupil in sorted(absent - there)
    )  # fmt: skip
    return absent


def _ask_groups(sitting: Sitting) -> None:
    """答えのまとまり for what no network reads, once the papers have owners."""
    newest = Edition.objects.filter(assessment_id=sitting.assessment_id).order_by("-number").first()
    for question in newest.questions if newest else ():
        if not question["alphabet"]:
            defer(
                "marking.group",
                municipality=str(sitting.municipality_id),
                sitting=str(sitting.pk),
                question=question["id"],
            )
