"""封じた箱 (sealed boxes): authenticated encryption under a key made from a secret, one key for each purpose."""

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def box(secret: str, purpose: bytes) -> Fernet:
    """The box of a purpose; what one seals no other opens."""
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
