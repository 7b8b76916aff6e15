"""待っている記録の鍵: what a device locks with that could not be sent yet (strokes of marking, marks of the register, a family's notice,
a test being set up), worked out for one account and given only to it (ADR 0038)."""

import base64
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "minamo.marking.queue"  # strokes were the first; another name would open nothing that waits now


def waiting_keys(account: UUID) -> list[str]:
    """The account's keys (256 bits, base64), the newest first; earlier ones open what was locked before the secret was changed."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [
        base64.b64encode(salted_hmac(SALT, str(account), secret=secret, algorithm="sha256").digest()).decode()
        for secret in secrets
    ]
