"""The measured people prove their devices as a browser does: now, and again before the proof is old."""

import datetime as dt
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory

from minamo.access.limits import DEFAULTS
from minamo.access.proofs import proved_at
from minamo.kernel import clock
from tests.load.town import SignedIn, uid

DEVICE, KEY = uid("device"), "a" * 32


def proof_of(person: SignedIn) -> dt.datetime | None:
    """What the server makes of the cookies."""
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in SimpleCookie(person()).items()}
    request.session = SessionStore(request.COOKIES["minamo_session"])
    return proved_at(request, DEVICE, clock.now())


@pytest.mark.real_clock
def test_a_long_measurement_keeps_its_proof_fresh(settings: Any) -> None:
    person = SignedIn(DEVICE, KEY, proves=True)
    for minutes in (0, 4, 30):
        settings.CLOCK_OFFSET = dt.timedelta(minutes=minutes)
        proved = proof_of(person)
        assert proved is not None
        assert dt.timedelta(0) <= clock.now() - proved < dt.timedelta(minutes=DEFAULTS["device_proof_minutes"])


def test_families_prove_no_device() -> None:
    assert SignedIn(DEVICE, KEY, proves=False)() == f"minamo_session={KEY}"
