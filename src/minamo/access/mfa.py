"""二段階目の秘密 (secrets of second factors): what allauth keeps in the database is encrypted with the server's key.

A copied database alone then gives nobody a second factor. Texts from before, and texts under a former secret, are read as they are and
are encrypted under the newest when they are written again: by their owner, or all of them by `written_anew` (`bin/minamo factors reseal`).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from minamo.access.box import box

PREFIX = "f1:"
SECRETS = ("secret", "seed", "migrated_codes")
"""What of a factor allauth encrypts: the app's secret, the seed of recovery codes, codes taken over from elsewhere (a list)."""


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's hooks for secrets at rest."""

    def generate_authenticator_name(self, user: Any, kind: Any) -> str:
        """この鍵の名前, as the form proposes it: パスキー, from the second one on with its number."""
        kept = Authenticator.objects.filter(user_id=user.pk, type=kind).count()
        return f"パスキー {kept + 1}" if kept else "パスキー"

    def encrypt(self, text: str) -> str:
        """The text as it is stored."""
        return PREFIX + _box(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text as it was. Raises cryptography's InvalidToken when it was altered or the secret it needs is not among the server's."""
        if not encrypted_text.startswith(PREFIX):
            return encrypted_text
        boxes = MultiFernet([_box(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])
        return boxes.decrypt(encrypted_text.removeprefix(PREFIX).encode()).decode()

    def is_newest(self, encrypted_text: str) -> bool:
        """Whether it opens with the server's newest secret alone."""
        try:
            _box(settings.SECRET_KEY).decrypt(encrypted_text.removeprefix(PREFIX).encode())
        except InvalidToken:
            return False
        return encrypted_text.startswith(PREFIX)


def written_anew(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What allauth keeps of a factor with its texts under the newest secret; None when they are already.

    Raises cryptography's InvalidToken as `decrypt` does.
    """
    anew = dict(data) | {field: _anew(data[field]) for field in SECRETS if data.get(field)}
    return None if anew == data else anew


def _anew(kept: Any) -> Any:
    """One text, or a list of them; those under the newest secret stay as they are."""
    if isinstance(kept, list):
        return [_anew(one) for one in kept]
    adapter = MfaAdapter()
    return kept if adapter.is_newest(kept) else adapter.encrypt(adapter.decrypt(kept))


@lru_cache(maxsize=8)
def _box(secret: str) -> Fernet:
    return box(secret, b"minamo second factors")
