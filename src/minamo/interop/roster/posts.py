"""職の確認: what a roster cannot say. `siteAdministrator` is 教頭 as well as 事務職員, and a 養護教諭 is a plain teacher.

The import gives the lesser right; here is the likely answer for a person to confirm: a guess never opens anything alone.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Actor
from minamo.people.api import roster_import as people
from minamo.tenancy import api as tenancy

CHOICES = ("vice_head", "clerk", "nurse", "coordinator", "teacher")


@dataclass(frozen=True, slots=True)
class PostQuestion:
    """確かめる職: a membership, what it is now, and what it probably is."""

    membership_id: UUID
    account_id: UUID
    label: str
    login_id: str
    school_id: UUID
    post: str
    post_label: str
    likely: str


def posts_to_confirm(municipality_id: UUID, on: dt.date) -> list[PostQuestion]:
    """Officers registered as 事務職員, and teachers without any class, of schools where nobody has said yet.

    Likely: of two officers the first by login is the 教頭; the only own teacher without a class is the 養護教諭.
    """
    by_school: dict[UUID, list[tenancy.PostCard]] = defaultdict(list)
    for card in tenancy.current_posts(on, municipality_id=municipality_id):
        if card.school_id is not None:
            by_school[card.school_id].append(card)
    teaching = people.teaching_accounts(municipality_id, on)
    return [question for cards in by_school.values() for question in _of_school(cards, teaching)]


def _of_school(cards: list[tenancy.PostCard], teaching: set[UUID]) -> list[PostQuestion]:
    held = {card.post for card in cards}
    cards = sorted(cards, key=lambda card: card.login_id)
    officers = [card for card in cards if card.post == "clerk" and "vice_head" not in held]
    idle = [card for card in cards if card.post == "teacher" and card.account_id not in teaching and card.primary]
    found = [_question(card, "vice_head" if place == 0 else "clerk") for place, card in enumerate(officers)]
    if "nurse" not in held:
        found += [_question(card, "nurse" if card is idle[-1] else "teacher") for card in idle]
    return found


def _question(card: tenancy.PostCard, likely: str) -> PostQuestion:
    if card.school_id is None:
        raise ValueError("posts at the board are not in question")
    return PostQuestion(
        card.membership_id,
        card.account_id,
        card.label,
        card.login_id,
        card.school_id,
        card.post,
        card.post_label,
        likely,
    )


def confirm_likely_posts(*, actor: Actor, municipality_id: UUID, on: dt.date) -> int:
    """Accept every likely answer (demo, or an operator who has looked at them); returns how many posts changed."""
    questions = [q for q in posts_to_confirm(municipality_id, on) if q.likely != q.post]
    for question in questions:
        tenancy.specify_post(actor=actor, membership_id=question.membership_id, post=question.likely)
    return len(questions)
