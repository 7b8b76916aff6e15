"""端末の証明 (device proof): a browser shows that it holds the key of its terminal, and gets a cookie for a few minutes.

The key is made by the browser (WebCrypto, P-256, not extractable) and never leaves it. The server hands out a challenge
bound to the sign-in; an answer works once. The cookie is bound to the session, so a copied session alone opens nothing of
class II, and a browser without the key cannot renew a copied cookie. Where the browser has a service worker, the cookie names
the key and counts only beside a signature over the very request (署名, `signed`): whoever copies every cookie opens nothing
either. A software key is weaker than one in hardware.
"""

import base64
import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from minamo.access.cookies import binding_of, give_cookie
from minamo.access.limits import LIMITS

PROOF_COOKIE = "minamo_proof"
CHALLENGE_SECONDS = 60
PREFIX = "minamo-device-proof:"
SIGNATURE_HEADER = "HTTP_X_MINAMO_SIGNATURE"
SIGNATURE_SECONDS = 120
SIGNATURE_PREFIX = "minamo-request:"
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
    check(key, PREFIX + challenge, signature)


def check(key: bytes, text: str, signature: str) -> None:
    """The signature over any text by the terminal's key, or ProofRefused."""
    public = public_key(key)
    try:
        raw = base64.b64decode(signature, validate=True)
        if len(raw) != 64:
            raise ValueError
        whole = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public.verify(whole, text.encode(), ec.ECDSA(hashes.SHA256()))
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


def cookie_value(device_id: UUID, binding: str, now: dt.datetime, key: bytes = b"") -> str:
    """What the proof cookie holds: which sign-in, which session, when, and the key that signs every request (none without a
    service worker)."""
    parts = [device_id.hex, _digest(binding), str(int(now.timestamp())), base64.urlsafe_b64encode(key).decode()]
    return signing.Signer(salt=PROOF_COOKIE).sign(".".join(parts))


def give(request: HttpRequest, response: HttpResponseBase, device_id: UUID, now: dt.datetime, key: bytes = b"") -> None:
    """Set the proof cookie; the policy's limit decides how long it counts, the cookie lives as long as any limit could."""
    text = cookie_value(device_id, binding_of(request), now, key)
    give_cookie(request, response, PROOF_COOKIE, text, dt.timedelta(minutes=LIMITS["device_proof_minutes"].upper))


def proved_at(request: HttpRequest, device_id: UUID, now: dt.datetime) -> dt.datetime | None:
    """When this browser last proved its key for this sign-in in this session; None when it did not, or when this request
    lacks the signature its browser gives."""
    moment, key = _kept(request, device_id)
    return None if key and not signed(request, key, now) else moment


def signed_by_its_key(request: HttpRequest, device_id: UUID, now: dt.datetime) -> bool:
    """Whether the key that this browser has proved for this sign-in signed this very request; a proof without a key does not
    do, because it could be copied."""
    _, key = _kept(request, device_id)
    return bool(key) and signed(request, key, now)


def _kept(request: HttpRequest, device_id: UUID) -> tuple[dt.datetime | None, bytes]:
    """What the proof cookie says: when, and the key that signs (none without a service worker). Nothing when it is not ours,
    or of another sign-in or session."""
    value = request.COOKIES.get(PROOF_COOKIE)
    if not value:
        return None, b""
    try:
        device, session, moment, text = signing.Signer(salt=PROOF_COOKIE).unsign(value).split(".")
        key = base64.urlsafe_b64decode(text)
    except (signing.BadSignature, ValueError):
        return None, b""
    if device != device_id.hex or not hmac.compare_digest(session, _digest(binding_of(request))):
        return None, b""
    return dt.datetime.fromtimestamp(int(moment), dt.UTC), key


def signed(request: HttpRequest, key: bytes, now: dt.datetime) -> bool:
    """署名: whether this request was signed by the key, for this method and address, just now (ms of the server's clock)."""
    moment, _, signature = str(request.META.get(SIGNATURE_HEADER, "")).partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 15):
        return False
    if abs(now.timestamp() - int(moment) / 1000) > SIGNATURE_SECONDS:
        return False
    try:
        check(key, f"{SIGNATURE_PREFIX}{moment}\n{request.method}\n{asked(request)}", signature)
    except ProofRefused:
        return False
    return True


def asked(request: HttpRequest) -> str:
    """The address as the browser wrote it, before anything was decoded."""
    scope = getattr(request, "scope", None) or {}
    if "raw_path" not in scope:
        return request.get_full_path()
    query = bytes(scope.get("query_string", b""))
    return (bytes(scope["raw_path"]) + (b"?" + query if query else b"")).decode("latin-1")


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


def fingerprint_of(text: str) -> str | None:
    """The SHA-256 of a certificate as it is kept, out of what openssl, a proxy or a management tool writes (upper case, colons, spaces,
    a name before it); empty for nothing, None for what is no such fingerprint."""
    plain = text.strip().lower().rpartition("=")[2].replace(":", "").replace(" ", "")
    return plain if not plain or re.fullmatch("[0-9a-f]{64}", plain) else None


def _digest(binding: str) -> str:
    return hashlib.sha256(binding.encode()).hexdigest()[:32]
