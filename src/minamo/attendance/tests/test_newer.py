"""遅れて届いた記録: what was pressed without a line asks where somebody else has recorded meanwhile, and writes nothing over."""

import re

import pytest

from minamo.attendance.actions.marks import HealthEntry, RowChange, save_register
from minamo.attendance.models import HealthObservation, Mark, Resolution
from minamo.attendance.tests.test_history import FETCH, at, disagreed
from minamo.attendance.tests.test_register import DAY, klass, url

pytestmark = pytest.mark.django_db


def code(world, actor_for, pupil="hana"):
    actor_for("a1-head")
    return Mark.objects.filter(pupil_id=world.pupil(pupil), day=DAY).values_list("code", flat=True).first()


def marked(world, actor_for, who, value, hour, minute, pupil="hana"):
    with at(hour, minute):
        save_register(actor=actor_for(who), school_class=klass(world), day=DAY,
                      rows=[RowChange(world.pupil(pupil), code=value)])  # fmt: skip


def shown(client, world, pupil="hana"):
    """What the row says has been recorded: the moments of the mark and of the 健康観察."""
    row = re.search(rf'<tr id="p-{world.pupil(pupil)}".*?</tr>', client.get(url(world)).content.decode(), re.S)[0]
    return tuple(re.findall(r'data-seen="([^"]*)"', row))


def questions(answer):
    return re.findall(r'<li data-field="(\w+)" data-value="([^"]*)">([^<]*)</li>', answer.content.decode())


@pytest.fixture
def outage(world, actor_for, client_for):
    """花: what the teacher's row showed before the line went, and how she sends afterwards."""
    with at(8, 5):
        client = client_for("a1-homeroom")
        mark, health = shown(client, world)
        assert (mark, health) == ("", "")

    def send(fields, hour=9, minute=0, who="a1-homeroom"):
        with at(hour, minute):
            return client_for(who).post(url(world), fields, headers=FETCH)

    return send


def test_a_late_mark_asks_where_somebody_else_has_marked(world, actor_for, client_for, outage):
    marked(world, actor_for, "a1-vice", "ABS_SICK", 8, 41)
    pupil = world.pupil("hana")
    answer = outage({"set": f"{pupil}:late", "seen": f"{pupil}:"})
    assert answer.status_code == 409 and code(world, actor_for) == "ABS_SICK"
    ((field, value, words),) = questions(answer)
    name = actor_for("a1-vice").label
    assert words == f"高橋 花さんの記録は、いま「病気による欠席」です。{name}さんが 8:41 に付けました。"
    # She has read it and stays with her own; a third record in between asks again.
    marked(world, actor_for, "a1-nurse", "EARLY", 9, 1)
    again = outage({"set": f"{pupil}:late", field: value}, 9, 2)
    assert again.status_code == 409 and code(world, actor_for) == "EARLY"
    ((field, value, _),) = questions(again)
    assert outage({"set": f"{pupil}:late", field: value}, 9, 3).status_code == 200
    assert code(world, actor_for) == "LATE"


def test_the_own_newer_mark_and_the_same_mark_are_no_question(world, actor_for, outage):
    pupil = world.pupil("hana")
    marked(world, actor_for, "a1-homeroom", "EARLY", 8, 30)
    assert outage({"set": f"{pupil}:late", "seen": f"{pupil}:"}).status_code == 200
    marked(world, actor_for, "a1-vice", "ABS_SICK", 9, 10)
    assert outage({"set": f"{pupil}:ABS_SICK", "seen": f"{pupil}:"}, 9, 20).status_code == 200
    assert code(world, actor_for) == "ABS_SICK"


def test_who_saw_the_other_record_is_not_asked(world, actor_for, client_for, outage):
    marked(world, actor_for, "a1-vice", "ABS_SICK", 8, 41)
    with at(8, 50):
        seen, _ = shown(client_for("a1-homeroom"), world)
    pupil = world.pupil("hana")
    assert seen and outage({"set": f"{pupil}:late", "seen": f"{pupil}:{seen}"}).status_code == 200
    assert code(world, actor_for) == "LATE"


def test_a_mark_taken_back_by_somebody_else_is_newer_too(world, actor_for, client_for, outage):
    marked(world, actor_for, "a1-homeroom", "LATE", 8, 6)
    with at(8, 7):
        seen, _ = shown(client_for("a1-homeroom"), world)
    marked(world, actor_for, "a1-vice", "", 8, 41)
    pupil = world.pupil("hana")
    answer = outage({"set": f"{pupil}:early", "seen": f"{pupil}:{seen}"})
    assert answer.status_code == 409 and code(world, actor_for) is None
    assert "いまはありません" in questions(answer)[0][2] and "8:41 に消しました" in questions(answer)[0][2]


def test_of_several_children_only_the_recorded_one_is_asked_about(world, actor_for, outage):
    marked(world, actor_for, "a1-vice", "ABS_SICK", 8, 41)
    hana, sora = world.pupil("hana"), world.pupil("sora")
    fields = {"set": [f"{hana}:late", f"{sora}:late"], "seen": [f"{hana}:", f"{sora}:"]}
    answer = outage(fields)
    assert answer.status_code == 409 and code(world, actor_for, "sora") is None
    assert [value.partition(":")[0] for _, value, _ in questions(answer)] == [str(hana)]


def test_health_of_the_nurse_is_not_written_over_either(world, actor_for, client_for, outage):
    with at(8, 41):
        save_register(actor=actor_for("a1-nurse"), school_class=klass(world), day=DAY,
                      rows=[RowChange(world.pupil("hana"), health=HealthEntry(("FEVER",), 38.2))])  # fmt: skip
    late = {"health": str(world.pupil("hana")), "item": ["WELL"], "temperature": "36.5", "health_seen": ""}
    answer = outage(late)
    ((field, value, words),) = questions(answer)
    name = actor_for("a1-nurse").label
    assert (
        answer.status_code == 409
        and words == f"高橋 花さんの健康観察は、いま「発熱 38.2℃」です。{name}さんが 8:41 に付けました。"
    )
    assert HealthObservation.objects.get(pupil_id=world.pupil("hana"), day=DAY).items == ["FEVER"]
    assert outage(late | {field: value}).status_code == 200
    actor_for("a1-head")
    assert HealthObservation.objects.get(pupil_id=world.pupil("hana"), day=DAY).items == ["WELL"]


def test_a_disagreement_somebody_else_has_settled_asks(world, actor_for, client_for):
    told = disagreed(world, actor_for)
    with at(8, 10):
        teacher = client_for("a1-homeroom")
        seen, _ = shown(teacher, world, "sora")
    with at(8, 41):
        client_for("a1-vice").post(url(world), {"holds": "notice", "notice": str(told.pk)}, headers=FETCH)
    late = {"holds": "mark", "notice": str(told.pk), "seen": f"{world.pupil('sora')}:{seen}"}
    with at(9, 0):
        answer = client_for("a1-homeroom").post(url(world), late, headers=FETCH)
    actor_for("a1-head")
    assert answer.status_code == 409 and [r.holds for r in Resolution.objects.all()] == ["notice"]
    assert "いま「病気による欠席」です" in questions(answer)[0][2] and "8:41 に決めました" in questions(answer)[0][2]


@pytest.mark.parametrize("seen", ["2026-13-01", "2026-11-24T08:00:00"])
def test_a_moment_that_is_none_is_refused_in_words(world, actor_for, outage, seen):
    pupil = world.pupil("hana")
    answer = outage({"set": f"{pupil}:late", "seen": f"{pupil}:{seen}"})
    assert answer.status_code == 422 and "開き直してください" in answer.content.decode()
