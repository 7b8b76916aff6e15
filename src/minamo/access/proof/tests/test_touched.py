"""だれが得て、だれが失うか: the list of a comparison is exactly what a finite grid of real requests finds, post by post."""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from minamo.access.actor import Actor
from minamo.access.limits import checked
from minamo.access.pdp import decide
from minamo.access.policyset import policies
from minamo.access.proof.compare import Comparison
from minamo.access.proof.environment import Environment
from minamo.access.proof.holders import HIMSELF, TIES, Holders
from minamo.access.proof.revision import by_operation, diff
from minamo.access.proof.sentences import holders_in_words
from minamo.access.proof.versions import Version
from minamo.access.relations import RELATION_TYPES
from minamo.access.resources import Resource, registered

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
PERSON, OTHER = UUID(int=1), UUID(int=2)
IDS = {name: str(UUID(int=n)) for n, name in enumerate(("Municipality", "School", "SchoolClass", "Pupil"), start=10)}
TEXTS = ("author", "class", "school", "elsewhere")
ALSO = {
    "pupil:export",
    "pupil:contacts",
    "register:mark",
    "incident:read",
    "emergency:open",
    "policy:read",
    "asset:edit",
}
BASE = Version(policies())
Found = set[tuple[str, str, bool, frozenset[str]]]


def overlay(condition: str, scope: str = 'action in [Action::"class1"]') -> Version:
    """The base under one more closing rule."""
    return BASE.with_overlay(
        f'@id("overlay.x") @clause("90.1") @ja("閉じます。") forbid (principal, {scope}, resource) when {{ {condition} }};'
    )


DRAFTS = {
    "15 to 60 minutes": (BASE, Version(policies(), checked({"reauth_minutes": 60}))),
    "60 to 5 minutes": (Version(policies(), checked({"reauth_minutes": 60})), Version(policies(), checked({"reauth_minutes": 5}))),
    "export by heads": (BASE, overlay('!principal.heads.contains(resource.school)', 'action == Action::"pupil:export"')),
    "night": (BASE, overlay('principal.kind == "staff" && context.hour >= 20', 'action in [Action::"class1", Action::"class2"]')),
    "night, but not the board": (
        BASE, overlay("context.hour >= 20 && !(resource has municipality && principal.boards.contains(resource.municipality))")
    ),
    "nobody twice": (BASE, overlay("resource has school && principal.heads.contains(resource.school) &&"
                                   " principal.technicians.contains(resource.school)")),
}  # fmt: skip


def things(env: Environment) -> dict[str, set[str]]:
    """Ids of each type that the request names."""
    fields = env.schema.entities[env.resource].values()
    names = {env.resource, *(field.type.name for field in fields)}
    return {name: {IDS[name]} for name in names if name in IDS}


def actor(env: Environment, holding: frozenset[str], age: int, hour: int) -> Actor:
    """Somebody of the staff with exactly this holding, in a good state."""
    here = things(env)
    held = {*holding, *(TIES[name] for name in holding if name in TIES)} - {HIMSELF}
    relations = {name: frozenset(here.get(RELATION_TYPES[name], ())) for name in held}
    moment = NOW.replace(hour=hour)
    return Actor(
        account_id=PERSON, kind="staff", label="", side="school", device_id=None, strength=2, now=moment, today=moment.date(),
        authenticated_at=moment - dt.timedelta(minutes=age), device_proved_at=moment, device_state="trusted", posture="good",
        posture_source="mdm", relations=relations | {"municipalities": frozenset({IDS["Municipality"]})},
    )  # fmt: skip


def resources(env: Environment, himself: bool) -> Iterator[Resource]:
    """The record with every text its attributes may say; `himself`: it names the actor."""
    kind, fields = registered()[env.resource], env.schema.entities[env.resource]
    texts = [name for name, field in fields.items() if field.type.kind == "string"]
    person = str(PERSON if himself else OTHER)
    for said in itertools.product(TEXTS, repeat=len(texts)):
        values: dict[str, object] = dict(zip(texts, said, strict=True))
        for name, field in fields.items():
            if field.type.kind == "set":
                values[name] = [person]
            elif field.type.kind == "entity":
                values[name] = IDS.get(field.type.name, person)
        yield Resource(env.resource, IDS.get(env.resource, str(UUID(int=99))), values, kind)


def on_a_grid(old: Version, new: Version, env: Environment) -> Found:
    """Every single holding that is decided differently somewhere on the grid."""
    found: Found = set()
    for holding in Holders(env).single("staff"):
        for resource in resources(env, HIMSELF in holding):
            for age, hour in itertools.product((0, 16, 61), (10, 21)):
                asked = actor(env, holding, age, hour)
                before, after = (
                    decide(replace(asked, limits=side.limits), env.action.name, resource, rules=side.rules).allowed
                    for side in (old, new)
                )
                if before != after:
                    found.add((*env.key, after, holding))
    return found


@pytest.mark.parametrize("name", DRAFTS)
def test_the_list_is_what_a_grid_finds(name: str) -> None:
    old, new = DRAFTS[name]
    listed = diff(old, new)
    environments = Comparison(old, new).encoder.environments.values()
    asked = [env for env in environments if "class1" in env.action.groups or env.action.name in ALSO]
    assert len(asked) > 15 and listed.cut == ()
    expected: Found = set().union(*(on_a_grid(old, new, env) for env in asked))
    keys = {env.key for env in asked}
    single = {
        (c.action, c.resource, c.gained, c.holding)
        for c in listed.changes
        if c.kind == "staff" and len(c.holding) <= 1 and (c.action, c.resource) in keys
    }
    assert single == expected
    if name != "nobody twice":
        assert expected


def test_the_board_gains_beside_the_heads() -> None:
    found = by_operation(diff(*DRAFTS["15 to 60 minutes"]).changes)
    (approve,) = [one for one in found if one["action"] == "device:approve"]
    assert approve["who"] == ["教育委員会の職員", "校長・教頭"] and approve["gained"]
    assert [one["who"] for one in approve["each"]] == approve["who"]
    assert all("本人確認から16分のとき" in one["sentence"] for one in approve["each"])


def test_everybody_an_overlay_shuts_out_is_named() -> None:
    found = by_operation(diff(*DRAFTS["export by heads"]).changes)
    (staff,) = [[one["who"] for one in op["each"] if one["kind"] == "staff"] for op in found]
    assert staff == ["教務主任", "事務職員", "学級担任"]


def test_who_is_touched_only_with_two_posts_is_a_combination() -> None:
    changes = [change for change in diff(*DRAFTS["nobody twice"]).changes if change.kind == "staff"]
    both = frozenset({"heads", "technicians"})
    assert changes and not any(change.gained for change in changes)
    assert all(change.holding >= both for change in changes)
    assert {change.holding for change in changes if change.action == "device:approve"} == {both}
    assert {c.holding for c in changes if c.action == "audit:erase"} == {both | {"boards"}}, "the board alone opens it"


def test_more_combinations_than_are_written_down_are_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    from minamo.access.proof import compare

    monkeypatch.setattr(compare, "MOST", 0)
    assert "device:approve" in diff(*DRAFTS["nobody twice"]).cut


def test_few_words_that_say_it_exactly() -> None:
    posts = ["heads", "coordinators", "nurses", "clerks", "technicians"]
    serving = [frozenset({name}) for name in ("serves", *posts)]
    assert holders_in_words("staff", serving, frozenset({"boards"})) == ["その学校の教職員"]
    spared = frozenset({"heads", "boards"})
    touched = [holding for holding in serving if "heads" not in holding]
    assert holders_in_words("staff", touched, spared) == ["その学校の教職員（校長・教頭を除く）"]
    assert holders_in_words("staff", [frozenset(), *touched], spared) == [
        "教職員みな（教育委員会の職員・校長・教頭を除く）"
    ]
    assert holders_in_words("staff", [frozenset({"clerks"}), frozenset({"boards", "himself"})], frozenset()) == [
        "事務職員", "教育委員会の職員＋本人（その記録に名前のある人）",
    ]  # fmt: skip
