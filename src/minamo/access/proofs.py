"""端末の証明 (device proof): a browser shows that it holds the key of its terminal, and gets a cookie for a few minutes.

The key is made by the browser (WebCrypto, P-256, not extractable) and never leaves it. The server hands out a challenge
bound to the sign-in; an answer works once. The cookie is bound to the session, so a copied session alone opens nothing of
class II, and a browser without the key cannot renew a copied cookie. A software key is weaker than one in hardware.
"""

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from minamo.access.cookies import binding_of
from minamo.access.limits import LIMITS

PROOF_COOKIE = "minamo_proof"
CHALLENGE_SECONDS = 60
PREFIX = "minamo-device-proof:"
PROXY_SECRET_HEADER = "HTTP_X_MINAMO_PROXY_SECRET"  # noqa: S105  the name of a header
PROXY_CERTIFICATE_HEADER = "HTTP_X_MINAMO_CLIENT_CERT_SHA256"
PROXY_POSTURE_HEADER = "HTTP_X_MINAMO_CLIENT_POSTURE"


class ProofRefused(Exception):
    """The answer does not prove what it should; the text says why, for the log of the browser."""


@dataclass(frozen=True)
class Challenge:
    """A question a sign-in was asked at a moment."""

    device_id: UUID
    at: dt.datetime


def ask(device_id: UUID, binding: str, now: dt.datetime) -> str:
    """A new challenge for a sign-in: text to be signed by the browser's key."""
    return signing.dumps([device_id.hex, _digest(binding), now.timestamp()], salt=PREFIX)


def read(challenge: str, device_id: UUID, binding: str, now: dt.datetime) -> Challenge:
    """The challenge, if it is ours, of this sign-in and not old. Raises ProofRefused."""
    try:
        device, session, moment = signing.loads(challenge, salt=PREFIX)
    except signing.BadSignature:
        raise ProofRefused("challenge") from None
    at = dt.datetime.fromtimestamp(moment, dt.UTC)
    mine = device == device_id.hex and session == _digest(binding)
    if not mine or not dt.timedelta(seconds=-5) <= now - at <= dt.timedelta(seconds=CHALLENGE_SECONDS):
        raise ProofRefused("challenge")
    return Challenge(device_id, at)


def verify(key: bytes, challenge: str, signature: str) -> None:
    """The signature (base64 of r‖s, as WebCrypto gives it) over the challenge by the terminal's key, or ProofRefused."""
    public = public_key(key)
    try:
        raw = base64.b64decode(signature, validate=True)
        if len(raw) != 64:
            raise ValueError
        whole = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public.verify(whole, (PREFIX + challenge).encode(), ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        raise ProofRefused("signature") from None


def public_key(key: bytes) -> ec.EllipticCurvePublicKey:
    """A P-256 public key from SPKI bytes. Raises ProofRefused for anything else."""
    try:
        public = serialization.load_der_public_key(key)
    except (ValueError, TypeError):
        raise ProofRefused("key") from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise ProofRefused("key")
    return public


def decode_key(text: str) -> bytes:
    """SPKI bytes of a P-256 key from base64. Raises ProofRefused."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise ProofRefused("key") from None
    public_key(key)
    return key


def cookie_value(device_id: UUID, binding: str, now: dt.datetime) -> str:
    """What the proof cookie holds: which sign-in, which session, when."""
    return signing.Signer(salt=PROOF_COOKIE).sign(f"{device_id.hex}.{_digest(binding)}.{int(now.timestamp())}")


def give(request: HttpRequest, response: HttpResponseBase, device_id: UUID, now: dt.datetime) -> None:
    """Set the proof cookie; the policy's limit decides how long it counts, the cookie lives as long as any limit could."""
    response.set_cookie(
        PROOF_COOKIE, cookie_value(device_id, binding_of(request), now),
        max_age=LIMITS["device_proof_minutes"].upper * 60, httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip


def proved_at(request: HttpRequest, device_id: UUID) -> dt.datetime | None:
    """When this browser last proved its key for this sign-in in this session; None when it did not."""
    value = request.COOKIES.get(PROOF_COOKIE)
    if not value:
        return None
    try:
        device, session, moment = signing.Signer(salt=PROOF_COOKIE).unsign(value).split(".")
    except (signing.BadSignature, ValueError):
        return None
    if device != device_id.hex or not hmac.compare_digest(session, _digest(binding_of(request))):
        return None
    return dt.datetime.fromtimestamp(int(moment), dt.UTC)


def vouched_by_proxy(request: HttpRequest) -> tuple[str, str]:
    """SHA-256 of the client certificate the configured proxy has verified, and what it says about that device (good, bad or
    nothing); both empty without such a proxy.

    The headers are taken away in any case, so that nothing behind this point can believe a browser that sends them.
    """
    secret = request.META.pop(PROXY_SECRET_HEADER, "")
    fingerprint = str(request.META.pop(PROXY_CERTIFICATE_HEADER, ""))
    word = str(request.META.pop(PROXY_POSTURE_HEADER, "")).strip().lower()
    expected: str = settings.DEVICE_PROXY_SECRET
    if not expected or not hmac.compare_digest(str(secret).encode(), expected.encode()):
        return "", ""
    return fingerprint.replace(":", "").lower(), word


def _digest(binding: str) -> str:
    return hashlib.sha256(binding.encode()).hexdigest()[:32]
