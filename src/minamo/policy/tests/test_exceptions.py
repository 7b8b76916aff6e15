"""例外: asked for, granted by somebody else, in force from its first day to its last, revoked at once; and it really opens, in
the engine, in lists and on pages alike, what its template says and nothing else."""

import datetime as dt
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import Denied, may, set_scope
from minamo.access.cookies import SESSION_DEVICE
from minamo.access.explain import who_can
from minamo.access.streams import fingerprints
from minamo.access.why import answers
from minamo.people.models import Pupil, SchoolClass, StaffMember
from minamo.policy.actions import exceptions as verbs
from minamo.policy.models import ExceptionGrant, RegisterEntry
from minamo.policy.queries.evidence import Asked
from minamo.policy.queries.evidence.registers import exceptions
from minamo.policy.queries.exceptions import exceptions_waiting, people_of
from minamo.policy.refusals import Refused
from minamo.policy.rules.exceptions import (
    COMING,
    EXPIRED,
    IN_FORCE,
    LAPSED,
    REFUSED,
    REQUESTED,
    REVOKED,
    TEMPLATES,
    Days,
    state_of,
    wrong_days,
)  # fmt: skip
from minamo.tenancy.models import School
from tests.fixtures.world import TODAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LAST = TODAY + 30 * DAY


def typed(**sent):
    return {"reason": "通級の指導のため", "instead": "教頭が毎週、操作記録を見る", "begins": TODAY.isoformat(),
            "ends": LAST.isoformat(), **{name: str(value) for name, value in sent.items()}}  # fmt: skip


@pytest.fixture
def asked(actor_for, world):
    """`asked("roll", "a2-homeroom")`: an exception about a1 that the head of a1 asks for."""

    def make(template, person, **more):
        sent = typed(template=template, person=world.account(person), **more)
        return verbs.request(
            actor=actor_for("a1-head"), town=world.municipality("A"), school=world.school("a1"), sent=sent
        )

    return make


@pytest.fixture
def granted(asked, actor_for):
    """The same, granted by the board."""

    def make(template, person, **more):
        row = asked(template, person, **more)
        return verbs.grant(actor=actor_for("a-board"), row=row)

    return make


class TestDays:
    @given(st.integers(-400, 400), st.integers(0, 366), st.booleans(), st.booleans(), st.booleans())
    def test_nothing_holds_outside_its_days_or_without_a_grant(self, offset, length, given_, refused, revoked):
        begins = TODAY + offset * DAY
        state = state_of(Days(begins, begins + length * DAY, given_, refused, revoked), TODAY)
        if state == IN_FORCE:
            assert given_ and not refused and not revoked and begins <= TODAY <= begins + length * DAY
        else:
            assert not (given_ and not refused and not revoked and begins <= TODAY <= begins + length * DAY)

    def test_the_last_day_counts_and_the_next_does_not(self):
        days = Days(TODAY, TODAY, granted=True, refused=False, revoked=False)
        assert (state_of(days, TODAY - DAY), state_of(days, TODAY), state_of(days, TODAY + DAY)) == (
            COMING,
            IN_FORCE,
            EXPIRED,
        )
        waiting = Days(TODAY, TODAY, granted=False, refused=False, revoked=False)
        assert (state_of(waiting, TODAY), state_of(waiting, TODAY + DAY)) == (REQUESTED, LAPSED)

    def test_a_year_at_most_and_never_backwards(self):
        assert wrong_days(TODAY, TODAY + 366 * DAY, TODAY) is None
        assert wrong_days(TODAY, TODAY + 367 * DAY, TODAY)[0] == "ends"
        assert wrong_days(TODAY, TODAY - DAY, TODAY)[0] == "ends"
        assert wrong_days(TODAY - DAY, TODAY, TODAY)[0] == "begins"


class TestWhatItOpens:
    """Cedar (may), SQL (visible_to) under the person's own row-level scope, and pages say the same."""

    def test_the_roll_of_another_school(self, granted, actor_for, world, client_for):
        before = actor_for("a2-homeroom")
        assert not Pupil.objects.visible_to(before).filter(school=world.school("a1")).exists()
        granted("roll", "a2-homeroom")
        actor = actor_for("a2-homeroom")
        hana = Pupil.objects.get(pk=world.pupil("hana"))
        assert may(actor, "pupil:read", hana) and may(actor, "people:list", School.objects.get(pk=world.school("a1")))
        seen = set(Pupil.objects.visible_to(actor).filter(school=world.school("a1")).values_list("pk", flat=True))
        assert seen == set(Pupil.objects.filter(school=world.school("a1")).values_list("pk", flat=True)) and seen
        assert SchoolClass.objects.visible_to(actor).filter(school=world.school("a1")).exists()
        for action in ("pupil:contacts", "pupil:protected", "pupil:edit", "pupil:export"):
            assert not may(actor, action, hana), action
        page = client_for("a2-homeroom").get(f"/schools/{world.school('a1')}/pupils/").content.decode()
        assert "高橋" in page

    def test_the_contacts_of_one_class(self, granted, actor_for, world):
        granted("contacts", "a1-teacher", school_class=world.klass("a1-1"))
        actor = actor_for("a1-teacher")
        hana, yui = Pupil.objects.get(pk=world.pupil("hana")), Pupil.objects.get(pk=world.pupil("yui"))
        assert may(actor, "pupil:contacts", hana) and not may(actor, "pupil:contacts", yui)
        listed = Pupil.objects.visible_to(actor, "pupil:contacts").values_list("homeroom", flat=True)
        assert set(listed) == {world.klass("a1-1")}
        assert not may(actor, "pupil:protected", hana)

    def test_the_register_of_one_class(self, granted, actor_for, world, client_for):
        granted("register", "a1-clerk", school_class=world.klass("a1-1"))
        actor = actor_for("a1-clerk")
        mine, other = (SchoolClass.objects.get(pk=world.klass(name)) for name in ("a1-1", "a1-2"))
        assert may(actor, "register:mark", mine) and not may(actor, "register:mark", other)
        assert not may(actor, "register:close", mine)
        marked = SchoolClass.objects.visible_to(actor, "register:mark").values_list("pk", flat=True)
        assert list(marked) == [world.klass("a1-1")]

    @pytest.mark.parametrize("template", TEMPLATES)
    def test_it_opens_on_its_days_only(self, template, granted, actor_for, world):
        """At the boundary: the day before, the first, the last, the day after."""
        more = {"school_class": world.klass("a1-1")} if TEMPLATES[template].for_class else {}
        first = TODAY + 3 * DAY
        granted(template, "a2-homeroom", begins=first.isoformat(), **more)
        held = {
            day: bool(actor_for("a2-homeroom", today=day).ids(f"{template}_exceptions"))
            for day in (TODAY, first - DAY, first, LAST, LAST + DAY)
        }
        assert list(held.values()) == [False, False, True, True, False]
        actor = actor_for("a2-homeroom", today=LAST)
        assert list(actor.terms.values()) == [LAST]

    def test_asking_opens_nothing_and_refusal_neither(self, asked, actor_for):
        row = asked("roll", "a2-homeroom")
        assert not actor_for("a2-homeroom").ids("roll_exceptions")
        verbs.refuse(actor=actor_for("a-board"), row=row, text="通級の先生に頼んでください")
        assert not actor_for("a2-homeroom").ids("roll_exceptions")

    def test_revoked_is_closed_with_the_next_request_and_open_screens_notice(
        self, granted, actor_for, client_for, world
    ):
        row = granted("roll", "a2-homeroom")
        client, page = client_for("a2-homeroom"), f"/schools/{world.school('a1')}/pupils/"
        assert client.get(page).status_code == 200
        topic = frozenset([f"device:{client.session[SESSION_DEVICE]}"])
        before = fingerprints(topic)
        verbs.revoke(actor=actor_for("a1-head"), row=row, text="終わったので")
        assert client.get(page).status_code == 403
        assert before and before != fingerprints(topic)

    def test_it_never_reaches_over_the_wall_of_the_municipality(self, asked, world, granted, actor_for):
        with pytest.raises(Refused, match="だれのための"):
            asked("roll", "b1-homeroom")
        set_scope(municipalities=[world.municipality("A")], side="school")
        granted("roll", "a2-homeroom")
        ExceptionGrant.objects.update(person=world.account("b1-homeroom"))  # as if somebody wrote past the verbs
        actor = actor_for("b1-homeroom")
        assert actor.ids("roll_exceptions")
        assert not Pupil.objects.visible_to(actor).filter(school=world.school("a1")).exists()
        set_scope(municipalities=[world.municipality("A")], side="school")
        assert not may(actor, "pupil:read", Pupil.objects.get(pk=world.pupil("hana")))

    def test_it_does_not_lift_the_walls_of_the_device(self, granted, actor_for, world):
        granted("contacts", "a1-teacher", school_class=world.klass("a1-1"))
        hana = Pupil.objects.get(pk=world.pupil("hana"))
        for condition in ("unknown-device", "password-only", "without-proof"):
            assert not may(actor_for("a1-teacher", condition=condition), "pupil:contacts", hana), condition
        assert not may(actor_for("a1-teacher", side="learning"), "pupil:contacts", hana)


class TestExplained:
    def test_who_can_see_says_until_when(self, granted, actor_for, world, client_for):
        granted("roll", "a2-homeroom")
        head = actor_for("a1-head")
        hana = Pupil.objects.get(pk=world.pupil("hana"))
        people = [world.account("a2-homeroom"), world.account("a1-teacher")]
        grants = {g.account_id: g for g in who_can(hana, ["pupil:read"], candidates=people, today=TODAY, now=head.now)}
        excepted, own = grants[people[0]], grants[people[1]]
        assert (excepted.rule_id, excepted.until, own.until) == ("policy.excepted-roll", LAST, None)
        page = client_for("a1-head").get(f"/pupils/{hana.pk}/visibility/").content.decode()
        assert "例外、12月24日" in page

    def test_why_says_until_when(self, granted, actor_for, world, client_for):
        granted("roll", "a2-homeroom")
        actor = actor_for("a2-homeroom")
        hana = Pupil.objects.get(pk=world.pupil("hana"))
        from minamo.access.api import as_resource

        found = next(a for a in answers(actor, as_resource(hana)) if a.action == "pupil:read")
        assert [(rule.id, ends) for rule, ends in found.rules] == [("policy.excepted-roll", LAST)]
        assert "12月24日" in client_for("a2-homeroom").get(f"/why/Pupil/{hana.pk}/").content.decode()

    def test_the_lasting_rule_is_named_before_the_exception(self, granted, actor_for, world):
        granted("roll", "a1-teacher")  # serves there anyway
        head, hana = actor_for("a1-head"), Pupil.objects.get(pk=world.pupil("hana"))
        (found,) = who_can(hana, ["pupil:read"], candidates=[world.account("a1-teacher")], today=TODAY, now=head.now)
        assert found.until is None and found.rule_id == "people.pupil-own-school"


class TestVerbs:
    def test_nobody_grants_what_he_asked_for_or_what_is_for_himself(self, actor_for, world):
        board, town = actor_for("a-board"), world.municipality("A")
        own = verbs.request(actor=board, town=town, school=world.school("a1"), sent=typed(template="roll", person=world.account("a2-homeroom")))  # fmt: skip
        with pytest.raises(Denied):
            verbs.grant(actor=board, row=own)
        mine = verbs.request(actor=actor_for("a1-head"), town=town, school=world.school("a1"), sent=typed(template="roll", person=board.account_id))  # fmt: skip
        with pytest.raises(Denied):
            verbs.grant(actor=actor_for("a-board"), row=mine)
        with transaction.atomic(), pytest.raises(IntegrityError):
            ExceptionGrant.objects.filter(pk=own.pk).update(granter=own.requester_id)

    def test_a_head_asks_for_the_own_school_only_and_grants_nothing(self, actor_for, asked, world):
        head = actor_for("a2-head")
        with pytest.raises(Denied):
            verbs.request(actor=head, town=world.municipality("A"), school=world.school("a1"), sent=typed())
        row = asked("roll", "a2-homeroom")
        with pytest.raises(Denied):
            verbs.grant(actor=actor_for("a1-head"), row=row)
        with pytest.raises(Denied):
            verbs.revoke(actor=actor_for("a2-head"), row=row)

    @pytest.mark.parametrize(
        ("sent", "field"),
        [({"template": "roll"}, "person"), ({"template": "contacts", "person": "teacher"}, "school_class"),
         ({"template": "contacts", "person": "teacher", "school_class": "a2-1"}, "school_class"),
         ({"template": "walls", "person": "teacher"}, "template"), ({"clause": "4.1"}, "clause"), ({"clause": "99.9"}, "clause"),
         ({"clause": "2.3.9", "scope": " "}, "scope"), ({"template": "roll", "person": "teacher", "ends": ""}, "ends"),
         ({"template": "roll", "person": "teacher", "ends": "2028-01-01"}, "ends"),
         ({"template": "roll", "person": "teacher", "reason": ""}, "reason")],
    )  # fmt: skip
    def test_bad_input_is_told_at_its_field(self, actor_for, world, sent, field):
        if "person" in sent:
            sent = sent | {"person": world.account("a1-teacher")}
        if sent.get("school_class") == "a2-1":
            sent = sent | {"school_class": world.klass("a2-1")}
        with pytest.raises(Refused) as refused:
            verbs.request(actor=actor_for("a1-head"), town=world.municipality("A"), school=world.school("a1"), sent=typed(**sent))  # fmt: skip
        assert refused.value.field == field
        assert not ExceptionGrant.objects.exists()

    def test_of_a_clause_that_people_keep_the_register_says_so_and_opens_nothing(self, actor_for, world):
        row = verbs.request(actor=actor_for("a1-head"), town=world.municipality("A"), school=world.school("a1"),
                            sent=typed(clause="2.3.9", scope="家庭訪問の名簿", person=world.account("a1-teacher")))  # fmt: skip
        verbs.grant(actor=actor_for("a-board"), row=row)
        actor = actor_for("a1-teacher")
        assert not actor.terms and not any(actor.ids(f"{template}_exceptions") for template in TEMPLATES)

    def test_what_is_over_stays_over(self, granted, actor_for):
        row = granted("roll", "a2-homeroom")
        board = actor_for("a-board")
        verbs.revoke(actor=board, row=row)
        for verb in (verbs.grant, verbs.revoke):
            with pytest.raises(Refused):
                verb(actor=board, row=row)
        kinds = list(RegisterEntry.objects.filter(grant=row).values_list("kind", flat=True))
        assert kinds == ["requested", "granted", "revoked"]

    def test_the_database_holds_a_year_too(self, granted, world):
        row = granted("roll", "a2-homeroom")
        with transaction.atomic(), pytest.raises(IntegrityError):
            ExceptionGrant.objects.filter(pk=row.pk).update(ends=row.begins + 367 * DAY)

    def test_evidence_counts_what_holds(self, granted, asked, actor_for, world):
        now = actor_for("a-board").now

        def said(day):
            return exceptions(Asked(world.municipality("A"), "10.7", day, now)).sentence

        granted("roll", "a2-homeroom")
        asked("roll", "a1-teacher")
        assert " 1 件" in said(TODAY) and " 1 件" in said(LAST) and " 0 件" in said(LAST + DAY)

    def test_start_pages_hear_of_it(self, asked, actor_for):
        row = asked("roll", "a2-homeroom", ends=(TODAY + 10 * DAY).isoformat())
        assert [card.state for card in exceptions_waiting(actor_for("a-board"))] == [REQUESTED]
        assert exceptions_waiting(actor_for("a2-homeroom")) == []
        verbs.grant(actor=actor_for("a-board"), row=row)
        assert [card.state for card in exceptions_waiting(actor_for("a2-homeroom"))] == [IN_FORCE]
        assert exceptions_waiting(actor_for("a1-teacher")) == []


class TestPages:
    def test_from_the_form_to_the_grant(self, client_for, world):
        head, board = client_for("a1-head"), client_for("a-board")
        new = f"/schools/{world.school('a1')}/policy/exceptions/new/"
        assert "代わりの対策" in head.get(new).content.decode()
        refused = head.post(new, typed(template="roll", reason="巡回の相談", person=""))
        assert refused.status_code == 422 and "巡回の相談" in refused.content.decode()
        answer = head.post(new, typed(template="roll", person=world.account("a2-homeroom")))
        assert answer.status_code == 302
        page = answer["Location"].partition("?")[0]
        assert "認めを待っています" in head.get(page).content.decode()
        assert board.post(f"{page}decisions/", {"verb": "refuse"}).status_code == 422
        assert board.post(f"{page}decisions/", {"verb": "nonsense"}).status_code == 422
        assert board.post(f"{page}decisions/", {"verb": "grant"}).status_code == 302
        shown = client_for("a2-homeroom").get(page).content.decode()
        assert "12月24日" in shown and "まで効いています" in shown and ">開く</a>" in shown
        assert head.post(f"{page}revocations/", {"why": "終わった"}).status_code == 302
        assert "取り消しました" in head.get(page).content.decode()

    def test_after_the_proof_has_aged_the_board_still_decides(self, client_for, asked):
        page = f"/policy-exceptions/{asked('roll', 'a2-homeroom').pk}/"
        board = client_for("a-board", condition="stale")
        shown = board.get(page).content.decode()
        assert ">認める<" in shown and ">認めない<" in shown
        answer = board.post(f"{page}decisions/", {"verb": "grant", "text": "よろしく"})
        assert answer.status_code == 403 and "/account/proof/?next=" in answer.content.decode()
        assert ">認める<" not in client_for("a1-head", condition="stale").get(page).content.decode()

    @pytest.mark.parametrize(
        ("who", "status"),
        [("a1-head", 200), ("a2-homeroom", 200), ("a-board", 200), ("a1-teacher", 403), ("a2-head", 403), ("b-board", 404),
         ("b1-head", 404), ("takahashi-mother", 404)],
    )  # fmt: skip
    def test_who_sees_one(self, client_for, granted, who, status):
        row = granted("roll", "a2-homeroom")
        assert client_for(who).get(f"/policy-exceptions/{row.pk}/").status_code == status

    def test_who_is_signed_out_sees_nothing(self, client, granted, world):
        row = granted("roll", "a2-homeroom")
        assert client.get(f"/policy-exceptions/{row.pk}/").status_code == 302
        assert client.post(f"/policy-exceptions/{row.pk}/decisions/", {"verb": "grant"}).status_code == 302

    def test_the_list_shows_what_concerns_one(self, client_for, granted, world):
        granted("roll", "a2-homeroom")
        page = f"/municipalities/{world.municipality('A')}/policy/exceptions/"
        for who, seen in (
            ("a1-head", True),
            ("a-board", True),
            ("a2-homeroom", True),
            ("a1-teacher", False),
            ("a2-head", False),
        ):
            assert ("中央小の児童生徒" in client_for(who).get(page).content.decode()) is seen, who

    def test_pages_are_few_statements(self, client_for, granted, world, count_queries):
        row, town = granted("roll", "a2-homeroom"), world.municipality("A")
        head = client_for("a1-head")
        for path in (f"/municipalities/{town}/policy/exceptions/", f"/policy-exceptions/{row.pk}/",
                     f"/schools/{world.school('a1')}/policy/exceptions/new/"):  # fmt: skip
            head.get(path)
            with count_queries() as found:
                assert head.get(path).status_code == 200
            assert len(found) <= 12, (path, found.statements)


def test_a_state_has_words():
    from minamo.policy.rules.exceptions import LABELS

    assert set(LABELS) == {REQUESTED, COMING, IN_FORCE, EXPIRED, LAPSED, REFUSED, REVOKED}


def test_all_that_is_missing_is_said_at_once(client_for, world):
    address = f"/schools/{world.school('a1')}/policy/exceptions/new/"
    for sent, wanted in (({"template": "contacts"}, ("person", "school_class", "ends", "reason", "instead")),
                         ({"template": ""}, ("clause", "scope", "ends", "reason", "instead"))):  # fmt: skip
        answer = client_for("a1-head").post(address, sent | {"begins": TODAY.isoformat()})
        text = answer.content.decode()
        assert answer.status_code == 422 and "5か所を直してください" in text
        assert [name for name in wanted if f'id="{name}-error"' not in text] == []


def test_people_stand_in_the_order_of_their_readings(actor_for, world):
    actor, town, school = actor_for("a-board"), world.municipality("A"), world.school("a1")
    kana = {
        "a1-head": "わたなべ",
        "a1-teacher": "あべ",
        "a1-nurse": "さとう",
        "a2-head": "いとう",
        "a2-homeroom": "あおき",
    }
    for name, reading in kana.items():
        assert StaffMember.objects.filter(account=world.account(name)).update(family_kana=reading, given_kana="")
    assert StaffMember.objects.get(
        account=world.account("a1-clerk")
    ).delete()  # nobody has entered how the name is read
    listed = [UUID(key) for key, _ in people_of(actor, town, first=school)]
    at = {name: listed.index(world.account(name)) for name in kana}
    assert at["a1-head"] < listed.index(world.account("a1-clerk")) < at["a2-homeroom"]
    assert at["a1-teacher"] < at["a1-nurse"] < at["a1-head"] < at["a2-homeroom"] < at["a2-head"]
    assert at["a1-head"] < listed.index(
        world.account("a1-clerk")
    )  # whose reading nobody has entered stands last of the school
