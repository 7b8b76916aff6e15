"""What the pages of a sitting say: files that cannot be read, reading that stands still, what is not marked, which class is which."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.audit.models import Entry
from minamo.marking.models import Binding, Pile, ScanPage, Sitting
from minamo.marking.queries import scans
from minamo.marking.tests.scans import begins
from tests.fixtures.assessments import ASSESSMENT, PILE, SITTING, an_assessment
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
HERE = f"/marking/sittings/{SITTING}/"
LOCKED = "パスワードがかかっているため、読み取れません。"


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")


@pytest.fixture
def teacher(db: None, world: World, client_for: ClientFor) -> Client:
    see(world)
    an_assessment(world, timezone.now())
    return client_for("a1-homeroom")


def test_a_file_that_cannot_be_read_is_named_and_may_go(world: World, teacher: Client) -> None:
    see(world)
    Pile.objects.filter(pk=PILE).update(refusal=LOCKED)
    page = teacher.get(HERE).content.decode()
    assert "読み取れないファイルが1つあります" in page and "続きを読む" not in page
    assert page.index("読み取れないファイルが") < page.index("いますること"), "beside what is to do next"
    assert 'class="btn primary"' in begins(page), "the keys begin at what is to do next"
    assert "scan.pdfを除く" in page
    assert teacher.post(f"/marking/piles/{PILE}/stops/").status_code == 302
    page = teacher.get(HERE).content.decode()
    assert "読み取れないファイルが" not in page and LOCKED in page and "が除きました" in page
    see(world)
    assert Entry.objects.filter(resource_id=str(SITTING), detail__stopped=str(PILE)).exists()


def test_reading_that_stands_still_says_so(world: World, teacher: Client) -> None:
    see(world)
    Pile.objects.filter(pk=PILE).update(pages=3, sent_at=timezone.now() - dt.timedelta(minutes=9))
    ScanPage.objects.update(read_at=timezone.now())
    assert "読み取りが止まっています" not in teacher.get(HERE).content.decode()
    see(world)
    ScanPage.objects.update(read_at=timezone.now() - dt.timedelta(minutes=2))
    page = teacher.get(HERE).content.decode()
    assert "読み取りが止まっています。自動で続きます。" in page and "data-going" in page


def test_a_test_without_owners_is_not_called_marked(world: World, teacher: Client) -> None:
    see(world)
    Binding.objects.update(replaced_at=timezone.now())
    page = teacher.get("/marking/").content.decode()
    assert "だれの紙か 2枚" in page and "採点ずみ" not in page


def test_classes_are_told_apart_by_who_teaches_them(teacher: Client) -> None:
    page = teacher.get(f"/marking/assessments/{ASSESSMENT}/classes/").content.decode()
    assert "学級　原澤 美咲" in page


def test_a_class_without_numbers_stands_in_the_order_of_the_homerooms(
    world: World, teacher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(world)
    row = Sitting.objects.select_related("school_class").get(pk=SITTING)
    there = scans.roster_of_class(row.school_class_id, row.held_on)

    def bare(*given: Any) -> list[Any]:
        import dataclasses

        return [dataclasses.replace(one, number=None) for one in reversed(there)]

    monkeypatch.setattr(scans, "roster_of_class", bare)
    numbers = [one.number for one in scans.children(row)]
    assert len(numbers) > 1 and numbers == sorted(numbers, key=lambda one: (one is None, one or 0))
