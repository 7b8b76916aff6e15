"""Fixtures of the guardians' lists: a town to look at, and the way of a list from the page into the tray."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from minamo.interop.models import TrayRow
from minamo.interop.tests.guardians.lists import listing
from tests.fixtures.world import World


@pytest.fixture
def town(system_for: Callable[..., Any]) -> Callable[[], None]:
    """Look at municipality A from here on."""
    return lambda: system_for("A")


@dataclass
class Office:
    """Somebody of school A1 with the pages of the list."""

    client: Client
    school: Any
    town: Callable[[], None]

    @property
    def page(self) -> str:
        """Where lists are chosen."""
        return reverse("interop-guardians", kwargs={"school_id": self.school})

    @property
    def tray(self) -> str:
        """Where rows wait."""
        return reverse("interop-guardians-tray", kwargs={"school_id": self.school})

    def look(self, content: bytes, name: str = "一覧.csv") -> Any:
        """Choose a file; the page that says what would happen."""
        upload = io.BytesIO(content)
        upload.name = name
        return self.client.post(self.page, {"file": upload})

    def take(self, *rows: list[str]) -> list[TrayRow]:
        """Choose a list, look, take it in; the rows that wait now, in their order."""
        seen = self.look(listing(*rows)).content.decode()
        kept = seen.split('name="kept" value="')[1].split('"')[0]
        answer = self.client.post(self.page, {"kept": kept, "filename": "一覧.csv", "step": "take"})
        assert answer.status_code == 302
        return self.waiting()

    def waiting(self) -> list[TrayRow]:
        """Rows of the town that wait for somebody."""
        self.town()
        return list(TrayRow.objects.filter(state=TrayRow.State.WAITING, blocking=True).order_by("record"))

    def decide(self, row: TrayRow, **sent: Any) -> HttpResponse:
        """Send a decision; fields of the list as `v_…`."""
        path = reverse("interop-guardians-decisions", kwargs={"school_id": self.school, "row_id": row.pk})
        form = {name.replace("v_", "v-", 1): value for name, value in sent.items()}
        answer: Any = self.client.post(path, form)
        self.town()
        return answer


@pytest.fixture
def office(client_for: Callable[..., Client], world: World, town: Callable[[], None]) -> Office:
    """The office worker of A1."""
    return Office(client_for("a1-clerk"), world.school("a1"), town)
