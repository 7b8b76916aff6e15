"""緊急の閲覧: reason, time limit, who is told, the review by somebody else, what is overdue."""

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minamo.access.actions import emergency as actions
from minamo.access.api import Denied, may
from minamo.access.emergencies import pupil_model
from minamo.access.jobs import tell_heads
from minamo.access.models import Account, Emergency, EmergencyCorrection, EmergencyReview
from minamo.access.reasons import problem_with
from minamo.access.scope import set_scope
from minamo.tenancy.models import Membership
from tests.fixtures.world import GUARDIANS, TODAY, World, hash_number

REASON = "校庭で転倒して意識がもうろうとしており、保護者にすぐ連絡するため。"


def begin(client: Client, world: World, reason: str = REASON, pupil: str = "hana") -> Any:
    """Send the form."""
    return client.post(
        reverse("access-emergency", kwargs={"pupil_id": world.pupil(pupil)}), {"reason": reason, "next": "/x/"}
    )


def page_of(client: Client, world: World, pupil: str = "hana") -> str:
    """The pupil's page."""
    return str(client.get(reverse("people-pupil", kwargs={"pupil_id": world.pupil(pupil)})).content.decode())


def ends() -> None:
    """Its time is over."""
    Emergency.objects.update(expires_at=F("opened_at") + dt.timedelta(microseconds=1))


def phone(name: str = "takahashi-mother") -> str:
    """What only contacts show."""
    assert name in GUARDIANS
    return f"090-0000-{hash_number(name) % 10000:04d}"


def test_it_opens_the_contacts_for_an_hour(client_for: Callable[..., Client], world: World) -> None:
    teacher = client_for("a1-teacher")
    assert phone() not in page_of(teacher, world) and "緊急の閲覧" in page_of(teacher, world)
    done = begin(teacher, world)
    assert (done.status_code, done["Location"]) == (302, "/x/")
    text = page_of(teacher, world)
    assert phone() in text and 'href="#guardians"' in text and 'id="guardians"' in text  # one tap away
    assert phone() not in page_of(client_for("a1-homeroom2"), world)  # nobody else's
    row = Emergency.objects.get()
    assert row.expires_at - row.opened_at == dt.timedelta(minutes=60)


def test_it_ends_by_itself_and_by_hand(actor_for: Callable[..., Any], world: World) -> None:
    pupil = pupil_model()._default_manager.get
    actor = actor_for("a1-teacher")
    row = actions.open_emergency(actor=actor, pupil=pupil(pk=world.pupil("hana")), reason=REASON)
    hana = pupil(pk=world.pupil("hana"))
    assert may(actor_for("a1-teacher"), "pupil:contacts", hana)
    for closed in ("pupil:protected", "pupil:edit", "pupil:restrict"):
        assert not may(actor_for("a1-teacher"), closed, hana)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=61)):
        assert not may(actor_for("a1-teacher"), "pupil:contacts", hana)
    actions.end_emergency(actor=actor_for("a1-teacher"), emergency=row)
    assert not may(actor_for("a1-teacher"), "pupil:contacts", hana)
    with pytest.raises(Denied):
        actions.end_emergency(actor=actor_for("a1-homeroom2"), emergency=row)


def test_a_hidden_address_stays_with_the_head(client_for: Callable[..., Client], world: World) -> None:
    """Clause 6.3 holds in an emergency too: the telephone is there, the address under 支援措置 is not."""
    teacher = client_for("a1-teacher")
    assert "秘匿しているものも" not in teacher.get(f"/pupils/{world.pupil('sora')}/emergency/").content.decode()
    begin(teacher, world, pupil="sora")
    text = page_of(teacher, world, "sora")
    assert phone("sato-mother") in text and f"大字秘密{hash_number('sato-mother')}番地" not in text
    assert "校長・教頭だけが見られます" in text
    assert f"大字秘密{hash_number('sato-mother')}番地" in page_of(client_for("a1-head"), world, "sora")


@pytest.mark.parametrize("reason", ["", "急いでいます", " " * 40, "あ" + " " * 30 + "い"])
def test_a_short_reason_is_not_accepted(reason: str, client_for: Callable[..., Client], world: World) -> None:
    answer = begin(client_for("a1-teacher"), world, reason)
    assert answer.status_code == 422 and "20文字以上" in answer.content.decode()
    assert not Emergency.objects.exists()


def test_the_database_wants_a_reason_too(actor_for: Callable[..., Any], world: World) -> None:
    actor = actor_for("a1-teacher")
    with pytest.raises(IntegrityError), transaction.atomic():
        Emergency.objects.create(
            account_id=actor.account_id, municipality_id=world.municipality("A"), school_id=world.school("a1"),
            pupil_id=world.pupil("hana"), reason="短い", opened_at=actor.now, due=actor.today,
            expires_at=actor.now + dt.timedelta(minutes=1),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "pupil", "status"),
    [("a1-nurse", "hana", 302), ("a2-homeroom", "hana", 403), ("b1-homeroom", "hana", 404), ("a-board", "hana", 403),
     ("takahashi-mother", "hana", 403), ("pupil-nagi", "hana", 404)],
)  # fmt: skip
def test_who_may_begin(who: str, pupil: str, status: int, client_for: Callable[..., Client], world: World) -> None:
    assert begin(client_for(who), world, pupil=pupil).status_code == status


def test_it_does_not_replace_the_second_factor(client_for: Callable[..., Client], world: World) -> None:
    assert begin(client_for("a1-head", condition="password-only"), world).status_code == 403


def test_the_head_sees_it_at_once_and_reviews_it(client_for: Callable[..., Client], world: World) -> None:
    head = client_for("a1-head")
    assert "緊急の閲覧（いま" not in head.get("/").content.decode()
    begin(client_for("a1-teacher"), world)
    home = head.get("/").content.decode()
    assert "緊急の閲覧（いま開いています）" in home and "高橋 花" in home and "11月27日" in home
    row = Emergency.objects.get()
    target = reverse("access-emergency-reviews", kwargs={"emergency_id": row.pk})
    assert client_for("a1-teacher").post(target, {"finding": "proper"}).status_code == 403
    assert client_for("a2-head").post(target, {"finding": "proper"}).status_code == 403
    answer = head.post(target, {"finding": "proper"})
    assert answer.status_code == 422 and "まだ開いています" in answer.content.decode()  # not while it is open
    ends()
    assert head.post(target, {"finding": "improper"}).status_code == 422
    assert head.post(target, {"finding": "proper"}).status_code == 302
    assert head.post(target, {"finding": "improper", "note": "話を聞く"}).status_code == 422
    review = EmergencyReview.objects.get()
    assert review.proper and review.by_label == "原澤 校長"
    assert "緊急の閲覧（いま" not in head.get("/").content.decode()


def test_the_heads_are_told_by_mail_at_once(
    client_for: Callable[..., Client], world: World, mailoutbox: list[Any]
) -> None:
    """The job is queued in the same transaction; the mail says no name and no reason, and reaches no other school."""
    from django.db import connection

    addresses = {"a1-head": "head@example.jp", "a1-vice": "vice@example.jp", "a1-clerk": "clerk@example.jp",
                 "a1-former": "former@example.jp", "a2-head": "other@example.jp"}  # fmt: skip
    for name, address in addresses.items():
        Account.objects.filter(pk=world.account(name)).update(email=address)
    begin(client_for("a1-teacher"), world)
    row = Emergency.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'emergency' FROM procrastinate_jobs WHERE task_name = 'access.tell_heads'")
        assert [found[0] for found in cursor.fetchall()] == [str(row.pk)]
    assert tell_heads(str(row.municipality_id), str(row.pk)) == 2
    assert sorted(mail.to[0] for mail in mailoutbox) == ["head@example.jp", "vice@example.jp"]
    for mail in mailoutbox:
        assert "11月27日" in mail.body and "/emergencies/" in mail.body
        assert not any(word in mail.subject + mail.body for word in ("高橋", "花", "林", "転倒"))


def test_a_head_does_not_review_the_own_one(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-head"), world)
    target = reverse("access-emergency-reviews", kwargs={"emergency_id": Emergency.objects.get().pk})
    ends()
    assert client_for("a1-head").post(target, {"finding": "proper"}).status_code == 403
    assert client_for("a-board").post(target, {"finding": "proper"}).status_code == 302


def vacant(world: World, *names: str) -> None:
    """These serve no more at a1: by a post that ended, and by a stopped account."""
    first, *others = names
    Membership.objects.filter(account_id=world.account(first)).update(ends=TODAY - dt.timedelta(days=1))
    Account.objects.filter(pk__in=[world.account(name) for name in others]).update(is_active=False)


@pytest.mark.parametrize("opener", ["a1-head", "a1-teacher"])
def test_where_no_other_head_is_the_board_hears_at_once_and_reviews(
    opener: str, client_for: Callable[..., Client], world: World, mailoutbox: list[Any]
) -> None:
    """校長が一人だけの学校で校長が始めたとき、校長のいない学校で始まったとき."""
    board = client_for("a-board")
    set_scope(municipalities=[world.municipality("A")], side="school")
    vacant(world, "a1-vice", *([] if opener == "a1-head" else ["a1-head"]))
    begin(client_for(opener), world)
    row = Emergency.objects.get()
    assert tell_heads(str(row.municipality_id), str(row.pk)) == 1
    (mail,) = mailoutbox
    assert mail.to == ["a-board@example.jp"] and "教育委員会が点検" in mail.body and "/emergencies/" in mail.body
    home = board.get("/").content.decode()
    assert "緊急の閲覧（いま開いています）" in home and "高橋 花" in home
    assert "緊急の閲覧（いま" not in client_for("b-board").get("/").content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    ends()
    target = reverse("access-emergency-reviews", kwargs={"emergency_id": row.pk})
    assert client_for(opener).post(target, {"finding": "proper"}).status_code == 403
    assert "点検をお待ちしています" in board.get("/").content.decode()
    assert board.post(target, {"finding": "proper"}).status_code == 302
    assert "緊急の閲覧" not in board.get("/").content.decode().partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize(("opener", "told"), [("a1-head", "a1-vice"), ("a1-vice", "a1-head")])
def test_one_of_two_heads_is_told_of_the_other_and_the_board_is_not(
    opener: str, told: str, client_for: Callable[..., Client], world: World, mailoutbox: list[Any]
) -> None:
    begin(client_for(opener), world)
    row = Emergency.objects.get()
    assert tell_heads(str(row.municipality_id), str(row.pk)) == 1
    assert [mail.to for mail in mailoutbox] == [[f"{told}@example.jp"]]
    assert "緊急の閲覧（いま" in client_for(told).get("/").content.decode()
    assert "緊急の閲覧（いま" not in client_for("a-board").get("/").content.decode()


def test_an_overdue_review_stands_on_the_start_pages(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-teacher"), world)
    for days, overdue in ((3, False), (4, True)):  # three business days from Tuesday: Friday; Saturday is too late
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=days)):
            assert ("点検の期限を過ぎています" in client_for("a1-head").get("/").content.decode()) is overdue
            assert ("点検の期限を過ぎています" in client_for("a-board").get("/").content.decode()) is overdue


def test_what_is_read_meanwhile_is_marked(client_for: Callable[..., Client], world: World) -> None:
    from django.db import connection

    teacher = client_for("a1-teacher")
    page_of(teacher, world)
    begin(teacher, world)
    page_of(teacher, world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail->>'purpose' FROM audit_entry WHERE action = 'pupil:read' ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == [None, "emergency"]


def test_the_reason_is_not_in_the_trail(client_for: Callable[..., Client], world: World) -> None:
    from django.db import connection

    begin(client_for("a1-teacher"), world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail::text FROM audit_entry WHERE action = 'emergency:open' AND outcome = 'allow'")
        rows = [row[0] for row in cursor.fetchall()]
    assert rows and all("転倒" not in row for row in rows)


def test_the_walls_of_the_database(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-teacher"), world)
    for town, side in (("B", "school"), ("A", "home"), ("A", "learning")):
        set_scope(municipalities=[world.municipality(town)], side=side)
        assert not Emergency.objects.exists()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("\u200b" * 25, "見えない文字は数えません"),
        ("\u3164" * 25, "見えない文字は数えません"),
        ("\u2060急いでいます" + "\u00ad" * 30, "見えない文字は数えません"),
        ("か" + "\u3099" * 30, "見えない文字は数えません"),
        ("あ" * 20, "同じ文字のくり返し"),
        ("あいう" * 30, "同じ文字のくり返し"),
        (REASON + "あ" * 100_000, "2000文字まで"),
    ],
)
def test_what_nobody_can_read_is_no_reason(
    reason: str, words: str, client_for: Callable[..., Client], world: World
) -> None:
    answer = begin(client_for("a1-teacher"), world, reason)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Emergency.objects.exists()


@pytest.mark.parametrize(
    "reason",
    ["校庭で転倒し意識がない。保護者へ連絡する。", "Pupil unconscious, ambulance on its way, calling the mother.",
     "給食のあと発疹と呼吸困難。𠮷田病院へ搬送。"],
)  # fmt: skip
def test_a_plain_sentence_is_a_reason(reason: str) -> None:
    assert problem_with(reason) == ""


def test_what_cannot_be_seen_is_not_kept(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-teacher"), world, f"\u202e{REASON}\u200b\x07\n ")
    assert Emergency.objects.get().reason == REASON


def test_an_open_one_leads_to_the_first(client_for: Callable[..., Client], world: World) -> None:
    teacher = client_for("a1-teacher")
    for reason in (REASON, REASON + "もう一度。", ""):
        assert begin(teacher, world, reason).status_code == 302
    assert Emergency.objects.get().reason == REASON
    begin(client_for("a1-homeroom2"), world)
    assert Emergency.objects.count() == 2  # somebody else's is another
    Emergency.objects.filter(account_id=world.account("a1-teacher")).update(expires_at=dt.datetime.now(dt.UTC))
    begin(teacher, world)
    assert Emergency.objects.count() == 3


def test_the_pupils_page_says_that_it_is_open_until_when_and_ends_it(
    client_for: Callable[..., Client], world: World, count_queries: Callable[..., Any]
) -> None:
    teacher = client_for("a1-teacher")
    assert "緊急の閲覧が開いています" not in page_of(teacher, world)
    begin(teacher, world)
    row = Emergency.objects.get()
    end = reverse("access-emergency-end", kwargs={"emergency_id": row.pk})
    with count_queries() as seen:
        text = page_of(teacher, world)
    assert len(seen) <= 12
    until = timezone.localtime(row.expires_at)
    assert f"緊急の閲覧が開いています（{until.hour}:{until.minute:02d} まで）" in text and f'action="{end}"' in text
    assert "緊急の閲覧が開いています" not in page_of(teacher, world, "sora")  # another child
    assert "緊急の閲覧が開いています" not in page_of(client_for("a1-homeroom"), world)  # somebody else
    page = reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")})
    assert teacher.post(end, {"next": page})["Location"] == page
    after = page_of(teacher, world)
    assert "緊急の閲覧が開いています" not in after and phone() not in after


def test_the_word_of_a_review_has_a_label_that_is_seen(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-teacher"), world)
    ends()
    text = (
        client_for("a1-head")
        .get(reverse("access-emergencies", kwargs={"school_id": world.school("a1")}))
        .content.decode()
    )
    label = text.partition('<label class="note-field">')[2].partition("</label>")[0]
    assert "メモ" in label and 'name="note"' in label and 'placeholder="メモ"' not in text


def test_a_finding_is_corrected_and_the_former_stays(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-teacher"), world)
    head, row = client_for("a1-head"), Emergency.objects.get()
    target = reverse("access-emergency-reviews", kwargs={"emergency_id": row.pk})
    page = reverse("access-emergencies", kwargs={"school_id": world.school("a1")})
    sent = {"finding": "improper", "note": "本人に聞くと、私的な理由だった", "correct": "1"}
    ends()
    assert head.post(target, sent).status_code == 422  # nothing to correct yet
    assert head.post(target, {"finding": "proper"}).status_code == 302
    for wrong, words in (({"note": " "}, "どうして正すか"), ({"finding": "proper"}, "もうそのとおり")):
        answer = head.post(target, sent | wrong)
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
    for who in ("a1-teacher", "a2-head", "b-board"):
        assert client_for(who).post(target, sent).status_code in {403, 404}
    assert head.post(target, sent).status_code == 302
    text = head.get(page).content.decode()
    assert "<s>妥当</s>" in text and "本人に聞くと" in text and "妥当に正す" in text
    assert head.post(target, sent | {"finding": "proper", "note": "取り違えた"}).status_code == 302
    assert list(EmergencyCorrection.objects.values_list("proper", flat=True)) == [False, True]
    set_scope(municipalities=[world.municipality("B")], side="school")
    assert not EmergencyCorrection.objects.exists()


def test_what_was_written_stays_where_somebody_else_was_quicker(
    client_for: Callable[..., Client], world: World
) -> None:
    begin(client_for("a1-teacher"), world)
    head, row = client_for("a1-head"), Emergency.objects.get()
    target = reverse("access-emergency-reviews", kwargs={"emergency_id": row.pk})
    ends()
    sent = {"finding": "proper", "note": "救急搬送で必要だった"}
    kept = 'name="note" value="救急搬送で必要だった"'
    assert kept in head.post(target, sent | {"finding": ""}).content.decode()
    assert client_for("a-board").post(target, {"finding": "improper", "note": "指導する"}).status_code == 302
    answer = head.post(target, sent)
    text = answer.content.decode()
    assert answer.status_code == 422 and "すでに点検されています" in text
    assert '<details class="more" open>' in text and kept in text and "autofocus" in text
    assert kept not in head.get(reverse("access-emergencies", kwargs={"school_id": row.school_id})).content.decode()


def test_the_review_leads_to_the_pupil_and_to_what_was_seen(client_for: Callable[..., Client], world: World) -> None:
    teacher = client_for("a1-teacher")
    begin(teacher, world)
    page_of(teacher, world)
    for who in ("a1-head", "a-board"):
        viewer = client_for(who)
        text = viewer.get(reverse("access-emergencies", kwargs={"school_id": world.school("a1")})).content.decode()
        assert reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")}) in text
        assert "に終わってから点検します" in text and 'name="finding"' not in text
        link = re.search(r'href="([^"]*[?]pupil=[^"]*)"', text)
        assert link
        where, days, rest = link[1].partition("&amp;first=")
        assert days and rest == "2026-11-24&amp;last=2026-11-24"
        seen = viewer.get(html.unescape(where))  # rows of a test have the hour of the machine
        assert seen.status_code == 200 and "高橋 花" in seen.content.decode().partition("<tbody")[2]


def test_an_open_one_stands_before_what_can_wait(client_for: Callable[..., Client], world: World) -> None:
    begin(client_for("a1-teacher"), world)
    home = client_for("a1-head").get("/").content.decode()
    assert 0 < home.index("緊急の閲覧（いま開いています）") < home.index(f'hx-get="{reverse("policy-waiting")}"')
