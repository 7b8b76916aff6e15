"""支援措置: an address under protection is nowhere but before the head: page, export, print, PDF."""

import io
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client

from tests.fixtures.world import World, hash_number

pytestmark = pytest.mark.django_db
SECRET = f"大字秘密{hash_number('sato-mother')}番地"
SCHOOL_PAGES = (
    "pupils/",
    "pupils/rows/",
    "pupils/export.xlsx",
    "pupils/export.csv",
    "classes/",
    "staff/",
    "invitations/",
)
PUPIL_PAGES = ("", "visibility/", "edit/", "leave/", "place/")


def everything(client: Client, path: str) -> str:
    """All text of an answer, workbooks unpacked."""
    content = client.get(path).content
    if content[:2] == b"PK":
        rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        return "\n".join(str(row) for row in rows)
    return content.decode("utf-8-sig")


@pytest.mark.parametrize(
    "who", ["a1-homeroom", "a1-coordinator", "a1-nurse", "a1-clerk", "a1-aide", "a-board", "a2-head"]
)
def test_nobody_but_the_head_sees_the_address(who: str, world: World, client_for: Callable[..., Client]) -> None:
    client = client_for(who)
    paths = [f"/schools/{world.school('a1')}/{page}" for page in SCHOOL_PAGES]
    paths += [f"/pupils/{world.pupil('sora')}/{page}" for page in PUPIL_PAGES]
    paths += [f"/classes/{world.klass('a1-1')}/", f"/pupils/{world.pupil('hana')}/"]
    for path in paths:
        assert SECRET not in everything(client, path), path


def test_the_head_sees_it_and_all_of_the_school_see_the_notice(world: World, client_for: Callable[..., Client]) -> None:
    path = f"/pupils/{world.pupil('sora')}/"
    assert SECRET in everything(client_for("a1-head"), path)
    for who in ("a1-head", "a1-homeroom", "a1-aide"):
        assert "秘匿（支援措置）" in everything(client_for(who), path)
    assert (
        "秘匿"
        not in everything(client_for("a1-homeroom"), f"/pupils/{world.pupil('hana')}/").split("誰が見られるか")[0]
    )


def test_an_open_address_is_shown_to_the_homeroom_teacher(world: World, client_for: Callable[..., Client]) -> None:
    body = everything(client_for("a1-homeroom"), f"/pupils/{world.pupil('hana')}/")
    assert f"大字秘密{hash_number('takahashi-mother')}番地" in body


def test_the_guardian_shut_out_is_marked_and_last(world: World, client_for: Callable[..., Client]) -> None:
    body = everything(client_for("a1-homeroom"), f"/pupils/{world.pupil('sora')}/")
    assert body.index("佐藤 恵") < body.index("佐藤 剛") and "知らせない" in body
