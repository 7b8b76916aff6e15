"""登録コード from the sheet to the linked account: once, in time, by the right person, at a bearable rate."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import time_machine
from django.test import Client

from minamo.access.api import Account, Denied
from minamo.audit.models import Entry
from minamo.people import codes, jobs
from minamo.people.actions import invitations
from minamo.people.models import Guardian, GuardianLink, Invitation, JoinAttempt, Pupil
from minamo.people.printing import invitation_sheets, join_url
from minamo.people.schools import School
from tests.fixtures.world import World, hash_number

ClientFor = Callable[..., Client]
ActorFor = Callable[..., Any]
pytestmark = pytest.mark.django_db
PASSWORD = "たぬきの宿の朝 20261124"


@pytest.fixture
def newcomer(world: World, system_for: ActorFor) -> Guardian:
    """A guardian of 蓮 (a1) who has no account yet."""
    system_for("A")
    row = Guardian.objects.create(
        municipality_id=world.municipality("A"),
        family="渡邉",
        given="真",
        search_key="渡辺真",
        email="makoto@example.jp",
    )
    GuardianLink.objects.create(
        municipality_id=world.municipality("A"), pupil_id=world.pupil("ren"), guardian=row, relation="父"
    )
    return row


def issued_for(world: World, actor_for: ActorFor, *pupils: str, again: bool = False) -> list[invitations.Issued]:
    """Codes issued by the clerk of a1."""
    clerk = actor_for("a1-clerk")
    school = School.objects.get(pk=world.school("a1"))
    ids = [world.pupil(name) for name in pupils]
    return invitations.issue(actor=clerk, school=school, pupil_ids=ids, again=again)


def join(client: Client, code: str, **more: str) -> Any:
    """Send the form of /join/."""
    return client.post("/join/", {"code": code, "step": "check", **more})


def create(client: Client, code: str, login: str = "makoto@example.jp", password: str = PASSWORD) -> Any:
    """Make an account with a code."""
    return join(client, code, step="create", login=login, password=password, again=password)


def test_only_a_keyed_hash_is_kept_and_the_trail_has_no_code(
    world: World, actor_for: ActorFor, newcomer: Guardian
) -> None:
    (one,) = issued_for(world, actor_for, "ren", "hana")
    row = Invitation.objects.get()
    assert row.guardian_id == newcomer.pk and codes.read_code(one.code) == one.code
    import hashlib

    assert row.code_hash not in {hashlib.sha256(one.code.encode()).hexdigest(), one.code}
    assert one.code not in str(list(Entry.objects.values_list("detail", flat=True)))
    assert one.expires_on - dt.date(2026, 11, 24) == dt.timedelta(days=60)


def test_a_new_code_revokes_the_former_one(world: World, actor_for: ActorFor, newcomer: Guardian) -> None:
    (old,) = issued_for(world, actor_for, "ren")
    (new,) = issued_for(world, actor_for, "ren")
    assert "新しいコードに替わりました" in join(Client(), old.code).content.decode()
    assert "渡邉 蓮" in join(Client(), new.code).content.decode()


def test_who_may_issue(world: World, actor_for: ActorFor) -> None:
    for name in ("a1-homeroom", "a1-nurse", "a2-head", "a-board"):
        actor = actor_for(name)
        with pytest.raises(Denied):
            invitations.issue(actor=actor, school=School.objects.get(pk=world.school("a1")), pupil_ids=[])


def test_a_guardian_shut_out_gets_no_code_and_cannot_use_an_earlier_one(
    world: World, actor_for: ActorFor, newcomer: Guardian, system_for: ActorFor
) -> None:
    codes_again = issued_for(world, actor_for, "sora", again=True)
    assert {item.guardian_id for item in codes_again} == {world.guardian("sato-mother")}
    (early,) = issued_for(world, actor_for, "ren")
    newcomer.restrictions.create(
        municipality_id=world.municipality("A"),
        pupil_id=world.pupil("ren"),
        kind="contact",
        begins=dt.date(2026, 11, 1),
    )
    response = create(Client(), early.code)
    assert response.status_code == 422 and "いまは使えません" in response.content.decode()
    assert "渡邉" not in response.content.decode()


def test_first_guardian_makes_an_account_and_the_code_is_spent(
    world: World, actor_for: ActorFor, newcomer: Guardian, system_for: ActorFor
) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    page = join(Client(), one.code.lower().replace("-", " "))
    assert page.status_code == 200 and "渡邉 蓮" in page.content.decode() and "中央小" in page.content.decode()
    browser = Client()
    assert "登録できました" in create(browser, one.code).content.decode()
    assert browser.get("/account/devices/").status_code == 200  # signed in at once, on a device of its own
    system_for("A")
    newcomer.refresh_from_db()
    account = Account.objects.get(login_id="makoto@example.jp")
    assert newcomer.account_id == account.pk and account.kind == "guardian" and account.check_password(PASSWORD)
    entry = Entry.objects.get(action="people:join")
    assert entry.detail["account"] == str(account.pk) and entry.pupil_id == world.pupil("ren")
    again = create(Client(), one.code, "somebody@example.jp")
    assert again.status_code == 422 and "もう使われています" in again.content.decode()
    assert not Account.objects.filter(login_id="somebody@example.jp").exists()


def test_siblings_are_joined_in_one_account_over_the_wall(
    world: World, actor_for: ActorFor, newcomer: Guardian, client_for: ClientFor, system_for: ActorFor
) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    father = client_for("shimizu-father")  # a guardian in the village, with a child now also in the town
    assert "いまサインインしているアカウント" in join(father, one.code).content.decode()
    done = join(father, one.code, step="link").content.decode()
    assert "登録できました" in done and "渡邉 蓮" in done and "清水 凪" in done
    assert actor_for("shimizu-father").ids("children") == {str(world.pupil("ren")), str(world.pupil("nagi"))}


def test_the_second_guardian_has_an_own_code_and_the_other_is_told(
    world: World, actor_for: ActorFor, newcomer: Guardian, system_for: ActorFor, mailoutbox: list[Any]
) -> None:
    mother = Guardian.objects.create(
        municipality_id=world.municipality("A"),
        family="渡邉",
        given="泉",
        search_key="渡辺泉",
        email="izumi@example.jp",
    )
    GuardianLink.objects.create(
        municipality_id=world.municipality("A"), pupil_id=world.pupil("ren"), guardian=mother, contact_order=2
    )
    both = {item.guardian_id: item.code for item in issued_for(world, actor_for, "ren")}
    assert set(both) == {newcomer.pk, mother.pk} and len(set(both.values())) == 2
    create(Client(), both[newcomer.pk])
    from django.db import connection

    assert "登録できました" in create(Client(), both[mother.pk], "izumi@example.jp").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'people.tell_joined'")
        (waiting,) = (row[0] for row in cursor.fetchall())
    arguments = waiting if isinstance(waiting, dict) else __import__("json").loads(waiting)
    assert jobs.tell_joined(**arguments) is True
    assert mailoutbox[0].to == ["makoto@example.jp"] and "渡邉" not in mailoutbox[0].body


def test_a_guardian_row_belongs_to_one_account(
    world: World, actor_for: ActorFor, client_for: ClientFor, newcomer: Guardian
) -> None:
    (code,) = [i.code for i in issued_for(world, actor_for, "sora", again=True)]
    response = join(client_for("takahashi-father"), code, step="link")
    assert response.status_code == 422 and "ほかのアカウントで登録" in response.content.decode()
    assert "ほかのアカウントで登録" in create(Client(), code, "stranger@example.jp").content.decode()
    assert not Account.objects.filter(login_id="stranger@example.jp").exists()


def test_staff_pupils_and_learning_devices_are_told_to_sign_out(
    world: World, actor_for: ActorFor, newcomer: Guardian, client_for: ClientFor
) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    for client in (client_for("a1-head"), client_for("pupil-hana"), client_for("takahashi-mother", side="learning")):
        response = join(client, one.code, step="link")
        assert response.status_code == 422 and "サインアウト" in response.content.decode()


def test_expired(world: World, actor_for: ActorFor, newcomer: Guardian) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    with time_machine.travel(dt.datetime(2027, 1, 23, 8, tzinfo=dt.timezone(dt.timedelta(hours=9)))):
        assert "期限（60日）を過ぎています" in join(Client(), one.code).content.decode()


def test_a_printed_code_outlives_a_change_of_the_servers_secret(
    world: World, actor_for: ActorFor, newcomer: Guardian, system_for: ActorFor, settings: Any
) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, []
    assert "見つかりません" in join(Client(), one.code).content.decode()
    settings.SECRET_KEY_FALLBACKS = [former]
    assert "登録できました" in create(Client(), one.code).content.decode()
    system_for("A")
    newcomer.refresh_from_db()
    assert newcomer.account_id is not None


def test_five_unknown_codes_then_a_pause_of_fifteen_minutes(
    world: World, actor_for: ActorFor, newcomer: Guardian
) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    for _ in range(8):  # a slip of the pen is told, not counted
        assert "見くらべて" in join(Client(), one.code[:-1] + ("2" if one.code[-1] != "2" else "3")).content.decode()
    for _ in range(5):
        response = join(Client(), codes.new_code())
        assert response.status_code == 422 and "見つかりません" in response.content.decode()
    assert "15分" in join(Client(), one.code).content.decode()
    assert "渡邉 蓮" in Client().post("/join/", {"code": one.code}, REMOTE_ADDR="192.0.2.7").content.decode()
    assert JoinAttempt.objects.count() == 5 and not JoinAttempt.objects.filter(key__contains="127").exists()
    with time_machine.travel(dt.datetime(2026, 11, 24, 8, 10, tzinfo=dt.timezone(dt.timedelta(hours=9)))):
        assert "渡邉 蓮" in join(Client(), one.code).content.decode()


@pytest.mark.parametrize(
    ("login", "password", "sentence"),
    [
        ("makoto@example.jp", "short", "短"),
        ("g-watanabe-2026", "g-watanabe-2026", "ログインID"),
        ("makoto@example.jp", "minamo-2026-school", "自分だけの言葉"),
        ("takahashi-mother@example.jp", PASSWORD, "もう使われています"),
        ("", PASSWORD, "必須"),
        ("makoto@", PASSWORD, "メール"),
    ],
)
def test_what_is_wrong_with_an_account_is_told_and_the_code_stays_good(
    login: str, password: str, sentence: str, world: World, actor_for: ActorFor, newcomer: Guardian
) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    response = create(Client(), one.code, login, password)
    assert response.status_code == 422 and sentence in response.content.decode()
    assert "登録できました" in create(Client(), one.code, "fresh@example.jp").content.decode()


def test_passwords_must_agree(world: World, actor_for: ActorFor, newcomer: Guardian) -> None:
    (one,) = issued_for(world, actor_for, "ren")
    response = join(Client(), one.code, step="create", login="a@example.jp", password=PASSWORD, again=PASSWORD + "x")
    assert response.status_code == 422 and "一致しません" in response.content.decode()


def test_the_empty_page_and_the_address_of_the_code(client_for: ClientFor) -> None:
    assert "登録コードを入れてください" in Client().get("/join/").content.decode()
    assert join_url("2345-6789-ABCD-E").endswith("/join/#2345-6789-ABCD-E")


def test_the_sheets_are_one_page_per_pupil_and_never_hold_an_address(
    world: World, actor_for: ActorFor, newcomer: Guardian
) -> None:
    issued = issued_for(world, actor_for, "ren", "hana", "sora", again=True)
    document = pypdfium2.PdfDocument(io.BytesIO(invitation_sheets(issued)))
    assert len(issued) == 4 and len(document) == len({item.pupil_id for item in issued}) == 3
    pages = [page.get_textpage().get_text_bounded() for page in document]
    everything = "\n".join(pages)
    assert all(item.code in everything for item in issued)
    assert str(hash_number("sato-mother")) not in everything and "大字" not in everything
    assert "佐藤 剛" not in everything
    sora = next(page for page in pages if "佐藤 空" in page)
    assert "佐藤 恵" in sora and "髙橋" not in sora


def test_an_institution_is_not_named_on_what_the_child_carries_home(
    world: World, actor_for: ActorFor, newcomer: Guardian
) -> None:
    Guardian.objects.filter(pk=newcomer.pk).update(family="架空学園", given="", institution=True)
    page = pypdfium2.PdfDocument(io.BytesIO(invitation_sheets(issued_for(world, actor_for, "ren"))))[0]
    text = page.get_textpage().get_text_bounded()
    assert "保護者の方" in text and "架空学園" not in text


def test_many_guardians_still_fit_on_one_page(world: World, actor_for: ActorFor, newcomer: Guardian) -> None:
    for n in range(4):
        row = Guardian.objects.create(
            municipality_id=world.municipality("A"), family="祖", given=f"母{n}", search_key="x"
        )
        GuardianLink.objects.create(
            municipality_id=world.municipality("A"), pupil_id=world.pupil("ren"), guardian=row, contact_order=3 + n
        )
    issued = issued_for(world, actor_for, "ren")
    assert len(issued) == 5 and len(pypdfium2.PdfDocument(io.BytesIO(invitation_sheets(issued)))) == 1


def test_the_page_of_the_office_prints_and_says_when_nobody_is_left(
    world: World, client_for: ClientFor, newcomer: Guardian
) -> None:
    clerk, path = client_for("a1-clerk"), f"/schools/{world.school('a1')}/invitations/"
    page = clerk.get(path).content.decode()
    assert "全校の案内を印刷" in page and "1 / 1" not in page.split("ひまわり")[1]
    pdf = clerk.post(path, {"scope": "school"})
    assert (
        pdf["Content-Type"] == "application/pdf"
        and pdf.content.startswith(b"%PDF")
        and "no-store" in pdf["Cache-Control"]
    )
    nobody = clerk.post(path, {"scope": f"class:{world.klass('a1-special')}"})
    assert nobody.status_code == 422 and "相手がいません" in nobody.content.decode()
    assert clerk.post(path, {"scope": f"pupil:{world.pupil('kai')}"}).status_code == 422  # of another school
    assert clerk.post(path, {"scope": "pupil:x"}).status_code == 404
    assert clerk.post(path, {}).status_code == 404
    assert client_for("a1-homeroom").post(path, {"scope": "school"}).status_code == 403


def test_the_pupil_belongs_to_the_municipality_of_the_code(
    world: World, newcomer: Guardian, actor_for: ActorFor
) -> None:
    """An anonymous visitor sees nothing before a code, and only that municipality after it."""
    (one,) = issued_for(world, actor_for, "ren")
    join(Client(), one.code)
    assert set(Pupil.objects.values_list("municipality_id", flat=True)) == {world.municipality("A")}
