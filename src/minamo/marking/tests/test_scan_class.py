"""A whole class from the copier's PDF to bound papers: an absentee, two swapped, one upside down; and the shared pile."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minamo.kernel import files
from minamo.marking.effort import whose
from minamo.marking.models import Absence, Assessment, Binding, Edition, ScanPage
from minamo.marking.queries.check import Strip, check
from minamo.marking.tests.scans import pages, read, see_all, sent, sitting, system
from minamo.marking.tests.test_scan_pages import HERE, form_of
from tests.fixtures import piles
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
BESIDE = (parent / "shared" / "data" / "marking" for parent in Path(__file__).resolve().parents)
SHARED = next((place for place in BESIDE if place.exists()), None)


@pytest.fixture(autouse=True)
def _inside(settings: Any) -> None:
    settings.MARKING_PROCESSES = 0


@pytest.fixture
def test(world: World) -> uuid.UUID:
    see_all(world)
    piles.a_class(world, 30)
    return piles.a_sitting(world, timezone.now())


def test_thirty_pupils(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    content, order = piles.class_pile()
    pile = sent(world, content)
    assert read(world, pile) == 29
    assert [row.status for row in pages(pile)] == ["ok"] * 29
    seen = check(system(world), sitting())
    swapped = [strip.at for row in seen.rows for strip in row.strips if strip.turned]
    assert sorted(swapped) == [order.index(piles.SWAPPED[0]) , order.index(piles.SWAPPED[0]) + 1]  # fmt: skip
    teacher = client_for("a1-homeroom")
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    wrong = [
        (number, strip.doubt)
        for row in seen.rows
        for strip in row.strips
        if (number := order[strip.at - 1]) and row.child.number != number and not strip.doubt
    ]
    assert wrong == [], "a proposal that is beyond doubt is right"
    for row, number in zip(pages(pile), order, strict=True):
        form[f"page-{row.pk}"] = str(piles.pupil(number))  # what the teacher sees in the strips
    form["absent"] = [str(piles.pupil(piles.ABSENT))]
    assert teacher.post(f"{HERE}owners/", form).status_code == 302
    see_all(world)
    rows = Binding.objects.filter(sitting=test, replaced_at__isnull=True).select_related("page")
    assert {row.page.index: row.pupil_id for row in rows} == {
        at: piles.pupil(number) for at, number in enumerate(order)
    }
    assert [row.pupil_id for row in Absence.objects.all()] == [piles.pupil(piles.ABSENT)]
    upright = ScanPage.objects.get(pile=pile, index=order.index(piles.UPSIDE))
    assert upright.homography[0] < 0, "the sheet that lay upside down was turned"


def test_a_class_is_checked_in_a_few_keys(world: World, test: uuid.UUID) -> None:
    """30 pupils, one absent, two papers swapped, one upside down: what the page of owners asks of a hand, and how long that is by the
    stated model (`effort.whose`): half a minute, most of it the eye running down the names."""
    content, order = piles.class_pile()
    read(world, sent(world, content))
    seen = check(system(world), sitting())
    truth = dict(enumerate(order, 1))
    proposed = [(row.child.number, strip) for row in seen.rows for strip in row.strips]
    wrong = [truth[strip.at] for number, strip in proposed if number != truth[strip.at]]
    wrong += [truth[strip.at] for strip in seen.open]
    doubtful = sum(bool(strip.doubt) and number == truth[strip.at] for number, strip in proposed)
    sure = len(proposed) + len(seen.open) - len(wrong) - doubtful
    silent = [strip.place for number, strip in proposed if number != truth[strip.at] and not strip.doubt]
    assert silent == [], "nobody has to find a wrong proposal that nothing points at"
    assert seen.turned == 2, "the two that lay swapped are said to, and are proposed as they are"
    assert [row.child.number for row in seen.gaps] == [piles.ABSENT]
    hand = whose(sure, doubtful, wrong, len(seen.gaps))
    assert hand.actions <= 12, hand.seconds
    assert hand.minutes * 60 <= 30, hand.seconds


def index_of(strip: Strip) -> int:
    """The page of a strip in its pile."""
    return int(strip.place.split("の")[-1].removesuffix("ページ目")) - 1


@pytest.mark.skipif(SHARED is None, reason="the shared piles are not here")
def test_the_shared_pile(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """Scans nobody here has made: every page with a doubtful place waits, nobody gets another's paper beyond doubt."""
    assert SHARED is not None
    folder = SHARED / "shakai"
    key, truth = (json.loads((folder / name).read_text()) for name in ("key.json", "truth.json"))
    asked = [
        {"id": one["id"], "label": one["id"], "section": one["id"].split("-")[0], "box": one["box"], "full": one["points"],
         "kind": "symbol" if one.get("alphabet") else "writing", "alphabet": one.get("alphabet") or "", "keys": [one["answer"]],
         "aspect": one["kanten"], "note": "", "criteria": []}
        for one in key["questions"]
    ]  # fmt: skip
    Assessment.objects.filter(pk=piles.ASSESSMENT).update(blank=files.keep((folder / "blank.pdf").read_bytes()))
    Edition.objects.update(questions=asked, number_box=key["identity"]["number"], name_box=key["identity"]["name"])
    pile = sent(world, (folder / "scan.pdf").read_bytes())
    assert read(world, pile) == len(truth["pages"])
    teacher = client_for("a1-homeroom")
    assert teacher.get(f"{HERE}pages/").status_code == 200
    rows, kinds = pages(pile), {one["page"]: one for one in truth["pages"]}
    for row in rows:
        fit = kinds[row.index]["kind"] == "sheet" and kinds[row.index].get("duplicate_of") is None
        assert fit or row.status == "review", f"page {row.index + 1} is no paper and was not put before a person"
    seen = check(system(world), sitting())
    strips = [(row.child.number, strip) for row in seen.rows for strip in row.strips]
    wrong = [
        (number, strip.place)
        for number, strip in strips
        if not strip.doubt and kinds[index_of(strip)]["pupil"] != number
    ]
    assert wrong == []
    papers = sum(one["kind"] == "sheet" and one.get("duplicate_of") is None for one in truth["pages"])
    right = [number for number, strip in strips if kinds[index_of(strip)]["pupil"] == number]
    assert sum(not strip.doubt for _, strip in strips) >= 0.7 * papers
    assert len(right) >= 0.9 * papers, "with the guesses that are marked as such"
