"""郡の定めを置く (operator): weigh a county's file against what its towns have, then keep it, one row for each town.

Weighing writes nothing. It refuses a town that is unknown or of another county, a town left out, an older or equal edition, and
whatever would allow something that the model policy or the county's former layer refuses. Keeping changes no town's text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from minamo.access.api import LIMITS, Actor, authorise
from minamo.audit.api import append
from minamo.policy.county import CountyFile
from minamo.policy.models import CountyLayer
from minamo.policy.proving import opens, side_of
from minamo.policy.queries.grounds import looser
from minamo.policy.queries.texts import county_layer, limits_of, newest_issue
from minamo.policy.refusals import Refused
from minamo.policy.rules.workflow import loosened
from minamo.tenancy.api import Municipality


@dataclass(frozen=True)
class Member:
    """一つの町: what it lies on now, and what adopting would do there: numbers that become stricter, clauses it keeps in its own
    words."""

    town: Municipality
    edition: int
    lies_on: CountyLayer | None
    stricter: Mapping[str, int]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Weighed:
    """量った結果: the file, what the county said before (None: nothing), and its towns."""

    county: str
    file: CountyFile
    former: CountyLayer | None
    members: tuple[Member, ...]


def weigh(*, actor: Actor, county: str, file: CountyFile) -> Weighed:
    """What the file would do, town by town. Raises Denied, Refused with every reason why it cannot be kept."""
    towns = list(Municipality.objects.filter(code__in=file.members).order_by("code"))
    for town in towns:
        authorise(actor, "policy:draft", town)
    layers = {town.code: county_layer(town.pk) for town in towns}
    of_county = [layer for layer in layers.values() if layer is not None and layer.county == county]
    former = max(of_county, key=lambda layer: (layer.agreed_on, layer.pk), default=None)
    wrong = [
        *_wrong_members(county, towns, layers, file, former),
        *_wrong_day(file, former),
        *_wrong_numbers(file, former),
    ]
    if wrong:
        raise Refused("\n".join([*wrong, "何も変えていません。"]))
    return Weighed(county, file, former, tuple(_member(town, file) for town in towns))


def keep(*, actor: Actor, county: str, file: CountyFile) -> Weighed:
    """置く: a row for each town, each with its row in the trail. Raises Denied, Refused (see weigh)."""
    list(Municipality.objects.select_for_update().filter(code__in=file.members).order_by("code"))
    found = weigh(actor=actor, county=county, file=file)
    for member in found.members:
        decision = authorise(actor, "policy:draft", member.town)
        row = CountyLayer.objects.create(
            municipality=member.town, county=county, members=sorted(file.members), name=file.name,
            clauses={number: dict(clause) for number, clause in file.clauses.items()}, limits=dict(file.limits),
            agreed_on=file.agreed_on,
        )  # fmt: skip
        append(
            actor=actor, action="policy:county", resource_type="CountyLayer", resource_id=str(row.pk),
            municipality=member.town.pk, rules=decision.rules,
            detail={"county": county, "clauses": list(row.clauses)[:200], "limits": row.limits},
        )  # fmt: skip
    return found


def _wrong_members(
    county: str,
    towns: Sequence[Municipality],
    layers: Mapping[str, CountyLayer | None],
    file: CountyFile,
    former: CountyLayer | None,
) -> Iterator[str]:
    known = {town.code for town in towns}
    for code in file.members:
        if code not in known:
            yield f"{file.at['members']}members の {code} は、この minamo にある自治体のコードではありません。"
    for town in towns:
        held = layers[town.code]
        if held is not None and held.county != county:
            yield f"{file.at['members']}members の {town.code}（{town.name}）は、別の郡（{held.county}「{held.name}」）に入っています。町が入れる郡は一つです。"
    for code in sorted(set(former.members if former else ()) - set(file.members)):
        yield f"{file.at['members']}members に、前の定めで合意した {code} がありません。町を外すことは、このファイルではできません。"


def _wrong_day(file: CountyFile, former: CountyLayer | None) -> Iterator[str]:
    if former is None:
        return
    if file.agreed_on < former.agreed_on:
        yield f"{file.at['agreed_on']}agreed_on が、いまの定めの合意した日（{former.agreed_on}）より前です。"
    elif _said(file) == (former.name, former.clauses, former.limits, former.members):
        yield f"いまの定め（{former.agreed_on}）と同じです。"


def _said(file: CountyFile) -> tuple[object, ...]:
    return file.name, dict(file.clauses), dict(file.limits), sorted(file.members)


def _wrong_numbers(file: CountyFile, former: CountyLayer | None) -> Iterator[str]:
    """Looser numbers, and what becomes possible by them; a proof by implication for all that rules read."""
    for name, before in (("手本の規程", {}), ("いまの定め", former.limits if former else {})):
        old, new = limits_of(before), limits_of(file.limits)
        loose = loosened(new, old, {each: limit.smaller_is_stricter for each, limit in LIMITS.items()})
        for each in loose:
            limit = LIMITS[each]
            yield f"{file.at.get(each, '')}limits の {each}（{limit.label}）が、{name}の {old[each]}{limit.unit} より緩い {new[each]}{limit.unit} です。"
        witness = opens(side_of(old, ""), side_of(new, ""))
        if witness:
            yield f"{name}ではできないことが、できるようになります：{witness}"
        if loose or witness:
            return


def _member(town: Municipality, file: CountyFile) -> Member:
    issue = newest_issue(town.pk)
    own = issue.limits if issue else {}
    stricter = looser(own, CountyLayer(limits=dict(file.limits)))
    kept = tuple(number for number in (issue.own if issue else {}) if number in file.clauses)
    return Member(town, issue.number if issue else 0, issue.county if issue else None, stricter, kept)
