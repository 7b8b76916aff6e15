"""アカウントのお知らせ (news of the own account): told to the person wherever a key, another sign-in or a device was changed.

A line on the start page until it is confirmed (with the proof of an act: whoever did it must not be able to hide it), for two
weeks; on the page of the account the last twenty; and a mail where an address is known.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from minamo.access.actor import Actor
from minamo.access.models import AccountNews
from minamo.access.queries import device_names
from minamo.kernel import jobs

SHOWN = dt.timedelta(days=14)
LAST = 20
NAMES = {"totp": "認証アプリ", "webauthn": "パスキー", "recovery_codes": "回復コード"}


def tell(actor: Actor, account: UUID, text: str) -> None:
    """Write it down for the person, in this transaction, and have the mail sent."""
    label = device_names([actor.device_id]).get(actor.device_id, "") if actor.device_id else ""
    who = "" if actor.account_id == account else actor.label
    row = AccountNews.objects.create(
        account_id=account, at=actor.now, text=text[:200], device_label=(label or who)[:200]
    )
    jobs.defer("access.tell_person", news=row.pk)


def unread(actor: Actor) -> Sequence[AccountNews]:
    """What the person has not confirmed yet, newest first. One query."""
    found = AccountNews.objects.filter(account_id=actor.account_id, read_at=None, at__gt=actor.now - SHOWN)
    return list(found.order_by("-id")[:LAST])


def latest(actor: Actor) -> Sequence[AccountNews]:
    """The last ones. One query."""
    return list(AccountNews.objects.filter(account_id=actor.account_id).order_by("-id")[:LAST])


def of_keys(kind: str, label: str) -> str:
    """「パスキー「職員室のノート」」."""
    return NAMES.get(kind, kind) + (f"「{label}」" if label else "")
