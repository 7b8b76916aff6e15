"""別の人の新しい記録を言葉にする: what stands now, who recorded it and when, for the one whose own record came later."""

from collections.abc import Iterable
from dataclasses import dataclass

from minamo.access.api import Account, Actor
from minamo.attendance.newer import Newer
from minamo.attendance.queries.classday import Register, place_of
from minamo.attendance.queries.day import DayFacts, Touch
from minamo.attendance.queries.register import health_text, when


@dataclass(frozen=True, slots=True)
class Question:
    """一つの問い: `field` and `value` are what the press says it has seen when it is sent all the same."""

    words: str
    field: str
    value: str


def questions_of(actor: Actor, register: Register, newer: Iterable[Newer], *, hears: bool) -> list[Question]:
    """The questions, in the order of the press. `hears`: whether the actor may read 健康観察."""
    pupils = {pupil.pupil_id: pupil for pupil in register.roster}
    asked = []
    for one in newer:
        pupil, facts, key = pupils[one.pupil_id], register.facts, str(one.pupil_id)
        name = f"{pupil.display_name}さん"
        if one.health:
            words = _health(actor, facts, key, name, hears=hears)
            asked.append(Question(words, "health_seen", one.at.isoformat()))
            continue
        touch = facts.touched(key)
        assert touch is not None  # it is what the question is about
        code = (
            facts.state(place_of(pupil)).code if touch.settled else facts.marks[key].code if key in facts.marks else ""
        )
        asked.append(Question(_mark(actor, facts, touch, code, name), "seen", f"{key}:{one.at.isoformat()}"))
    return asked


def _mark(actor: Actor, facts: DayFacts, touch: Touch, code: str, name: str) -> str:
    moment = when(touch.at, actor.now)
    if not code:
        return f"{name}の記録は、いまはありません。{touch.label}さんが {moment} に消しました。"
    label = facts.codes.codes[code].label if code in facts.codes.codes else code
    did = "決めました" if touch.settled else "付けました"
    return f"{name}の記録は、いま「{label}」です。{touch.label}さんが {moment} に{did}。"


def _health(actor: Actor, facts: DayFacts, key: str, name: str, *, hears: bool) -> str:
    health = facts.health[key]
    label = Account.objects.filter(pk=health.by).values_list("label", flat=True).first()
    who = f"{label}さん" if label else "別の人"
    said = (
        f"{name}の健康観察は、いま「{health_text(facts, health) or '記入なし'}」です。"
        if hears
        else f"{name}の健康観察は、"
    )
    return f"{said}{who}が {when(health.at, actor.now)} に付けました。"
