"""事故: one tap, the deadlines, the count from the trail, the end; and who may see any of it."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from minamo.access.api import Denied, set_scope
from minamo.kernel.schoolyear import JST
from minamo.policy.actions import incidents as verbs
from minamo.policy.models import Incident, IncidentEntry
from minamo.policy.queries.incidents import incident_of, open_incidents
from minamo.policy.refusals import Refused
from minamo.policy.rules.incidents import moment_words
from tests.fixtures.world import CONDITIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(world):
    return f"/municipalities/{world.municipality('A')}/incidents/"


@pytest.fixture
def lost(actor_for, town, world):
    """A lost memory stick, reported by a teacher of a1."""
    actor = actor_for("a1-teacher")
    return verbs.report(
        actor=actor, town=town, kind="lost", summary="USBメモリが見つからない", school=world.school("a1")
    )


def entries(row):
    return list(IncidentEntry.objects.filter(incident=row).values_list("kind", flat=True))


def test_one_tap_from_any_page_and_the_head_sees_it_at_once(client_for, home, world):
    teacher = client_for("a1-teacher")
    assert f'href="{home}"' in teacher.get(f"/municipalities/{world.municipality('A')}/policy/text/").content.decode()
    page = teacher.get(home, headers={"referer": "http://testserver/schools/x/pupils/?q=secret"}).content.decode()
    assert 'value="/schools/x/pupils/"' in page and "secret" not in page
    key = str(uuid.uuid4())
    for _ in range(2):  # a second tap is the same report
        assert teacher.post(home, {"kind": "lost", "key": key, "page": "/schools/x/"}).status_code == 302
    set_scope(municipalities=[world.municipality("A")], side="school")
    row = Incident.objects.get()
    assert (row.school_id, row.page, entries(row)) == (world.school("a1"), "/schools/x/", ["reported"])
    for who in ("a1-head", "a-board"):
        assert 'hx-get="/incidents/waiting/"' in client_for(who).get("/").content.decode()
        assert "見立てがまだです" in client_for(who).get("/incidents/waiting/").content.decode()
    for who in ("a1-teacher", "a2-head", "b-board", "takahashi-mother"):
        assert "事故" not in client_for(who).get("/incidents/waiting/").content.decode()


@pytest.mark.parametrize("subject", ["a1-head-unknown-device", "a1-head-password-only", "a1-head-without-proof"])
def test_a_head_without_what_class_two_asks_for_meets_no_incident(client_for, home, lost, subject):
    head = client_for("a1-head", "school", CONDITIONS[subject])
    assert head.get("/incidents/waiting/").content.decode().strip() == ""
    assert "見られる事故の記録は、ありません" in head.get(home).content.decode()
    assert head.get(f"/incidents/{lost.pk}/").status_code == 403


def test_what_was_typed_stays_when_nothing_was_chosen(client_for, home, world):
    answer = client_for("a1-teacher").post(home, {"summary": "体育館で", "kind": ""})
    assert answer.status_code == 422 and "体育館で" in answer.content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert not Incident.objects.exists()


def test_a_nurse_of_two_schools_says_which(client_for, home, world):
    nurse = client_for("a12-nurse")
    assert nurse.post(home, {"kind": "lost"}).status_code == 422
    assert nurse.post(home, {"kind": "lost", "school": world.school("b1")}).status_code == 422
    assert nurse.post(home, {"kind": "lost", "school": world.school("a2")}).status_code == 302


@pytest.mark.parametrize(
    ("who", "status"),
    [("a1-head", 200), ("a1-teacher", 200), ("a-board", 200), ("a2-head", 403), ("a1-homeroom", 403), ("b1-head", 404),
     ("b-board", 404), ("takahashi-mother", 403)],
)  # fmt: skip
def test_who_sees_an_incident(client_for, lost, who, status):
    assert client_for(who).get(f"/incidents/{lost.pk}/").status_code in {status, 404 if status == 403 else status}


def test_who_is_signed_out_sees_none(client, lost, home):
    assert client.get(f"/incidents/{lost.pk}/").status_code == 302
    assert client.post(home, {"kind": "lost"}).status_code == 302
    assert client.get(f"/incidents/{lost.pk}/report.pdf").status_code == 302


def test_only_heads_and_board_write_on(client_for, actor_for, lost):
    with pytest.raises(Denied):
        verbs.write_entry(actor=actor_for("a1-teacher"), incident=lost, kind="note", text="探した")
    page = f"/incidents/{lost.pk}/"
    assert client_for("a1-teacher").post(page, {"verb": "entry", "kind": "note", "text": "探した"}).status_code == 403
    head = client_for("a1-head")
    assert head.post(page, {"verb": "entry", "kind": "note", "text": "探した"}).status_code == 302
    assert head.post(page, {"verb": "entry", "kind": "note", "text": " "}).status_code == 422
    assert head.post(page, {"verb": "nonsense"}).status_code == 422
    assert "探した" in head.get(page).content.decode()


def test_the_assessment_starts_the_deadlines_and_the_end_waits_for_both_reports(client_for, actor_for, lost, world):
    page, head = f"/incidents/{lost.pk}/", client_for("a1-head")
    assert head.get(f"{page}report.pdf").status_code == 404
    typed = {"verb": "assess", "sensitive": "1", "leaked": "1", "people": "三人", "cause": "かばんごと忘れた"}
    refused = head.post(page, typed)
    assert refused.status_code == 422 and "かばんごと忘れた" in refused.content.decode()
    assert head.post(page, typed | {"people": "3"}).status_code == 302
    shown = head.get(page).content.decode()
    assert "速報の期限は" in shown and "要配慮個人情報" in shown
    assert head.get(f"{page}report.pdf").content.startswith(b"%PDF")
    actor = actor_for("a1-head")
    card = incident_of(actor, lost)
    known_on = lost.known_at.astimezone(JST).date()
    assert card.next == ("速報", known_on + dt.timedelta(days=4))
    for report, missing in (("preliminary", "速報と確報"), ("final", "確報")):
        with pytest.raises(Refused, match=missing):
            verbs.write_entry(actor=actor, incident=lost, kind="closed")
        verbs.hand_in(actor=actor, incident=lost, report=report, sent_on=actor.today)
    assert [card.row.pk for card in open_incidents(actor)] == [lost.pk]
    verbs.write_entry(actor=actor, incident=lost, kind="closed")
    assert open_incidents(actor) == []
    with pytest.raises(Refused, match="終わっています"):
        verbs.write_entry(actor=actor, incident=lost, kind="note", text="あとから")


def test_affected_persons_are_counted_from_the_trail(client_for, actor_for, lost, world):
    thief = client_for("a1-homeroom")
    assert thief.get(f"/pupils/{world.pupil('hana')}/").status_code == 200
    head, page = client_for("a1-head"), f"/incidents/{lost.pk}/"
    assert str(world.account("a1-homeroom")) in head.get(page).content.decode()
    sent = {"verb": "affected", "account": world.account("a1-homeroom"), "since": "2020-11-01T00:00",
            "until": "2026-11-24T00:00"}  # fmt: skip
    assert "一年より長く" in head.post(page, sent).content.decode()
    account, now = world.account("a1-homeroom"), later(actor_for).now
    span = {"since": now - dt.timedelta(days=30), "until": now}
    found = verbs.count_affected(actor=later(actor_for), incident=lost, account=account, **span)
    assert found.detail["opened"] == [str(world.pupil("hana"))] and "1人" in found.text
    thief.get(f"/classes/{world.klass('a1-1')}/")
    then = later(actor_for)
    again = verbs.count_affected(actor=then, incident=lost, account=account, **span | {"until": then.now})
    assert again.detail["possible"] > 1


def test_the_last_minute_is_counted_whole(client_for, actor_for, lost, world):
    """A form has no seconds: whoever counts until 8:26 means what was opened at 8:26:40 too."""
    client_for("a1-homeroom").get(f"/pupils/{world.pupil('hana')}/")
    then = later(actor_for)
    until = then.now.replace(second=0, microsecond=0)
    found = verbs.count_affected(
        actor=then, incident=lost, account=world.account("a1-homeroom"), since=until - dt.timedelta(days=1), until=until
    )
    assert found.detail["opened"] == [str(world.pupil("hana"))]


def test_something_lost_is_not_taken_for_nothing_leaked(client_for, lost):
    page, head = f"/incidents/{lost.pk}/", client_for("a1-head")
    assert "なくした、壊れた" in head.get(page).content.decode()
    assert head.post(page, {"verb": "assess", "sensitive": "1", "people": "35"}).status_code == 302
    text = head.get(page).content.decode()
    assert "報告は要りません。確かめてください" in text and "に印がありません" in text and "要配慮個人情報" in text
    assert head.post(page, {"verb": "assess", "people": "35"}).status_code == 302
    text = head.get(page).content.decode()
    assert "報告は要りません" in text and "に印がありません" not in text


def later(actor_for):
    """The head at the time of the database: rows of the trail carry that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        with time_machine.travel(cursor.fetchone()[0]):
            return actor_for("a1-head")


@pytest.mark.parametrize(
    ("who", "since", "until", "words"),
    [(None, "2026-11-01T00:00", "2026-11-23T00:00", "ここにはありません"),
     ("a2-homeroom", "2026-11-01T00:00", "2026-11-23T00:00", "ここにはありません"),
     ("a1-homeroom", "9999-01-01T00:00", "9999-01-02T00:00", "いまより後"),
     ("a1-homeroom", "2026-11-24T06:00", "2026-11-25T06:00", "いまより後"),
     ("a1-homeroom", "2026-11-23T06:00", "2026-11-22T06:00", "始まりより後")],
)  # fmt: skip
def test_a_count_of_nobody_or_of_days_to_come_is_refused(client_for, lost, world, who, since, until, words):
    client_for("a1-homeroom").get(f"/pupils/{world.pupil('hana')}/")
    account = world.account(who) if who else uuid.uuid4()
    sent = {"verb": "affected", "account": account, "since": since, "until": until}
    answer = client_for("a1-head").post(f"/incidents/{lost.pk}/", sent)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert entries(lost) == ["reported"]


ASSESSED = {"sensitive": "1", "leaked": "1", "people": "3"}


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=JST)


def test_what_was_known_on_friday_has_its_deadline_from_friday(client_for, actor_for, home, world):
    teacher = client_for("a1-teacher")
    sent = {"kind": "missent", "known_at": "2026-11-20T16:00", "happened_at": "2026-11-19T09:30"}
    assert teacher.post(home, sent).status_code == 302
    actor = actor_for("a1-head")
    row = Incident.objects.get()
    assert (row.known_at, row.happened_at) == (at("2026-11-20T16:00"), at("2026-11-19T09:30"))
    verbs.assess(actor=actor, incident=row, values=ASSESSED)
    assert incident_of(actor, row).next == ("速報", dt.date(2026, 11, 24))
    shown = client_for("a1-head").get(f"/incidents/{row.pk}/").content.decode()
    assert "知った時刻：令和8年11月20日 16:00　起きた時刻：令和8年11月19日 9:30" in shown


def test_times_are_corrected_by_an_entry_and_the_former_stay(client_for, actor_for, lost, world):
    page, head = f"/incidents/{lost.pk}/", client_for("a1-head")
    first = moment_words(lost.known_at)
    sent = {"verb": "times", "known_at": "2026-11-20T16:00", "happened_at": "", "why": "担任が金曜に気づいていた"}
    assert head.post(page, {"verb": "assess", **ASSESSED}).status_code == 302
    assert incident_of(actor_for("a1-head"), lost).next == ("速報", dt.date(2026, 11, 28))
    assert head.post(page, sent).status_code == 302
    actor = actor_for("a1-head")
    card = incident_of(actor, lost)
    assert card.next == ("速報", dt.date(2026, 11, 24))
    assert card.due.final == dt.date(2026, 12, 21)  # the 30th day is a Saturday
    text = card.entries[-1].text
    assert "知った時刻：令和8年11月20日 16:00" in text and first in text and "金曜に" in text
    lost.refresh_from_db()
    assert moment_words(lost.known_at) == first  # what was told at first is not changed
    shown = head.get(page).content.decode()
    assert "11月20日" in shown and first in shown
    assert head.post(page, sent).status_code == 422  # nothing changed
    verbs.correct_times(
        actor=actor, incident=lost, known_at=at("2026-11-21T08:00"), happened_at=at("2026-11-18T08:00"), why="x"
    )
    assert incident_of(actor, lost).next == ("速報", dt.date(2026, 11, 25))


@pytest.mark.parametrize(
    ("known", "happened", "words"),
    [("2026-11-25T00:00", "", "いまより後"), ("9999-12-31T23:59", "", "いまより後"), ("2024-11-20T00:00", "", "一年より前"),
     ("2026-11-20T16:00", "2026-11-21T00:00", "知った時刻より後"), ("2026-11-20T16:00", "0001-01-01T00:00", "二十年より前"),
     ("きのう", "", "日と時刻")],
)  # fmt: skip
def test_times_that_cannot_be_are_refused_with_what_was_typed(client_for, home, lost, world, known, happened, words):
    sent = {"known_at": known, "happened_at": happened}
    answer = client_for("a1-teacher").post(home, sent | {"kind": "missent"})
    assert (answer.status_code, words in answer.content.decode(), known in answer.content.decode()) == (422, True, True)
    answer = client_for("a1-head").post(f"/incidents/{lost.pk}/", sent | {"verb": "times", "why": "年を直す"})
    assert (answer.status_code, words in answer.content.decode(), "年を直す" in answer.content.decode()) == (
        422,
        True,
        True,
    )
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert Incident.objects.count() == 1 and entries(lost) == ["reported"]


def test_times_are_corrected_only_by_who_writes_on(client_for, actor_for, lost):
    sent = {"verb": "times", "known_at": "2026-11-20T16:00", "why": "x"}
    assert client_for("a1-teacher").post(f"/incidents/{lost.pk}/", sent).status_code == 403
    with pytest.raises(Refused, match="どうして"):
        verbs.correct_times(
            actor=actor_for("a1-head"), incident=lost, known_at=at("2026-11-20T16:00"), happened_at=None, why=" "
        )


def test_a_report_cannot_be_ticked_before_it_is_due(client_for, actor_for, lost, world):
    page, head = f"/incidents/{lost.pk}/", client_for("a1-head")
    for kind in ("preliminary", "final"):
        answer = head.post(page, {"verb": "hand_in", "report": kind, "sent_on": f"{actor_for('a1-head').today}"})
        assert (answer.status_code, "先に見立て" in answer.content.decode()) == (422, True)
    actor = actor_for("a1-head")
    for kind in ("preliminary", "final"):  # as an older version let it be
        IncidentEntry.objects.create(
            municipality_id=lost.municipality_id, incident=lost, kind=kind, actor_label="校長", at=actor.now
        )
    verbs.assess(actor=actor_for("a1-head"), incident=lost, values=ASSESSED)
    assert incident_of(actor, lost).next[0] == "速報"
    verbs.hand_in(actor=actor_for("a1-head"), incident=lost, report="preliminary", sent_on=actor.today)
    with pytest.raises(Refused, match="もう出した"):
        verbs.hand_in(actor=actor_for("a1-head"), incident=lost, report="preliminary", sent_on=actor.today)
    verbs.assess(actor=actor_for("a1-head"), incident=lost, values={"leaked": "1", "people": "3"})
    with pytest.raises(Refused, match="要りません"):
        verbs.hand_in(actor=actor_for("a1-head"), incident=lost, report="final", sent_on=actor.today)


def test_reports_go_out_in_order_with_their_day_and_can_be_taken_back(client_for, actor_for, lost, world):
    page, head, actor = f"/incidents/{lost.pk}/", client_for("a1-head"), actor_for("a1-head")
    verbs.assess(actor=actor, incident=lost, values=ASSESSED)
    verbs.correct_times(actor=actor, incident=lost, known_at=at("2026-11-20T16:00"), happened_at=None, why="x")

    def sent(report, day):
        answer = head.post(page, {"verb": "hand_in", "report": report, "sent_on": day, "sent_note": "受付 12"})
        return answer.status_code, answer.content.decode()

    assert "確報を出したことを残す" not in head.get(page).content.decode()
    for report, day, words in (
        ("final", "2026-11-23", "先に、速報を"), ("preliminary", "2026-11-19", "知った日より前"), ("preliminary", "2099-01-01", "きょうより後"),
        ("preliminary", "", "出した日を入れて"),
    ):  # fmt: skip
        status, text = sent(report, day)
        assert (status, words in text, "受付 12" in text) == (422, True, True), report
    assert sent("preliminary", "2026-11-23")[0] == 302
    assert "11月23日" in head.get(page).content.decode() and incident_of(actor, lost).next[0] == "確報"
    assert "速報を出した日より前" in sent("final", "2026-11-22")[1]
    assert sent("final", "2026-11-23")[0] == 302
    back = {"verb": "take_back", "report": "preliminary", "back_why": "まだ送っていなかった"}
    assert "最後に残した" in head.post(page, back).content.decode()
    assert head.post(page, back | {"report": "final", "back_why": " "}).status_code == 422
    for report in ("final", "preliminary"):
        assert head.post(page, back | {"report": report}).status_code == 302
    assert incident_of(actor, lost).next == ("速報", dt.date(2026, 11, 24))
    shown = head.get(page).content.decode()
    assert "まだ送っていなかった" in shown and "出した日：令和8年11月23日" in shown  # both stay
    assert sent("preliminary", "2026-11-24")[0] == 302 and "対応を終える" not in head.get(page).content.decode()


def test_the_kind_is_corrected_by_an_entry_and_the_former_stays(client_for, actor_for, home, town, world):
    actor, head = actor_for("a1-head"), client_for("a1-head")
    row = verbs.report(actor=actor_for("a1-teacher"), town=town, kind="near_miss", school=world.school("a1"))
    page, sent = f"/incidents/{row.pk}/", {"verb": "kind", "kind": "lost", "kind_why": "急いで押した"}
    for wrong, words in (
        ({"kind": "near_miss"}, "いまのまま"),
        ({"kind": "x"}, "一つ選んで"),
        ({"kind_why": ""}, "どうして"),
    ):
        answer = head.post(page, sent | wrong)
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert client_for("a1-teacher").post(page, sent).status_code == 403
    assert client_for("a2-head").post(page, sent).status_code in {403, 404}
    assert head.post(page, sent).status_code == 302
    card = incident_of(actor, row)
    assert (card.kind, card.kind_label, card.entries[-1].detail) == (
        "lost", "紛失・盗難", {"kind": "lost", "former": "near_miss"},
    )  # fmt: skip
    assert "もう少しで → 紛失・盗難" in head.get(page).content.decode()
    for path in (home, "/incidents/waiting/", page):
        text = head.get(path).content.decode()
        assert "紛失・盗難" in text and "事故：もう少しで" not in text, path


def test_the_school_of_the_page_one_came_from_is_chosen(client_for, home, world):
    nurse, school = client_for("a12-nurse"), world.school("a2")
    for came in (
        f"/schools/{school}/pupils/",
        f"/classes/{world.klass('a2-1')}/register/",
        f"/pupils/{world.pupil('taku')}/",
    ):
        page = nurse.get(home, headers={"referer": f"http://testserver{came}"}).content.decode()
        assert f'<option value="{school}" selected>' in page, came
    for elsewhere in (f"/schools/{world.school('b1')}/pupils/", "/", "/nowhere/", f"/pupils/{uuid.uuid4()}/"):
        page = nurse.get(home, headers={"referer": f"http://testserver{elsewhere}"}).content.decode()
        assert '<option value="" selected>' in page, elsewhere


def test_refusals_and_nowhere_have_it_too_for_the_staff(client_for, home, world):
    """断り、見つからないページ: a thing goes missing whatever page one is on (every page there is: tests/access_matrix/test_incident_link)."""
    link, teacher = f'class="report" href="{home}"', client_for("a1-teacher")
    for path, status in (
        (f"/pupils/{world.pupil('kai')}/", 403),
        (f"/schools/{world.school('a1')}/trail/", 403),
        ("/nowhere/", 404),
    ):
        answer = teacher.get(path)
        assert (answer.status_code, link in answer.content.decode()) == (status, True), path
    for who in ("takahashi-mother", "pupil-hana", "a1-former"):
        for path in ("/account/devices/", "/nowhere/"):
            assert "事故を知らせる" not in client_for(who).get(path).content.decode(), (who, path)
    for side, condition in (("learning", ""), (None, "lost")):  # where the report itself would be refused
        assert link not in client_for("a1-teacher", side, condition).get("/nowhere/").content.decode()


def key_of(text):
    """The key the page gives its forms."""
    return re.search(r'name="key" value="([0-9a-f-]{36})"', text)[1]


def test_a_form_sent_twice_is_one_entry(client_for, lost, world):
    """Without script nothing holds a second press back: every form of an incident has its key."""
    head, page = client_for("a1-head"), f"/incidents/{lost.pk}/"
    text = head.get(page).content.decode()
    forms = text.count('<form method="post"') - text.count('action="/accounts/logout/"')
    assert text.count('name="key" value="') >= 5 and key_of(text) != key_of(head.get(page).content.decode())
    assert forms >= text.count('name="key" value="')
    sent = {"verb": "entry", "kind": "note", "text": "学校に電話した", "key": key_of(text)}
    for _ in range(2):
        answer = head.post(page, sent)
        assert answer.status_code == 302
    assert "残しました：記録" in head.get(answer["Location"]).content.decode()
    assert notes(world) == ["学校に電話した"]
    assert head.post(page, sent | {"text": "家庭に電話した"}).status_code == 302, "other words are another entry"
    assert head.post(page, sent | {"key": key_of(head.get(page).content.decode())}).status_code == 302, (
        "so is a new page"
    )
    assert notes(world) == ["学校に電話した", "家庭に電話した", "学校に電話した"]
    assert client_for("a-board").post(page, sent).status_code == 422, "nobody takes another's entry for his own"
    assert head.post(page, {k: v for k, v in sent.items() if k != "key"}).status_code == 302, (
        "a page from before has none"
    )


def notes(world):
    set_scope(municipalities=[world.municipality("A")], side="school")
    return list(IncidentEntry.objects.filter(kind="note").order_by("at", "id").values_list("text", flat=True))


def test_every_deed_is_done_once(client_for, lost, world):
    """What a second press would be refused for (a report that is out, an end that has come) is simply done."""
    head, page = client_for("a1-head"), f"/incidents/{lost.pk}/"
    now = timezone.localtime()
    deeds = [
        {"verb": "kind", "kind": "missent", "kind_why": "誤送信だった"},
        {"verb": "times", "known_at": f"{now - dt.timedelta(hours=2):%Y-%m-%dT%H:%M}", "happened_at": "", "why": "先に気づいていた"},
        {"verb": "assess", "leaked": "1", "sensitive": "1", "people": "3"},
        {"verb": "hand_in", "report": "preliminary", "sent_on": f"{now:%Y-%m-%d}", "sent_note": ""},
        {"verb": "take_back", "report": "preliminary", "back_why": "まだ出していなかった"},
        {"verb": "assess", "people": "0", "seen": ""},
        {"verb": "entry", "kind": "closed", "text": "終わり"},
    ]  # fmt: skip
    for deed in deeds:
        key = key_of(head.get(page).content.decode())
        for _ in range(2):
            answer = head.post(page, deed | {"key": key})
            assert answer.status_code == 302, (deed, answer.content.decode()[:0] or answer.status_code)
    set_scope(municipalities=[world.municipality("A")], side="school")
    kinds = list(lost.entries.order_by("at", "id").values_list("kind", flat=True))
    assert kinds == ["reported", "kind", "times", "assessed", "preliminary", "withdrawn", "assessed", "closed"]


def test_the_page_it_was_reported_from_has_its_name(client_for, actor_for, town, world):
    """A name and not an address; the way there only for who may open it."""
    roll, shut = f"/schools/{world.school('a1')}/pupils/", f"/schools/{world.school('a2')}/pupils/"
    for came, words, opens in (
        (roll, "「名簿を開く」画面", {"a1-head": True, "a-board": True}),
        (shut, "「名簿を開く」画面", {"a1-head": False, "a-board": True}),
        (f"/pupils/{uuid.uuid4()}/", "「学籍を見る」画面", {"a1-head": False}),
        ("/", "ホーム", {"a1-head": True}),
        ("/account/security/", "自分の画面", {"a1-head": True}),
        ("/nowhere/", "いまはない画面", {"a1-head": False}),
        ("//evil.example/", "いまはない画面", {"a1-head": False}),
        ("javascript:alert(1)", "いまはない画面", {"a1-head": False}),
    ):
        teacher = actor_for("a1-teacher")
        row = verbs.report(actor=teacher, town=town, kind="lost", school=world.school("a1"), page=came, again=True)
        for who, opened in opens.items():
            facts = client_for(who).get(f"/incidents/{row.pk}/").content.decode().partition("<dt>知らせた画面</dt>")[2]
            facts = facts.partition("</dd>")[0]
            assert words in facts and (f'href="{came}"' in facts) == opened, (came, who, facts)
            assert opened or came == "/" or came not in facts, "no address where there is no way"
        set_scope(municipalities=[town.pk], side="school")


def test_going_back_and_tapping_again_asks_instead_of_reporting_twice(client_for, home, world):
    teacher = client_for("a1-teacher")
    sent = {"kind": "lost", "summary": "鍵"}
    assert teacher.post(home, sent | {"key": str(uuid.uuid4())}).status_code == 302
    answer = teacher.post(home, sent | {"key": str(uuid.uuid4())})  # a page fetched anew has a key of its own
    text = answer.content.decode()
    assert (answer.status_code, "先ほどの知らせは届いています" in text, 'name="again" value="1"' in text) == (
        422,
        True,
        True,
    )
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert Incident.objects.count() == 1
    assert teacher.post(home, sent | {"kind": "missent", "key": str(uuid.uuid4())}).status_code == 302
    assert teacher.post(home, sent | {"again": "1", "key": str(uuid.uuid4())}).status_code == 302
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert Incident.objects.count() == 3


def test_pages_of_incidents_are_few_statements(client_for, home, lost, count_queries):
    head = client_for("a1-head")
    for path in (home, f"/incidents/{lost.pk}/", "/incidents/waiting/", "/"):
        head.get(path)
        with count_queries() as asked:
            head.get(path)
        assert len(asked) <= 12, (path, asked.statements)


def test_each_assessment_says_what_changed_on_the_page_and_on_paper(client_for, actor_for, lost, monkeypatch):
    actor, page, head = actor_for("a1-head"), f"/incidents/{lost.pk}/", client_for("a1-head")
    for values in ({"leaked": "1", "people": "137", "cause": "鞄"}, {"leaked": "1", "people": "0", "cause": "鞄"},
                   {"leaked": "1", "people": "", "cause": "鍵"}, {"leaked": "1", "people": "", "cause": "鍵"}):  # fmt: skip
        verbs.assess(actor=actor, incident=lost, values=values)
    many = "要る（本人の数が100人を超える）"
    said = [lines for entry, lines in incident_of(actor, lost).history if entry.kind == "assessed"]
    assert said[0][0] == f"国への報告：{many}" and "本人の数：137人" in said[0] and "原因：鞄" in said[0]
    assert said[1:] == [
        [f"国への報告：{many} → 要らない", "本人の数：137人 → 0人"],
        ["本人の数：0人 → まだ分かりません", "原因：鞄 → 鍵"], ["前の見立てと同じです"],
    ]  # fmt: skip
    shown = head.get(page).content.decode()
    assert f"{many} → 要らない" in shown and "137人 → 0人" in shown
    kept = {}
    monkeypatch.setattr("minamo.policy.printing.render_pdf", lambda form, data: kept.update(data) or b"%PDF")
    assert head.get(f"{page}report.pdf").status_code == 200
    printed = [row[2] for row in kept["entries"]]
    assert any(f"{many} → 要らない" in text for text in printed) and len(set(printed)) == len(printed)


def test_nobody_is_a_number(client_for, actor_for, lost):
    page, head = f"/incidents/{lost.pk}/", client_for("a1-head")
    counted = {"opened": [], "possible": 137, "rows": 137}
    IncidentEntry.objects.create(
        municipality_id=lost.municipality_id, incident=lost, kind="affected", detail=counted, actor_label="校長",
        at=actor_for("a1-head").now,
    )  # fmt: skip
    box = 'id="f-people"'
    assert 'value="137"' in head.get(page).content.decode().partition(box)[2][:200], "before the first: the count"
    assert head.post(page, {"verb": "assess", "leaked": "1", "sensitive": "1", "people": "0"}).status_code == 302
    text = head.get(page).content.decode()
    assert 'value="0"' in text.partition(box)[2][:200] and "本人の数</dt><dd>0人" in text.replace("\n", "")
    assert head.post(page, {"verb": "assess", "leaked": "1", "sensitive": "1", "people": ""}).status_code == 302
    text = head.get(page).content.decode()
    assert "まだ分かりません" in text and 'value="137"' not in text.partition(box)[2][:200]
