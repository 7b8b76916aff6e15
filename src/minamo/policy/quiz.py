"""問い (quiz): "may this person do this?" made from real rules and answered by the engine, never by a list of answers.

For a clause with rules: somebody of each kind (a homeroom teacher, a head, …) asks for something at the own school or at
another; Cedar says what happens and which clause it is.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_OID, UUID, uuid5

from minamo.access.api import Actor, Decision, Resource, decide, policies, resource_type
from minamo.policy.links import number_of, rules_by_clause

QUESTIONS = 3
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
    "pupil:read": "児童の氏名や学級を見よう", "pupil:contacts": "児童の保護者の連絡先を見よう", "pupil:protected": "支援措置で隠した住所を見よう",
    "pupil:edit": "児童の学籍を訂正しよう", "pupil:export": "児童の名簿を書き出そう", "class:manage": "学級編制を変えよう",
    "people:enrol": "転入学を登録しよう", "people:invite": "保護者に登録コードを発行しよう", "notice:change": "届いた欠席連絡を直そう",
    "notice:take-call": "電話の欠席連絡を書き込もう", "register:mark": "出席簿に出欠を記録しよう", "register:close": "出席簿の月締めをしよう",
    "attendance:closure": "学級閉鎖を登録しよう", "calendar:edit": "行事予定を変えよう", "roster:guardians": "保護者の一覧を取り込もう",
    "audit:read": "学校の操作記録を見よう",
}  # fmt: skip


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"minamo-quiz-{name}")


@dataclass(frozen=True)
class Question:
    """問い. `key` says which scenario it is; the answer is asked of the engine when it is needed."""

    key: str
    text: str


@dataclass(frozen=True)
class Answer:
    """答え by the engine: allowed or not, by which clause, in which words."""

    allowed: bool
    clause: str
    sentence: str


def questions(numbers: Sequence[str], seed: str) -> list[Question]:
    """Up to QUESTIONS scenarios about the clauses; the same seed gives the same ones. Both answers appear if they can."""
    found = [q for number in numbers for q in _scenarios(number)]
    random.Random(seed).shuffle(found)  # noqa: S311  an order, no secret
    opened = [q for q in found if answer(q.key).allowed]
    closed = [q for q in found if q not in opened]
    mixed = [q for pair in zip(opened, closed, strict=False) for q in pair] or found
    return sorted(mixed[:QUESTIONS], key=lambda q: q.key)


def answer(key: str) -> Answer:
    """What the engine says about a scenario. Raises KeyError or ValueError for a key that is none."""
    action, kind, role, condition = key.split("|")
    actor, resource = _actor(role, condition), _resource(kind, condition)
    decision: Decision = decide(actor, action, resource)
    return Answer(decision.allowed, decision.clause or "3.2 断られたときにすること", decision.sentence)


def question(key: str) -> Question:
    """The scenario of a key in words. Raises KeyError or ValueError for a key that is none."""
    action, kind, role, condition = key.split("|")
    if action not in SPOKEN or kind not in KINDS or condition not in CONDITIONS:
        raise KeyError(key)
    return Question(key, f"{ROLES[role]}が、{CONDITIONS[condition]}、{SPOKEN[action]}とします。できるでしょうか。")


CONDITIONS = {
    "own": "自校の、校務用の端末で", "other": "ほかの学校の、校務用の端末で", "learning": "自校の、学習用の端末で",
    "password": "自校の、校務用の端末でパスワードだけで", "stale": "自校の、校務用の端末で本人確認から時間がたって",
}  # fmt: skip


def _scenarios(number: str) -> Iterator[Question]:
    """Scenarios for the actions the rules of a clause speak of."""
    rules = {rule.id for rule in rules_by_clause().get(number, ())}
    for rule in policies().rules:
        if rule.id not in rules or number_of(rule.clause) != number:
            continue
        for action in policies().actions:
            kinds = policies().resource_names[action] & set(KINDS)
            if action in SPOKEN and kinds and rule in policies().for_action(action).rules:
                for role in ROLES:
                    for condition in CONDITIONS:
                        yield question(f"{action}|{min(kinds)}|{role}|{condition}")


def _actor(role: str, condition: str) -> Actor:
    import datetime as dt

    now = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    relations = {"municipalities": {_id("town")}, "serves": {_id("school")}}
    if role:
        relations[role] = {_id("class" if role in {"homerooms", "teaches"} else "school")}
    held = {name: frozenset(str(value) for value in values) for name, values in relations.items()}
    actor = Actor(
        account_id=_id("person"), kind="staff", label="", side="school", device_id=None, strength=2, today=now.date(),
        authenticated_at=now, now=now, relations=held, device_state="trusted", device_proved_at=now, posture="good",
    )  # fmt: skip
    match condition:
        case "learning":
            return replace(actor, side="learning")
        case "password":
            return replace(actor, strength=1)
        case "stale":
            return replace(actor, authenticated_at=now - dt.timedelta(hours=8))
    return actor


def _resource(kind: str, condition: str) -> Resource:
    declared = resource_type(kind)
    away = condition == "other"
    places = {
        "town": _id("town"), "school": _id("far-school" if away else "school"), "none": None,
        "class": _id("far-class" if away else "class"), "pupil": _id("pupil"),
    }  # fmt: skip
    values = {name: places[PLACES[name]] for name in declared.attributes}
    own = {"School": "school", "SchoolClass": "class"}.get(kind)
    if kind == "SchoolClass":
        values["self"] = places["class"]
    key = str(places[own]) if own else str(_id("pupil"))
    return Resource(kind, key, values, declared)
