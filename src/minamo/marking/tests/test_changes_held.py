"""配点が変わった採点: the overview counts from the marks that hold what the log says, and reads no log to do so."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minamo.access.api import set_scope
from minamo.marking.marks_rules import FIRST
from minamo.marking.models import AnswerMark, Edition, ScanPage, Sitting, Stroke
from minamo.marking.queries.marks import changes_held, changes_of, log_of, sheet_of
from minamo.marking.queries.scans import changed
from minamo.marking.rescoring import Change
from tests.fixtures.assessments import ASSESSMENT, HANA, QUESTIONS, SITTING, SORA, an_assessment
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
PAGES = (HANA, SORA)


@pytest.fixture
def sitting(world: World) -> Sitting:
    set_scope(municipalities=[world.municipality("A")], side="school")
    an_assessment(world, timezone.now() - dt.timedelta(days=2))
    return Sitting.objects.get(pk=SITTING)


def edition(world: World, at: dt.datetime, *full: int) -> Edition:
    number = (Edition.objects.filter(assessment_id=ASSESSMENT).aggregate(last=Max("number"))["last"] or 0) + 1
    asked = [{**one, "full": points} for one, points in zip(QUESTIONS, full, strict=True)]
    return Edition.objects.create(
        municipality_id=world.municipality("A"), assessment_id=ASSESSMENT, number=number, questions=asked,
        saved_by_id=world.account("a1-homeroom"), saved_by_label="原", saved_at=at,
    )  # fmt: skip


def mark(world: World, page: uuid.UUID, question: str, points: int | None, at: dt.datetime) -> None:
    who = {"marker_id": world.account("a1-homeroom"), "marker_label": "原", "municipality_id": world.municipality("A")}
    said = {
        "sitting_id": SITTING,
        "page_id": page,
        "question": question,
        "round": FIRST,
        "points": points,
        "how": "key",
    }
    row = Stroke.objects.create(key=uuid.uuid4(), **said, **who, struck_at=at, at=at)
    AnswerMark.objects.update_or_create(
        page_id=page, question=question, round=FIRST, defaults={**said, **who, "stroke": row.order}
    )


def slot(one: Change) -> tuple[str, str, int]:
    return one.page, one.question, one.turn


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("edition"), st.integers(1, 4), st.integers(1, 4)),
        st.tuples(st.just("mark"), st.sampled_from([0, 1]), st.sampled_from(["q1", "q2"]), st.sampled_from([None, 0, 1, 2, 3, 4])),
    ),
    max_size=14,
)  # fmt: skip


@given(EVENTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_marks_that_hold_say_what_the_log_says(world: World, sitting: Sitting, events: list[Any]) -> None:
    """Whatever is saved and marked in whatever order: the same changes, answer by answer."""
    start = timezone.now() - dt.timedelta(days=1)
    with transaction.atomic():
        for at, event in enumerate(events):
            when = start + dt.timedelta(minutes=at)
            if event[0] == "edition":
                edition(world, when, *event[1:])
            else:
                mark(world, PAGES[event[1]], event[2], event[3], when)
        sheet = sheet_of(sitting)
        by_log = changes_of(sitting, sheet, log_of(sitting))
        held = changes_held(sitting, sheet.edition, ScanPage.objects.values("pk"))
        transaction.set_rollback(True)
    assert sorted(held, key=slot) == sorted(by_log, key=slot)


def test_a_setup_that_was_saved_again_costs_the_overview_no_log(
    world: World, sitting: Sitting, count_queries: Any
) -> None:
    """Three hundred strokes on four answers, thirty saves since: three queries at most, none of which reads a stroke but its time."""
    start = timezone.now() - dt.timedelta(days=1)
    for at in range(300):
        mark(world, PAGES[at % 2], ("q1", "q2")[at // 2 % 2], 2, start + dt.timedelta(seconds=at))
    for at in range(30):
        latest = edition(world, start + dt.timedelta(hours=1, seconds=at), 2, 3)
    with count_queries() as asked:
        assert changed(sitting, latest) == 0
    assert len(asked) == 2, "no rule has changed: no mark is read"
    latest = edition(world, start + dt.timedelta(hours=2), 5, 3)
    with count_queries() as asked:
        assert changed(sitting, latest) == 2
    assert len(asked) <= 3 and not any('"marking_stroke"."comment"' in one for one in asked.statements), (
        asked.statements
    )
    with count_queries() as asked:
        changes_of(sitting, sheet_of(sitting), log_of(sitting))
    assert any('"marking_stroke"."comment"' in one for one in asked.statements), "the test can see a log being read"


def test_a_page_without_an_owner_is_not_counted(world: World, sitting: Sitting) -> None:
    latest = edition(world, timezone.now(), 5, 3)
    assert changed(sitting, latest) == 1
    sitting.bindings.filter(page_id=HANA).update(replaced_at=timezone.now())
    assert changed(sitting, latest) == 0
