"""行事予定の画面: who reads it and who changes it (clauses 8.1 and 8.2)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.api import set_scope
from minamo.curriculum.models import CalendarEntry
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
SENT = {"begins": "2026-12-24", "ends": "2027-01-07", "kind": "vacation", "title": "冬休み"}
READERS = {
    "a1-aide": 200, "a1-homeroom": 200, "a1-head": 200, "a1-coordinator": 200, "a-board": 200, "a2-head": 403, "b1-head": 404,
    "b-board": 404, "takahashi-mother": 403, "pupil-hana": 403,
}  # fmt: skip
WRITERS = {
    "a1-head": True, "a1-vice": True, "a1-coordinator": True, "a1-homeroom": False, "a1-clerk": False, "a-board": False,
    "a2-head": False, "b1-head": False, "takahashi-mother": False, "pupil-hana": False,
}  # fmt: skip


def calendar(world: World) -> str:
    """The calendar of a school."""
    return reverse("curriculum-calendar", kwargs={"school_id": world.school("a1")})


@pytest.mark.parametrize(("who", "status"), READERS.items())
def test_who_reads_the_calendar(who: str, status: int, world: World, client_for: ClientFor) -> None:
    assert client_for(who).get(calendar(world)).status_code == status


@pytest.mark.parametrize(("who", "writes"), WRITERS.items())
def test_who_changes_the_calendar(who: str, writes: bool, world: World, client_for: ClientFor) -> None:
    client = client_for(who)
    assert client.post(calendar(world), SENT).status_code in ({302} if writes else {403, 404})
    set_scope(municipalities=[world.municipality("A")], side="school")
    rows = list(CalendarEntry.objects.filter(title="冬休み"))
    assert bool(rows) == writes
    if writes:
        assert "冬休み" in client.get(calendar(world)).content.decode()
        assert client.post(calendar(world), {"remove": str(rows[0].pk)}).status_code == 302
        set_scope(municipalities=[world.municipality("A")], side="school")
        assert not CalendarEntry.objects.filter(title="冬休み").exists()


def test_nobody_signed_in(client: Client, world: World) -> None:
    assert client.get(calendar(world)).status_code == 302
    assert client.post(calendar(world), SENT).status_code == 302
