"""テストを作る・写す・共有する・片づける."""

from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import files
from minamo.kernel.schoolyear import SchoolYear
from minamo.marking.models import Assessment, Edition
from minamo.marking.sheet_values import Blank
from minamo.tenancy.api import School

AUTHOR, SCHOOL = "author", "school"
TITLE, SUBJECT = 60, 20


class AssessmentRefused(ValueError):
    """The test cannot be kept like this; `field` is the field of the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Sheet(Blank):
    """用紙: a blank that was taken in, with the name of the file it came in."""

    filename: str


def made_with(*, actor: Actor, school: School, key: UUID) -> Assessment | None:
    """The test that this key made before, so that a form sent twice makes one test. Own tests only."""
    return Assessment.objects.filter(key=key, school=school, author_id=actor.account_id).first()


def create_assessment(
    *, actor: Actor, school: School, title: str, subject: str, sheet: Sheet, key: UUID
) -> Assessment:  # fmt: skip
    """テストを作る with its first edition, the proposal. The same `key` again gives the test that is there.

    Raises AssessmentRefused.
    """
    decision = authorise(actor, "assessment:create", school)
    there = made_with(actor=actor, school=school, key=key)
    if there is not None:
        return there
    row = Assessment.objects.create(
        municipality_id=school.municipality_id, school=school, title=_title(title), subject=subject.strip()[:SUBJECT],
        year=SchoolYear.of(actor.today).year, blank=files.keep(sheet.pdf), picture=files.keep(sheet.picture),
        blank_name=sheet.filename[-120:], width=sheet.size[0], height=sheet.size[1],
        leaves=[list(one) for one in sheet.leaves], author_id=actor.account_id,
        author_label=actor.label[:60], made_at=actor.now, key=key,
    )  # fmt: skip
    first_edition(
        actor, row, [one.plain() for one in sheet.questions], sheet.number, sheet.name, vertical=sheet.vertical
    )
    _record(actor, row, "assessment:create", decision.rules, questions=len(sheet.questions))
    return row


def first_edition(
    actor: Actor, row: Assessment, questions: list[object], number: object, name: object, *, vertical: bool
) -> Edition:
    """版1."""
    return Edition.objects.create(
        municipality_id=row.municipality_id, assessment=row, number=1, questions=questions, number_box=number,
        name_box=name, vertical=vertical, saved_by_id=actor.account_id, saved_by_label=actor.label[:60],
        saved_at=actor.now,
    )  # fmt: skip


def copy_assessment(*, actor: Actor, source: Assessment, school: School, key: UUID) -> Assessment:
    """写す: a test of one's own with the sheet and the settings of another; no sittings, no marks come along."""
    authorise(actor, "assessment:read", source)
    decision = authorise(actor, "assessment:create", school)
    there = made_with(actor=actor, school=school, key=key)
    if there is not None:
        return there
    row = Assessment.objects.create(
        municipality_id=school.municipality_id, school=school, title=_title(f"{source.title}（写し）"[-TITLE:]),
        subject=source.subject, year=SchoolYear.of(actor.today).year, blank=source.blank, picture=source.picture,
        blank_name=source.blank_name, width=source.width, height=source.height, leaves=source.leaves, copied_from=source,
        author_id=actor.account_id, author_label=actor.label[:60], made_at=actor.now, key=key,
    )  # fmt: skip
    last = Edition.objects.filter(assessment=source).order_by("-number").first()
    if last is None:
        raise LookupError("a test without an edition")
    first_edition(actor, row, last.questions, last.number_box, last.name_box, vertical=last.vertical)
    _record(actor, row, "assessment:create", decision.rules, copied_from=source.pk, edition=last.number)
    return row


def rename_assessment(*, actor: Actor, assessment: Assessment, title: str, subject: str) -> Assessment:
    """名前と教科を直す. Raises AssessmentRefused."""
    decision = authorise(actor, "assessment:edit", assessment)
    row = Assessment.objects.select_for_update().get(pk=assessment.pk)
    row.title, row.subject = _title(title), subject.strip()[:SUBJECT]
    row.save(update_fields=["title", "subject"])
    _record(actor, row, "assessment:edit", decision.rules, what="name")
    return row


def share_assessment(*, actor: Actor, assessment: Assessment, audience: str) -> Assessment:
    """校内で共有する, or take it back. Raises AssessmentRefused for an audience there is not."""
    decision = authorise(actor, "assessment:edit", assessment)
    if audience not in {AUTHOR, SCHOOL}:
        raise AssessmentRefused("audience", "見られる範囲を選んでください。")
    row = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if row.audience != audience:
        row.audience = audience
        row.save(update_fields=["audience"])
        _record(actor, row, "assessment:edit", decision.rules, what="audience", audience=audience)
    return row


def shelve_assessment(*, actor: Actor, assessment: Assessment, away: bool) -> Assessment:
    """片づける, or take out again. Nothing is removed."""
    decision = authorise(actor, "assessment:edit", assessment)
    row = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if (row.put_away_at is not None) != away:
        row.put_away_at = actor.now if away else None
        row.save(update_fields=["put_away_at"])
        _record(actor, row, "assessment:edit", decision.rules, what="away" if away else "out")
    return row


def _title(text: str) -> str:
    title = "".join(c for c in text if c.isprintable()).strip()[:TITLE]
    if not title:
        raise AssessmentRefused("title", "テストの名前を入れてください。")
    return title


def _record(actor: Actor, row: Assessment, action: str, rules: tuple[str, ...], **detail: object) -> None:
    audit.append(
        actor=actor, action=action, resource_type="Assessment", resource_id=str(row.pk),
        municipality=row.municipality_id, school=row.school_id, rules=rules, detail=detail,
    )  # fmt: skip
