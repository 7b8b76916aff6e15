"""自治体と学校のデモ: posts a roster cannot tell apart (教頭, 養護教諭, 教務主任) are given to somebody in each school, and one of
the teachers keeps the devices beside the own work (情報担当)."""

from collections.abc import Collection
from uuid import UUID

from minamo.tenancy.models import Membership, Municipality, Post, School


def open_until_half_past(municipality: UUID) -> None:
    """The demo begins at 8:22: notices are in time until 8:30."""
    School.objects.filter(municipality_id=municipality).update(notice_deadline="08:30")


def schools(municipality: UUID) -> list[UUID]:
    """The schools of a municipality, in order."""
    return list(
        School.objects.filter(municipality_id=municipality).order_by("position", "code").values_list("pk", flat=True)
    )


def give_posts(school: UUID, homeroom_teachers: Collection[UUID]) -> None:
    """教頭 from the office staff, 養護教諭 and 教務主任 from teachers without a homeroom; 情報担当 is somebody's second post."""
    held = Membership.objects.filter(school_id=school)
    clerks = held.filter(post=Post.CLERK).order_by("account__login_id")
    if clerks.count() > 1:
        _change(clerks[0], Post.VICE_HEAD)
    free = held.filter(post=Post.TEACHER).exclude(account_id__in=homeroom_teachers).exclude(
        account__memberships__post__in=[Post.HEAD, Post.CLERK, Post.VICE_HEAD, Post.BOARD]
    )  # fmt: skip
    for membership, post in zip(
        list(free.order_by("account__login_id")[:2]), (Post.NURSE, Post.COORDINATOR), strict=False
    ):
        _change(membership, post)
    keeper = held.filter(post=Post.TEACHER).order_by("account__login_id").last()
    if keeper is not None:
        Membership.objects.create(
            municipality_id=keeper.municipality_id, school_id=school, account_id=keeper.account_id, post=Post.ICT,
            begins=keeper.begins, primary=False,
        )  # fmt: skip


def _change(membership: Membership, post: Post) -> None:
    membership.post = post
    membership.save(update_fields=["post"])


def holders(school: UUID | None, municipality: UUID, post: str) -> list[tuple[UUID, str]]:
    """Accounts (id, label) holding a post."""
    rows = Membership.objects.filter(municipality_id=municipality, post=post).filter(school_id=school)  # type: ignore[misc]  # None is the board
    return list(rows.order_by("account__login_id").values_list("account_id", "account__label"))


def name(municipality: UUID) -> str:
    """The municipality's name."""
    return Municipality.objects.get(pk=municipality).name


def short_name(school: UUID) -> str:
    """The school's short name."""
    return School.objects.get(pk=school).short_name
