"""続けすぎを止める (pacing): nobody takes so much of an instance that others wait. Not a decision about anybody's rights.

Two lines. At the door, in the memory of the process and before any actor is built: every request of a signed-in person counts
for the person (`person`), every other for the address (`address`); so do notices of families. Behind the decision, on one line for all workers in the
database: acts that cost much or go out of the house, named by their route (`costs=`) or by the view (`slow_down`). These are
looked at before the act and paid after its transaction, so that nobody holds a lock while a PDF is drawn; acts at work at
the same moment may therefore pass the line together, at most as many as there are threads.

An error in here lets the request go on, with an alarm in the log. That opens no door: who may do what is decided by Cedar,
which closes on errors, wrong passwords and codes are counted apart (`tries.py`, django-axes), and what waits in line is held by
the pool of the process. The other way round a slip in a counter would shut a whole school out on its first morning.
A refusal that repeats itself is one row in the trail in ten minutes, not a flood.
"""

import datetime as dt
import logging
import math
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import lru_cache
from types import MappingProxyType

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from minamo.access import ports
from minamo.access.actor import Actor
from minamo.access.models import Pace
from minamo.access.network import group_of
from minamo.access.queries import Home, home_of
from minamo.kernel import clock, pace
from minamo.kernel.pace import Buckets, Rate, Refusal

logger = logging.getLogger(__name__)
PERSON, ADDRESS = "person", "address"
DEFAULTS: Mapping[str, Rate] = MappingProxyType(
    {
        PERSON: Rate(1200, 60),  # a marker's keys are eight sendings a second at most, with pictures ahead of them
        ADDRESS: Rate(3000, 120),  # a school behind one address that signs in on the first morning
        "attempt": Rate(1200, 600),  # passwords and codes from one address
        "proof": Rate(60, 600),  # the person proves himself again
        "notice": Rate(120, 600),  # what families send
        "export": Rate(120, 600),  # lists and books to take away
        "pdf": Rate(240, 600),  # drawn pages; a class of 40 one by one, several times over
        "send": Rate(60, 600),  # mail, sheets with codes, links for copiers, things asked of others
        "token": Rate(60, 600),  # wrong addresses of links
    }
)
IN_MEMORY = frozenset(
    {"notice"}
)  # the peak of the morning has no statement to spare; a second notice of a day is refused anyway
LEAST_WAIT = 5  # seconds; a shorter one is no rest
_doors = Buckets()


@lru_cache(maxsize=4)
def _rates(text: str) -> Mapping[str, Rate]:
    return pace.rates(text, DEFAULTS)


def rates() -> Mapping[str, Rate]:
    """The rates of this installation. Raises ValueError in words (a check at start says it first)."""
    return _rates(settings.PACE)


def forget() -> None:
    """Everybody begins anew in this process."""
    _doors.clear()


def at_the_door(request: HttpRequest, who: Callable[[HttpRequest], Actor | None]) -> HttpResponse | None:
    """戸口: count the request; an answer when it is one too many. Without a cookie nothing is asked of the database, and
    `who` asks is found out only when a refusal is told."""
    try:
        refusal = _door(request, who)
        if refusal is None:
            return None
        return _answer(request, refusal.seconds)
    except Exception:
        logger.exception("pace: the door could not count")
        return None


def _door(request: HttpRequest, who: Callable[[HttpRequest], Actor | None]) -> Refusal | None:
    name, line = ADDRESS, group_of(request)
    if settings.SESSION_COOKIE_NAME in request.COOKIES and (account := request.session.get(SESSION_KEY)):
        name, line = PERSON, str(account)
    refusal = _doors.take(f"{name} {line}", rates()[name], time.monotonic())
    if refusal is not None and refusal.first:
        with transaction.atomic():
            _tell(name, _keyed(f"{name} {line}"), who(request) if name == PERSON else None)
    return refusal


def slow_down(request: HttpRequest, name: str) -> HttpResponse | None:
    """費用のかかること: one act of the rate `name`; an answer when it is one too many. It is paid when the request is over."""
    try:
        if name in IN_MEMORY:
            return _at_once(request, name)
        actor: Actor | None = getattr(request, "actor", None)
        whose = f"person {actor.account_id}" if actor else f"address {group_of(request)}"
        key, rate = _keyed(f"{name} {whose}"), rates()[name]
        with transaction.atomic():  # a savepoint: an error here is not the end of the request
            left = _wait(key, rate)
            if left:
                _tell(name, key, actor)
        if left:
            return _answer(request, left)
        request.__dict__.setdefault("_pace_due", []).append((key, rate))
    except Exception:
        logger.exception("pace: %s could not be counted", name)
    return None


def _at_once(request: HttpRequest, name: str) -> HttpResponse | None:
    """The same in the memory of this process, without a statement."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # only routes of signed-in people
    refusal = _doors.take(f"{name} {actor.account_id}", rates()[name], time.monotonic())
    if refusal is None:
        return None
    if refusal.first:
        with transaction.atomic():
            _tell(name, _keyed(f"{name} person {actor.account_id}"), actor)
    return _answer(request, refusal.seconds)


def settle(request: HttpRequest) -> None:
    """払う: what the request has used, each in a statement of its own after the request's transaction."""
    for key, rate in request.__dict__.pop("_pace_due", ()):
        try:
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                _pay(key, rate)
        except Exception:
            logger.exception("pace: could not be paid")


def sweep(now: dt.datetime) -> int:
    """捨てる: lines that are full again and of which nothing is told any more; returns how many."""
    old = now - dt.timedelta(days=1)
    return Pace.objects.filter(clear_at__lt=old).exclude(told_at__gte=old).delete()[0]


def _keyed(text: str) -> str:
    """A line as it is kept: the database tells nobody's address."""
    return salted_hmac("minamo.access.pace", text, algorithm="sha256").hexdigest()


def _wait(key: str, rate: Rate) -> float:
    found = Pace.objects.filter(pk=key).values_list("clear_at", flat=True).first()
    return pace.wait(rate, found.timestamp(), clock.now().timestamp()) if found else 0.0


def _pay(key: str, rate: Rate) -> None:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_pace AS p (key, clear_at) VALUES (%(key)s, %(now)s::timestamptz + make_interval(secs => %(step)s)) ON CONFLICT (key)"
            " DO UPDATE SET clear_at = greatest(p.clear_at, %(now)s::timestamptz) + make_interval(secs => %(step)s)",
            {"key": key, "now": now, "step": rate.every},
        )


def _tell(name: str, key: str, actor: Actor | None) -> None:
    """One row in the trail for a line in ten minutes, whichever worker refuses."""
    now = clock.now()
    since = now - dt.timedelta(seconds=pace.TELL_EVERY)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_pace AS p (key, clear_at, told_at) VALUES (%(key)s, %(now)s, %(now)s) ON CONFLICT (key) DO UPDATE"
            " SET told_at = excluded.told_at WHERE p.told_at IS NULL OR p.told_at <= %(since)s RETURNING 1",
            {"key": key, "now": now, "since": since},
        )
        if cursor.fetchone() is None:
            return
    home = home_of(actor.account_id, actor.today) if actor else Home()
    ports.trail()(
        actor=actor, action="own:pace", resource_type="Own", resource_id=str(actor.account_id if actor else ""), municipality=home.municipality,
        school=home.school, outcome="deny", detail={"pace": name},
    )  # fmt: skip


def _answer(request: HttpRequest, seconds: float) -> HttpResponse:
    """429 in words: what happened, what is safe, when to try again."""
    whole = max(LEAST_WAIT, math.ceil(seconds))
    context = {"wait": f"{whole}秒" if whole <= 90 else f"{math.ceil(whole / 60)}分", "sent": request.method == "POST"}
    if request.headers.get("X-Requested-With") == "fetch" or request.content_type == "application/json":
        words = f"短いあいだに続けて届いたので、いったん止めました。{context['wait']}たってから、もう一度お試しください。記録は変わっていません。"
        response = HttpResponse(words, content_type="text/plain; charset=utf-8", status=429)
    else:
        request.actor = None  # type: ignore[attr-defined]  # a plain page: no frame of a person is built for it
        response = render(request, "access/wait.html", context, status=429)
    response["Retry-After"] = str(whole)
    response["Cache-Control"] = "no-store"
    return response
