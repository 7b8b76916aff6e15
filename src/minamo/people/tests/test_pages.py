"""Every page of 学籍: works · wrong school · wrong municipality · wrong role · anonymous; and its budget."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.audit.models import Entry
from minamo.people.models import ClassStaff, Enrolment, Invitation, Pupil, SchoolClass
from tests.fixtures.world import TODAY, World, hash_number

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db

# route → (path, who may, who may not although of this school, who is of another school)
PAGES: dict[str, tuple[str, str, list[str]]] = {
    "pupils": ("/schools/{a1}/pupils/", "a1-aide", ["a2-head", "takahashi-mother", "pupil-hana", "a1-former"]),
    "rows": ("/schools/{a1}/pupils/rows/", "a1-aide", ["a2-head", "takahashi-mother"]),
    "xlsx": ("/schools/{a1}/pupils/export.xlsx", "a1-homeroom", ["a2-head", "a1-aide", "a1-nurse", "takahashi-mother"]),
    "csv": ("/schools/{a1}/pupils/export.csv", "a1-clerk", ["a2-head", "a1-aide", "a-board", "takahashi-mother"]),
    "arrivals": ("/schools/{a1}/arrivals/", "a1-clerk", ["a2-head", "a1-homeroom", "takahashi-mother"]),
    "classes": ("/schools/{a1}/classes/", "a-board", ["a2-head", "takahashi-mother", "pupil-hana"]),
    "staff": ("/schools/{a1}/staff/", "a1-teacher", ["a2-head", "takahashi-mother", "pupil-hana"]),
    "invitations": ("/schools/{a1}/invitations/", "a1-clerk", ["a2-head", "a1-homeroom", "a-board"]),
    "pupil": ("/pupils/{hana}/", "a1-aide", ["a2-head", "takahashi-mother", "pupil-hana", "a1-future"]),
    "visibility": ("/pupils/{hana}/visibility/", "a1-aide", ["a2-head", "takahashi-mother"]),
    "edit": ("/pupils/{hana}/edit/", "a1-clerk", ["a2-head", "a1-homeroom", "a-board", "takahashi-mother"]),
    "leave": ("/pupils/{hana}/leave/", "a1-coordinator", ["a2-head", "a1-homeroom", "a-board"]),
    "place": ("/pupils/{hana}/place/", "a1-head", ["a2-head", "a1-nurse", "a-board"]),
    "class": ("/classes/{a1-1}/", "a1-aide", ["a2-head", "takahashi-mother", "pupil-hana"]),
    "teachers": ("/classes/{a1-1}/teachers/", "a1-vice", ["a2-head", "a1-clerk", "a1-homeroom"]),
    "members": ("/classes/{a1-music}/members/", "a1-coordinator", ["a2-head", "a1-clerk", "a1-homeroom"]),
}


def path_of(world: World, pattern: str) -> str:
    """A path with the world's ids."""
    return pattern.format(
        a1=world.school("a1"), hana=world.pupil("hana"), **{name: world.klass(name) for name in ("a1-1", "a1-music")}
    )


@pytest.mark.parametrize("name", PAGES)
def test_works(name: str, world: World, client_for: ClientFor) -> None:
    pattern, allowed, _ = PAGES[name]
    assert client_for(allowed).get(path_of(world, pattern)).status_code == 200


@pytest.mark.parametrize(("name", "who"), [(name, who) for name, page in PAGES.items() for who in page[2]])
def test_wrong_school_and_wrong_role(name: str, who: str, world: World, client_for: ClientFor) -> None:
    response = client_for(who).get(path_of(world, PAGES[name][0]))
    assert response.status_code in {403, 404}
    assert "高橋 花" not in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_wrong_municipality(name: str, world: World, client_for: ClientFor) -> None:
    assert client_for("b1-head").get(path_of(world, PAGES[name][0])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_anonymous_and_learning_side(name: str, world: World, client_for: ClientFor) -> None:
    path = path_of(world, PAGES[name][0])
    response = Client().get(path)
    assert response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    assert client_for(PAGES[name][1], side="learning").get(path).status_code in {403, 404}


POSTS = ("arrivals", "invitations", "edit", "leave", "place", "teachers", "members")


@pytest.mark.parametrize(("name", "who"), [(name, who) for name in POSTS for who in [*PAGES[name][2], "b1-head"]])
def test_nobody_else_writes(name: str, who: str, world: World, client_for: ClientFor, system_for: Any) -> None:
    path = path_of(world, PAGES[name][0])
    form = {"kind": "withdrawal", "on": "2026-11-24", "family": "偽", "given": "造", "grade": "P5", "scope": "school"}
    assert client_for(who).post(path, form).status_code in {403, 404}
    assert Client().post(path, form).status_code == 302
    system_for("A")
    assert not Pupil.objects.filter(family="偽").exists() and not Invitation.objects.exists()
    assert Pupil.objects.get(pk=world.pupil("hana")).left_on is None


@pytest.mark.parametrize("name", [name for name in PAGES if name not in POSTS])
def test_reading_pages_take_no_post(name: str, world: World, client_for: ClientFor) -> None:
    assert client_for(PAGES[name][1]).post(path_of(world, PAGES[name][0])).status_code == 405


def text(response: Any) -> str:
    """The body of a page that worked."""
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


@pytest.mark.parametrize("typed", ["高橋", "髙橋", "たかはし", "タカハシ", "ﾀｶﾊｼ はな", "花 高橋"])
def test_search_finds_old_and_new_kanji_and_kana(typed: str, world: World, client_for: ClientFor) -> None:
    body = text(client_for("a1-head").get(f"/schools/{world.school('a1')}/pupils/rows/", {"q": typed}))
    assert "高橋 花" in body and "佐藤 空" not in body


def test_search_by_student_number_filters_and_sorts(world: World, client_for: ClientFor) -> None:
    head, base = client_for("a1-head"), f"/schools/{world.school('a1')}/pupils/"

    body = text(head.get(base, {"q": f"0{hash_number('sora')}"}))
    assert "佐藤 空" in body and "高橋 花" not in body
    assert "星野 莉央" in text(head.get(base, {"special": "1"}))
    assert "高橋 花" not in text(head.get(base, {"special": "1"}))
    assert "林 芽衣" not in text(head.get(base, {"grade": "P5"}))
    assert "吉田 結衣" not in text(head.get(base, {"class": str(world.klass("a1-1"))}))
    by_kana = text(head.get(base + "rows/", {"sort": "kana"}))
    assert by_kana.index("佐藤 空") < by_kana.index("高橋 花") < by_kana.index("渡邉 蓮")
    backwards = text(head.get(base + "rows/", {"sort": "-birth"}))
    assert backwards.index("林 芽衣") < backwards.index("吉田 結衣")
    assert "見つかりません" in text(head.get(base, {"q": "いない"}))
    assert text(head.get(base, {"class": "x", "sort": "nonsense", "grade": "Z9"})).count("<tr>") > 5


@pytest.mark.parametrize("size", [336, 1001])
def test_the_list_of_a_school_is_few_queries(
    size: int, world: World, client_for: ClientFor, system_for: Any, count_queries: Any
) -> None:
    system_for("A")
    Pupil.objects.bulk_create(
        Pupil(
            municipality_id=world.municipality("A"), school_id=world.school("a1"), grade="P3", family="量",
            given=f"産{n}", search_key=f"量産{n}", homeroom_id=world.klass("a1-1"), attendance_number=n,
        )
        for n in range(size - 7)
    )  # fmt: skip
    client = client_for("a1-head")
    path = f"/schools/{world.school('a1')}/pupils/"
    client.get(path)
    with count_queries() as asked:
        body = text(client.get(path))
    assert body.count('<td class="name">') == size
    work = [sql for sql in asked.statements if "django_session" not in sql and "minamo.municipalities" not in sql]
    assert len(work) <= 5, work  # the school, the rows, the classes, the trail


@pytest.mark.parametrize("name", ["pupil", "class", "classes", "staff", "visibility", "members", "invitations"])
def test_pages_keep_the_budget(name: str, world: World, client_for: ClientFor, count_queries: Any) -> None:
    client, path = client_for("a1-head"), path_of(world, PAGES[name][0])
    client.get(path)
    with count_queries() as asked:
        text(client.get(path))
    assert len(asked) <= 12, asked.statements


def test_reading_a_pupil_leaves_one_row_in_the_trail(world: World, client_for: ClientFor, system_for: Any) -> None:
    client_for("a1-aide").get(f"/pupils/{world.pupil('hana')}/")
    client_for("a2-head").get(f"/pupils/{world.pupil('hana')}/")
    system_for("A")
    rows = Entry.objects.filter(pupil_id=world.pupil("hana"), action="pupil:read").order_by("id")
    assert [(row.outcome, row.rules) for row in rows] == [("allow", ["people.pupil-own-school"]), ("deny", [])]


def test_the_pupil_page_shows_three_layers_and_hides_contacts_from_who_may_not(
    world: World, client_for: ClientFor
) -> None:
    path = f"/pupils/{world.pupil('ren')}/"
    assert "渡邉\U000e010f" in text(client_for("a1-homeroom").get(path))
    contacts = text(client_for("a1-homeroom").get(f"/pupils/{world.pupil('hana')}/"))
    assert "陽子" in contacts and "090-0000-" in contacts and "きょうだい" in contacts
    assert "ほかの学校に2人" in contacts  # one in the town's 中学校, one in the village: counted, not named
    assert "高橋 拓" not in contacts and "高橋 海" not in contacts
    for who in ("a1-homeroom2", "a1-aide", "a-board"):
        body = text(client_for(who).get(f"/pupils/{world.pupil('hana')}/"))
        assert "陽子" not in body and "090-0000-" not in body and "保護者と連絡先は" in body
    both = text(client_for("a12-nurse").get(f"/pupils/{world.pupil('hana')}/"))
    assert "高橋 拓" in both and "ほかの学校に1人" in both


def test_the_visibility_panel_names_rules_and_guardians_only_to_contacts(world: World, client_for: ClientFor) -> None:
    path = f"/pupils/{world.pupil('hana')}/visibility/"
    head = text(client_for("a1-head").get(path))
    for expected in (
        "people.pupil-own-school",
        "校長・教頭だけが見られます",
        "原澤 美咲",
        "高橋 陽子",
        "教育委員会職員",
        "本人が見る",
        # what rooms above hold about a child
        "attendance.words",
        "marking.read",
        "marking.paper-family",
    ):
        assert expected in head, expected
    aide = text(client_for("a1-aide").get(path))
    assert "高橋 陽子" not in aide and "保護者 2人" in aide


def test_the_rail_and_the_search_follow_the_posts(world: World, client_for: ClientFor) -> None:
    both = text(client_for("a12-nurse").get(f"/schools/{world.school('a2')}/classes/"))
    for school in ("a1", "a2"):
        assert f'href="/schools/{world.school(school)}/pupils/"' in both
    assert f'action="/schools/{world.school("a2")}/pupils/"' in both  # looks in the school of the page
    board = text(client_for("a-board").get(f"/schools/{world.school('a1')}/staff/"))
    assert 'role="search"' not in board and f"/schools/{world.school('a1')}/pupils/" not in board


def test_edit_then_undo_by_the_pages(world: World, client_for: ClientFor, system_for: Any) -> None:
    clerk, path = client_for("a1-clerk"), f"/pupils/{world.pupil('hana')}/"
    form = {
        "official_family": "髙橋", "official_given": "花", "family": "高橋", "given": "はな", "family_kana": "たかはし",
        "given_kana": "はな", "sex": "female", "birth_date": "H27.5.1", "student_number": "0123",
        "applies_from": "令和8年11月24日", "reason": "届け出",
    }  # fmt: skip
    bad = clerk.post(path + "edit/", form | {"birth_date": "いつか", "reason": ""})
    assert bad.status_code == 422 and "日付として読めません" in bad.content.decode()
    late = clerk.post(path + "edit/", form | {"applies_from": "令和9年1月1日"})
    assert late.status_code == 422 and "今日まで" in late.content.decode()
    assert clerk.post(path + "edit/", form)["Location"].endswith("?done=edit")
    page = text(clerk.get(path))
    assert "元に戻す" in page and "届け出" in page and "0123" in page
    system_for("A")
    revision = Pupil.objects.get(pk=world.pupil("hana")).revisions.get()
    assert set(revision.after) == {"given", "student_number"}
    assert clerk.post(path + "undoings/", {"revision": str(revision.pk)}).status_code == 302
    assert clerk.post(path + "undoings/", {"revision": str(revision.pk)}).status_code == 409
    assert clerk.post(path + "undoings/", {"revision": "x"}).status_code == 404
    assert client_for("a1-homeroom").post(path + "undoings/", {"revision": str(revision.pk)}).status_code == 403
    assert Pupil.objects.get(pk=world.pupil("hana")).given == "花"


def test_leaving_and_returning_by_the_pages(world: World, client_for: ClientFor, system_for: Any) -> None:
    clerk = client_for("a1-clerk")
    out = {"kind": "transfer_out", "on": "R8.11.20", "last_attended": "R8.11.18", "next_school": "", "to_school": ""}
    nowhere = clerk.post(f"/pupils/{world.pupil('sora')}/leave/", out)
    assert nowhere.status_code == 422 and "転学先を選ぶ" in nowhere.content.decode()
    assert clerk.post(f"/pupils/{world.pupil('sora')}/leave/", out | {"next_school": "川場小"}).status_code == 302
    listing = f"/schools/{world.school('a1')}/pupils/rows/"
    assert "佐藤 空" not in text(clerk.get(listing))
    assert "2026-11-19に離籍" in text(clerk.get(listing, {"left": "1"}))
    back = {"kind": "transfer_in", "on": "2026-11-24", "grade": "P5", "family": "佐藤", "given": "空",
            "birth_date": "2015-08-12", "previous_school": "川場小", "homeroom": str(world.klass("a1-2"))}  # fmt: skip
    asked = clerk.post(f"/schools/{world.school('a1')}/arrivals/", back)
    assert asked.status_code == 422 and "以前に在籍していた" in asked.content.decode()
    done = clerk.post(f"/schools/{world.school('a1')}/arrivals/", back | {"former": str(world.pupil("sora"))})
    assert done["Location"] == f"/pupils/{world.pupil('sora')}/"
    system_for("A")
    assert Pupil.objects.get(pk=world.pupil("sora")).homeroom_id == world.klass("a1-2")


def test_another_grade_needs_its_reason_and_keeps_it(world: World, client_for: ClientFor, system_for: Any) -> None:
    new = {"kind": "admission", "on": "2026-11-24", "grade": "P4", "grade_note": "就学猶予", "family": "編入", "given": "者",
           "birth_date": "2015-08-12", "previous_school": "リマ日本人学校"}  # fmt: skip
    assert client_for("a1-clerk").post(f"/schools/{world.school('a1')}/arrivals/", new).status_code == 302
    system_for("A")
    pupil = Pupil.objects.get(family="編入")
    assert (pupil.grade, Enrolment.objects.get(pupil=pupil).grade_note) == ("P4", "就学猶予")


def test_change_of_class_teachers_and_members_by_the_pages(
    world: World, client_for: ClientFor, system_for: Any
) -> None:
    head = client_for("a1-head")
    place = {"to": str(world.klass("a1-2")), "begins": "2026-11-24"}
    assert head.post(f"/pupils/{world.pupil('hana')}/place/", place).status_code == 302
    assert head.post(f"/pupils/{world.pupil('hana')}/place/", place).status_code == 422
    teacher = {"account": str(world.account("a1-teacher")), "begins": "2026-11-24", "primary": "1"}
    assert head.post(f"/classes/{world.klass('a1-2')}/teachers/", teacher).status_code == 302
    assert "林 専科" in text(head.get(f"/classes/{world.klass('a1-2')}/"))
    member = {"verb": "join", "pupil": str(world.pupil("rio")), "on": "2026-11-24"}
    assert head.post(f"/classes/{world.klass('a1-music')}/members/", member).status_code == 302
    assert head.post(f"/classes/{world.klass('a1-music')}/members/", member).status_code == 422
    stranger = member | {"pupil": str(world.pupil("kai"))}
    assert head.post(f"/classes/{world.klass('a1-music')}/members/", stranger).status_code == 422
    system_for("A")
    assert SchoolClass.objects.get(pk=world.klass("a1-music")).places.filter(pupil=world.pupil("rio")).exists()
    assert TODAY.isoformat() in text(head.get(f"/pupils/{world.pupil('hana')}/"))


@pytest.mark.parametrize(
    ("text", "found"), [("'", False), ("・ ．", False), ("’ '", False), ("花 '", True), ("たかはし・はな", True)]
)
def test_marks_without_letters_find_nobody(
    client_for: Callable[..., Client], world: World, text: str, found: bool
) -> None:
    path = f"/schools/{world.school('a1')}/pupils/"
    page = client_for("a1-head").get(path, {"q": text}).content.decode()
    assert ("高橋 花" in page) == found
    assert "佐藤 空" not in page and found == ("見つかりません" not in page)


def test_who_leads_a_subject_is_not_called_a_homeroom_teacher(
    world: World, client_for: ClientFor, system_for: Any
) -> None:
    system_for("A")
    ClassStaff.objects.filter(school_class_id=world.klass("a1-music")).update(primary=True)
    page = text(client_for("a1-head").get(f"/schools/{world.school('a1')}/staff/"))
    assert "5年1組音楽" in page and "5年1組音楽（担任）" not in page and "5年1組（担任）" in page
