"""だれの答案か with the register at hand: who was away is proposed, who was at school is not, what does not fit is said."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minamo.attendance.models import Closure, Mark, Notice
from minamo.marking.models import Absence, Binding, Pile, ScanPage, Sitting
from minamo.marking.sheet_codes import code_of
from minamo.marking.tests.scans import see_all
from minamo.marking.tests.test_scan_pages import form_of, gaps_of
from minamo.people.models import Pupil
from tests.fixtures import piles
from tests.fixtures.world import TODAY, World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
OWNERS = f"/marking/sittings/{piles.SITTING}/owners/"
AT = dt.datetime(2026, 11, 24, 0, 30, tzinfo=dt.UTC)


@pytest.fixture
def test(world: World) -> uuid.UUID:
    see_all(world)
    piles.a_class(world, 6)
    return piles.a_sitting(world, timezone.now())


def papers(world: World, numbers: dict[int, float]) -> None:
    """Pages as they were read: one for each number, as surely as said."""
    see_all(world)
    here = {"municipality_id": world.municipality("A"), "sitting_id": piles.SITTING}
    pile = Pile.objects.create(
        **here, content=uuid.uuid4().hex * 2, filename="scan.pdf", source="browser", pages=len(numbers),
        sent_by_id=world.account("a1-homeroom"), sent_by_label="原澤 美咲", sent_at=timezone.now(),
    )  # fmt: skip
    ScanPage.objects.bulk_create(
        ScanPage(**here, pile=pile, index=at, status="ok", numbers=[[str(number), sure]] if sure else [], read_at=AT)
        for at, (number, sure) in enumerate(numbers.items())
    )


def marked(world: World, codes: dict[int, str]) -> None:
    """The register of the day, as a teacher has it."""
    see_all(world)
    Mark.objects.bulk_create(
        Mark(municipality_id=world.municipality("A"), school_id=world.school("a1"), pupil_id=piles.pupil(number), day=TODAY,
             code=code, marked_by_id=world.account("a1-homeroom"), marked_by_label="原澤 美咲", marked_at=AT)
        for number, code in codes.items()
    )  # fmt: skip


def lines(text: str) -> dict[int, str]:
    """What stands in the last column, by number; ✓ for 欠席, － for who is named to be said absent in one go."""
    gaps = gaps_of(text)
    found = {}
    for number, row in re.findall(r'<tr data-pupil="[^"]+" data-number="(\d+)"(.*?)</tr>', text, re.DOTALL):
        cell = row.partition('<td class="how">')[2]
        words = re.sub(r"<[^>]+>", "", cell).replace("欠席", "", 1).strip()
        found[int(number)] = f"{'✓' if ' checked' in cell else '－' if int(number) in gaps else ''}{words}"
    return found


def test_who_is_away_in_the_register_is_proposed_at_once(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """Also while papers are still nobody's: on two of them nothing was read. One confirmation takes it all."""
    papers(world, {1: 1.0, 2: 1.0, 4: 1.0, 6: 0.0, 9: 0.0})
    marked(world, {1: "PRESENT", 2: "PRESENT", 3: "SUSP_INFECT", 4: "LATE", 5: "ABS_SICK"})
    teacher = client_for("a1-homeroom")
    text = teacher.get(OWNERS).content.decode()
    assert lines(text) == {1: "", 2: "", 3: "－出席簿では出席停止", 4: "出席簿では遅刻", 5: "－出席簿では欠席", 6: ""}
    assert "病" not in text and "感染症" not in text, "the ground is not the test's"
    form = form_of(text)
    assert form["absent"] == [], "nothing is decided by a tick nobody has made"
    assert teacher.post(OWNERS, form | {"absent": [str(piles.pupil(one)) for one in gaps_of(text)]}).status_code == 302
    see_all(world)
    assert set(Absence.objects.values_list("pupil_id", flat=True)) == {piles.pupil(3), piles.pupil(5)}
    assert Binding.objects.count() == 3


def test_a_missing_paper_is_no_absence(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """At school by the register and no paper: said, and not proposed as absent; nothing known: the gap is the proposal."""
    papers(world, {1: 1.0, 2: 1.0, 4: 1.0, 6: 1.0})
    marked(world, {3: "PRESENT"})
    text = client_for("a1-homeroom").get(OWNERS).content.decode()
    assert lines(text)[3] == "出席簿では出席ですが、答案がありません"
    assert lines(text)[5] == "－", "nobody has spoken for her"
    assert "出席簿では出席なのに答案のない人が1人います" in text


def test_a_paper_of_somebody_away_is_looked_at(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    papers(world, {1: 1.0, 2: 1.0})
    marked(world, {1: "PRESENT", 2: "ABS_ACCIDENT"})
    teacher = client_for("a1-homeroom")
    text = teacher.get(OWNERS).content.decode()
    assert "出席簿では欠席ですが、答案があります" in text and text.count('class="paper doubt"') == 1
    assert lines(text)[2] == "出席簿では欠席", "not proposed as absent: there is a paper"
    assert teacher.post(OWNERS, form_of(text)).status_code == 302
    text = teacher.get(OWNERS).content.decode()
    assert 'class="paper doubt"' not in text, "a person has said whose it is"
    assert lines(text)[2] == "出席簿では欠席"


def test_nobody_away_is_guessed(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """The number is not written: the paper may be 5's or 6's by its place, and 5 was not there."""
    papers(world, {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0, 6: 0.0})
    marked(world, {5: "MOURNING"})
    text = client_for("a1-homeroom").get(OWNERS).content.decode()
    assert lines(text) == {1: "", 2: "", 3: "", 4: "", 5: "－出席簿では忌引", 6: ""}
    assert str(piles.pupil(6)) in form_of(text).values()


def test_what_a_family_has_told_and_a_closure_count(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    papers(world, {1: 1.0})
    here = {"municipality_id": world.municipality("A"), "school_id": world.school("a1")}
    Notice.objects.create(
        **here, pupil_id=piles.pupil(2), kind="absent", reason="sick", begins=TODAY, ends=TODAY, channel="web", received_at=AT,
        sender_id=world.account("takahashi-mother"), sender_label="母", key=uuid.uuid4(), written_at=AT,
    )  # fmt: skip
    text = client_for("a1-homeroom").get(OWNERS).content.decode()
    assert lines(text)[2] == "－連絡では欠席"
    see_all(world)
    Closure.objects.create(
        **here, scope="class", school_class_id=world.klass("a1-1"), begins=TODAY, ends=TODAY, reason="かぜ", entered_at=AT,
        entered_by_id=world.account("a1-head"),
    )  # fmt: skip
    text = client_for("a1-homeroom").get(OWNERS).content.decode()
    assert lines(text)[2] == "－学級閉鎖" and "学級閉鎖ですが、答案があります" in text


def test_who_may_not_read_the_register_is_told_nothing(
    world: World, client_for: ClientFor, test: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from minamo.marking.queries import check

    papers(world, {1: 1.0})
    marked(world, {2: "ABS_SICK"})

    def may(actor: Any, action: str, resource: Any) -> bool:
        assert action == "register:read"
        return False

    monkeypatch.setattr(check, "may", may)
    assert lines(client_for("a1-homeroom").get(OWNERS).content.decode())[2] == "－", "the gap, as anybody sees it"


def test_a_printed_sheet_in_a_class_without_numbers(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """音楽: nobody has a number here, the code of the sheet proposes its pupil."""
    see_all(world)
    Pupil.objects.update(attendance_number=None)
    music = Sitting.objects.get(pk=piles.SITTING)
    Sitting.objects.filter(pk=music.pk).update(school_class_id=world.klass("a1-music"))
    papers(world, {1: 0.0, 2: 0.0})
    first, second = ScanPage.objects.order_by("index")
    ScanPage.objects.filter(pk=first.pk).update(code=code_of(music.pk, world.pupil("sora")))
    ScanPage.objects.filter(pk=second.pk).update(code=code_of(uuid.uuid4(), world.pupil("hana")))
    text = client_for("a1-teacher").get(OWNERS).content.decode()
    form = form_of(text)
    assert (form[f"page-{first.pk}"], form[f"page-{second.pk}"]) == (str(world.pupil("sora")), "")
    assert (
        "読み 用紙の符号" in text
        and "読み 読めません" not in text
        and "読めません" in text
        and text.count('class="paper doubt"') == 1
    )
