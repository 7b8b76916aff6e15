"""二段階目の秘密 (secrets of second factors): what allauth keeps in the database is encrypted with the server's key.

A copied database alone then gives nobody a second factor. Texts from before are read as they are and are encrypted when they are
written again.
"""

from functools import lru_cache

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from minamo.access.box import box

PREFIX = "f1:"


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's hooks for secrets at rest."""

    def encrypt(self, text: str) -> str:
        """The text as it is stored."""
        return PREFIX + _box(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text as it was. Raises cryptography's InvalidToken when it was altered or the secret it needs is not among the server's."""
        if not encrypted_text.startswith(PREFIX):
            return encrypted_text
        boxes = MultiFernet([_box(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])
        return boxes.decrypt(encrypted_text.removeprefix(PREFIX).encode()).decode()


@lru_cache(maxsize=8)
def _box(secret: str) -> Fernet:
    return box(secret, b"minamo second factors")
