"""証拠: what can be bad is bad when it is, and what no number judges is judged by none (2.6.11, 2.6.12, 2.4.2, 2.5.6, 2.7.6)."""

import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from minamo.audit.checked import OVERDUE
from minamo.audit.seal import as_sealer
from minamo.policy.actions import inspections
from minamo.policy.queries.evidence import Asked, evidence_of, rows
from minamo.tenancy.models import School

pytestmark = pytest.mark.django_db
SEALED, BAD = "2.6.12", "まだできていません"


@pytest.fixture
def town_asked(board, town):
    """For municipality A, at the moment of the board's request."""
    return Asked(town.pk, SEALED, board.today, board.now)


@pytest.fixture
def night(town):
    """`night(at, found=1)`: what a nightly verification kept, written as it writes; the scope is as before afterwards."""

    def keep(at, found=0, elsewhere=0):
        as_sealer()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_check (municipality_id, at, elsewhere, found, size, root, grounded, findings)"
                " VALUES (%s, %s, %s, %s, 1200, '', true, '[]')",
                [town.pk, at, elsewhere, found],
            )
            cursor.execute("SELECT set_config('minamo.sealer', '', true)")

    return keep


def test_the_seal_is_asked_of_the_last_verification(town_asked, night, board):
    never = evidence_of(town_asked, "sealed")
    assert never.good is None and "一度も" in never.sentence
    night(board.now - dt.timedelta(hours=3))
    well = evidence_of(town_asked, "sealed")
    assert well.good is True and "1,200 行" in well.sentence
    late = dataclasses.replace(town_asked, now=board.now + OVERDUE)
    assert evidence_of(late, "sealed").good is False and "止まっています" in evidence_of(late, "sealed").sentence
    night(board.now - dt.timedelta(hours=2), elsewhere=3)
    assert evidence_of(town_asked, "sealed").good is False, "rows of no municipality are everybody's"
    night(board.now - dt.timedelta(hours=1), found=2)
    found = evidence_of(town_asked, "sealed")
    assert found.good is False and "町の記録に 2 件" in found.sentence
    night(board.now)
    assert evidence_of(town_asked, "sealed").good is True, "the newest counts"


def test_a_finding_is_on_the_page_of_the_clause_and_in_the_inspection(client_for, town, night, board):
    page = f"/municipalities/{town.pk}/policy/clauses/{SEALED}/"
    assert "まだ一度も確かめていません" in client_for("a1-teacher").get(page).content.decode()
    night(board.now - dt.timedelta(hours=1), found=1)
    for who in ("a1-teacher", "a-board"):
        text = client_for(who).get(page).content.decode()
        assert "封をしたときと違います" in text and BAD in text, who
    assert f'href="{reverse("audit-seal", kwargs={"municipality_id": town.pk})}">記録の封を見る' in text, (
        "the board's page"
    )
    row = inspections.begin(actor=board, place=town)
    line = next(line for line in row.lines if line["number"] == SEALED)
    assert line["good"] is False and "封をしたときと違います" in line["evidence"]
    shown = client_for("a-board").get(f"/municipalities/{town.pk}/policy/inspections/{row.pk}/").content.decode()
    assert BAD in shown[shown.index("封をしたときと違います") :][:200]


def test_no_rows_at_all_is_bad_once_a_policy_is_in_force(town_asked, issued, board, monkeypatch):
    assert evidence_of(town_asked, "trail").good in {True, None}
    monkeypatch.setattr(rows, "rows_since", lambda *a, **k: 0)
    young = evidence_of(dataclasses.replace(town_asked), "trail")
    assert young.good is None and "まだ" in young.sentence, "no policy is in force"
    issued()
    first = dataclasses.replace(town_asked)
    assert evidence_of(first, "trail").good is None, "since today"
    later = dataclasses.replace(town_asked, today=board.today + dt.timedelta(days=2))
    assert evidence_of(later, "trail").good is False and "1 行もありません" in evidence_of(later, "trail").sentence


def test_a_place_with_rows_keeps_a_trail(client_for, town_asked, world):
    client_for("a1-homeroom").get(f"/pupils/{world.pupil('hana')}/")
    assert evidence_of(town_asked, "trail").good is True
    empty = dataclasses.replace(town_asked, school=School.objects.get(pk=world.school("a2")).pk)
    assert evidence_of(empty, "trail").good is None


@pytest.mark.parametrize("name", ["posts_ended", "sign_in_limits", "exceptions"])
def test_what_no_number_judges_is_not_called_done(town_asked, name):
    """They stood there as done whatever the town did."""
    found = evidence_of(town_asked, name)
    assert found.good is None and found.ways
