"""家庭と児童生徒の入口: what the start pages of guardians and pupils show."""

import datetime as dt
from typing import Any

from minamo.access.api import Actor
from minamo.attendance.api import given_name, month_of_child, today_of_children
from minamo.kernel.schoolyear import JST
from minamo.people.api import Pupil, children_of, pupil_card


def greeting(now: dt.datetime) -> str:
    """おはようございます・こんにちは・こんばんは, by the hour in Japan."""
    hour = now.astimezone(JST).hour
    if 4 <= hour < 10:
        return "おはようございます"
    return "こんにちは" if hour < 17 else "こんばんは"


def guardian_page(actor: Actor) -> dict[str, Any]:
    """保護者: each child's today, the notices that still hold, the one thing to do."""
    children = today_of_children(actor, children_of(actor))
    return {
        "greeting": greeting(actor.now), "children": children, "given": given_name, "today": actor.today,
        "account": str(actor.account_id), "now": actor.now,
    }  # fmt: skip


def pupil_page(actor: Actor) -> dict[str, Any]:
    """児童生徒: own class and own month, with furigana. Nothing of anybody else."""
    own = Pupil.objects.visible_to(actor, "pupil:self").first()
    if own is None:
        return {"greeting": greeting(actor.now), "child": None}
    card = pupil_card(own.pk)
    month = month_of_child(card, actor.today.year, actor.today.month, actor.today)
    return {
        "greeting": greeting(actor.now), "child": card, "given": given_name(card), "reading": card.kana.split(" ")[-1],
        "month": month, "today": actor.today, "blank": range((month.first.weekday() + 1) % 7),
    }  # fmt: skip
