"""Wrong addresses of links are counted where they come from; the right one goes on working beside them."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from minamo.access.models import Pace
from minamo.marking.models import UploadLink
from minamo.marking.tests.scans import see_all
from tests.fixtures import piles
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
HERE = f"/marking/sittings/{piles.SITTING}/"


@pytest.fixture
def token(world: World, client_for: Callable[..., Client], settings: Any) -> str:
    """The secret part of an open link; three wrong ones in ten minutes are one too many."""
    settings.MARKING_PROCESSES = 0
    settings.PACE = "token=2/600"
    see_all(world)
    piles.a_class(world, 6)
    piles.a_sitting(world, timezone.now())
    found = re.search(r"/scans/#([\w-]+)", client_for("a1-homeroom").post(f"{HERE}links/").content.decode())
    assert found is not None
    return found.group(1)


def whole(token: str, address: str) -> Any:
    file = SimpleUploadedFile("scan.pdf", b"%PDF-1.7 " + uuid.uuid4().bytes)
    return Client().post("/scans/", {"token": token, "files": [file]}, REMOTE_ADDR=address)


def part(token: str, address: str) -> Any:
    headers = {"X-Token": token, "X-Part": "0" * 64}
    return Client().post(
        "/scans/parts/", b"x", content_type="application/octet-stream", headers=headers, REMOTE_ADDR=address
    )


@pytest.mark.parametrize("send", [whole, part])
def test_wrong_ones_come_to_an_end_and_the_right_one_goes_on(send: Callable[..., Any], token: str) -> None:
    assert [send(f"wrong-{n}", "192.0.2.8").status_code for n in range(5)] == [422, 422, 429, 429, 429]
    refused = send("wrong", "192.0.2.8")
    assert int(refused.headers["Retry-After"]) > 200
    assert "記録は" in refused.content.decode()
    assert whole(token, "192.0.2.8").status_code == 302, "the copier beside him"
    assert send("wrong", "192.0.2.9").status_code == 422, "another address has tried nothing"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry WHERE action = 'own:pace' AND detail->>'pace' = 'token'")
        assert cursor.fetchone()[0] <= 1


def test_both_doors_count_on_one_line(token: str) -> None:
    assert [whole("a", "192.0.2.8").status_code, part("b", "192.0.2.8").status_code] == [422, 422]
    assert [whole("c", "192.0.2.8").status_code, part("d", "192.0.2.8").status_code] == [429, 429]


def test_one_whose_day_is_over_is_a_wrong_one(world: World, token: str) -> None:
    see_all(world)
    UploadLink.objects.update(expires_at=timezone.now())
    assert [whole(token, "192.0.2.8").status_code for _ in range(3)] == [422, 422, 429]


def test_the_right_one_costs_nothing(token: str) -> None:
    before = set(Pace.objects.values_list("key", flat=True))
    assert [whole(token, "192.0.2.8").status_code for _ in range(4)] == [302] * 4
    assert set(Pace.objects.values_list("key", flat=True)) == before
