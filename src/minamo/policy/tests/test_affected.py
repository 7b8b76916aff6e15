"""影響を受けた人を数える: what pages showed is counted, what cannot be counted is said, and families can be asked about."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from minamo.access.api import registered, set_scope
from minamo.audit.api import append
from minamo.audit.shown import shower_of
from minamo.marking.models import Assessment, Sitting
from minamo.people.api import SchoolClass
from minamo.people.models import ClassPupil, Enrolment, GuardianLink, Restriction
from minamo.policy.actions import incidents as verbs
from minamo.policy.models import IncidentEntry
from minamo.policy.queries.affected import affected_by, family_of
from minamo.policy.refusals import Refused
from minamo.policy.rules.incidents import affected_words
from tests.fixtures.assessments import an_assessment
from tests.fixtures.results import a_result
from tests.fixtures.world import TODAY, uid

pytestmark = pytest.mark.django_db
CLASS = ("hana", "sora", "ren")
# What people write into an incident may name a child; how many, nobody can count.
UNCOUNTED = {"Incident"}


def clock():
    """The present as rows of the trail carry it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.fixture
def stolen(actor_for, town, world):
    """The account of a teacher of a1 is used by somebody else."""
    actor = actor_for("a1-teacher")
    return verbs.report(actor=actor, town=town, kind="intrusion", summary="乗っ取り", school=world.school("a1"))


@pytest.fixture
def of_the_town(actor_for, town):
    """The same, reported by the board."""
    return verbs.report(actor=actor_for("a-board"), town=town, kind="intrusion", summary="乗っ取り")


@pytest.fixture
def count(actor_for, world):
    """Count the operations of an account since a moment, as the one who answers for the incident."""

    def work(incident, account, since):
        with time_machine.travel(clock()):
            actor = actor_for("a1-head" if incident.school_id else "a-board")
        return verbs.count_affected(
            actor=actor, incident=incident, account=world.account(account), since=since, until=actor.now
        )

    return work


def whom(incident, account, since):
    """Whom it would count, by name."""
    found = affected_by(incident, uid("account", account), since - dt.timedelta(seconds=1), clock())
    return {name for name in NAMES if uid("pupil", name) in found.possible}


NAMES = ("hana", "sora", "ren", "yui", "mei", "ao", "rio", "taku", "kai", "umi", "nagi")
A1 = {"hana", "sora", "ren", "yui", "mei", "ao", "rio"}


@pytest.mark.parametrize("name", ["marking-result", "marking-result-book", "marking-sitting"])
def test_who_stood_on_the_page_of_a_test_is_counted(client_for, actor_for, stolen, count, world, name):
    now = timezone.now()
    result, sitting = a_result(world, now), an_assessment(world, now)
    since = clock()
    key = {"sitting_id": sitting} if name == "marking-sitting" else {"result_id": result}
    assert client_for("a1-homeroom").get(reverse(name, kwargs=key)).status_code == 200
    found = count(stolen, "a1-homeroom", since)
    assert "一人ずつ開いた児童生徒は0人、一覧などで見えたかもしれない人を合わせると最大3人です。" in found.text
    assert found.detail["possible"] == len(CLASS) and found.detail["uncounted"] == {}


def test_what_is_gone_is_said_and_never_called_the_most(client_for, actor_for, stolen, count, world):
    now = timezone.now()
    sitting = an_assessment(world, now)
    alone = Sitting.objects.create(
        municipality_id=stolen.municipality_id, school_id=world.school("a1"), school_class_id=world.klass("a1-2"),
        assessment=Assessment.objects.get(), held_on=TODAY, opened_by_id=world.account("a1-homeroom"), opened_by_label="原澤 美咲",
        opened_at=now, audience="school",
    )  # fmt: skip
    since, teacher = clock(), client_for("a1-homeroom")
    for key in (sitting, alone.pk, alone.pk):
        assert teacher.get(f"/marking/sittings/{key}/").status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    alone.delete()
    found = count(stolen, "a1-homeroom", since)
    assert "最大" not in found.text and "数えられたのは3人です" in found.text
    assert "数えられない操作が2件あります（学級のテスト 2件）" in found.text
    assert found.detail["uncounted"] == {"Sitting": 2} and found.detail["possible"] == 3


def test_a_kind_that_no_room_answers_for_is_said(actor_for, stolen, count, world):
    actor, since = actor_for("a1-homeroom"), clock()
    for pupil in (None, world.pupil("hana")):  # a row that names its child has said whom it is about
        append(actor=actor, action="pupil:read", resource_type="Comet", resource_id="x", municipality=stolen.municipality_id,
               school=stolen.school_id, pupil=pupil)  # fmt: skip
    found = count(stolen, "a1-homeroom", since)
    assert found.detail["uncounted"] == {"Comet": 1} and "最大" not in found.text
    assert found.detail["opened"] == [str(world.pupil("hana"))]


def test_every_kind_of_thing_says_whom_it_shows_or_that_nobody_can_know(db):
    """What carries its child in the row itself (`pupil`) needs no room to say so."""
    silent = {
        name for name, kind in registered().items() if shower_of(name, "") is None and "pupil" not in kind.attributes
    }
    assert silent == UNCOUNTED | {"Pupil"}  # its own id is in the row


def test_the_rules_of_the_town_show_nobody(client_for, stolen, world):
    since, teacher = clock(), client_for("a1-homeroom")
    town = {"municipality_id": world.municipality("A")}
    for page in ("policy-text", "policy-assets", "policy-exceptions"):
        assert teacher.get(reverse(page, kwargs=town)).status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, "a1-homeroom", since) == set()


def test_pages_of_the_whole_town_showed_the_children_of_the_school_too(client_for, stolen, of_the_town, world):
    since = clock()
    page = reverse("audit-municipality", kwargs={"municipality_id": world.municipality("A")})
    assert client_for("a-board").get(page).status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, "a-board", since) == A1
    assert whom(of_the_town, "a-board", since) == A1 | {"taku", "kai"}


@pytest.mark.parametrize(
    "page", ["trail/", "pupils/?left=1", "pupils/rows/?left=1", "pupils/export.csv?left=1", "months/2024/6/"]
)
def test_what_reaches_back_shows_who_has_left(client_for, stolen, world, page):
    past = {"begins": dt.date(2024, 4, 1), "ends": dt.date(2025, 3, 31)}
    set_scope(municipalities=[world.municipality("A")], side="school")
    Enrolment.objects.filter(pupil=world.pupil("yui")).update(**past, end_kind="withdrawal")
    ClassPupil.objects.filter(pupil=world.pupil("yui")).update(**past)
    since, head, school = clock(), client_for("a1-head"), f"/schools/{world.school('a1')}/"
    for each in ("pupils/", "months/2026/6/", "pupils/export.csv"):
        assert head.get(f"{school}{each}").status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, "a1-head", since) == A1 - {"yui"}
    assert head.get(f"{school}{page}").status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, "a1-head", since) == A1


@pytest.mark.parametrize(("who", "seen"), [("a1-homeroom", set(CLASS)), ("a1-teacher", A1), ("a1-head", A1)])
def test_the_start_page_showed_the_own_class_or_the_whole_school(client_for, stolen, world, who, seen):
    since = clock()
    assert client_for(who).get("/").status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, who, since) == seen


def test_a_register_of_last_june_shows_who_left_in_august(client_for, stolen, world):
    set_scope(municipalities=[world.municipality("A")], side="school")
    ClassPupil.objects.filter(pupil=world.pupil("ren")).update(ends=dt.date(2026, 8, 31))
    since, teacher = clock(), client_for("a1-homeroom")
    assert "渡邉 蓮" in teacher.get(f"/classes/{world.klass('a1-1')}/months/2026/6/").content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, "a1-homeroom", since) == set(CLASS)


def test_asking_why_somebody_sees_names_the_children_who_were_found(client_for, stolen, world):
    since, head = clock(), client_for("a1-head")
    page = f"/why/Pupil/{world.pupil('hana')}/"
    assert head.get(page, {"login": "sato-mother"}).status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert whom(stolen, "a1-head", since) == {"sora"}


# --- Families: their pages leave no row each.


def test_a_guardian_who_only_looked_around_is_found_and_counted(
    client_for, actor_for, stolen, of_the_town, count, world
):
    """A sign-in (into two municipalities: its row belongs to none), the start page, the notices."""
    since, mother = clock(), client_for("takahashi-mother")
    for page in ("/", "/notices/", "/children/"):
        assert mother.get(page).status_code == 200
    head, page = client_for("a1-head"), f"/incidents/{stolen.pk}/"
    account = str(world.account("takahashi-mother"))
    assert account not in head.get(page).content.decode()
    for words in ("高橋陽子", "陽子", "高橋 花", "takahashi-mother"):
        text = head.post(page, {"verb": "find", "who": words}).content.decode()
        assert account in text and "高橋 陽子（高橋 花の保護者）" in text, words
    found = count(stolen, "takahashi-mother", since)
    assert found.text.startswith("高橋 陽子の操作") and "最大1人です" in found.text and "この学校の子" in found.text
    found = count(of_the_town, "takahashi-mother", since)
    assert found.detail["possible"] == 2 and "この自治体の学校の子" in found.text
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert (whom(stolen, "takahashi-mother", since), whom(of_the_town, "takahashi-mother", since)) == (
        {"hana"},
        {"hana", "taku"},
    )


def test_a_pupil_is_found_and_not_written_down_by_name(client_for, stolen, count, world):
    since = clock()
    assert client_for("pupil-hana").get("/").status_code == 200
    text = (
        client_for("a1-head")
        .post(f"/incidents/{stolen.pk}/", {"verb": "find", "who": "たかはし はな"})
        .content.decode()
    )
    assert "高橋 花（本人）" in text and "高橋 陽子" not in text  # the mother has never signed in
    found = count(stolen, "pupil-hana", since)
    assert "花" not in found.text and found.text.startswith("児童生徒本人の操作") and "最大1人です" in found.text


def test_who_looks_finds_the_own_families_only(client_for, stolen, of_the_town, world):
    for name in ("takahashi-mother", "sato-mother", "shimizu-father"):
        client_for(name)
    here, there = f"/incidents/{stolen.pk}/", f"/incidents/{of_the_town.pk}/"
    head, board = client_for("a1-head"), client_for("a-board")
    assert (
        "見つかりませんでした" in head.post(here, {"verb": "find", "who": "高橋 拓"}).content.decode()
    )  # of another school
    assert (
        "高橋 陽子（高橋 拓、高橋 花の保護者）"
        in board.post(there, {"verb": "find", "who": "高橋 陽子"}).content.decode()
    )
    assert (
        "見つかりませんでした" in board.post(there, {"verb": "find", "who": "清水"}).content.decode()
    )  # of another town
    for nothing in ("", "　", "、"):
        answer = head.post(here, {"verb": "find", "who": nothing})
        assert "高橋" not in answer.content.decode() and answer.status_code == (422 if not nothing.strip() else 200)
    assert client_for("a1-homeroom").post(here, {"verb": "find", "who": "高橋"}).status_code == 403
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert set(IncidentEntry.objects.values_list("kind", flat=True)) == {"reported"}


def test_a_search_leaves_its_row_and_a_refused_form_its_choice(client_for, stolen, world):
    client_for("sato-mother")
    head, page = client_for("a1-head"), f"/incidents/{stolen.pk}/"
    since = clock()
    assert head.post(page, {"verb": "find", "who": "佐藤"}).status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail::text FROM audit_entry WHERE at > %s AND action = 'incident:manage'", [since])
        assert [json.loads(row[0])["found"] for row in cursor.fetchall()] == [[str(world.account("sato-mother"))]]
    sent = {"verb": "affected", "account": world.account("sato-mother"), "since": "", "until": ""}
    answer = head.post(page, sent)
    assert answer.status_code == 422 and f'value="{world.account("sato-mother")}" selected' in answer.content.decode()


def test_a_family_of_another_school_cannot_be_counted(client_for, actor_for, stolen, world):
    client_for("takahashi-father"), client_for("shimizu-father")
    actor = actor_for("a1-head")
    assert family_of(stolen, world.account("takahashi-father")) and not family_of(
        stolen, world.account("shimizu-father")
    )
    since = actor.now - dt.timedelta(days=1)
    with pytest.raises(Refused, match="ここにはありません"):
        verbs.count_affected(
            actor=actor, incident=stolen, account=world.account("shimizu-father"), since=since, until=actor.now
        )


def test_who_is_shut_out_saw_nobody_but_on_the_days_before(client_for, of_the_town, world):
    set_scope(municipalities=[world.municipality("A")], side="school")
    father = uid("account", "sato-father")
    day = dt.timedelta(days=1)
    now = timezone.now()
    Restriction.objects.filter(kind="contact").update(entered_at=now - 30 * day)
    assert affected_by(of_the_town, father, now - day, now).possible == frozenset()
    Restriction.objects.filter(kind="contact").update(entered_at=now)  # it says since April, and was written today
    assert affected_by(of_the_town, father, now - day, now).possible == {world.pupil("sora")}
    GuardianLink.objects.filter(guardian__account=father).update(ends=(now - 5 * day).date())
    assert affected_by(of_the_town, father, now - day, now).possible == frozenset()


# --- However much there is.


def test_a_year_of_work_asks_no_more_than_an_hour(client_for, actor_for, count_queries, stolen, world):
    """Every class and test of the school opened: a few questions for each kind of thing, not for each thing."""
    now, town = timezone.now(), stolen.municipality_id
    an_assessment(world, now)
    actor, since = actor_for("a1-homeroom"), clock()

    def opened(kind, key):
        append(
            actor=actor,
            action="class:read",
            resource_type=kind,
            resource_id=str(key),
            municipality=town,
            school=stolen.school_id,
        )

    def asked():
        with count_queries() as made, transaction.atomic():
            affected_by(stolen, world.account("a1-homeroom"), since, clock())
        return len(made)

    (
        opened("SchoolClass", world.klass("a1-1")),
        opened("Sitting", Sitting.objects.get().pk),
        opened("Result", uid("x", "gone")),
    )
    few = asked()
    for each in SchoolClass.objects.filter(school=stolen.school_id):
        opened("SchoolClass", each.pk), opened("Sitting", each.pk), opened("Result", each.pk)
    assert asked() == few <= 14


def test_the_words_say_what_was_counted():
    whole = affected_words(1, 3, {}, family=False, school=True)
    assert whole == "一人ずつ開いた児童生徒は1人、一覧などで見えたかもしれない人を合わせると最大3人です。"
    part = affected_words(1, 3, {"事故": 2, "学級": 1}, family=True, school=False)
    assert (
        "最大" not in part and "数えられない操作が3件あります（事故 2件、学級 1件）" in part and "自分の子ども" in part
    )
