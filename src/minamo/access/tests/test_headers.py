"""What every answer carries, and what cookies are called."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from minamo.access.headers import HEADERS, YEAR
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
WANTED = {
    "default-src": "'self'", "script-src": "'self'", "style-src": "'self'", "object-src": "'none'", "base-uri": "'none'",
    "form-action": "'self'", "frame-ancestors": "'none'", "require-trusted-types-for": "'script'",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/", "/static/design/icon.svg", "/"])
def test_every_answer_is_hardened(path: str) -> None:
    answer = Client(HTTP_HOST="localhost").get(path)
    for name in HEADERS:
        assert name in answer.headers, (path, name)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert {name: policy.get(name) for name in WANTED} == WANTED
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


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
        " s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.DEBUG)"
    )
    environment = {
        "PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "minamo.config.settings", "MINAMO_SECRET_KEY": "x" * 60,
        "MINAMO_PUBLIC_URL": "https://minamo.example", "PYTHONPATH": str(Path(__file__).parents[3]),
    }  # fmt: skip
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split(";")[0] == f"max-age={YEAR}"
    assert said.stdout.split()[1:] == [
        "includeSubDomains", "__Host-minamo_session", "__Host-csrftoken", "True", "True", "Lax", "False",
    ]  # fmt: skip
