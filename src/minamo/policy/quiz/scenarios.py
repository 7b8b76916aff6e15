"""場面 (scenarios): "may this person do this?", made from the rules of a clause and answered by the engine.

Somebody of each kind asks for something at the own school or at another, in some circumstances, as an actor of the town: with
its numbers and its overlay, like every real decision there. Circumstances that only an overlay reads are asked about where one
does; times are told from the town's number.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import NAMESPACE_OID, UUID, uuid5

from minamo.access.api import (
    DEFAULTS,
    Actor,
    Decision,
    Resource,
    decide,
    openers,
    policies,
    resource_type,
    rules_with,
)
from minamo.kernel.schoolyear import JST
from minamo.policy.clauses import model
from minamo.policy.links import number_of
from minamo.policy.quiz.ground import Answer, Ground, Question

ROLES = {
    "heads": "校長", "coordinators": "教務主任", "nurses": "養護教諭", "clerks": "事務職員", "technicians": "情報担当", "homerooms": "学級担任", "teaches": "教科の担当",
    "": "担当のない教職員",
}  # fmt: skip
# What is asked about, as the policy sees it, when it lies at the own school: which attribute is what.
PLACES = {
    "municipality": "town", "school": "school", "self": "school", "homeroom": "class", "pupil": "pupil", "account": "none",
    "registrant": "none", "author": "none", "reporter": "none",
}  # fmt: skip
KINDS = ("Pupil", "SchoolClass", "School", "Notice", "Mark", "Trail")
# What is asked about, as somebody would say it. Only these are asked.
SPOKEN = {
    "pupil:read": "児童の氏名や学級を見よう", "pupil:contacts": "児童の保護者の連絡先を見よう", "pupil:protected": "児童の、支援措置で隠した住所を見よう",
    "pupil:edit": "児童の学籍を訂正しよう", "pupil:export": "児童の名簿を書き出そう", "class:manage": "学級編制を変えよう",
    "people:enrol": "転入学を登録しよう", "people:invite": "保護者に登録コードを発行しよう", "notice:change": "欠席連絡を直そう",
    "notice:take-call": "電話の欠席連絡を書き込もう", "register:mark": "出席簿に出欠を記録しよう", "register:close": "出席簿の月締めをしよう",
    "attendance:closure": "学級閉鎖を登録しよう", "calendar:edit": "行事予定を変えよう", "roster:guardians": "保護者の一覧を取り込もう",
    "audit:read": "操作記録を見よう",
}  # fmt: skip
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=JST)
HOLIDAY = dt.datetime(2026, 11, 22, 10, 0, tzinfo=JST)
NIGHT = dt.datetime(2026, 11, 24, 22, 0, tzinfo=JST)


@dataclass(frozen=True)
class Condition:
    """状況: in words, what it makes of the actor, and what some rule of the action must read for it to be asked about."""

    text: str
    made: Callable[[Actor], Actor] = lambda actor: actor
    read: str = ""
    after: Callable[[int], int] | None = None  # minutes since the proof, from the town's number
    place: str = "自校"  # whose pupils and records


CONDITIONS: Mapping[str, Condition] = {
    "own": Condition("校務用の端末で"),
    "other": Condition("校務用の端末で", place="ほかの学校"),
    "learning": Condition("学習用の端末で", lambda a: replace(a, side="learning")),
    "password": Condition("校務用の端末でパスワードだけで", lambda a: replace(a, strength=1)),
    "within": Condition("校務用の端末で、本人確認から{}分たって", read="reauth_minutes", after=lambda n: (n + 1) // 2),
    "late": Condition("校務用の端末で、本人確認から{}分たって", read="reauth_minutes", after=lambda n: n + 5),
    "night": Condition("校務用の端末で、夜の10時に", lambda a: _at(a, NIGHT), "hour"),
    "holiday": Condition("校務用の端末で、休みの日に", lambda a: _at(a, HOLIDAY), "holiday"),
    "unknown": Condition("状態の分からない校務用の端末で", lambda a: replace(a, posture="unknown", posture_source="none"), "posture"),
}  # fmt: skip


def posts_of(actor: Actor) -> frozenset[str]:
    """Somebody's own posts, as the scenarios name them; the one of a teacher without any for those who hold none of them."""
    return frozenset(role for role in ROLES if role and actor.ids(role)) or frozenset({""})


def scenarios(number: str, ground: Ground) -> Iterator[str]:
    """Keys of the scenarios for the actions that the rules of a clause, and of those it goes through, speak of."""
    return iter(_scenarios(number, ground.overlay))


@lru_cache(maxsize=1024)
def _scenarios(number: str, overlay: str) -> tuple[str, ...]:
    clause, rules = model().clauses.get(number), rules_with(overlay)
    numbers = {number, *(clause.through if clause else ())}
    own = {rule.id for rule in rules.rules if number_of(rule.clause) in numbers}
    found: list[str] = []
    for action in SPOKEN:
        kinds = rules.resource_names[action] & set(KINDS)
        if kinds and any(rule.id in own for rule in rules.for_action(action).rules):
            read, _ = _read(action, overlay)
            named = [name for name, each in CONDITIONS.items() if not each.read or f"attr='{each.read}'" in read]
            found += [f"{number}|{action}|{min(kinds)}|{role}|{name}" for name in named for role in ROLES]
    return tuple(found)


@lru_cache(maxsize=1024)
def _read(action: str, overlay: str) -> tuple[str, str]:
    """What the closing rules of an action read, and of these the overlay's alone."""
    forbids = rules_with(overlay).for_action(action).forbids
    own = [rule.template.clauses for rule in forbids if rule.room == "overlay"]
    return repr([rule.template.clauses for rule in forbids]), repr(own) if own else ""


def question(key: str, ground: Ground) -> Question:
    """The scenario of a key in words. Raises KeyError or ValueError for a key that is none."""
    _, action, kind, role, name = key.split("|")
    if kind not in KINDS:
        raise KeyError(key)
    found = CONDITIONS[name]
    how = found.text.format(_minutes(name, ground))
    if found.after is None and "attr='reauth_minutes'" in _read(action, ground.overlay)[0]:
        how = f"本人確認の直後に、{how}"
    return Question(key, f"{ROLES[role]}が、{how}、{found.place}の{SPOKEN[action]}とします。できるでしょうか。")


def role_of(key: str) -> str:
    """Whose scenario it is: a name in ROLES."""
    return key.split("|")[3]


def rests_on(key: str, ground: Ground) -> frozenset[str]:
    """Numbers of all clauses one has to know to answer: those of the rules that decide; where nothing permits it, of all that would.
    Raises KeyError or ValueError for a key that is none."""
    decision, action = _decided(key, ground), key.split("|")[1]
    rules = rules_with(ground.overlay)
    deciding = [rules.rule(name) for name in decision.rules] if decision.rules else openers(action)
    return frozenset(number_of(rule.clause) for rule in deciding)


def may_rest_on(key: str, ground: Ground, numbers: frozenset[str]) -> bool:
    """Whether any rule of its action stands at one of these clauses. Asks nobody."""
    return bool(_clauses(key.split("|")[1], ground.overlay) & numbers)


@lru_cache(maxsize=256)
def _clauses(action: str, overlay: str) -> frozenset[str]:
    return frozenset(number_of(rule.clause) for rule in rules_with(overlay).for_action(action).rules)


def _decided(key: str, ground: Ground) -> Decision:
    """What the engine decides. Raises KeyError or ValueError for a key that is none."""
    _, action, kind, role, name = key.split("|")
    if action not in SPOKEN or kind not in KINDS:
        raise KeyError(key)
    return _asked((action, kind, role, name), ground.overlay, ground.numbers)


@lru_cache(maxsize=8192)
def _asked(scenario: tuple[str, str, str, str], overlay: str, numbers: tuple[tuple[str, int], ...]) -> Decision:
    """The same question has the same answer while overlay and numbers are the same: who asks and when is part of it."""
    action, kind, role, name = scenario
    return decide(_actor(role, name, Ground({}, dict(numbers), overlay)), action, _resource(kind, name))


def answer(key: str, ground: Ground) -> Answer:
    """What the engine says about a scenario in the town. Raises KeyError or ValueError for a key that is none."""
    number, action, *_ = key.split("|")
    decision = _decided(key, ground)
    if not decision.allowed and not decision.rules:  # nothing permits it: the answer is who may
        clauses = list(dict.fromkeys(ground.named(number_of(rule.clause)) for rule in openers(action)))
        return Answer(False, clauses[0], f"これができるのは、{'、'.join(clauses)} に当てはまる人だけです。")
    return Answer(decision.allowed, decision.clause or ground.named(number), decision.sentence)


def perhaps_of_the_town(key: str, ground: Ground) -> bool:
    """Whether the town itself may decide it: a number it has set, or an overlay in the circumstances it reads. Asks nobody."""
    _, action, _, _, name = key.split("|")
    condition = CONDITIONS[name]
    if condition.after:
        return ground.limits["reauth_minutes"] != DEFAULTS["reauth_minutes"]
    if not ground.overlays:
        return False
    _, own = _read(action, ground.overlay)
    special = any(f"attr='{each.read}'" in own for each in CONDITIONS.values() if each.read)
    return bool(own) and (f"attr='{condition.read}'" in own if special else name == "own")


def of_the_town(key: str, ground: Ground) -> bool:
    """Whether the town itself decides it: about its number, or refused by its overlay where the house would allow."""
    _, action, kind, role, name = key.split("|")
    if not perhaps_of_the_town(key, ground) or CONDITIONS[name].after:
        return perhaps_of_the_town(key, ground)
    if _decided(key, ground).allowed:
        return False
    return decide(_actor(role, name, ground), action, _resource(kind, name), rules=policies()).allowed


def by_a_rule(key: str, ground: Ground) -> bool:
    """Whether a rule decides, and not only the want of one that permits."""
    return bool(_decided(key, ground).rules)


def _minutes(name: str, ground: Ground) -> int:
    after = CONDITIONS[name].after
    return after(ground.limits["reauth_minutes"]) if after else 0


def _at(actor: Actor, moment: dt.datetime) -> Actor:
    """The same person, freshly proved, at another time."""
    return replace(actor, now=moment, today=moment.date(), authenticated_at=moment, device_proved_at=moment)


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"minamo-quiz-{name}")


def _actor(role: str, name: str, ground: Ground) -> Actor:
    relations = {"municipalities": {_id("town")}, "serves": {_id("school")}}
    if role:
        relations[role] = {_id("class" if role in {"homerooms", "teaches"} else "school")}
    held = {relation: frozenset(str(value) for value in values) for relation, values in relations.items()}
    actor = Actor(
        account_id=_id("person"), kind="staff", label="", side="school", device_id=None, strength=2, today=NOW.date(),
        authenticated_at=NOW - dt.timedelta(minutes=_minutes(name, ground)), now=NOW, relations=held, device_state="trusted",
        device_proved_at=NOW, posture="good", posture_source="mdm", limits=ground.limits, overlays=ground.overlays,
    )  # fmt: skip
    return CONDITIONS[name].made(actor)


def _resource(kind: str, name: str) -> Resource:
    declared = resource_type(kind)
    away = name == "other"
    places = {
        "town": _id("town"), "school": _id("far-school" if away else "school"), "none": None,
        "class": _id("far-class" if away else "class"), "pupil": _id("pupil"),
    }  # fmt: skip
    values = {attribute: places[PLACES[attribute]] for attribute in declared.attributes}
    own = {"School": "school", "SchoolClass": "class"}.get(kind)
    if kind == "SchoolClass":
        values["self"] = places["class"]
    key = str(places[own]) if own else str(_id("pupil"))
    return Resource(kind, key, values, declared)
