"""その操作のための確認 (proof of an act): what a copied session must not do is done only after a proof made for exactly this act.

Second factors, passwords and codes, other sign-ins, lost devices and new lines of the register (`own:keys`, `own:close`,
`own:register`): whoever has copied every cookie of a signed-in person could otherwise take the account over. The proof is one
of two. Where the sign-in is on a browser of the register, the key of that browser has signed this very request (the service
worker does, proofs.py) or the proxy has seen its certificate. Elsewhere the person has entered a factor (without one the
password) on the way to this act: the session then keeps which act and the digest of a word that only this browser was given,
for ten minutes, for one success. A proof made for something else, and the freshness of the sign-in, count for nothing.
"""

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import replace
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from minamo.access import proofs, stash
from minamo.access.actor import Actor
from minamo.access.cookies import give_cookie

ACTIONS = frozenset({"own:keys", "own:close", "own:register"})
ACT_COOKIE = "minamo_act"
SESSION_ACT = "act"
KEPT = dt.timedelta(minutes=10)  # as the wall says (access.wall-act)
CODES = ("mfa_view_recovery_codes", "mfa_download_recovery_codes")  # one showing, on the screen or as a file
# What the page of proof says one proves oneself for, by the name of the route.
WORDS = {
    "mfa_activate_totp": "認証アプリをつなぐ", "mfa_deactivate_totp": "認証アプリを外す", "mfa_add_webauthn": "パスキーを追加する",
    "mfa_remove_webauthn": "パスキーを外す", "mfa_edit_webauthn": "パスキーの名前を変える", "mfa_view_recovery_codes": "回復コードを見る",
    "mfa_download_recovery_codes": "回復コードを見る", "mfa_generate_recovery_codes": "回復コードを作り直す",
    "account_change_password": "パスワードを変える", "access-devices": "ほかの端末をサインアウトする",
    "access-device-signout": "ほかの端末をサインアウトする", "access-device-lost": "端末を「なくした」にする", "access-registration": "この端末を届け出る",
    "access-news-read": "お知らせを確かめる",
}  # fmt: skip


def standing(request: HttpRequest, actor: Actor) -> Actor:
    """The actor with the proof there is for what this request asks; asked for only where the action needs one."""
    if actor.act_proved_at is not None or actor.device_id is None:
        return actor  # vouched for by the proxy
    if proofs.signed_by_its_key(request, actor.device_id, actor.now):
        return replace(actor, act_proved_at=actor.now)
    return replace(actor, act_proved_at=by_person(request, actor.now))


def by_person(request: HttpRequest, now: dt.datetime) -> dt.datetime | None:
    """When the person was proved for this act in this browser, or None."""
    kept, word = request.session.get(SESSION_ACT), request.COOKIES.get(ACT_COOKIE, "")
    if not kept or not word or kept["act"] != act_of(request.path):
        return None
    at = dt.datetime.fromtimestamp(kept["at"], dt.UTC)
    if not hmac.compare_digest(kept["word"], _digest(word)) or not dt.timedelta() <= now - at <= KEPT:
        return None
    return at


def give(request: HttpRequest, response: HttpResponseBase, address: str, now: dt.datetime) -> None:
    """The proof of the person counts for the act at this address, in the browser that gets this answer."""
    word = secrets.token_urlsafe(24)
    request.session[SESSION_ACT] = {"act": act_of(address), "at": now.timestamp(), "word": _digest(word)}
    give_cookie(request, response, ACT_COOKIE, word, KEPT)


def settle(request: HttpRequest, response: HttpResponseBase, now: dt.datetime) -> None:
    """After a success the proof is used up; codes that an act has just made are shown once with it."""
    if request.method != "POST" or response.status_code not in {302, 303} or SESSION_ACT not in request.session:
        return
    if by_person(request, now) is None:
        return
    del request.session[SESSION_ACT]
    response.delete_cookie(ACT_COOKIE)
    if response.headers.get("Location") == reverse(CODES[0]):
        give(request, response, reverse(CODES[0]), now)


def act_of(address: str) -> str:
    """Which act an address is: its path."""
    path = urlsplit(address).path
    return reverse(CODES[0]) if path == reverse(CODES[1]) else path


def wanted(request: HttpRequest, actor: Actor, target: str) -> str:
    """The act behind where a proof leads to: a kept form stands for where it goes."""
    match = _route_of(target)
    if match is None or match.url_name != "access-continue":
        return target
    kept = stash.look(request, actor, match.kwargs["stash_id"])
    return kept.path if kept else target


def words_for(address: str) -> str:
    """What the person proves himself for, or nothing when it is no such act."""
    match = _route_of(address)
    return WORDS.get(match.url_name or "", "") if match else ""


def _route_of(address: str) -> ResolverMatch | None:
    try:
        return resolve(urlsplit(address).path)
    except Resolver404:
        return None


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
