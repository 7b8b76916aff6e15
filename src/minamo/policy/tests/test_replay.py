"""過去の操作にあてはめる: what the trail holds, asked again under a revision."""

import datetime as dt
import json

import pytest
from django.db import connection

from minamo.access.api import policies
from minamo.policy.actions.impact import PERIOD, proof, work_out
from minamo.policy.models import Impact
from minamo.policy.overlays import TEMPLATES, text_of
from minamo.policy.queries.difference import read_by_rules
from minamo.policy.queries.revision import counted
from minamo.policy.queries.texts import limits_of
from minamo.policy.replay import Terms, replay, sought

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)
EXPORT = """
@id("overlay.990011-export") @clause("6.5 名簿の書き出し") @ja("校長・教頭だけ")
forbid (principal, action == Action::"pupil:export", resource) when { !principal.heads.contains(resource.school) };
"""
NIGHT = """
@id("overlay.990011-night") @clause("2.3.3 分類Ⅱの情報") @ja("夜は閉じる")
forbid (principal, action in [Action::"class2"], resource) when { context.hour >= 20 };
"""


@pytest.fixture
def decided(world, board):
    """Writes a decision of the past into the trail."""

    def write(who, action, *, outcome="allow", rules=(), on=None, hour=10, auth=1, times=1, keep=True):
        at = {"side": "school", "strength": 2, "auth": auth, "device": "trusted", "proof": 1, "posture": "good",
              "network": "other", "purpose": "everyday"}  # fmt: skip
        moment = dt.datetime(2026, 11, 20, hour - 9, 0, tzinfo=dt.UTC)
        for _ in range(times):
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO audit_entry (at, municipality_id, actor_id, actor_kind, actor_label, action,"
                    " resource_type, resource_id, outcome, rules, policy_digest, detail)"
                    " VALUES (%s, %s, %s, 'staff', %s, %s, 'Pupil', %s, %s, %s, 'x', %s)",
                    [moment, world.municipality("A"), world.account(who), who, action, str(on or world.pupil("hana")),
                     outcome, list(rules), json.dumps({"at": at} if keep else {})],
                )  # fmt: skip

    return write


def asked(world, new, old=None):
    before = Terms(limits_of(old or {}))
    return replay(before, new, sought(world.municipality("A"), NOW - PERIOD, NOW, before, new))


def test_a_longer_limit_shows_who_gains_and_nobody_loses(world, decided):
    decided("a1-head", "pupil:protected", rules=["people.protected-heads"], times=3)
    decided("a1-head", "pupil:protected", outcome="deny", rules=["access.wall-reauthentication"], auth=40, times=2)
    decided("a1-head", "pupil:protected", outcome="deny", rules=["access.wall-reauthentication"], auth=90)
    decided("a1-teacher", "pupil:protected", outcome="deny", rules=["access.wall-reauthentication"], auth=40)
    found = asked(world, Terms(limits_of({"reauth_minutes": 60}))).as_json()
    assert found["lost"] == []
    assert found["gained"] == [
        {"account": str(world.account("a1-head")), "action": "pupil:protected", "rule": "access.wall-reauthentication",
         "times": 2}
    ]  # fmt: skip
    assert found["decisions"] == 7


def test_a_shorter_limit_shows_who_loses(world, decided):
    decided("a1-head", "pupil:protected", rules=["people.protected-heads"], auth=4, times=5)
    decided("a1-head", "pupil:protected", rules=["people.protected-heads"], auth=5, times=3)
    decided("a1-head", "pupil:protected", rules=["people.protected-heads"], auth=6, times=2)
    decided("a1-head", "pupil:read", rules=["people.pupil-own-school"], auth=600, times=9)
    found = asked(world, Terms(limits_of({"reauth_minutes": 5}))).as_json()
    assert [(line["action"], line["times"]) for line in found["lost"]] == [("pupil:protected", 2)]
    assert found["gained"] == []


def test_an_overlay_about_the_row_asks_the_row(world, decided):
    decided("a1-head", "pupil:export", rules=["people.export-officers"], times=2)
    decided("a1-homeroom", "pupil:export", rules=["people.export-officers"], times=4)
    found = asked(world, Terms(limits_of({}), EXPORT)).as_json()
    assert [(line["account"], line["times"]) for line in found["lost"]] == [(str(world.account("a1-homeroom")), 4)]


def test_only_what_an_overlay_says_of_rows_tells_rows_apart(world, decided):
    """Every row by itself would make a million questions of a million decisions."""
    for pupil in ("hana", "sora", "ren", "yui"):
        decided("a1-head", "pupil:read", rules=["people.pupil-own-school"], on=world.pupil(pupil), times=2)
    found = asked(world, Terms(limits_of({}), EXPORT))
    assert (found.decisions, found.groups) == (8, 1)


def test_an_overlay_about_the_hour_tells_hours_apart(world, decided):
    decided("a1-nurse", "pupil:contacts", rules=["people.contacts-school-officers"], hour=19, times=2)
    decided("a1-nurse", "pupil:contacts", rules=["people.contacts-school-officers"], hour=21, times=3)
    found = asked(world, Terms(limits_of({}), NIGHT)).as_json()
    assert [line["times"] for line in found["lost"]] == [3]


def test_alike_decisions_are_asked_once(world, decided):
    for auth in (1, 2, 3, 14):
        decided("a1-head", "pupil:read", rules=["people.pupil-own-school"], auth=auth, times=10)
    found = asked(world, Terms(limits_of({"reauth_minutes": 60})))
    assert found.decisions == 40
    assert found.groups <= 4


def test_what_was_not_kept_is_said_to_be_unknown(world, decided):
    decided("a1-head", "pupil:read", rules=["people.pupil-own-school"], keep=False, times=2)
    assert asked(world, Terms(limits_of({"reauth_minutes": 60}))).as_json()["unknown"] == 2


def test_real_requests_keep_what_is_needed(world, client_for, actor_for, board):
    client_for("a1-head").get(f"/pupils/{world.pupil('hana')}/")
    actor_for("a-board")
    before, new = Terms(limits_of({})), Terms(limits_of({"reauth_minutes": 60}))
    found = replay(before, new, sought(world.municipality("A"), NOW - PERIOD, NOW + PERIOD, before, new))
    assert found.decisions >= 1 and found.unknown == 0


def test_the_counts_are_said_in_words():
    def line(account, action, times):
        return {"account": account, "action": action, "rule": "x", "times": times}

    assert counted([]) == ""
    assert counted([line("a", "pupil:protected", 7), line("b", "pupil:read", 5)]) == "2 人の 12 件の閲覧"
    assert counted([line("a", "pupil:read", 3), line("a", "pupil:restrict", 1)]) == "1 人の 3 件の閲覧と 1 件の書き込み"
    assert counted([line("a", "policy:approve", 2)]) == "1 人の 2 件の書き込み"


def test_numbers_no_rule_reads_are_said_to_be_beside():
    """The length of a sign-in is kept by the middleware: no decision tells of it, and the page says so."""
    assert read_by_rules() >= {"reauth_minutes", "device_proof_minutes"}
    assert not read_by_rules() & {"session_hours", "idle_minutes"}


def test_the_proof_says_who_gains_what_and_when():
    found = proof(Terms(limits_of({})), Terms(limits_of({"reauth_minutes": 60})))
    changes = {change["action"]: change for change in found["changes"]}
    assert all(change["gained"] for change in changes.values())
    assert (
        changes["pupil:protected"]["who"] == ["校長・教頭"]
        and changes["device:approve"]["who"][0] == "教育委員会の職員"
    )
    assert "本人確認から" in changes["pupil:protected"]["when"]
    fresh = {action for action, groups in policies().actions.items() if "class1" in groups}
    assert set(changes) <= fresh | {"own:mark-learning"}  # it shuts a device out, so it wants a fresh proof as well
    assert found["walls"] == [] and found["duties"] == []


def test_the_proof_says_which_duties_an_overlay_takes_away():
    night = text_of(TEMPLATES[0], "100000")
    found = proof(Terms(limits_of({})), Terms(limits_of({}), night))
    assert found["walls"] == []
    assert "4.13" in {duty["clause"] for duty in found["duties"]}
    assert all(not change["gained"] for change in found["changes"])


@pytest.mark.parametrize("kind", ["proof", "replay", "shadow"])
def test_the_job_writes_its_result(issued, board, town, system_for, kind):
    from minamo.policy.actions import impact, revisions

    row = revisions.start_revision(actor=board, town=town, title="見積もり", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60)
    made = impact.estimate(actor=board, revision=row, kind=kind)
    operator = system_for("A")
    work_out(actor=operator, impact_id=made.pk)
    system_for("A")
    done = Impact.objects.get(pk=made.pk)
    assert done.finished_at is not None
    assert ("changes" if kind == "proof" else "decisions") in done.result
