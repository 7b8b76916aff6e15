"""Too many in a short time: 429 with words, one row in the trail, everybody else goes on; a fault shuts nobody out."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from minamo.access import checks, pacing
from minamo.access.models import Pace
from minamo.access.network import address_of, group_of, network_of
from minamo.access.routes import all_routes
from minamo.access.scope import set_scope
from minamo.kernel.pace import Buckets
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def told(world: World) -> list[Any]:
    """Rows of the trail about pacing: outcome, who, detail."""
    set_scope(municipalities=[world.municipality("A")], side="school")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, actor_label, municipality_id, detail->>'pace' FROM audit_entry WHERE action = 'own:pace'"
        )
        return cursor.fetchall()


@pytest.fixture
def lists(world: World) -> str:
    """A list of pupils to take away."""
    return f"/schools/{world.school('a1')}/pupils/export.csv"


def test_a_person_who_asks_too_much_waits_and_nobody_else(
    client_for: Callable[..., Client], world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PACE, moment = "person=3/60", [100.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: moment[0])
    teacher, other = client_for("a1-homeroom"), client_for("a1-teacher")
    assert [teacher.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = teacher.get("/")
    assert answer.headers["Retry-After"] == "20"
    assert "20秒たってから" in answer.content.decode()
    assert "記録は何も変わっていません" in answer.content.decode()
    assert other.get("/").status_code == 200
    moment[0] += 20
    assert [teacher.get("/").status_code, teacher.get("/").status_code] == [200, 429]
    assert len(told(world)) == 1
    outcome, who, town, name = told(world)[0]
    assert (outcome, town, name) == ("deny", world.municipality("A"), "person")
    assert who


def test_a_form_that_comes_too_often_is_not_taken_and_says_so(client_for: Callable[..., Client], settings: Any) -> None:
    settings.PACE = "person=1/60"
    teacher = client_for("a1-homeroom")
    teacher.get("/")
    page = teacher.post("/account/devices/", {"others": "1"})
    assert page.status_code == 429
    assert "まだ届いていません" in page.content.decode()
    words = teacher.post("/account/devices/", headers={"X-Requested-With": "fetch"})
    assert (words.status_code, words.headers["Content-Type"]) == (429, "text/plain; charset=utf-8")
    assert int(words.headers["Retry-After"]) >= pacing.LEAST_WAIT
    assert "もう一度お試しください" in words.content.decode()


def test_strangers_count_by_address_and_whoever_is_signed_in_does_not(
    client_for: Callable[..., Client], settings: Any, count_queries: Callable[..., Any]
) -> None:
    settings.PACE = "address=2/60"
    homeroom = client_for("a1-homeroom")
    assert [Client().get(LOGIN, REMOTE_ADDR="192.0.2.1").status_code for _ in range(3)] == [200, 200, 429]
    assert Client().get(LOGIN, REMOTE_ADDR="192.0.2.2").status_code == 200
    assert [homeroom.get("/", REMOTE_ADDR="192.0.2.1").status_code for _ in range(4)] == [200] * 4
    with count_queries() as asked:
        assert Client().get(LOGIN, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert len(asked) == 0


def test_a_cookie_somebody_made_up_is_no_person(settings: Any) -> None:
    settings.PACE = "address=2/60"
    codes = []
    for number in range(3):
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = f"{number:032d}"
        codes.append(client.get(LOGIN).status_code)
    assert codes == [200, 200, 429]


def test_of_ipv6_a_whole_household_is_one(settings: Any) -> None:
    settings.PACE = "address=2/60"
    homes = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2::1", "2001:db8:1:3::1"]
    assert [Client().get(LOGIN, REMOTE_ADDR=a).status_code for a in homes] == [200, 200, 429, 200]


@pytest.mark.parametrize(
    ("proxies", "told_by_header", "found"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (0, None, "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:db8::5]:443", "2001:db8::5"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "<script>", "10.0.0.1"),
        (1, None, "10.0.0.1"),
    ],
)
def test_only_configured_proxies_are_believed(
    proxies: int, told_by_header: str | None, found: str, settings: Any
) -> None:
    settings.PROXY_COUNT = proxies
    more = {} if told_by_header is None else {"HTTP_X_FORWARDED_FOR": told_by_header}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", **more)
    assert address_of(request) == found


def test_a_made_up_header_gives_no_new_tries(settings: Any) -> None:
    settings.PACE, settings.PROXY_COUNT = "address=2/60", 1
    headers = [f"198.51.100.{n}, 203.0.113.9" for n in range(3)]
    assert [Client().get(LOGIN, HTTP_X_FORWARDED_FOR=h).status_code for h in headers] == [200, 200, 429]


def test_without_an_address_there_is_a_group_too(settings: Any) -> None:
    settings.NETWORKS = {"学校": "10.20.0.0/16"}
    request = RequestFactory().get("/", REMOTE_ADDR="")
    assert (group_of(request), network_of(request)) == ("unknown", "other")


def test_costly_acts_count_in_the_database_for_every_worker(
    client_for: Callable[..., Client], world: World, settings: Any, lists: str
) -> None:
    settings.PACE = "export=2/600"
    head, vice = client_for("a1-head"), client_for("a1-vice")
    codes = []
    for _ in range(5):
        pacing.forget()  # each time another worker
        codes.append(head.get(lists).status_code)
    assert codes == [200, 200, 429, 429, 429]
    assert vice.get(lists).status_code == 200
    assert head.get("/").status_code == 200
    assert [(outcome, name) for outcome, _, _, name in told(world)] == [("deny", "export")]
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=301)):
        head = client_for("a1-head")
        assert [head.get(lists).status_code, head.get(lists).status_code] == [200, 429]
    assert len(told(world)) == 1
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=601)):
        head = client_for("a1-head")
        assert [head.get(lists).status_code for _ in range(2)] == [200, 429]
    assert len(told(world)) == 2


def test_a_refused_list_is_no_row_of_a_list_that_was_read(
    client_for: Callable[..., Client], world: World, settings: Any, lists: str
) -> None:
    settings.PACE = "export=1/600"
    head = client_for("a1-head")
    assert [head.get(lists).status_code for _ in range(3)] == [200, 429, 429]
    set_scope(municipalities=[world.municipality("A")], side="school")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_entry WHERE action = 'people:list' AND resource_id = %s",
            [str(world.school("a1"))],
        )
        assert cursor.fetchone()[0] == 1


def test_who_may_not_is_refused_before_anything_is_counted(
    client_for: Callable[..., Client], settings: Any, lists: str
) -> None:
    settings.PACE = "export=1/600"
    guardian = client_for("takahashi-mother")
    assert {guardian.get(lists).status_code for _ in range(3)} <= {403, 404}
    assert not Pace.objects.exists()


def test_passwords_from_one_address(settings: Any) -> None:
    settings.PACE = "attempt=2/600"
    tries = [
        Client().post(LOGIN, {"login": f"nobody-{n}", "password": "x"}, REMOTE_ADDR="192.0.2.5").status_code
        for n in range(4)
    ]
    assert tries[2:] == [429, 429]
    assert 429 not in tries[:2]
    assert Client().get(LOGIN, REMOTE_ADDR="192.0.2.5").status_code == 200
    assert Client().post(LOGIN, {"login": "nobody", "password": "x"}, REMOTE_ADDR="192.0.2.6").status_code != 429


def test_a_fault_of_the_counter_shuts_nobody_out_and_opens_nothing(
    client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, lists: str
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM there_is_no_such_table")
        raise DatabaseError

    def broken_door(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(pacing, "_door", broken_door)
    for name in ("_wait", "_pay"):
        monkeypatch.setattr(pacing, name, broken)
    head, guardian = client_for("a1-head"), client_for("takahashi-mother")
    assert head.get(lists).status_code == 200
    assert guardian.get(lists).status_code in {403, 404}
    assert {"pace: the door could not count", "pace: export could not be counted"} <= {
        r.message for r in caplog.records
    }


def test_a_fault_while_paying_is_an_alarm_and_the_answer_stands(
    client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, lists: str
) -> None:
    def broken(*_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(pacing, "_pay", broken)
    assert client_for("a1-head").get(lists).status_code == 200
    assert "pace: could not be paid" in caplog.text


def test_a_school_on_its_first_morning_and_a_marker_with_fast_keys_are_never_stopped() -> None:
    """The rates as they are delivered: 25 classes of 40 behind one address sign in within ten minutes; a marker presses keys for
    an hour as fast as the page sends them, with the pictures of forty answers every minute and an open screen."""
    rng, doors = random.Random(7), Buckets()
    asked = sorted(
        rng.uniform(0, 600) for _ in range(25 * 40 * 6)
    )  # page, password, code, page behind it, and two slips
    assert all(doors.take("school", pacing.DEFAULTS["address"], at) is None for at in asked)
    tries = sorted(rng.uniform(0, 600) for _ in range(25 * 40 + 150))
    assert all(doors.take("codes", pacing.DEFAULTS["attempt"], at) is None for at in tries)
    one_class = sorted(rng.uniform(0, 10) for _ in range(40 * 6))
    assert all(doors.take("class", pacing.DEFAULTS["address"], at) is None for at in one_class)
    keys = [n * 0.12 for n in range(int(3600 / 0.12))]
    pictures = [minute * 60 + n * 0.01 for minute in range(60) for n in range(45)]
    assert all(doors.take("marker", pacing.DEFAULTS["person"], at) is None for at in sorted(keys + pictures))
    papers = [n * 3.0 for n in range(40)] * 3
    assert all(doors.take("papers", pacing.DEFAULTS["pdf"], at) is None for at in sorted(papers))


def test_old_lines_are_swept_and_told_ones_stay(settings: Any) -> None:
    now = timezone.now()
    days = {"old": 3, "fresh": 0}
    for key, ago in days.items():
        Pace.objects.create(key=key, clear_at=now - dt.timedelta(days=ago))
    Pace.objects.create(key="told", clear_at=now - dt.timedelta(days=3), told_at=now)
    assert pacing.sweep(now) == 1
    assert set(Pace.objects.values_list("key", flat=True)) == {"fresh", "told"}


def test_the_lines_are_not_logged_and_name_nobody(client_for: Callable[..., Client], lists: str) -> None:
    client_for("a1-head").get(lists)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'access_pace'")
        assert cursor.fetchone()[0] == "u"
    assert all(len(key) == 64 for key in Pace.objects.values_list("key", flat=True))


def test_a_setting_that_cannot_be_read_stops_the_start(settings: Any) -> None:
    assert checks.paces_are_known(None) == []
    settings.PACE = "pdf=many/60"
    assert [found.id for found in checks.paces_are_known(None)] == ["access.E006"]


def test_what_goes_out_or_costs_much_has_its_rate() -> None:
    """Every route whose address says that a file comes of it; a new one has to be sorted here."""
    files = {
        n: r
        for n, r in all_routes().items()
        if r.pattern.rstrip("/").endswith((".pdf", ".xlsx", ".csv", "print", "book"))
    }
    assert len(files) > 12
    assert [name for name, route in files.items() if route.cost_of("GET") is None] == []


def test_notices_count_without_a_statement(
    client_for: Callable[..., Client], world: World, settings: Any, count_queries: Callable[..., Any]
) -> None:
    settings.PACE = "notice=2/600"
    mother = client_for("sato-mother")
    for _ in range(2):
        with count_queries() as asked:
            assert mother.post("/notices/", {}).status_code == 422
        assert not any("access_pace" in q for q in asked.statements)
    refused = [mother.post("/notices/", {}, headers={"X-Requested-With": "fetch"}) for _ in range(3)]
    assert [(r.status_code, int(r.headers["Retry-After"]) > 200) for r in refused] == [(429, True)] * 3
    assert mother.get("/notices/").status_code == 200
    assert [name for *_, name in told(world)] == ["notice"]
