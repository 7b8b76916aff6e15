"""Posts: who may give them, what they need, and reads other rooms rely on."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import Denied, set_scope
from minamo.audit.models import Entry
from minamo.tenancy.api import (
    Refused,
    appoint,
    current_posts,
    end_post,
    municipality_by_code,
    school_card,
    schools_by_code,
    schools_of,
    specify_post,
    suspended_on,
    town_card,
)
from minamo.tenancy.bar import bar
from minamo.tenancy.models import Membership, School, Suspension

TODAY = dt.date(2026, 11, 24)


def give(actor: Any, world: Any, post: str, **more: Any) -> Membership:
    values: dict[str, Any] = {
        "municipality_id": world.municipality("A"), "account_id": world.account("a1-homeroom"),
        "school_id": world.school("a1"), "post": post, "begins": TODAY,
    }  # fmt: skip
    return appoint(actor=actor, **{**values, **more})


def test_the_board_appoints_and_ends(world: Any, actor_for: Callable[..., Any]) -> None:
    board = actor_for("a-board")
    row = give(board, world, "coordinator")
    assert Entry.objects.get(resource_id=str(row.id), action="membership:manage").detail["verb"] == "appoint"
    posts = {card.post for card in current_posts(TODAY, account_ids=[world.account("a1-homeroom")])}
    assert posts == {"coordinator", "teacher"}
    end_post(actor=board, membership_id=row.id, last_day=TODAY)
    row.refresh_from_db()
    assert row.ends == TODAY
    assert "coordinator" in {
        c.post for c in current_posts(TODAY, school_id=world.school("a1")) if c.label == "原澤 美咲"
    }


def test_one_post_instead_of_another(world: Any, actor_for: Callable[..., Any]) -> None:
    board = actor_for("a-board")
    former = Membership.objects.get(account=world.account("a1-homeroom"))
    give(board, world, "vice_head", instead_of=former.id)
    former.refresh_from_db()
    assert former.ends == TODAY - dt.timedelta(days=1)
    later = give(board, world, "nurse", begins=TODAY + dt.timedelta(days=9))
    give(board, world, "clerk", instead_of=later.id, begins=TODAY)
    assert not Membership.objects.filter(pk=later.id).exists()  # it never began


@pytest.mark.parametrize(
    "more", [{"post": "king"}, {"post": "board"}, {"school_id": None}, {"post": "teacher"}]
)  # fmt: skip
def test_what_cannot_be(world: Any, actor_for: Callable[..., Any], more: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        give(actor_for("a-board"), world, **{"post": "coordinator", **more})


def test_only_staff_of_this_town(world: Any, actor_for: Callable[..., Any]) -> None:
    board = actor_for("a-board")
    for wrong in ({"account_id": world.account("takahashi-mother")}, {"school_id": world.school("b1")}):
        with pytest.raises(Refused):
            give(board, world, "coordinator", **wrong)


@pytest.mark.parametrize("who", ["a1-head", "a1-homeroom", "a2-head", "b-board", "takahashi-mother"])
def test_nobody_else(who: str, world: Any, actor_for: Callable[..., Any]) -> None:
    actor = actor_for(who)
    with pytest.raises(Denied):
        give(actor, world, "coordinator")
    set_scope(municipalities=[world.municipality("A")], side="school")
    row = Membership.objects.get(account=world.account("a1-homeroom"))
    for verb in (
        lambda: end_post(actor=actor, membership_id=row.id, last_day=TODAY),
        lambda: specify_post(actor=actor, membership_id=row.id, post="nurse"),
    ):
        with pytest.raises(Denied):
            verb()


def test_specify_keeps_the_row(world: Any, actor_for: Callable[..., Any]) -> None:
    board = actor_for("a-board")
    row = Membership.objects.get(account=world.account("a1-clerk"))
    changed = specify_post(actor=board, membership_id=row.id, post="vice_head")
    assert (changed.pk, changed.begins, changed.post) == (row.pk, row.begins, "vice_head")
    assert specify_post(actor=board, membership_id=row.id, post="vice_head").post == "vice_head"
    with pytest.raises(Refused):
        specify_post(actor=board, membership_id=row.id, post="board")


def test_reads(world: Any, actor_for: Callable[..., Any]) -> None:
    head = actor_for("a1-head")
    assert [school.short_name for school in schools_of(head)] == ["中央小", "水上野中"]
    assert school_card(world.school("a1")).notice_deadline == dt.time(8, 15)
    with pytest.raises(School.DoesNotExist):
        school_card(world.school("b1"))
    assert municipality_by_code("990022") == world.municipality("B")
    assert municipality_by_code("000000") is None
    card = town_card(world.municipality("A"))
    assert card is not None
    assert card.name == "水上野町"
    assert town_card(world.municipality("B")) is None
    assert set(schools_by_code(world.municipality("A")).values()) == {world.school("a1"), world.school("a2")}
    heads = current_posts(TODAY, school_id=world.school("a1"), posts=["head"])
    assert {card.post_label for card in heads} == {"校長"}
    assert "前任 太郎" not in {card.label for card in heads}


def test_a_school_at_rest(world: Any, actor_for: Callable[..., Any]) -> None:
    board = actor_for("a-board")
    Suspension.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a2"), begins=TODAY, reason="休校"
    )
    assert suspended_on(world.school("a2"), TODAY)
    assert not suspended_on(world.school("a2"), TODAY - dt.timedelta(days=1))
    assert [school.short_name for school in schools_of(board, on=TODAY)] == ["中央小"]
    assert len(schools_of(board)) == 2


def test_the_bar_asks_nothing(world: Any, actor_for: Callable[..., Any], count_queries: Any, rf: Any) -> None:
    told = {}
    for who in ("a1-head", "a-board", "takahashi-mother"):
        actor = actor_for(who)
        with count_queries() as asked:
            told[who] = bar(rf.get("/"), actor)
        assert len(asked) == 0
    assert told["a1-head"] == {"school_name": "中央小", "year_label": "令和8年度"}
    assert told["a-board"]["school_name"] == "水上野町"
    assert told["takahashi-mother"] == {"year_label": "令和8年度"}


def test_every_post_has_a_name(world: Any, actor_for: Callable[..., Any]) -> None:
    from minamo.tenancy.models import Post

    labels = {post["post"]: post["label"] for who in (
        "a1-head", "a1-vice", "a1-coordinator", "a1-homeroom", "a1-nurse", "a1-clerk", "a1-aide", "a-board"
    ) for post in actor_for(who).posts}  # fmt: skip
    assert all(Post(post).label.startswith(label) for post, label in labels.items())
    assert len(labels) == 8
