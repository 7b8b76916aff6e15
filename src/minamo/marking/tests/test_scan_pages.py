"""The pages of the scans: from the pile to its owners, what waits for a person, and who stays outside."""

import base64
import hashlib
import io
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from minamo.kernel import files
from minamo.marking import scanning
from minamo.marking.cover import COLUMNS, LINE
from minamo.marking.models import Absence, Binding, Pile, ScanPage, Sitting, Stroke, UploadLink
from minamo.marking.tests.scans import begins, pages, read, see_all, seen_once, sent
from minamo.marking.tests.test_vision_tall import vertical
from minamo.marking.vision.crops import packed
from minamo.marking.vision.tall import laid
from tests.fixtures import piles
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
HERE = f"/marking/sittings/{piles.SITTING}/"
OUTSIDE = ("a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana")


@pytest.fixture(autouse=True)
def _inside(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MARKING_PROCESSES = 0
    seen_once(monkeypatch)


@pytest.fixture
def test(world: World) -> uuid.UUID:
    see_all(world)
    piles.a_class(world, 6)
    return piles.a_sitting(world, timezone.now())


@pytest.fixture
def five(world: World, test: uuid.UUID) -> Pile:
    """Papers of 1, 2, 4, 3 (swapped), 6 twice, another test, white paper; 5 is absent. Read."""
    shown = [piles.picture(number) for number in (1, 2, 4, 3, 6)]
    pile = sent(world, piles.pdf([*shown, piles.picture(6, "crooked", 9), piles.another_test(), piles.blank_paper()]))
    read(world, pile)
    return pile


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def owners_of(world: World) -> dict[int, uuid.UUID]:
    see_all(world)
    rows = Binding.objects.filter(sitting=piles.SITTING, replaced_at__isnull=True, pupil__isnull=False)
    return {row.page.index: row.pupil_id for row in rows.select_related("page") if row.pupil_id}


def form_of(text: str) -> dict[str, Any]:
    """The check screen as the browser would send it."""
    form: dict[str, Any] = {}
    for name, said in re.findall(r'<input type="hidden" name="(said-[^"]+)" value="([^"]*)">', text):
        form[name] = said if name != "said-absent" else [*form.get(name, []), said]
    for name, options in re.findall(r'<select id="o-[^"]+" name="(page-[^"]+)">(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]+)" selected>', options)
        form[name] = chosen.group(1) if chosen else ""
    form["absent"] = re.findall(r'name="absent" value="([^"]+)" checked', text)
    return form


def gaps_of(text: str) -> list[int]:
    """紙のない人, as they are named before they are said to be absent."""
    named = text.partition("data-gap-names>")[2].partition("</ul>")[0]
    return [int(number) for number in re.findall(r"<li>(\d+)番", named)]


def aside_all(teacher: Client, pile: Pile) -> None:
    """What waits in the tray is no paper."""
    rows = [str(row.pk) for row in pages(pile) if row.status == "review" and row.reason != "duplicate"]
    assert teacher.post(f"{HERE}pages/aside/", {"page": rows, "why": "other"}).status_code == 302


def test_where_no_paper_is_nothing_can_be_decided(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    page = client_for("a1-homeroom").get(f"{HERE}owners/").content.decode()
    assert "確かめる答案がありません" in page and begins(page).startswith("<h1")
    assert "これで決める" not in page


def test_a_pile_is_sent_once(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    page = teacher.get(HERE).content.decode()
    assert "社会 単元テスト" in page and "答案を送ってください" in page
    content = piles.pdf([piles.picture(1)])
    answer = teacher.post(f"{HERE}upload/", {"files": [upload("scan.pdf", content)]})
    assert answer.status_code == 302
    again = teacher.post(f"{HERE}upload/", {"files": [upload("また.pdf", content)]})
    assert "again=1" in again["Location"]
    assert "ふたつにはしていません" in teacher.get(again["Location"]).content.decode()
    see_all(world)
    (pile,) = Pile.objects.all()
    assert (pile.source, pile.sent_by_label, pile.filename) == ("browser", "原澤 美咲", "scan.pdf")


def test_photographs_are_one_pile_in_the_order_chosen(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    photos = []
    for number in (2, 1):
        out = io.BytesIO()
        shown = Image.fromarray(piles.picture(number)).rotate(90, expand=True)
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was held sideways
        exif[0x010F] = "Camera"
        shown.save(out, "JPEG", quality=80, exif=exif)
        photos.append(upload(f"IMG_{number}.jpg", out.getvalue()))
    copier = upload("scan.pdf", piles.pdf([piles.picture(3)]))
    assert client_for("a1-homeroom").post(f"{HERE}upload/", {"files": [*photos, copier]}).status_code == 302
    see_all(world)
    whole, single = Pile.objects.order_by("-filename")
    if whole.filename == "scan.pdf":
        whole, single = single, whole
    assert (whole.filename, single.filename) == ("IMG_2.jpg ほか1枚", "scan.pdf")
    content = files.read(whole.content)
    assert content.startswith(b"%PDF") and b"Camera" not in content
    read(world, whole)
    assert [(row.status, row.numbers[0][0]) for row in pages(whole)] == [("ok", "2"), ("ok", "1")]


def test_a_part_that_lies_damaged_is_asked_for_again(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """Cut short on disk, as after a power cut: sending it again mends it, and no pile is made of it as it is."""
    teacher, content = client_for("a1-homeroom"), piles.pdf([piles.picture(1)])
    pieces = [content[:1000], content[1000:]]
    digests = [hashlib.sha256(piece).hexdigest() for piece in pieces]

    def send(at: int) -> None:
        headers = {"X-Part": digests[at]}
        sent = teacher.post(
            f"{HERE}upload/parts/", pieces[at], content_type="application/octet-stream", headers=headers
        )
        assert sent.status_code == 204

    def finish() -> Any:
        body = {"files": [{"name": "scan.pdf", "parts": digests}]}
        return teacher.post(f"{HERE}upload/", json.dumps(body), content_type="application/json")

    for at in (0, 1):
        send(at)
    damaged = Path(default_storage.path(f"incoming/{piles.SITTING}/{digests[1]}"))
    damaged.write_bytes(pieces[1][:100])
    refused = finish()
    assert refused.status_code == 422 and "こわれています" in refused.json()["problem"]
    see_all(world)
    assert not Pile.objects.exists()
    missing = teacher.post(f"{HERE}upload/parts/", json.dumps({"parts": digests}), content_type="application/json")
    assert missing.json()["missing"] == digests[1:], "the sender is asked for this one"
    send(1)
    damaged.write_bytes(pieces[1][:100])
    send(1)
    assert "sent=1" in finish().json()["to"]
    see_all(world)
    assert files.read(Pile.objects.get().content) == content


def test_a_pile_that_was_damaged_on_disk_is_read_after_it_was_sent_again(
    world: World, client_for: ClientFor, test: uuid.UUID
) -> None:
    teacher, content = client_for("a1-homeroom"), piles.pdf([piles.picture(1)])
    assert teacher.post(f"{HERE}upload/", {"files": [upload("scan.pdf", content)]}).status_code == 302
    see_all(world)
    pile = Pile.objects.get()
    Path(default_storage.path(files.path_of(pile.content))).write_bytes(content[:500])
    assert read(world, pile) == 0
    pile.refresh_from_db()
    assert "もう一度送ってください" in pile.refusal
    assert "again=1" in teacher.post(f"{HERE}upload/", {"files": [upload("scan.pdf", content)]})["Location"]
    see_all(world)
    assert Pile.objects.get().refusal == "" and read(world, pile) == 1
    assert [row.status for row in pages(pile)] == ["ok"]


def test_a_picture_that_was_damaged_on_disk_is_as_one_that_is_gone(
    world: World, client_for: ClientFor, five: Pile
) -> None:
    """The marking page shows the other answers and goes on; the picture says that it is not there."""
    teacher = client_for("a1-homeroom")
    aside_all(teacher, five)
    teacher.post(f"{HERE}owners/", form_of(teacher.get(f"{HERE}owners/").content.decode()))
    see_all(world)
    first = pages(five)[0]
    name = next(iter(first.readings))

    def shown() -> dict[str, bool]:
        answers = teacher.get(f"{HERE}questions/{name}/answers/").json()["answers"]
        return {one["page"]: one["image"] is not None for one in answers}

    whole = f"{HERE}pages/{first.pk}/"
    assert all(shown().values()) and teacher.get(whole).status_code == 200
    place = Path(default_storage.path(files.path_of(first.crops)))
    place.write_bytes(place.read_bytes()[:200])
    assert [page for page, there in shown().items() if not there] == [str(first.pk)]
    assert teacher.get(whole).status_code == 404
    assert teacher.get(f"{HERE}owners/").status_code == 200


def test_parts_go_on_after_a_lost_line(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher, content = client_for("a1-homeroom"), piles.pdf([piles.picture(1)])
    pieces = [content[:1000], content[1000:]]
    digests = [hashlib.sha256(piece).hexdigest() for piece in pieces]
    where = f"{HERE}upload/parts/"

    def part(at: int, body: bytes | None = None) -> Any:
        return teacher.post(
            where, body or pieces[at], content_type="application/octet-stream", headers={"X-Part": digests[at]}
        )

    def missing() -> list[str]:
        answer = teacher.post(where, json.dumps({"parts": digests}), content_type="application/json")
        found: list[str] = answer.json()["missing"]
        return found

    def finish() -> Any:
        body = {"files": [{"name": "scan.pdf", "parts": digests}]}
        return teacher.post(f"{HERE}upload/", json.dumps(body), content_type="application/json")

    assert missing() == digests
    assert part(0).status_code == 204 and part(0).status_code == 204
    assert part(1, b"cut off").status_code == 422
    assert missing() == digests[1:]
    refused = finish()
    assert refused.status_code == 422 and "まだ届いていません" in refused.json()["problem"]
    assert part(1).status_code == 204
    assert "sent=1" in finish().json()["to"]
    see_all(world)
    assert Pile.objects.get().content == hashlib.sha256(content).hexdigest()
    assert missing() == digests, "what has become a pile is no longer kept in parts"


def test_parts_of_others_cannot_be_claimed(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """A digest of content that is kept elsewhere (another class's pictures) opens nothing."""
    secret = files.keep(piles.pdf([piles.picture(4)]))
    body = {"files": [{"name": "scan.pdf", "parts": [secret]}]}
    answer = client_for("a1-homeroom").post(f"{HERE}upload/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    see_all(world)
    assert not Pile.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.exe", b"MZ", "この種類のファイルは受け取れません"), ("a.pdf", b"hello", "中身が違います"), ("a.pdf", b"", "空です"), ("a.heic", b"hello", "中身が違います"),
    ],
)  # fmt: skip
def test_what_is_no_scan_is_refused(
    world: World, client_for: ClientFor, test: uuid.UUID, name: str, content: bytes, words: str
) -> None:
    answer = client_for("a1-homeroom").post(f"{HERE}upload/", {"files": [upload(name, content)]})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text and "そのままです" in text
    see_all(world)
    assert not Pile.objects.exists()


def test_one_broken_photograph_is_named(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(piles.picture(1)).save(out, "JPEG")
    for broken, words in ((b"\xff\xd8\xff\xe0 not really", "壊れている"), (b"GIF89a", "中身が違います")):
        sent = [upload("a.jpg", out.getvalue()), upload("b.jpg", broken)]
        answer = client_for("a1-homeroom").post(f"{HERE}upload/", {"files": sent})
        text = answer.content.decode()
        assert answer.status_code == 422 and "b.jpg：" in text and words in text and "a.jpg：" not in text


@pytest.mark.parametrize("body", [" ", "[]", "{}", '{"files": 3}', '{"files": [{"name": 1}]}', '{"files": [{"name": "a", "parts": ["../x"]}]}', "nonsense"])  # fmt: skip
def test_lists_of_parts_that_are_none(client_for: ClientFor, test: uuid.UUID, body: str) -> None:
    for where in (f"{HERE}upload/", f"{HERE}upload/parts/"):
        answer = client_for("a1-homeroom").post(where, body, content_type="application/json")
        assert answer.status_code == 422 and answer.json()["problem"], where


def test_the_strip_of_a_vertical_sheet_is_read_in_a_row(world: World, client_for: ClientFor, five: Pile) -> None:
    """Number above name: the row shows them as one line, the large view side by side; a horizontal strip stays as it is."""
    teacher, (page, *_) = client_for("a1-homeroom"), pages(five)
    assert teacher.get(f"{HERE}owners/").content.decode().count("data-large=") == 0
    lying = laid(vertical())
    assert lying is not None
    see_all(world)
    content = files.read(page.crops)
    for key, image in ((LINE, lying.line), (COLUMNS, lying.columns)):
        page.places[key] = [len(content), len(packed(image)), image.shape[1], image.shape[0]]
        content += packed(image)
    page.crops = files.keep(content)
    page.save()
    text = teacher.get(f"{HERE}owners/").content.decode()
    found = re.search(r'src="data:image/jpeg;base64,([^"]+)" data-large="data:image/jpeg;base64,([^"]+)"', text)
    assert found is not None
    line, columns = (Image.open(io.BytesIO(base64.b64decode(one))) for one in found.groups())
    assert line.height < 90 and line.width > 4 * line.height
    assert columns.width == 260 and columns.height < 500


def test_whose_paper_from_proposal_to_binding(world: World, client_for: ClientFor, five: Pile) -> None:
    teacher = client_for("a1-homeroom")
    text = teacher.get(f"{HERE}owners/").content.decode()
    assert "順番ちがい" in text and text.count("data:image/jpeg;base64,") == 5
    form = form_of(text)
    assert form["absent"] == [] and gaps_of(text) == [], "while a page that may be a paper waits, a gap is no absence"
    assert "出席簿で休みの人だけにしています" in text
    aside_all(teacher, five)
    text = teacher.get(f"{HERE}owners/").content.decode()
    assert form_of(text)["absent"] == [] and gaps_of(text) == [5], (
        "named, and nothing is ticked before a person says so"
    )
    answer = teacher.post(f"{HERE}owners/", form_of(text) | {"absent": [str(piles.pupil(5))]})
    assert answer.status_code == 302 and answer["Location"].endswith("?done=owners")
    overview = client_for("a1-homeroom").get(answer["Location"]).content.decode()
    assert 'tabindex="-1" autofocus><b>だれの答案か決まりました' in overview and overview.count(" autofocus") == 1, (
        "one Enter too many opens nothing"
    )
    assert owners_of(world) == {at: piles.pupil(n) for at, n in enumerate((1, 2, 4, 3, 6))}
    assert [row.pupil_id for row in Absence.objects.filter(ended_at__isnull=True)] == [piles.pupil(5)]
    assert {row.bound_by_label for row in Binding.objects.all()} == {"原澤 美咲"}
    assert "だれの答案か決まりました" in teacher.get(answer["Location"]).content.decode()


def test_two_papers_of_one_pupil_are_refused_in_names(world: World, client_for: ClientFor, five: Pile) -> None:
    teacher = client_for("a1-homeroom")
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    first, second = [name for name in form if name.startswith("page-")][:2]
    form[second] = form[first]
    answer = teacher.post(f"{HERE}owners/", form)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "さんの答案が2枚になっています" in text and "scan.pdf の1ページ目" in text and "何も変わっていません" in text
    assert form_of(text) == form, "what was said stays on the screen"
    assert not owners_of(world)
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    stranger = {**form, first: str(world.pupil("kai"))}
    assert teacher.post(f"{HERE}owners/", stranger).status_code == 422
    away = {**form, "absent": [form[first]]}
    assert "欠席になっていますが" in teacher.post(f"{HERE}owners/", away).content.decode()
    assert not owners_of(world)


def test_two_windows_lose_nothing(world: World, client_for: ClientFor, five: Pile) -> None:
    """What one window decides stays when another, opened before, decides the rest; both about one paper is said."""
    teacher, page = client_for("a1-homeroom"), f"{HERE}owners/"
    aside_all(teacher, five)
    stale = form_of(teacher.get(page).content.decode())
    fields = [name for name in stale if name.startswith("page-")]
    here = {**stale, **dict.fromkeys(fields[2:], ""), "absent": []}
    there = {**stale, **dict.fromkeys(fields[:2], ""), "absent": [str(piles.pupil(5))]}
    assert teacher.post(page, here).status_code == 302 and set(owners_of(world)) == {0, 1}
    assert teacher.post(page, there).status_code == 302 and set(owners_of(world)) == {0, 1, 2, 3, 4}
    teacher.post(page, here)
    assert set(owners_of(world)) == {0, 1, 2, 3, 4}, "an empty field that was empty takes nothing back"
    assert [row.pupil_id for row in Absence.objects.filter(ended_at__isnull=True)] == [piles.pupil(5)]
    other = {**stale, fields[0]: stale[fields[1]], fields[1]: stale[fields[0]]}
    refused = teacher.post(page, other)
    assert refused.status_code == 422 and "ほかの画面で決まりました" in refused.content.decode()
    assert owners_of(world)[0] == piles.pupil(1)
    again = form_of(refused.content.decode())  # said once more, knowing it
    assert teacher.post(page, again).status_code == 302 and owners_of(world)[0] == piles.pupil(2)


def test_marks_move_with_the_paper_and_a_late_paper_ends_an_absence(
    world: World, client_for: ClientFor, five: Pile
) -> None:
    teacher = client_for("a1-homeroom")
    aside_all(teacher, five)
    see_all(world)
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    teacher.post(f"{HERE}owners/", form | {"absent": [str(piles.pupil(5))]})
    see_all(world)
    marked = pages(five)[0]
    Stroke.objects.create(
        key=uuid.uuid4(), municipality_id=marked.municipality_id, sitting_id=piles.SITTING, page=marked, question="q0", points=2,
        how="key", marker_id=world.account("a1-homeroom"), marker_label="x", struck_at=timezone.now(), at=timezone.now(),
    )  # fmt: skip
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    one, two = f"page-{pages(five)[0].pk}", f"page-{pages(five)[1].pk}"
    form[one], form[two] = form[two], form[one]
    assert teacher.post(f"{HERE}owners/", form).status_code == 302
    assert owners_of(world)[0] == piles.pupil(2) and owners_of(world)[1] == piles.pupil(1)
    assert Stroke.objects.get().page_id == marked.pk
    assert Binding.objects.filter(page=marked).count() == 2, "what was before stays in the rows"
    late = sent(world, piles.pdf([piles.picture(5)]), "late.pdf")
    read(world, late)
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    assert form[f"page-{pages(late)[0].pk}"] == str(piles.pupil(5))
    assert teacher.post(f"{HERE}owners/", form).status_code == 302
    see_all(world)
    assert not Absence.objects.filter(ended_at__isnull=True).exists()
    assert Binding.objects.filter(replaced_at__isnull=True, pupil__isnull=False).count() == 6


def test_every_page_is_bound_waits_or_was_put_aside_by_somebody(
    world: World, client_for: ClientFor, five: Pile
) -> None:
    teacher = client_for("a1-homeroom")
    text = teacher.get(f"{HERE}pages/").content.decode()
    for words in ("同じ紙が2枚あります", "この解答用紙ではないようです", "白い紙のようです"):
        assert words in text
    rows = {row.reason: row for row in pages(five) if row.status == "review"}
    assert teacher.post(f"/marking/pages/{rows['duplicate'].pk}/copy/", {"keep": "other"}).status_code == 302
    for reason, on in (
        ("wrong_sheet", '<h2 tabindex="-1" autofocus>'),
        ("blank", 'tabindex="-1" autofocus><b>除きました'),
    ):
        posted = teacher.post(f"{HERE}pages/aside/", {"page": str(rows[reason].pk), "why": "other", "at": "1"})
        assert posted.status_code == 302
        after = teacher.get(posted["Location"]).content.decode()
        assert on in after and after.count(" autofocus") == 1, "the keys go on with the next page, or with what is said"
    teacher.post(f"{HERE}owners/", form_of(teacher.get(f"{HERE}owners/").content.decode()))
    see_all(world)
    for row in pages(five):
        said = Binding.objects.filter(page=row, replaced_at__isnull=True).first()
        assert said is not None and said.bound_by_label == "原澤 美咲"
        assert (said.pupil_id is not None) == (row.status == "ok")
    text = teacher.get(f"{HERE}pages/").content.decode()
    assert "除いたページ" in text and "原澤 美咲" in text and "見てほしいページはありません" in text
    assert teacher.post(f"/marking/pages/{rows['blank'].pk}/back/").status_code == 302
    assert "白い紙のようです" in teacher.get(f"{HERE}pages/").content.decode()


@pytest.mark.parametrize(("keep", "status", "owner"), [("this", "ok", 5), ("both", "ok", 4), ("other", "review", 4)])
def test_which_of_two_scans(
    world: World, client_for: ClientFor, five: Pile, keep: str, status: str, owner: int
) -> None:
    teacher = client_for("a1-homeroom")
    teacher.post(f"{HERE}owners/", form_of(teacher.get(f"{HERE}owners/").content.decode()))
    copy = pages(five)[5]
    assert teacher.post(f"/marking/pages/{copy.pk}/copy/", {"keep": "?"}).status_code == 422
    assert teacher.post(f"/marking/pages/{copy.pk}/copy/", {"keep": keep}).status_code == 302
    found = owners_of(world)
    assert found[owner] == piles.pupil(6), "the pupil keeps exactly one paper"
    assert list(found.values()).count(piles.pupil(6)) == 1
    copy.refresh_from_db()
    assert copy.status == status
    scanning.keeping.second_scans(Sitting.objects.get(pk=piles.SITTING))
    copy.refresh_from_db()
    assert copy.status == status, "what a person has decided is not asked again"
    assert teacher.post(f"/marking/pages/{copy.pk}/copy/", {"keep": keep}).status_code == 422


def test_a_marked_first_scan_does_not_give_way(world: World, client_for: ClientFor, five: Pile) -> None:
    first, copy = pages(five)[4:6]
    offered = re.compile(r'value="this">こちらを使う')
    assert offered.search(client_for("a1-homeroom").get(f"{HERE}pages/").content.decode())
    Stroke.objects.create(
        key=uuid.uuid4(), municipality_id=first.municipality_id, sitting_id=piles.SITTING, page=first, question="q0", points=2,
        how="key", marker_id=world.account("a1-homeroom"), marker_label="x", struck_at=timezone.now(), at=timezone.now(),
    )  # fmt: skip
    tray = client_for("a1-homeroom").get(f"{HERE}pages/").content.decode()
    assert not offered.search(tray) and "5ページ目には、もう採点がついています" in tray, "said before anybody presses"
    answer = client_for("a1-homeroom").post(f"/marking/pages/{copy.pk}/copy/", {"keep": "this"})
    assert answer.status_code == 422 and "5ページ目には、もう採点がついています" in answer.content.decode()


def test_after_the_settlement_no_scan_takes_the_place_of_another(
    world: World, client_for: ClientFor, five: Pile, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = pages(five)[5]
    monkeypatch.setattr("minamo.marking.actions.remedies.settled", lambda sitting: object())
    answer = client_for("a1-homeroom").post(f"/marking/pages/{copy.pk}/copy/", {"keep": "this"})
    assert answer.status_code == 422 and "もう確定しています" in answer.content.decode()
    copy.refresh_from_db()
    assert copy.status == "review"


def test_four_corners_make_a_paper(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    """A torn sheet, upside down, placed roughly by hand: found to the pixel, cut and read."""
    torn = piles.picture(2, "upside").copy()
    torn[:420, :520] = 250
    pile = sent(world, piles.pdf([torn]))
    read(world, pile)
    (row,) = pages(pile)
    assert row.status == "review"
    teacher, where = client_for("a1-homeroom"), f"/marking/pages/{row.pk}/corners/"
    begun = teacher.get(where).content.decode()
    found = re.search(r"data-corners=\"([^\"]+)\"", begun)
    assert found is not None
    corners = json.loads(found.group(1))
    rough = [[x + 0.02, y - 0.015] for x, y in corners]
    assert teacher.post(where, {"corners": json.dumps(rough[::-1])}).status_code == 422
    assert teacher.post(where, {"corners": "nonsense"}).status_code == 422
    assert teacher.post(where, {"corners": json.dumps(rough)}).status_code == 302
    assert "読み直しています" in teacher.get(f"{HERE}pages/").content.decode()
    assert teacher.post(where, {"corners": json.dumps(rough)}).status_code == 422, "it is on its way"
    assert scanning.read_again(world.municipality("A"), [row.pk]) == 1
    see_all(world)
    row.refresh_from_db()
    assert (row.status, row.reason, row.numbers[0][0]) == ("ok", "by_hand", "2")
    assert "原澤 美咲が四すみを合わせました" in row.message
    whole = sent(world, piles.pdf([piles.picture(2, "upside")]), "whole.pdf")
    read(world, whole)
    (truth,) = pages(whole)
    from minamo.marking.page_rules import through

    for x, y in ((0, 0), (1654, 0), (1654, 2339), (0, 2339)):
        one, other = through(row.homography, x, y), through(truth.homography, x, y)
        assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) < 4


@pytest.mark.parametrize(
    ("reason", "aside", "words"),
    [
        ("torn", "torn", "紙の欠け"),
        ("few_anchors", "unplaced", "位置の分からない紙"),
        ("not_found", "no_sheet", "解答用紙が見つからない紙"),
    ],
)
def test_the_record_says_why_a_page_went_aside(
    world: World, client_for: ClientFor, five: Pile, reason: str, aside: str, words: str
) -> None:  # fmt: skip
    """A torn page, or one on which no sheet was found, is no 「ほかのテストの紙」; how well it fits the sheet's print stands beside its place."""
    row = pages(five)[0]
    ScanPage.objects.filter(pk=row.pk).update(status="review", reason=reason, score=0.9312)
    teacher = client_for("a1-homeroom")
    tray = teacher.get(f"{HERE}pages/?why={reason}").content.decode()
    assert f'value="{aside}">除く（{words}）' in tray and '照合 <span class="num">0.93</span>' in tray
    assert "除く（ほかのテストの紙）" not in tray
    assert '照合 <span class="num">0.93</span>' in teacher.get(f"/marking/pages/{row.pk}/corners/").content.decode()
    assert teacher.post(f"{HERE}pages/aside/", {"page": str(row.pk), "why": aside}).status_code == 302
    assert words in teacher.get(f"{HERE}pages/aside/").content.decode()
    assert re.search(r'data-score="0\.\d\d|data-score="1\.00', teacher.get(f"{HERE}owners/").content.decode())


def test_a_page_is_read_again(world: World, client_for: ClientFor, five: Pile) -> None:
    row = next(row for row in pages(five) if row.reason == "wrong_sheet")
    assert client_for("a1-homeroom").post(f"/marking/pages/{row.pk}/readings/").status_code == 302
    assert scanning.read_again(world.municipality("A"), [row.pk]) == 1
    see_all(world)
    row.refresh_from_db()
    assert (row.status, row.reason) == ("review", "wrong_sheet")


def test_a_page_that_cannot_be_read_again_goes_back_to_the_tray(
    world: World, client_for: ClientFor, five: Pile, settings: Any, tmp_path: Any
) -> None:
    row = next(row for row in pages(five) if row.reason == "wrong_sheet")
    client_for("a1-homeroom").post(f"/marking/pages/{row.pk}/readings/")
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    assert scanning.read_again(world.municipality("A"), [row.pk]) == 0
    see_all(world)
    row.refresh_from_db()
    assert (row.status, row.reason) == ("review", "broken") and "もう一度送ってください" in row.message


def test_a_page_belongs_to_another_class(world: World, client_for: ClientFor, five: Pile) -> None:
    row = pages(five)[0]
    to = {"to": str(piles.OTHER_SITTING)}
    teacher, head = client_for("a1-homeroom"), client_for("a1-head")
    assert teacher.post(f"/marking/pages/{row.pk}/moves/", to).status_code in {403, 422}, "not his class"
    assert head.post(f"/marking/pages/{row.pk}/moves/", {"to": "x"}).status_code == 422
    assert head.post(f"/marking/pages/{row.pk}/moves/", to).status_code == 302
    see_all(world)
    row.refresh_from_db()
    assert row.sitting_id == piles.OTHER_SITTING
    assert client_for("a1-homeroom2").get(f"/marking/sittings/{piles.OTHER_SITTING}/owners/").status_code == 200
    assert head.post(f"/marking/pages/{row.pk}/moves/", {"to": str(piles.SITTING)}).status_code == 302
    teacher.post(f"{HERE}owners/", form_of(teacher.get(f"{HERE}owners/").content.decode()))
    bound = head.post(f"/marking/pages/{row.pk}/moves/", to)
    assert bound.status_code == 302, "whose it is ends here and is said anew there"
    see_all(world)
    assert not Binding.objects.filter(page=row, replaced_at__isnull=True).exists()


def test_a_bound_page_is_not_put_aside_by_accident(world: World, client_for: ClientFor, five: Pile) -> None:
    teacher = client_for("a1-homeroom")
    teacher.post(f"{HERE}owners/", form_of(teacher.get(f"{HERE}owners/").content.decode()))
    row = pages(five)[0]
    answer = teacher.post(f"{HERE}pages/aside/", {"page": str(row.pk), "why": "other"})
    assert answer.status_code == 422 and "だれの答案か決まった" in answer.content.decode()
    for body in ({}, {"page": "x", "why": "other"}, {"page": str(uuid.uuid4()), "why": "other"}, {"page": str(row.pk)}):
        assert teacher.post(f"{HERE}pages/aside/", body).status_code == 422


def test_stop_and_go_on(world: World, client_for: ClientFor, five: Pile) -> None:
    teacher = client_for("a1-homeroom")
    assert teacher.post(f"/marking/piles/{five.pk}/stops/").status_code == 302
    assert "原澤 美咲が止めました" in teacher.get(HERE).content.decode()
    assert teacher.post(f"/marking/piles/{five.pk}/readings/").status_code == 302
    see_all(world)
    five.refresh_from_db()
    assert five.stopped_at is None


def test_audience(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher, other = client_for("a1-homeroom"), client_for("a1-homeroom2")
    assert other.get(HERE).status_code == 403
    assert teacher.post(f"{HERE}audience/", {"audience": "school"}).status_code == 302
    page = other.get(HERE)
    assert page.status_code == 200 and "校内の先生と分けて採点しています" in page.content.decode()
    assert "答案を送る</a>" not in page.content.decode().replace("\n", "")
    for where in ("owners/", "pages/", "upload/"):
        assert other.get(f"{HERE}{where}").status_code == 403, "to mark is not to manage"
    teacher.post(f"{HERE}audience/", {"audience": "class"})
    assert other.get(HERE).status_code == 403


def test_who_stays_outside(world: World, client_for: ClientFor, five: Pile) -> None:
    row = pages(five)[0]
    gets = [HERE, f"{HERE}upload/", f"{HERE}pages/", f"{HERE}owners/", f"/marking/pages/{row.pk}/picture/", f"/marking/pages/{row.pk}/corners/"]  # fmt: skip
    posts = [f"{HERE}upload/", f"{HERE}owners/", f"{HERE}links/", f"{HERE}audience/", f"/marking/pages/{row.pk}/copy/", f"/marking/piles/{five.pk}/stops/"]  # fmt: skip
    for name in OUTSIDE:
        client = client_for(name)
        assert {client.get(path).status_code for path in gets} <= {403, 404}, name
        assert {client.post(path, {}).status_code for path in posts} <= {403, 404}, name
    assert {Client().get(path).status_code for path in gets} <= {302, 401}
    picture = client_for("a1-homeroom").get(f"/marking/pages/{row.pk}/picture/")
    assert picture.content[:2] == b"\xff\xd8" and "no-store" in picture["Cache-Control"]


def test_queries_do_not_grow(world: World, client_for: ClientFor, five: Pile, count_queries: Any) -> None:
    teacher = client_for("a1-homeroom")
    for path in (HERE, f"{HERE}owners/", f"{HERE}pages/", f"{HERE}upload/"):
        with count_queries() as asked:
            assert teacher.get(path).status_code == 200
        assert len(asked) <= 12, (path, [q[:90] for q in asked.statements])
    form = form_of(teacher.get(f"{HERE}owners/").content.decode())
    with count_queries() as asked:
        assert teacher.post(f"{HERE}owners/", form).status_code == 302
    jobs = [q for q in asked.statements if "procrastinate" in q]
    assert len(asked) - len(jobs) <= 16, [q[:90] for q in asked.statements]


def test_a_link_takes_scans_and_shows_nothing(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher = client_for("a1-homeroom")
    page = teacher.post(f"{HERE}links/").content.decode()
    found = re.search(r"/scans/#([\w-]+)", page)
    assert found is not None and "data:image/svg" in page
    token = found.group(1)
    assert begins(page).endswith(found.group(0)), "it is shown this one time"
    see_all(world)
    link = UploadLink.objects.get()
    assert token not in (link.token_hash,) and link.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in teacher.get(f"{HERE}upload/").content.decode(), "shown once"
    copier = Client()
    shown = copier.get("/scans/").content.decode()
    assert "届け先：学校の採点" in shown
    for secret in ("社会", "5年1組", "中央小", "原澤"):
        assert secret not in shown
    content = piles.pdf([piles.picture(1)])
    assert copier.post("/scans/", {"token": "wrong", "files": [upload("a.pdf", content)]}).status_code == 422
    answer = copier.post("/scans/", {"token": token, "files": [upload("scan.pdf", content)]})
    told = copier.get(answer["Location"]).content.decode()
    assert answer.status_code == 302 and "受け取りました" in told and begins(told).startswith('<div class="alert good"')
    assert begins(shown).startswith("<h1")
    refused = copier.post("/scans/", {"token": token, "files": [upload("a.exe", b"MZ")]})
    assert refused.status_code == 422 and "受け取れません" in refused.content.decode()
    digest = hashlib.sha256(content).hexdigest()
    headers = {"X-Token": token, "X-Part": digest}
    part = copier.post("/scans/parts/", content, content_type="application/octet-stream", headers=headers)
    assert part.status_code == 204
    whole = copier.post("/scans/", json.dumps({"files": [{"name": "scan.pdf", "parts": [digest]}]}),
                        content_type="application/json", headers={"X-Token": token})  # fmt: skip
    assert "again=1" in whole.json()["to"]
    see_all(world)
    pile = Pile.objects.get()
    assert (pile.source, pile.sent_by_id, pile.sent_by_label) == ("link", None, "送り先のリンク")


def test_a_link_ends(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    teacher, copier = client_for("a1-homeroom"), Client()
    content = piles.pdf([piles.blank_paper()])

    def made() -> str:
        found = re.search(r"/scans/#([\w-]+)", teacher.post(f"{HERE}links/").content.decode())
        assert found is not None
        return found.group(1)

    def taken(token: str) -> bool:
        body = {"token": token, "files": [upload("scan.pdf", content)]}
        return copier.post("/scans/", body).status_code == 302

    first = made()
    second = made()
    assert not taken(first), "a new one ends the old"
    assert taken(second)
    teacher.post(f"{HERE}links/", {"close": "1"})
    assert not taken(second)
    third = made()
    see_all(world)
    UploadLink.objects.filter(closed_at__isnull=True).update(expires_at=timezone.now())
    assert not taken(third)
    parts = copier.post("/scans/parts/", b"x", content_type="application/octet-stream", headers={"X-Token": third})
    assert parts.status_code == 422


def test_a_link_takes_so_much_in_an_hour(
    world: World, client_for: ClientFor, test: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minamo.marking.actions.piles.MOST_PER_HOUR", 1)
    found = re.search(r"/scans/#([\w-]+)", client_for("a1-homeroom").post(f"{HERE}links/").content.decode())
    assert found is not None
    copier = Client()
    for content, status in ((b"%PDF-1.7 a", 302), (b"%PDF-1.7 b", 422)):
        answer = copier.post("/scans/", {"token": found.group(1), "files": [upload("scan.pdf", content)]})
        assert answer.status_code == status
    assert "1時間ほど" in answer.content.decode()


def test_backs_go_in_one_go(world: World, client_for: ClientFor, test: uuid.UUID) -> None:
    shown = [one for number in (1, 2, 3) for one in (piles.picture(number), piles.blank_paper())]
    pile = sent(world, piles.pdf(shown))
    read(world, pile)
    assert [row.reason for row in pages(pile)] == ["", "back"] * 3
    teacher = client_for("a1-homeroom")
    text = teacher.get(f"{HERE}pages/").content.decode()
    assert "白い紙が3ページあります" in text and "裏の白紙も入っています" in text
    back = [str(row.pk) for row in pages(pile) if row.reason == "back"]
    assert teacher.post(f"{HERE}pages/aside/", {"page": back, "why": "blank"}).status_code == 302
    see_all(world)
    assert Binding.objects.filter(pupil__isnull=True, why="blank").count() == 3
    assert ScanPage.objects.count() == 6
