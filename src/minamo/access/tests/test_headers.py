"""What every answer carries, and what cookies are called."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from minamo.access.models import Account
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
WANTED = {
    "default-src": "'self'", "script-src": "'self'", "style-src": "'self'", "object-src": "'none'", "base-uri": "'none'",
    "form-action": "'self'", "frame-ancestors": "'none'", "require-trusted-types-for": "'script'",
}  # fmt: skip


# Written out here, not read from the program: what is taken off or weakened there is missed here.
VALUES = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}  # fmt: skip
DAY = 86_400


def answers(client_for: Callable[..., Client], world: World) -> list[tuple[str, HttpResponse]]:
    """One answer of each sort: pages, a refusal, no such page, static files, a book, a PDF; of strangers, staff, a family."""
    stranger, head, mother = Client(HTTP_HOST="localhost"), client_for("a1-head"), client_for("takahashi-mother")
    school, town = world.school("a1"), world.municipality("A")
    asked = [
        (stranger, "/accounts/login/"), (stranger, "/nowhere/"), (stranger, "/"), (stranger, "/static/design/icon.svg"),
        (stranger, "/static/design/trusted.js"), (head, "/"),
        (head, f"/schools/{world.school('a2')}/pupils/"), (head, f"/schools/{school}/pupils/export.xlsx"),
        (head, f"/municipalities/{town}/policy/assets/print.pdf"), (mother, "/notices/"),
    ]  # fmt: skip
    origin = {"Origin": "https://elsewhere.example"}
    return [(path, client.get(path, headers=origin)) for client, path in asked]


def test_every_answer_is_hardened(client_for: Callable[..., Client], world: World) -> None:
    for path, answer in answers(client_for, world):
        assert {name: answer.headers.get(name) for name in VALUES} == VALUES, path
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert {name: policy.get(name) for name in WANTED} == WANTED, path
        assert "unsafe" not in answer.headers["Content-Security-Policy"], path


def test_no_other_origin_is_let_in(client_for: Callable[..., Client], world: World) -> None:
    """CORS: static files too (the middleware that serves them would say `*` by itself)."""
    for path, answer in answers(client_for, world):
        assert [name for name in answer.headers if name.lower().startswith("access-control-")] == [], path
    asked = Client(HTTP_HOST="localhost").options(
        "/accounts/login/", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    )
    assert [name for name in asked.headers if name.lower().startswith("access-control-")] == []


def test_every_answer_with_words_names_their_encoding(client_for: Callable[..., Client], world: World) -> None:
    kinds = set()
    for path, answer in answers(client_for, world):
        if not answer.getvalue():
            continue
        kind, _, rest = answer.headers["Content-Type"].partition(";")
        kinds.add(kind)
        assert rest.strip().replace('"', "") == "charset=utf-8" or not kind.startswith("text/"), (
            path,
            answer.headers["Content-Type"],
        )
    assert {"text/html", "text/javascript", "image/svg+xml", "application/pdf"} <= kinds


def test_both_cookies_say_where_they_go(world: World) -> None:
    """As they travel: the session's from the sign-in, the other from the form before it."""
    account = Account.objects.get(login_id="takahashi-mother")
    account.set_password("みなも-to-clear-water")
    account.save()
    browser = Client()
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": account.login_id, "password": "みなも-to-clear-water"})
    session, other = browser.cookies[settings.SESSION_COOKIE_NAME], browser.cookies[settings.CSRF_COOKIE_NAME]
    said = ("path", "samesite", "httponly", "domain")
    assert [session[name] for name in said] == ["/", "Lax", True, ""]
    assert [other[name] for name in said] == ["/", "Lax", "", ""]  # scripts of ours send it back in a header
    assert session["max-age"] == 14 * DAY


def test_a_family_signs_in_again_after_fourteen_days(client_for: Callable[..., Client]) -> None:
    mother = client_for("takahashi-mother")
    began = timezone.now()
    with time_machine.travel(began + dt.timedelta(days=13, hours=23)):
        assert mother.get("/").status_code == 200
    with time_machine.travel(began + dt.timedelta(days=14, minutes=1)):
        assert mother.get("/").status_code == 302


def test_nothing_a_signed_in_person_gets_is_kept(client_for: Callable[..., Client], world: World) -> None:
    """Pages, a refusal, a book and a printed form, of the staff and of a family."""
    school, other, town = world.school("a1"), world.school("a2"), world.municipality("A")
    head, mother = client_for("a1-head"), client_for("takahashi-mother")
    asked = [
        (head, "/", 200), (head, f"/schools/{school}/pupils/", 200), (head, f"/schools/{other}/pupils/", 403),
        (head, f"/schools/{school}/pupils/export.xlsx", 200), (head, f"/municipalities/{town}/policy/assets/print.pdf", 200),
        (head, "/account/devices/", 200), (mother, "/", 200), (mother, "/notices/", 200),
    ]  # fmt: skip
    for client, path, status in asked:
        answer = client.get(path)
        assert (answer.status_code, "no-store" in answer.headers.get("Cache-Control", "")) == (status, True), path


def test_a_strict_transport_year_and_host_cookies_under_https() -> None:
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings as s\n"
        "from django.http import HttpResponse\n"
        "from minamo.access.headers import SecurityHeaders\n"
        "h = SecurityHeaders(lambda r: HttpResponse())(None).headers\n"
        "print(h['Strict-Transport-Security'], s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.CSRF_COOKIE_SECURE, s.CSRF_COOKIE_SAMESITE, s.DEBUG)"
    )
    environment = {
        "PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "minamo.config.settings", "MINAMO_SECRET_KEY": "x" * 60,
        "MINAMO_PUBLIC_URL": "https://minamo.example", "PYTHONPATH": str(Path(__file__).parents[3]),
    }  # fmt: skip
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split(";")[0] == "max-age=31536000"
    assert said.stdout.split()[1:] == [
        "includeSubDomains", "__Host-minamo_session", "__Host-csrftoken", "True", "True", "Lax", "True", "Lax", "False",
    ]  # fmt: skip
