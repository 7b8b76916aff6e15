"""用紙の符号: what stands in the code of a printed sheet: a word that says nothing to anybody but this installation.

It is worked out from sitting, pupil and page (`leaf`: 0 is the first one) with the server's secret, so that nothing is stored and
nothing can be guessed; who reads a sheet works out the words of the class and compares.
"""

import base64
import hmac
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "minamo.marking.sheet"
MARK = "M1"
LENGTH = 10  # bytes


def code_of(sitting: UUID, pupil: UUID | None, leaf: int = 0) -> str:
    """符号 of a page of a pupil's sheet (None: a sheet without a name). Letters and digits that a small code holds."""
    return _word(sitting, pupil, leaf, settings.SECRET_KEY)


def words_of(sitting: UUID, pupil: UUID, leaf: int = 0) -> list[str]:
    """符号 that a page of a pupil may bear: of today's secret, and of earlier ones while sheets of then are about."""
    return [_word(sitting, pupil, leaf, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def whose(sitting: UUID, pupils: Iterable[UUID], leaf: int = 0) -> dict[str, UUID]:
    """だれの用紙か: pupils by the words of one of their pages."""
    return {word: pupil for pupil in pupils for word in words_of(sitting, pupil, leaf)}


def of_sitting(code: str, sitting: UUID, leaf: int = 0) -> bool:
    """Whether it is the word of this page of a sheet without a name of this sitting."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(code, _word(sitting, None, leaf, secret)) for secret in secrets)


def _word(sitting: UUID, pupil: UUID | None, leaf: int, secret: str | bytes) -> str:
    page = f":{leaf + 1}" if leaf else ""  # first pages keep the words they had before tests had two
    digest = salted_hmac(SALT, f"{sitting}:{pupil or ''}{page}", secret=secret, algorithm="sha256").digest()
    return MARK + base64.b32encode(digest[:LENGTH]).decode()
