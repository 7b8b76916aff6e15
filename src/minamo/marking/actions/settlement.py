"""確定する・取りやめる: a sitting becomes a result in the name of a person, and back again before it goes home."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID, uuid5

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import live
from minamo.marking.actions.giving import ask_book
from minamo.marking.actions.results import settle_result
from minamo.marking.models import Result, Review, Settlement, Sitting
from minamo.marking.queries.settlement import Standing, settlement_of, standing_of
from minamo.marking.settling import Lack, stands_in_the_way

NAMESPACE = UUID("4c9c3f0e-0f2f-4f31-a7a7-1b6a7d9f0c11")


class SettlementRefused(ValueError):
    """まだ確定できない: `lacks` says what is missing, each with its place; nothing has changed."""

    def __init__(self, message: str, lacks: Collection[Lack] = ()) -> None:
        super().__init__(message)
        self.lacks = tuple(lacks)


def settle_sitting(
    *, actor: Actor, sitting: Sitting, named: Collection[str] = (), seen: int | None = None
) -> Settlement:  # fmt: skip
    """確定する: the marks as they are now become a result. `named`: kinds of lacks that may stay (`settling.NAMEABLE`); what
    is not marked stays null. `seen`: the newest stroke the person has seen the table with. The same again gives what is there.

    Raises SettlementRefused with everything that stands in the way.
    """
    decision = authorise(actor, "sitting:manage", sitting)
    locked = (
        Sitting.objects.select_for_update(of=("self",), no_key=True)
        .select_related("assessment", "school_class")
        .get(pk=sitting.pk)
    )
    if (there := settlement_of(locked)) is not None:
        return there
    standing = standing_of(locked)
    if seen is not None and seen != standing.last:
        raise SettlementRefused("表を開いたあとに採点が変わりました。下の表を確かめて、もう一度確定してください。")
    if blocking := stands_in_the_way(standing.lacks, named):
        raise SettlementRefused("まだ確定できません。下の一覧から直してください。採点はそのままです。", blocking)
    edition = standing.setup.edition
    if edition is None:
        raise SettlementRefused("テストの設定がまだありません。設問を決めてから確定してください。")
    result = _result(actor, locked, standing)
    row = Settlement.objects.create(
        municipality_id=locked.municipality_id, sitting=locked, result=result, edition=edition, settled_at=actor.now,
        exceptions=[{"kind": one.kind, "count": one.count, "about": one.about} for one in standing.lacks],
    )  # fmt: skip
    audit.append(
        actor=actor, action="sitting:manage", resource_type="Sitting", resource_id=str(locked.pk),
        municipality=locked.municipality_id, school=locked.school_id, rules=decision.rules,
        detail={"settlement": row.pk, "result": result.pk, "exceptions": len(row.exceptions)},
    )  # fmt: skip
    ask_book(actor=actor, result=result)
    live.publish(f"sitting:{locked.pk}", "settled")
    return row


def _result(actor: Actor, sitting: Sitting, standing: Standing) -> Result:
    """The result, one of its own for every time the sitting is settled."""
    times = Settlement.objects.filter(sitting=sitting).count()
    results = standing.results(sitting.school_class.title)
    items = tuple(replace(item, label=f"{item.section}{item.label}"[:40]) for item in results.items)
    return settle_result(
        actor=actor, school_class=sitting.school_class, title=sitting.assessment.title, subject=sitting.assessment.subject,
        held_on=sitting.held_on, results=replace(results, items=items), numbers=standing.numbers,
        key=uuid5(NAMESPACE, f"{sitting.pk}:{times}"), pages=standing.pages,
    )  # fmt: skip


def unsettle(*, actor: Actor, result: Result, why: str) -> Settlement:
    """確定を取りやめる before the test went home: marking goes on, the result stays as a record. Raises SettlementRefused."""
    decision = authorise(actor, "result:change", result)
    locked = Result.objects.select_for_update().get(pk=result.pk)
    row = Settlement.objects.select_for_update().filter(result=locked).first()
    if row is None:
        raise SettlementRefused("点数表から作った結果は、取りやめられません。配点や点は、この画面から直せます。")
    if row.ended_at is not None:
        return row
    if locked.releases.filter(withdrawn_at__isnull=True).exists():
        raise SettlementRefused("もう返却してあります。先に返却を取りやめるか、見直しの返事として点を直してください。")
    if Review.objects.filter(paper__result=locked).exists():
        raise SettlementRefused("見直しが届いています。見直しの返事として点を直してください。確定はそのままです。")
    if not why.strip():
        raise SettlementRefused("取りやめるわけを、ひとこと入れてください。確定はそのままです。")
    row.ended_at, row.ended_by_id, row.ended_by_label = actor.now, actor.account_id, actor.label[:60]
    row.ended_why = why.strip()[:200]
    row.save(update_fields=["ended_at", "ended_by", "ended_by_label", "ended_why"])
    audit.append(
        actor=actor, action="result:change", resource_type="Result", resource_id=str(locked.pk),
        municipality=locked.municipality_id, school=locked.school_id, rules=decision.rules, detail={"ended": row.pk},
    )  # fmt: skip
    live.publish(f"sitting:{row.sitting_id}", "settled")
    return row
