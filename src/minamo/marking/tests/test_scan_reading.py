"""The reading job: every page kept once, whatever happens on the way; what cannot be read says which page and what to do."""

import io
import random
import struct
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from minamo.kernel import files
from minamo.marking import scanning
from minamo.marking.cutting import slices
from minamo.marking.models import Grouping, Pile, ScanPage
from minamo.marking.reading.model import facts
from minamo.marking.tests.scans import pages, read, see_all, sent
from tests.fixtures import piles
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _inside(settings: Any) -> None:
    settings.MARKING_PROCESSES = 0


@pytest.fixture
def test(world: World) -> uuid.UUID:
    see_all(world)
    return piles.a_sitting(world, timezone.now())


@pytest.fixture(scope="module")
def six() -> bytes:
    """Four papers, one of them twice, another test, white paper."""
    first = [piles.picture(1), piles.picture(2), piles.picture(3), piles.picture(4, "upside")]
    return piles.pdf([*first, piles.picture(2, "crooked", 77), piles.another_test(), piles.blank_paper()])


def test_a_pile_becomes_pages_with_pictures(world: World, test: uuid.UUID, six: bytes) -> None:
    pile = sent(world, six)
    assert read(world, pile) == 7
    pile.refresh_from_db()
    assert pile.pages == 7
    rows = pages(pile)
    assert [row.reason for row in rows] == ["", "", "", "", "duplicate", "wrong_sheet", "blank"]
    assert rows[4].copy_of_id == rows[1].pk and "2ページ目" in rows[4].message
    for row in rows[:4]:
        assert row.reader == facts().name and row.edition is not None
        assert set(row.places) == {*(f"q{at}" for at in range(8)), "name", "page", "corners"}
        data = files.read(row.crops)
        for key in row.places.keys() - {"corners"}:
            part = slices(data, row.places, key)
            with Image.open(io.BytesIO(part)) as shown:
                assert shown.format == "JPEG" and list(shown.size) == row.places[key][2:]
    assert set(rows[6].places) == {"page"}, "a page that was not found has its picture all the same"


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    world: World, test: uuid.UUID, six: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sent(world, six)
    read(world, whole)
    wanted = [(row.index, row.status, row.readings, row.numbers, row.crops) for row in pages(whole)]
    ScanPage.objects.filter(copy_of__isnull=False).update(copy_of=None)
    ScanPage.objects.all().delete()
    monkeypatch.setattr(scanning, "BATCH", 2)
    monkeypatch.setattr(scanning, "SECONDS", 3600.0)  # a slow machine keeps single pages sooner
    real = scanning.cut_pages

    def killed(*arguments: Any, **named: Any) -> Iterator[Any]:
        for number, one in enumerate(real(*arguments, **named)):
            if number == 3:
                raise SystemExit("killed")
            yield one

    monkeypatch.setattr(scanning, "cut_pages", killed)
    with pytest.raises(SystemExit):
        scanning.read_pile(world.municipality("A"), whole.pk)
    see_all(world)
    assert [row.index for row in pages(whole)] == [0, 1], "what was kept before is there, the batch in hand is not"
    monkeypatch.setattr(scanning, "cut_pages", real)
    assert read(world, whole) == 5
    assert [(row.index, row.status, row.readings, row.numbers, row.crops) for row in pages(whole)] == wanted
    assert read(world, whole) == 0, "run again it does nothing"


def test_a_pile_that_is_stopped_goes_on_where_it_was(
    world: World, test: uuid.UUID, six: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pile = sent(world, six)
    monkeypatch.setattr(scanning, "BATCH", 1)
    monkeypatch.setattr(scanning, "LOOK", 0.0)
    real = scanning.keeping.pages_read

    def stopping(**named: Any) -> None:
        real(**named)
        Pile.objects.filter(pk=pile.pk).update(stopped_at=timezone.now())

    monkeypatch.setattr(scanning.keeping, "pages_read", stopping)
    assert read(world, pile) == 1
    assert len(pages(pile)) == 1
    assert read(world, pile) == 0, "while stopped nothing is read"
    monkeypatch.setattr(scanning.keeping, "pages_read", real)
    Pile.objects.filter(pk=pile.pk).update(stopped_at=None)
    assert read(world, pile) == 6
    assert [row.index for row in pages(pile)] == list(range(7))


def test_order_of_completion_changes_nothing(
    world: World, test: uuid.UUID, six: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sent(world, six)
    read(world, one)
    wanted = [(row.index, row.status, row.reason, row.readings, row.numbers) for row in pages(one)]
    ScanPage.objects.filter(copy_of__isnull=False).update(copy_of=None)
    ScanPage.objects.all().delete()
    real = scanning.cut_pages

    def shuffled(*arguments: Any, **named: Any) -> Iterator[Any]:
        found = list(real(*arguments, **named))
        random.Random(5).shuffle(found)
        return iter(found)

    monkeypatch.setattr(scanning, "cut_pages", shuffled)
    read(world, one)
    assert [(row.index, row.status, row.reason, row.readings, row.numbers) for row in pages(one)] == wanted


def test_a_second_scan_in_another_pile_is_seen(world: World, test: uuid.UUID) -> None:
    first, second = sent(world, piles.pdf([piles.picture(1)])), sent(world, piles.pdf([piles.picture(1, "crooked", 5)]))
    read(world, first)
    read(world, second)
    assert [row.reason for row in pages(first)] == [""]
    assert [row.reason for row in pages(second)] == ["duplicate"]


def test_the_next_edition_cuts_anew_and_keeps_the_place(world: World, test: uuid.UUID, six: bytes) -> None:
    pile = sent(world, six)
    read(world, pile)
    before = pages(pile)
    changed = piles.questions()[:3]
    changed[0]["box"] = [value + 30 for value in changed[0]["box"]]
    newest = piles.edition(world, timezone.now(), 2, changed)
    assert scanning.recut(world.municipality("A"), [piles.SITTING], str(before[0].edition_id)) == 0, (
        "no longer the newest"
    )
    assert scanning.recut(world.municipality("A"), [piles.SITTING], str(newest.pk)) == 5
    see_all(world)
    for old, new in zip(before, pages(pile), strict=True):
        assert (new.status, new.reason, new.homography, new.numbers) == (
            old.status, old.reason, old.homography, old.numbers,
        )  # fmt: skip
        if new.reason in {"", "duplicate"}:
            assert new.edition_id == newest.pk and new.crops != old.crops
            assert set(new.places) == {"q0", "q1", "q2", "name", "page", "corners"}
            assert new.readings.get("q1", [None])[0] == old.readings.get("q1", [None])[0]
    points = [{**one, "full": 5, "keys": ["イ"]} for one in changed]
    piles.edition(world, timezone.now(), 3, points)
    assert scanning.recut(world.municipality("A"), [piles.SITTING]) == 0, "points and keys change no picture"


def test_questions_saved_while_reading_are_caught_up(
    world: World, test: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    pile = sent(world, piles.pdf([piles.picture(1)]))
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr("minamo.marking.actions.pages.defer", lambda name, **ids: asked.append({"name": name} | ids))
    real = scanning.keeping.pages_read

    def meanwhile(**named: Any) -> None:
        real(**named)
        piles.edition(world, timezone.now(), 2, piles.questions()[:2])

    monkeypatch.setattr(scanning.keeping, "pages_read", meanwhile)
    read(world, pile)
    assert asked == [
        {"name": "marking.recut", "municipality": str(world.municipality("A")), "assessment": "", "sitting": str(test)}
    ]


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(piles.blank_pdf())) as source:
        source.save(out, encryption=pikepdf.Encryption(owner="o", user="secret"))
    return out.getvalue()


def huge() -> bytes:
    """A head that promises 30,000 × 30,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(4000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in (head, data, b"IEND")
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("鍵.pdf", encrypted, "パスワード"),
        ("壊れた.pdf", lambda: piles.blank_pdf()[:300], "壊れている"),
        ("何か.pdf", lambda: b"%PDF-1.7 nothing", "壊れている"),
        ("大.png", huge, "1ページ目：画像が大きすぎます"),
    ],
)
def test_a_pile_that_cannot_be_opened_is_refused_in_words(
    world: World, test: uuid.UUID, name: str, content: Any, words: str
) -> None:
    pile = sent(world, content(), name)
    assert read(world, pile) == 0
    pile.refresh_from_db()
    assert name in pile.refusal and words in pile.refusal
    assert not pages(pile)


def test_content_that_is_gone_is_said(world: World, test: uuid.UUID, settings: Any, tmp_path: Any) -> None:
    pile = sent(world, piles.pdf([piles.picture(1)]))
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    read(world, pile)
    pile.refresh_from_db()
    assert "もう一度送ってください" in pile.refusal


def test_a_page_that_cannot_be_read_waits_with_its_reason(world: World, test: uuid.UUID) -> None:
    pile = sent(world, saved(Image.new("L", (1, 1)), "PNG"), "点.png")
    assert read(world, pile) == 1
    (row,) = pages(pile)
    assert (row.status, row.reason, row.crops) == ("review", "too_small", "")
    assert "1×1" in row.message and "1ページ目" in row.message


def of(kind: str) -> bytes:
    paper = Image.fromarray(piles.picture(1))
    if kind == "cmyk":
        return saved(paper.convert("CMYK"), "JPEG", quality=85)
    if kind == "16bit":
        return saved(Image.fromarray(np.asarray(paper, np.uint16) * 257), "TIFF")
    if kind == "frames":
        second = Image.fromarray(piles.picture(2))
        return saved(paper, "TIFF", save_all=True, append_images=[second], compression="tiff_lzw")
    import pillow_heif

    pillow_heif.register_heif_opener()
    return saved(paper.convert("RGB"), "HEIF", quality=80)


@pytest.mark.parametrize(
    ("name", "kind", "count"), [("色.jpg", "cmyk", 1), ("濃.tif", "16bit", 1), ("束.tif", "frames", 2), ("a.heic", "heic", 1)]
)  # fmt: skip
def test_unusual_pictures_are_papers(world: World, test: uuid.UUID, name: str, kind: str, count: int) -> None:
    pile = sent(world, of(kind), name)
    assert read(world, pile) == count
    assert [(row.status, row.numbers[0][0]) for row in pages(pile)] == [("ok", str(at + 1)) for at in range(count)]


def test_six_hundred_pages_and_half_of_them_after_the_power_cut(
    world: World, test: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in memory grows with the pile: pages come as they are asked for, and are kept a few at a time. Small ones prove it."""
    page = pikepdf.open(io.BytesIO(piles.pdf([piles.blank_paper()[::4, ::4]])))
    for _ in range(599):
        page.pages.append(page.pages[0])
    out = io.BytesIO()
    page.save(out)
    pile = sent(world, out.getvalue())
    ahead: list[int] = []
    real, state = scanning.keeping.pages_read, {"kept": 0}

    def kept(**named: Any) -> None:
        real(**named)
        state["kept"] += len(named["pages"])
        ahead.append(len(named["pages"]))
        if state["kept"] == 300:
            raise SystemExit("power cut")

    monkeypatch.setattr(scanning.keeping, "pages_read", kept)
    with pytest.raises(SystemExit):
        scanning.read_pile(world.municipality("A"), pile.pk)
    see_all(world)
    before = len(pages(pile))
    assert 280 < before < 300
    monkeypatch.setattr(scanning.keeping, "pages_read", real)
    assert read(world, pile) == 600 - before
    assert [row.index for row in pages(pile)] == list(range(600))
    assert max(ahead) <= scanning.BATCH


def test_400_dpi_and_a_copy_on_a3_are_read_like_any_page(world: World, test: uuid.UUID) -> None:
    """The same three papers, finer, larger, and as they are: places, pictures and readings are those of the plain scan."""
    plain = [piles.picture(number) for number in (1, 2, 3)]
    fine = cv2.resize(plain[1], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    large = cv2.resize(plain[2], None, fx=2**0.5, fy=2**0.5, interpolation=cv2.INTER_CUBIC)
    kinds = {"as it is": (plain[0], 200), "400 dpi": (fine, 400), "A3": (large, 200)}
    wanted = pages_read(world, [(page, 200) for page in plain])
    for (kind, scanned), before in zip(kinds.items(), wanted, strict=True):
        (row,) = pages_read(world, [scanned])
        assert row.reason in {"", "duplicate"}, kind
        assert row.homography and before.homography
        size, times = scanned[0].shape, scanned[0].shape[0] / plain[0].shape[0]
        assert size[0] in {2339, 4678, 3308}
        corner = np.array([1500.0, 2200.0, 1.0])
        here, there = (np.array(one.homography).reshape(3, 3) @ corner for one in (row, before))
        assert np.abs(here[:2] / here[2] - times * there[:2] / there[2]).max() < 2 * times, kind
        assert set(row.places) == set(before.places), kind
        assert row.readings.keys() == before.readings.keys(), kind
        same = sum(row.readings[name][0] == before.readings[name][0] for name in before.readings)
        assert same >= len(before.readings) - 1, kind
        for question in piles.questions():
            one, other = (picture_of(page, question["id"]) for page in (row, before))
            assert one.shape == other.shape, kind
            assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9, (kind, question["id"])


def picture_of(page: ScanPage, question: str) -> np.ndarray:
    """The picture of an answer as it is kept."""
    data = np.frombuffer(slices(files.read(page.crops), page.places, question), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def pages_read(world: World, scans: list[tuple[np.ndarray, int]]) -> list[ScanPage]:
    """The pages of a pile of pictures of one resolution."""
    out, images = io.BytesIO(), [Image.fromarray(page) for page, _ in scans]
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], resolution=scans[0][1], quality=70)
    pile = sent(world, out.getvalue())
    read(world, pile)
    return pages(pile)


def test_answers_that_look_alike_are_bundled_or_stand_beside_each_other(
    world: World, test: uuid.UUID, six: bytes
) -> None:
    """A class of five is too small for bundles; the two papers with the same writing (1 and 4) come together all the same."""
    from minamo.marking import grouping
    from minamo.marking.models import Binding

    piles.a_class(world)
    pile = sent(world, six)
    read(world, pile)
    rows = pages(pile)[:5]
    for number, row in enumerate(rows, start=1):
        Binding.objects.create(
            municipality_id=row.municipality_id, sitting_id=test, page=row, pupil_id=piles.pupil(number), number=number,
            how="confirmed", bound_by_id=world.account("a1-homeroom"), bound_by_label="x", bound_at=timezone.now(),
        )  # fmt: skip
    written = [one for one in piles.questions() if all(row.readings.get(one["id"], [None])[0] != "" for row in rows)]
    assert written
    for question in written:
        assert grouping.group(world.municipality("A"), test, question["id"]) == 5
        see_all(world)
        found = Grouping.objects.get(question=question["id"])
        assert found.pages == 5
        order = [key for bundle in found.bundles for key in bundle]
        assert sorted(order) == sorted(str(row.pk) for row in rows)
        assert abs(order.index(str(rows[1].pk)) - order.index(str(rows[4].pk))) == 1, question["id"]
    grouping.group(world.municipality("A"), test, written[0]["id"])
    see_all(world)
    assert Grouping.objects.filter(question=written[0]["id"]).count() == 1
    Path(default_storage.path(files.path_of(rows[0].crops))).write_bytes(b"cut")  # as after a power cut
    assert grouping.group(world.municipality("A"), test, written[0]["id"]) == 4
    see_all(world)
    assert Grouping.objects.get(question=written[0]["id"]).pages == 4, "a damaged picture is left out, the others stay"
