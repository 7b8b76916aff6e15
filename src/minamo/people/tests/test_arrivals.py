"""入学・編入学・転入学: a refusal leaves nothing behind, stands at its field, and loses nothing that was typed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.people.models import Pupil
from tests.fixtures.world import World, hash_number

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db


def test_a_refused_arrival_leaves_nothing_behind(world: World, client_for: ClientFor, system_for: Any) -> None:
    clerk = client_for("a1-clerk")
    new = {"kind": "entrance", "on": "2026-03-20", "grade": "P5", "family": "途中", "given": "止",
           "homeroom": str(world.klass("a1-1"))}  # fmt: skip
    response = clerk.post(f"/schools/{world.school('a1')}/arrivals/", new)
    assert response.status_code == 422 and "年度の学級" in response.content.decode()
    system_for("A")
    assert not Pupil.objects.filter(family="途中").exists()
    assert clerk.post(f"/schools/{world.school('a1')}/arrivals/", new | {"on": "2026-11-24"}).status_code == 302
    assert Pupil.objects.get(family="途中").attendance_number == 5


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"birth_date": "2027-01-01"}, "birth_date", "この生年月日では在籍できません"),
        ({"birth_date": "昭和30年1月1日"}, "birth_date", "この生年月日では在籍できません"),
        ({"grade": "P1"}, "grade", "生年月日からは小5です"),
        ({"grade": "J1"}, "grade", "候補にありません"),
        ({"on": "2029-04-01"}, "on", "前後1年"),
        ({"birth_date": "2021-05-01"}, "grade", "小・中学校の学年にあたりません"),
        ({"family": "　", "given": " ", "previous_school": "転入小"}, "family", "表示する氏名を入れてください"),
        ({"student_number": "{taken}"}, "student_number", "ほかの児童生徒が使っています"),
        ({"homeroom": "{room}", "on": "2027-04-01", "grade": "P6"}, "homeroom", "受け入れの日の年度の学級"),
        ({"on": "きのう"}, "on", "日付"),
        ({"kind": ""}, "kind", "必須"),
        ({"official_family": "長" * 101}, "official_family", "100"),
    ],
)
def test_an_impossible_arrival_is_marked_at_its_field(
    world: World, client_for: ClientFor, system_for: Any, change: dict[str, str], field: str, said: str
) -> None:
    system_for("A")
    before = Pupil.objects.count()
    known = {"{taken}": f"0{hash_number('hana')}", "{room}": str(world.klass("a1-2"))}
    new = {"kind": "transfer_in", "on": "2026-11-24", "grade": "P5", "family": "転入", "given": "者", "family_kana": "てんにゅう",
           "birth_date": "2015-08-12", "previous_school": "転入前の小学校"} | change  # fmt: skip
    new = {name: known.get(value, value) for name, value in new.items()}
    answer = client_for("a1-clerk").post(f"/schools/{world.school('a1')}/arrivals/", new)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page.split(f'id="{field}-error"')[1][:200]
    marked = control(page, field)
    assert f'aria-describedby="{field}-error' in marked and 'aria-invalid="true"' in marked
    assert "autofocus" in marked and page.count("autofocus") == 1
    for name, value in new.items():
        assert name == field or kept(page, name, value), name
    system_for("A")
    assert Pupil.objects.count() == before


def test_the_focus_goes_to_the_first_of_several_on_the_page(world: World, client_for: ClientFor) -> None:
    new = {
        "kind": "transfer_in",
        "on": "13月",
        "grade": "P5",
        "family": "転入",
        "birth_date": "32日",
        "given": "長" * 101,
    }
    page = client_for("a1-clerk").post(f"/schools/{world.school('a1')}/arrivals/", new).content.decode()
    assert "直すところが3か所あります" in page
    first = page.index("autofocus")  # a browser takes the first of several
    assert "autofocus" in control(page, "on") and page.rindex("<", 0, first) == page.index(control(page, "on"))
    for field in ("on", "given", "birth_date"):
        assert f'href="#f-{field}"' in page


def test_dates_that_clash_with_the_former_school_stand_at_the_date(
    world: World, client_for: ClientFor, system_for: Any
) -> None:
    clerk = client_for("a1-clerk")
    leave = {"kind": "withdrawal", "on": "2026-11-19"}
    assert clerk.post(f"/pupils/{world.pupil('sora')}/leave/", leave).status_code == 302
    back = {"kind": "transfer_in", "on": "2026-11-10", "grade": "P5", "family": "佐藤", "given": "空",
            "birth_date": "2015-08-12", "former": str(world.pupil("sora"))}  # fmt: skip
    page = clerk.post(f"/schools/{world.school('a1')}/arrivals/", back).content.decode()
    assert "翌日からの日" in page.split('id="on-error"')[1][:200] and "autofocus" in control(page, "on")
    assert kept(page, "family", "佐藤") and kept(page, "on", "2026-11-10")


def control(page: str, field: str) -> str:
    """The tag of a field of the page."""
    found = re.search(rf'<(?:input|select) id="f-{field}"[^>]*>', page)
    assert found, field
    return found[0]


def kept(page: str, field: str, value: str) -> bool:
    """Whether a field still says what was typed."""
    tag = control(page, field)
    if tag.startswith("<select"):
        options = page.split(tag)[1].split("</select>")[0]
        return f'value="{value}" selected' in options
    return f'value="{value}"' in tag
