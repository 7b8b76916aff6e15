"""この山を除く: a pile that should not be here goes as a whole, is seen before it goes, and comes back as it was."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from minamo.audit.models import Entry
from minamo.marking import jobs, scanning
from minamo.marking.actions import pages as keeping
from minamo.marking.models import AnswerMark, Assessment, Binding, Edition, Pile, ScanPage, Sitting, Stroke
from minamo.marking.queries.scans import counts
from minamo.marking.tests.scans import begins, pages, read, see_all, seen_once, sent, sitting
from minamo.marking.tests.test_scan_pages import HERE, OUTSIDE, form_of
from tests.fixtures import piles
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
NONE = b"%PDF-1.7 nothing in it "


@pytest.fixture(autouse=True)
def _inside(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MARKING_PROCESSES = 0
    seen_once(monkeypatch)


@pytest.fixture
def test(world: World) -> uuid.UUID:
    see_all(world)
    piles.a_class(world, 6)
    return piles.a_sitting(world, timezone.now())


def returned(world: World, teacher: Client, pile: Pile) -> None:
    """山を戻す, and the worker takes the job that is queued with it."""
    assert teacher.post(f"/marking/piles/{pile.pk}/return/").status_code == 302
    (job,) = ProcrastinateJob.objects.filter(task_name="marking.compare")
    assert jobs.compare(**job.args) is None
    ProcrastinateJob.objects.filter(pk=job.pk).delete()
    see_all(world)


def laid(world: World, *shown: str | int | tuple[int, int], name: str = "scan.pdf") -> Pile:
    """A pile as it was read: a number is a paper with it, a word a page that waits for that reason, (number, 1) a second page."""
    pile = sent(world, NONE + name.encode(), name)
    Pile.objects.filter(pk=pile.pk).update(pages=len(shown))
    edition = Edition.objects.get(assessment=sitting().assessment_id)
    here = {
        "municipality_id": pile.municipality_id,
        "pile": pile,
        "sitting_id": pile.sitting_id,
        "read_at": timezone.now(),
        "edition": edition,
    }
    for at, one in enumerate(shown):
        if isinstance(one, str):
            ScanPage.objects.create(**here, index=at, status="review", reason=one)
        elif isinstance(one, tuple):
            ScanPage.objects.create(**here, index=at, status="leaf", leaf=one[1])
        else:
            ScanPage.objects.create(**here, index=at, status="ok", numbers=[[str(one), 0.99]])
    pile.refresh_from_db()
    return pile


def bind_all(teacher: Client) -> None:
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    assert teacher.post(f"{HERE}owners/", form).status_code == 302


def mark(world: World, page: ScanPage, question: str, points: int) -> None:
    common = {"municipality_id": page.municipality_id, "sitting_id": page.sitting_id, "page": page, "question": question, "points": points,
              "how": "key", "marker_id": world.account("a1-homeroom"), "marker_label": "原澤 美咲"}  # fmt: skip
    now = timezone.now()
    stroke = Stroke.objects.create(key=uuid.uuid4(), struck_at=now, at=now, **common)
    AnswerMark.objects.create(stroke=stroke.order, **common)


def questions() -> list[str]:
    return [one["id"] for one in Edition.objects.get(assessment=sitting().assessment_id).questions]


def said(world: World) -> dict[uuid.UUID, int | None]:
    """Owners by page."""
    see_all(world)
    rows = Binding.objects.filter(sitting=piles.SITTING, replaced_at__isnull=True, pupil__isnull=False)
    return dict(rows.values_list("page_id", "number"))


def seen_of(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', text)
    assert found is not None, text
    return found.group(1)


def removed(teacher: Client, pile: Pile) -> None:
    url = f"/marking/piles/{pile.pk}/removal/"
    answer = teacher.post(url, {"seen": seen_of(teacher.get(url).content.decode())})
    assert answer.status_code == 302 and answer["Location"].endswith("?done=removed"), answer.content.decode()[:3000]


def test_a_wrong_pile_goes_as_a_whole_and_comes_back(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    pile = laid(world, 1, 2, 3, 5, "blank", "wrong_sheet", "torn")
    rows = pages(pile)
    bind_all(teacher)
    see_all(world)
    mark(world, rows[0], questions()[0], 2)
    mark(world, rows[0], questions()[1], 1)
    mark(world, rows[2], questions()[0], 0)
    teacher.post(f"{HERE}pages/aside/", {"page": str(rows[6].pk), "why": "spoilt"})
    before = said(world)
    assert sorted(before.values()) == [1, 2, 3, 5]

    url = f"/marking/piles/{pile.pk}/removal/"
    text = teacher.get(url).content.decode()
    for words in ("7ページ", "4人", "3のこたえ", "原澤 美咲", "1番 高橋", "（2）", "3番 試験3", "2ページ"):
        assert words in text, words
    assert teacher.post(url, {"seen": "x"}).status_code == 422 and said(world) == before
    assert "この山を除く" in teacher.get(HERE).content.decode()
    removed(teacher, pile)

    see_all(world)
    assert said(world) == {} and ScanPage.objects.count() == 7 and AnswerMark.objects.count() == 3, (
        "nothing is thrown away"
    )
    left = counts(sitting())
    assert (left.pages, left.tray, left.open, left.bound, left.aside) == (0, 0, 0, 0, 0)
    page = teacher.get(f"{HERE}?done=removed").content.decode()
    assert "原澤 美咲が" in page and "山ごと除きました（7ページ）" in page and "次の答案を送ってください" in page
    assert "見てほしいページはありません" in teacher.get(f"{HERE}pages/").content.decode()
    assert "確かめる答案がありません" in teacher.get(f"{HERE}owners/").content.decode()
    see_all(world)
    entry = Entry.objects.get(resource_id=str(piles.SITTING), detail__removed=str(pile.pk))
    assert (entry.detail["pages"], entry.detail["owners"], entry.detail["marks"]) == (7, 4, 3) and entry.rules
    assert teacher.post(url, {"seen": "x"}).status_code == 302, "twice is once"

    assert "山を戻す" in teacher.get(HERE).content.decode()
    returned(world, teacher, pile)
    assert said(world) == before, "whose they were"
    text = teacher.get(f"{HERE}owners/").content.decode()
    assert "採点 2問" in text, "with what was marked"
    see_all(world)
    left = counts(sitting())
    assert (left.pages, left.tray, left.bound, left.aside) == (7, 2, 4, 1), "what was aside by itself stays aside"
    assert Entry.objects.filter(detail__returned=str(pile.pk)).exists()
    assert teacher.post(f"/marking/piles/{pile.pk}/return/").status_code == 302


def test_whoever_has_another_paper_since_keeps_it(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    wrong = laid(world, 1, 2, 3, name="wrong.pdf")
    bind_all(teacher)
    removed(teacher, wrong)
    right = laid(world, 1, 2, name="right.pdf")
    bind_all(teacher)
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    assert teacher.post(f"{HERE}owners/", form | {"absent": [str(piles.pupil(3))]}).status_code == 302
    now = said(world)
    assert set(now) == {row.pk for row in pages(right)}
    returned(world, teacher, wrong)
    assert said(world) == now, "nobody gets a second paper, nobody absent gets one unasked"
    assert counts(sitting()).open == 3


def test_second_scans_follow_the_pile_they_are_scans_of(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """The same papers, sent once more from a better scan: with the first pile gone they are papers; put back, one of them waits."""
    teacher = client_for("a1-homeroom")
    first = sent(world, piles.pdf([piles.picture(1), piles.picture(2)]), "first.pdf")
    read(world, first)
    second = sent(world, piles.pdf([piles.picture(1, "crooked", 9), piles.picture(2, "crooked", 8)]), "second.pdf")
    read(world, second)
    assert [row.reason for row in pages(second)] == ["duplicate"] * 2
    removed(teacher, first)
    see_all(world)
    assert [(row.status, row.reason, row.copy_of_id) for row in pages(second)] == [("ok", "", None)] * 2
    third = sent(world, piles.pdf([piles.picture(2, "feeder", 7)]), "third.pdf")
    read(world, third)
    (page,) = pages(third)
    assert page.copy_of_id == pages(second)[1].pk, "a second scan of what is here, not of what has gone"
    returned(world, teacher, first)
    see_all(world)
    waiting = ScanPage.objects.filter(status="review", reason="duplicate")
    assert waiting.count() == 3 and counts(sitting()).open == 2, "every paper once"


def test_a_settled_test_keeps_its_piles(
    world: World, client_for: ClientFor, test: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher, pile = client_for("a1-homeroom"), laid(world, 1, 2)
    url = f"/marking/piles/{pile.pk}/removal/"
    seen = seen_of(teacher.get(url).content.decode())
    for place in ("queries.pile_removal", "actions.pile_removal"):
        monkeypatch.setattr(f"minamo.marking.{place}.settled", lambda sitting: object())
    text = teacher.get(url).content.decode()
    assert "もう確定しています" in text and "disabled" in text
    assert teacher.post(url, {"seen": seen}).status_code == 422
    see_all(world)
    pile.refresh_from_db()
    assert pile.removed_at is None


def test_reading_ends_with_the_pile_and_goes_on_when_it_is_back(
    world: World, client_for: ClientFor, test: uuid.UUID
) -> None:
    """A batch the worker had in hand leaves no page behind that nobody has put aside."""
    teacher, pile = client_for("a1-homeroom"), laid(world, 1, 2)
    edition = Edition.objects.get(assessment=sitting().assessment_id).pk
    Pile.objects.filter(pk=pile.pk).update(pages=3)
    removed(teacher, pile)
    late = keeping.Read(scanning.Cut(_sheet(2)).sheet, "", {})
    see_all(world)
    keeping.pages_read(pile=pile, edition=edition, reader="r", pages=[late], now=timezone.now())
    assert len(pages(pile)) == 2
    assert teacher.post(f"/marking/piles/{pile.pk}/readings/").status_code == 302
    see_all(world)
    pile.refresh_from_db()
    assert pile.stopped_at is not None, "a pile that has gone is not read on"
    returned(world, teacher, pile)
    assert "続きを読む" in teacher.get(HERE).content.decode()
    see_all(world)
    keeping.pages_read(pile=pile, edition=edition, reader="r", pages=[late], now=timezone.now())
    assert len(pages(pile)) == 3


def _sheet(page: int) -> Any:
    from minamo.marking.pile import Sheet

    return Sheet(page, "review", "blank", "")


def test_the_same_file_again_is_said_to_have_been_removed(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    pile = laid(world, 1)
    again = SimpleUploadedFile("scan.pdf", NONE + b"scan.pdf")
    assert "again=1" in teacher.post(f"{HERE}upload/", {"files": [again]})["Location"]
    removed(teacher, pile)
    again.seek(0)
    answer = teacher.post(f"{HERE}upload/", {"files": [again]})
    assert "sent=0&again=0&removed=1" in answer["Location"]
    assert "前に除いた山と同じファイルです" in teacher.get(answer["Location"]).content.decode()


def two_pages(world: World) -> None:
    """The test has a second page, with one question on it."""
    see_all(world)
    edition = Edition.objects.get(assessment=sitting().assessment_id)
    high = sitting().assessment.height
    Assessment.objects.filter(pk=edition.assessment_id).update(leaves=[[1654, high], [1654, high]], height=2 * high)
    lower = {**edition.questions[0], "id": "back", "label": "裏", "box": [100, high + 100, 300, high + 180]}
    Edition.objects.filter(pk=edition.pk).update(questions=[*edition.questions, lower])


def test_pairs_over_two_piles_part_and_join(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    two_pages(world)
    fronts, backs = laid(world, 1, 2, name="fronts.pdf"), laid(world, (1, 1), (2, 1), name="backs.pdf")
    for behind, front in zip(pages(backs), pages(fronts), strict=True):
        ScanPage.objects.filter(pk=behind.pk).update(front=front)
    bind_all(teacher)
    see_all(world)
    mark(world, pages(fronts)[1], "back", 1)
    url = f"/marking/piles/{backs.pk}/removal/"
    text = teacher.get(url).content.decode()
    assert "裏の設問に採点がついています" in text and "2番" in text
    assert teacher.post(url, {"seen": seen_of(text)}).status_code == 422, "marks would stay behind without their page"
    before = said(world)
    removed(teacher, fronts)
    see_all(world)
    assert [(row.status, row.reason, row.front_id) for row in pages(backs)] == [("review", "loose", None)] * 2
    assert "表と裏" not in teacher.get(HERE).content.decode() and counts(sitting()).tray == 2
    returned(world, teacher, fronts)
    assert said(world) == before
    assert [row.front_id for row in pages(backs)] == [row.pk for row in pages(fronts)]
    see_all(world)
    AnswerMark.objects.all().delete()
    removed(teacher, backs)
    see_all(world)
    assert said(world) == before and counts(sitting()).tray == 0
    text = teacher.get(f"{HERE}owners/").content.decode()
    assert text.count("裏がない") == 2


def test_who_may_take_a_pile_back(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    pile = laid(world, 1)
    url, back = f"/marking/piles/{pile.pk}/removal/", f"/marking/piles/{pile.pk}/return/"
    for name in OUTSIDE:
        client = client_for(name)
        answers = (client.get(url), client.post(url, {"seen": "1-0-0-0"}), client.post(back))
        assert {one.status_code for one in answers} <= {403, 404}, name
    assert {Client().get(url).status_code, Client().post(back).status_code} <= {302, 401}
    see_all(world)
    pile.refresh_from_db()
    assert pile.removed_at is None
    removed(client_for("a1-head"), pile)


def test_queries_do_not_grow_with_the_pile(
    world: World, client_for: ClientFor, test: uuid.UUID, count_queries: Any
) -> None:
    teacher = client_for("a1-homeroom")
    two_pages(world)
    pile = laid(world, 1, (1, 1), 2, (2, 1), 3, "blank", "blank", "torn")
    bind_all(teacher)
    see_all(world)
    mark(world, pages(pile)[0], questions()[0], 1)
    for path in (
        f"/marking/piles/{pile.pk}/removal/",
        f"{HERE}pages/",
        f"{HERE}pages/together/?why=blank",
        f"{HERE}pages/aside/",
        HERE,
    ):
        with count_queries() as asked:
            assert teacher.get(path).status_code == 200
        assert len(asked) <= 12, (path, [q[:90] for q in asked.statements])


def test_hundreds_of_pages_are_seen_by_reason_and_a_screenful_at_a_time(
    world: World, client_for: ClientFor, test: uuid.UUID
) -> None:
    teacher = client_for("a1-homeroom")
    pile = laid(world, *(["wrong_sheet"] * 40 + ["blank", "back"] * 15 + ["torn"] * 70 + ["encrypted"]))
    text = teacher.get(f"{HERE}pages/").content.decode()
    assert text.count('<li class="panel">') == 24
    assert 'すべて <b class="num">141</b>' in text and '紙の角が欠けています <b class="num">70</b>' in text
    assert '白い紙 <b class="num">30</b>' in text and 'ページを開けません <b class="num">1</b>' in text
    assert "白い紙をまとめて除く" in text and "1 / 3" in text, "71 pages want a look each"
    assert "/removal/" in begins(text), "the keys begin at what clears the most"
    assert "together/?why=blank" in begins(teacher.get(f"{HERE}pages/?why=blank").content.decode())
    last = teacher.get(f"{HERE}pages/?why=torn&page=3").content.decode()
    assert last.count('<li class="panel">') == 22 and "3 / 3" in last and "開けません</h2>" not in last
    assert teacher.get(f"{HERE}pages/?why=x&page=999").status_code == 200

    url = f"{HERE}pages/together/"
    shown = teacher.get(f"{url}?why=blank").content.decode()
    assert "30ページを「白い紙・裏の面」として除きます" in shown and shown.count("<li>") >= 30
    assert begins(shown).startswith('<h1 tabindex="-1"') and re.search(r"除く <kbd[^>]*>Ctrl Enter<", shown)
    assert "<a " not in shown.split(" autofocus")[1].split("<button")[0], "the first Tab leads to the button"
    seen = seen_of(shown)
    ScanPage.objects.filter(pile=pile, index=40).update(reason="torn")
    assert teacher.post(url, {"why": "blank", "seen": seen}).status_code == 422, "others than were shown"
    see_all(world)
    assert not Binding.objects.exists()
    seen = seen_of(teacher.get(f"{url}?why=blank").content.decode())
    assert teacher.post(url, {"why": "blank", "seen": seen})["Location"].endswith("?done=aside")
    see_all(world)
    assert set(Binding.objects.values_list("why", flat=True)) == {"blank"} and Binding.objects.count() == 29
    assert teacher.post(url, {"why": "torn", "seen": ""}).status_code == 422, "these want a look each"
    assert teacher.get(f"{url}?why=torn").status_code == 302
    listed = teacher.get(f"{HERE}pages/aside/").content.decode()
    assert listed.count('<form method="post" action="/marking/') == 1 and "29ページを戻す" in listed
    at = re.search(r'name="at" value="([^"]+)"', listed)
    assert at is not None
    for wrong in ("", "yesterday", "2026-11-24T00:00:00+00:00"):
        assert teacher.post(f"{HERE}pages/back/", {"at": wrong}).status_code == 422
    assert teacher.post(f"{HERE}pages/back/", {"at": at.group(1)}).status_code == 302
    see_all(world)
    assert not Binding.objects.filter(replaced_at__isnull=True).exists()
    assert {row.pk for row in Sitting.objects.all()} and counts(sitting()).tray == 141


def test_the_overview_leads_to_every_place_that_waits(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """A tray that is not empty keeps nobody from owners and marking."""
    teacher = client_for("a1-homeroom")
    laid(world, 1, 2, "torn")
    bind_all(teacher)
    laid(world, 3, 4, name="more.pdf")
    strange = laid(world, "not_found", "not_found", "wrong_sheet", "blank", name="ほかのテスト.pdf")
    page = teacher.get(HERE).content.decode()
    panel = page.partition('class="panel pad now-do"')[2].partition("</section>")[0]
    assert "見てほしいページが5ページあります" in panel
    assert f'href="{HERE}owners/"' in panel and "だれのか決まっていない答案 2枚" in panel
    assert f'href="{HERE}progress/"' in panel and "まだ採点していないこたえ" in panel
    tray = teacher.get(f"{HERE}pages/").content.decode()
    assert f'href="{HERE}owners/"' in tray.partition('<ul class="tray">')[2] and "2枚あります" in tray
    assert "「ほかのテスト.pdf」は、使えるページが1つもありません（4ページ）" in tray
    rows = tray.partition('<ul class="tray">')[2].partition("</ul>")[0]
    coloured = re.findall(r'<button class="btn primary"[^>]*>除く（([^<]+)）<', rows)
    assert sorted(coloured) == ["ほかのテストの紙", "白い紙・裏の面", *["解答用紙が見つからない紙"] * 2], (
        "a page of another test is put aside first"
    )
    see_all(world)
    teacher.post(f"{HERE}pages/aside/", {"page": str(pages(strange)[3].pk), "why": "blank"})
    assert "使えるページが1つもありません" in teacher.get(f"{HERE}pages/").content.decode()
    assert f"/marking/piles/{strange.pk}/removal/" in tray and tray.count("使えるページが1つもありません") == 1
