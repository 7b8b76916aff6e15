"""答案の画像の保管: days by municipality and school, removal when due or by hand, and what stays."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope, system_actor
from minamo.audit.models import Entry
from minamo.kernel import files
from minamo.kernel.wareki import format_ja
from minamo.marking.actions import keeping
from minamo.marking.models import (
    AnswerMark,
    ImageRemoval,
    KeepingRule,
    MarkedBook,
    PaperSheet,
    Pile,
    Release,
    ResultPaper,
    ScanPage,
    Sitting,
    Stroke,
)  # fmt: skip
from minamo.marking.retention import DEFAULT_DAYS
from tests.fixtures.assessments import SITTING, an_assessment
from tests.fixtures.given import GIVEN, a_given_back, a_jpeg
from tests.fixtures.results import PAPER, a_result
from tests.fixtures.world import TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


@pytest.fixture
def given_back(world: World) -> None:
    see(world)
    a_result(world, timezone.now())
    a_given_back(world, timezone.now())


def there(content: str) -> bool:
    return default_storage.exists(files.path_of(content))


def contents(world: World) -> dict[str, str]:
    see(world)
    sheet = PaperSheet.objects.get(paper=PAPER)
    return {
        "pile": Pile.objects.get(sitting=GIVEN).content, "crops": ScanPage.objects.get(sitting=GIVEN).crops,
        "picture": sheet.picture, "pdf": sheet.pdf, "book": MarkedBook.objects.get().content,
    }  # fmt: skip


def due(world: World, day: dt.date, capture: Callable[..., object]) -> int:
    """The nightly run on a day, with what follows its commit."""
    now = dt.datetime.combine(day, dt.time(0, 20), dt.UTC)
    with capture(execute=True):  # type: ignore[attr-defined]
        see(world)
        actor = system_actor(world.municipality("A"), now=now, today=day, label="画像の保管期限")
        found = keeping.remove_due(actor=actor, municipality=world.municipality("A"))
    see(world)
    return found


def test_pictures_go_when_they_are_due_and_points_stay(
    world: World, given_back: None, client_for: ClientFor, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    before = contents(world)
    held = Sitting.objects.get(pk=GIVEN).held_on
    assert due(world, held + dt.timedelta(days=DEFAULT_DAYS), django_capture_on_commit_callbacks) == 0
    assert all(there(content) for content in before.values())
    assert due(world, held + dt.timedelta(days=DEFAULT_DAYS + 1), django_capture_on_commit_callbacks) == 1
    assert {name for name, content in before.items() if there(content)} == set()
    row = ImageRemoval.objects.get(sitting=GIVEN)
    assert (row.files, row.kept, row.by_id, row.by_label) == (5, 0, None, "画像の保管期限") and row.size > 0
    assert set(row.contents) == set(before.values())
    assert ResultPaper.objects.get(pk=PAPER).points == [2, 1] and ScanPage.objects.get(sitting=GIVEN).readings
    assert Entry.objects.get(action="sitting:erase").detail["files"] == 5
    assert due(world, held + dt.timedelta(days=DEFAULT_DAYS + 2), django_capture_on_commit_callbacks) == 0
    home = client_for("takahashi-mother")
    assert "保管の期限が過ぎたので削除されました" in home.get(f"/results/papers/{PAPER}/").content.decode()
    assert home.get(f"/results/papers/{PAPER}/picture/").status_code == 404


def test_nothing_goes_while_a_family_may_still_ask(
    world: World, given_back: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    late = TODAY + dt.timedelta(days=500)
    Release.objects.update(review_until=late)
    assert due(world, late, django_capture_on_commit_callbacks) == 0
    assert due(world, late + dt.timedelta(days=15), django_capture_on_commit_callbacks) == 1


def test_a_file_somebody_else_needs_stays(
    world: World, given_back: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    an_assessment(world, timezone.now())
    shared = contents(world)["pile"]
    Pile.objects.filter(sitting=SITTING).update(content=shared)
    Sitting.objects.filter(pk=SITTING).update(held_on=TODAY)
    assert due(world, TODAY + dt.timedelta(days=DEFAULT_DAYS), django_capture_on_commit_callbacks) == 1
    row = ImageRemoval.objects.get(sitting=GIVEN)
    assert there(shared) and (row.files, row.kept) == (4, 1)
    assert due(world, TODAY + dt.timedelta(days=DEFAULT_DAYS + 1), django_capture_on_commit_callbacks) == 1
    assert not there(shared)


def test_another_municipality_counts_as_somebody_else(
    world: World, given_back: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    an_assessment(world, timezone.now())
    shared = contents(world)["crops"]
    ScanPage.objects.filter(sitting=SITTING).update(crops=shared, municipality_id=world.municipality("B"))
    due(world, TODAY + dt.timedelta(days=DEFAULT_DAYS - 1), django_capture_on_commit_callbacks)
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert there(shared)


def test_what_a_night_left_on_the_disk_goes_the_next(
    world: World, given_back: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    held = Sitting.objects.get(pk=GIVEN).held_on
    before = contents(world)["picture"]
    due(world, held + dt.timedelta(days=DEFAULT_DAYS + 1), django_capture_on_commit_callbacks)
    files.keep(a_jpeg())  # as if the power had gone before the file was removed
    assert there(before)
    due(world, held + dt.timedelta(days=DEFAULT_DAYS + 2), django_capture_on_commit_callbacks)
    assert not there(before)


def test_days_are_set_by_the_board_and_by_a_school(world: World, given_back: None, client_for: ClientFor) -> None:
    town, school = (
        f"/marking/municipalities/{world.municipality('A')}/keeping/",
        f"/marking/schools/{world.school('a1')}/keeping/",
    )
    board, head = client_for("a-board"), client_for("a1-head")
    assert "はじめの決まり" in board.get(town).content.decode()
    assert board.post(town, {"days": "730"}).status_code == 302
    page = head.get(school).content.decode()
    assert "730日" in page and "教育委員会の決まり" in page and "わり算" in page
    assert head.post(school, {"days": "90"}).status_code == 302
    due_on = Sitting.objects.get(pk=GIVEN).held_on + dt.timedelta(days=90)
    assert f"{due_on.year}年{format_ja(due_on)}" in head.get(school).content.decode()
    for typed in ("59", "1826", "あ", "-3", "1.5"):
        refused = head.post(school, {"days": typed})
        assert refused.status_code == 422 and typed in refused.content.decode()
    assert board.post(town, {"days": ""}).status_code == 422
    assert head.post(school, {"days": ""}).status_code == 302
    see(world)
    assert list(KeepingRule.objects.order_by("set_at").values_list("days", "school_id")) == [
        (730, None), (90, world.school("a1")), (None, world.school("a1")),
    ]  # fmt: skip


def test_early_removal_needs_a_reason(world: World, given_back: None, client_for: ClientFor) -> None:
    path, head = f"/marking/sittings/{GIVEN}/erasure/", client_for("a1-head")
    assert "元に戻せません" in head.get(path).content.decode()
    assert head.post(path, {"why": "  "}).status_code == 422
    assert head.post(path, {"why": "保護者の求めがあったため"}).status_code == 302
    page = head.get(f"/marking/schools/{world.school('a1')}/keeping/").content.decode()
    assert "削除しました" in page and "保護者の求めがあったため" in page
    see(world)
    row = ImageRemoval.objects.get(sitting=GIVEN)
    assert row.by_id == world.account("a1-head") and PaperSheet.objects.get().picture == ""
    assert Stroke.objects.count() == AnswerMark.objects.count()
    assert head.post(path, {"why": "もう一度"}).status_code == 302
    see(world)
    assert ImageRemoval.objects.get(sitting=GIVEN).why == "保護者の求めがあったため", "the first removal stands"


def test_the_nightly_job_finds_every_town(world: World, given_back: None) -> None:
    set_scope(municipalities=[], side="learning")
    with connection.cursor() as cursor:
        cursor.execute("SELECT marking_keeping()")
        assert world.municipality("A") in {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize(
    "who", ["a1-homeroom", "a1-coordinator", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"]
)
def test_nobody_else_sets_a_schools_days_or_removes(
    world: World, given_back: None, client_for: ClientFor, who: str
) -> None:
    other = client_for(who)
    for path in (f"/marking/schools/{world.school('a1')}/keeping/", f"/marking/sittings/{GIVEN}/erasure/"):
        assert other.get(path).status_code in {403, 404}
        assert other.post(path, {"days": "90", "why": "x"}).status_code in {403, 404}
        assert Client().get(path).status_code in {302, 401}
    if who != "a-board":
        assert other.get(f"/marking/municipalities/{world.municipality('A')}/keeping/").status_code in {403, 404}
    see(world)
    assert not ImageRemoval.objects.exists() and not KeepingRule.objects.exists()


@pytest.mark.parametrize("who", ["a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"])
def test_accuracy_is_the_schools_own(world: World, given_back: None, client_for: ClientFor, who: str) -> None:
    an_assessment(world, timezone.now())
    path = f"/marking/schools/{world.school('a1')}/accuracy/"
    page = client_for("a1-teacher").get(path).content.decode()
    assert "アイウエ" in page and "件数が少ない" in page and "100.0%" in page and "20.7%" in page
    table = client_for("a1-teacher").get(f"{path}table/").content.decode("utf-8-sig")
    assert "アイウエ" in table and "0.2065" in table
    for part in ("", "table/"):
        assert client_for(who).get(f"{path}{part}").status_code in {403, 404}
        assert Client().get(f"{path}{part}").status_code in {302, 401}


def test_the_way_to_the_days_of_keeping_is_in_the_menu(client_for: Callable[..., Client], world: World) -> None:
    """The board by its rail, heads and teachers from 採点: nobody has to know an address."""
    school = f"/marking/schools/{world.school('a1')}"
    head = client_for("a1-head").get("/marking/").content.decode()
    teacher = client_for("a1-homeroom").get("/marking/").content.decode()
    assert f'href="{school}/keeping/"' in head and f'href="{school}/accuracy/"' in head
    assert f'href="{school}/keeping/"' not in teacher and f'href="{school}/accuracy/"' in teacher
    assert (
        f'href="/marking/municipalities/{world.municipality("A")}/keeping/"'
        in client_for("a-board").get("/").content.decode()
    )
