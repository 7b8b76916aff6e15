"""Every route × method × subject: what may be used is used, what may not is refused, and nothing leaks.

The expected value comes from expected.py. Canaries (canaries.py) stand in every secret field; no answer, allowed or
refused, and no line of the log may show one to somebody who may not meet it.
"""

import logging
import re
import uuid
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from conftest import an_actor
from minamo.access.api import all_routes, school_of_page, set_scope
from minamo.access.routes import Route
from tests.access_matrix.canaries import (
    EARLIER,
    SHOWN,
    SHOWN_APART,
    UNSHOWN,
    Aviary,
    all_fields,
    planted_fields,
    shown_at,
    sorted_fields,
    unsorted_fields,
)
from tests.access_matrix.expected import EXPECTED, PUBLIC, STAFF_A
from tests.access_matrix.ground import Ground, fixtures
from tests.access_matrix.written import readable
from tests.fixtures.assessments import ASSESSMENT, DRAWING, HANA, PILE, SITTING
from tests.fixtures.governed import AFFECTED, ASSET, EMERGENCY, EXCEPTION, INCIDENT, REVISION, SERVICE, SPOKEN
from tests.fixtures.results import PAPER, RESULT, REVIEW
from tests.fixtures.world import MUNICIPALITIES, SUBJECTS, World, uid

import_module("minamo.config.urls")  # declares the routes
PROTECTED = sorted(name for name, route in all_routes().items() if not route.public)


INSIDE = STAFF_A  # refused, not kept in the dark (ADR 0034)


def test_every_canary_is_met_or_said_to_be_met_by_nobody(aviary: Aviary) -> None:
    """What is planted is what PLANTED names, and each of it stands on a page of SHOWN or is UNSHOWN."""
    planted = {one.field for one in aviary.canaries}
    shown = [field for page in SHOWN for field in shown_at(page)]
    assert planted == planted_fields()
    assert set(shown) | set(UNSHOWN) == planted and not set(shown) & set(UNSHOWN)
    assert set(SHOWN) | set(SHOWN_APART) <= {*PROTECTED, *FURTHER}


def test_there_are_at_least_thirty_subjects() -> None:
    assert len(SUBJECTS) >= 30


@pytest.mark.parametrize("name", PROTECTED)
def test_every_protected_route_is_in_the_table(name: str) -> None:
    route = all_routes()[name]
    assert name in EXPECTED, f"{name} has no line in expected.py"
    assert set(EXPECTED[name]) == set(route.actions)


def test_who_needs_no_sign_in_is_written_down() -> None:
    """A route that is opened to everybody does not leave the matrix in silence."""
    assert {name for name, route in all_routes().items() if route.public} | {"access-demo-signin"} == PUBLIC


def test_every_field_is_a_canary_or_open() -> None:
    """A new field, whatever its kind, must be sorted: who may meet it?"""
    assert unsorted_fields() == []
    assert sorted_fields() <= set(all_fields()), "sorted, and no longer there"


# A canary in every secret field, and everybody signed in.
laid, ground = fixtures(lambda world: Aviary(world).plant())


@pytest.fixture
def aviary(ground: Ground[Aviary]) -> Aviary:
    """The canaries."""
    return ground.planted


def path_of(route: Route, world: World, notice: uuid.UUID) -> str:
    """The route about municipality A, school a1, class a1-1, 花."""
    values: dict[str, Any] = {
        "school_id": world.school("a1"), "class_id": world.klass("a1-1"), "pupil_id": world.pupil("hana"),
        "municipality_id": world.municipality("A"), "notice_id": notice, "date": "2026-11-24", "year": 2026, "month": 11,
        "run_id": uuid.uuid4(), "row_id": uuid.uuid4(), "device_id": uuid.uuid4(), "pk": 1, "entry_id": AFFECTED if "/affected/" in route.pattern else uuid.uuid4(),
        "invitation_id": uuid.uuid4(), "guardian_id": world.guardian("takahashi-mother"), "link_id": uuid.uuid4(),
        "restriction_id": uuid.uuid4(), "closure_id": uuid.uuid4(), "stash_id": uuid.uuid4(), "kind": "Pupil", "key": world.pupil("hana"), "emergency_id": EMERGENCY,
        "terminal_id": world.terminal("A-registered"), "revision_id": REVISION, "number": "4.1",
        "asset_id": ASSET, "exception_id": EXCEPTION, "service_id": SERVICE, "result_id": RESULT, "paper_id": PAPER, "review_id": REVIEW, "incident_id": INCIDENT,
        "assessment_id": ASSESSMENT, "sitting_id": SITTING, "question": "q1", "digest": DRAWING,
        "inspection_id": uid("inspection", "school" if "school_id" in route.pattern else "town"),
        "entry_number": SPOKEN, "page_id": HANA, "pile_id": PILE, "edition": 1, "code": MUNICIPALITIES["A"][0], "fingerprint": "x",
    }  # fmt: skip
    wanted = re.findall(r"<\w+:(\w+)>", route.pattern)
    return reverse(route.name, kwargs={key: values[key] for key in wanted})


def ask(client: Client, method: str, path: str) -> Any:
    """Send a request without a body."""
    return client.get(path) if method == "GET" else client.post(path, {})


@pytest.mark.parametrize("name", PROTECTED)
def test_route(
    name: str, world: World, aviary: Aviary, ground: Ground[Aviary], caplog: pytest.LogCaptureFixture
) -> None:
    """All subjects against one route."""
    path, methods = path_of(all_routes()[name], world, aviary.notice), tuple(all_routes()[name].actions)
    caplog.set_level(logging.INFO)
    wrong, met = walked(path, methods, aviary, ground, lambda *asked: judge(name, *asked))
    assert wrong == []
    assert aviary.seen(caplog.text + path) == set(), "personal text in the log"
    assert shown_at(name) - met == set(), "planted, said to stand here, and met by nobody who may see it"
    assert met & set(UNSHOWN) == set(), "said to stand on no page"


# Pages no route's own request comes to: about somebody else than 花, or asked for more.
FURTHER: dict[str, Callable[[World], str]] = {
    "空's page": lambda world: reverse("people-pupil", kwargs={"pupil_id": world.pupil("sora")}),
    "空's guardians": lambda world: reverse("people-family", kwargs={"pupil_id": world.pupil("sora")}),
    "pupils, with those who left": lambda world: (
        reverse("people-pupils", kwargs={"school_id": world.school("a1")}) + "?left=1"
    ),
    "a day before": lambda world: reverse(
        "attendance-register-day", kwargs={"class_id": world.klass("a1-1"), "date": EARLIER}
    ),
}


@pytest.mark.parametrize("name", FURTHER)
def test_further_page(
    name: str, world: World, aviary: Aviary, ground: Ground[Aviary], caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks for it meets what he may and nothing else."""
    path = FURTHER[name](world)
    caplog.set_level(logging.INFO)
    wrong, met = walked(path, ("GET",), aviary, ground, lambda method, subject, answer: "")
    assert wrong == []
    assert aviary.seen(caplog.text + path) == set(), "personal text in the log"
    assert shown_at(name) - met == set(), "planted, said to stand here, and met by nobody who may see it"
    assert met & set(UNSHOWN) == set(), "said to stand on no page"


def walked(
    path: str,
    methods: Iterable[str],
    aviary: Aviary,
    ground: Ground[Aviary],
    verdict_of: Callable[[str, str, Any], str],
) -> tuple[list[str], set[str]]:
    """What is wrong with the answers to all subjects, and the fields that were met by subjects who may."""
    wrong: list[str] = []
    met: set[str] = set()
    client = Client(raise_request_exception=False)
    for subject in SUBJECTS:
        for method in methods:
            ground.seat(client, subject)  # what one answer sets or takes away is not the next one's
            with transaction.atomic():
                set_scope(municipalities=[], side="learning")
                response = ask(client, method, path)
                verdict = verdict_of(method, subject, response)
                found = aviary.found(readable(response))
                transaction.set_rollback(True)
            leaks = {one.field: one.forms[0] for one in found if subject not in one.audience}
            met |= {one.field for one in found if subject in one.audience}
            if verdict or leaks:
                wrong.append(f"{method} {path} as {subject}: {verdict or f'leaks {leaks}'}")
    return wrong, met


@pytest.mark.parametrize("name", sorted(PUBLIC & set(all_routes())))
def test_what_is_public_shows_nobody(name: str, world: World, aviary: Aviary, ground: Ground[Aviary]) -> None:
    """Whoever asks: no error, and no canary."""
    client, route = Client(raise_request_exception=False), all_routes()[name]
    path, wrong = path_of(route, world, aviary.notice), []
    for subject in SUBJECTS:
        for method in route.actions:
            ground.seat(client, subject)
            with transaction.atomic():
                set_scope(municipalities=[], side="learning")
                response = ask(client, method, path)
                seen = aviary.seen(readable(response))
                transaction.set_rollback(True)
            if response.status_code >= 500 or seen:
                wrong.append(f"{method} {path} as {subject}: {response.status_code} {sorted(seen)}")
    assert wrong == []


def test_no_route_takes_a_method_it_has_not_declared(world: World, aviary: Aviary, ground: Ground[Aviary]) -> None:
    client = ground.seat(Client(), "a1-head")
    wrong = []
    for name, route in all_routes().items():
        path = path_of(route, world, aviary.notice)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(route.actions):
            with transaction.atomic():
                status = client.generic(method, path).status_code
                transaction.set_rollback(True)
            wrong += [] if status == 405 else [f"{method} {name}: {status}"]
    assert wrong == []


def test_any_page_says_its_school_or_that_it_has_none(world: World, aviary: Aviary) -> None:
    """By every loader, asked for a page that is not the request's own."""
    request = RequestFactory().get("/")
    request.actor = an_actor("a1-head")  # type: ignore[attr-defined]
    found = {name: school_of_page(request, path_of(all_routes()[name], world, aviary.notice)) for name in PROTECTED}
    assert set(found.values()) == {"", str(world.school("a1"))}
    for name in ("people-pupil", "attendance-register", "people-pupils", "marking-sitting"):
        assert found[name], name


def judge(name: str, method: str, subject: str, response: Any) -> str:
    """Empty when the answer is as expected, otherwise what is wrong."""
    allowed = subject in EXPECTED[name][method]
    status = response.status_code
    signed_out = status == 401 or (status == 302 and response["Location"].startswith("/accounts/login/"))
    if status >= 500:
        return f"HTTP {status}"
    if allowed:
        return (
            f"refused with {status}"
            if signed_out or (status == 403 and not is_own(name)) or absent(name, method, status)
            else ""
        )
    if not signed_out and status not in {403, 404}:
        return f"allowed with {status}"
    if status == 404 and subject in INSIDE and not is_own(name):
        return "not found though inside: who may gets the same where nothing is, so that an open door would not be seen"
    return ""


def is_own(name: str) -> bool:
    """Pages about oneself: there a 403 is allauth's own (no password to confirm with), not the enforcement point's."""
    return "own:manage" in all_routes()[name].actions.values()


def absent(name: str, method: str, status: int) -> bool:
    """A page that should be there is not. Posts without a body and made-up ids may well find nothing."""
    made_up = any(part in all_routes()[name].pattern for part in ("run_id", "row_id", "device_id", "<int:pk>"))
    return status == 404 and method == "GET" and not made_up and not is_own(name)
