"""Nouns of tenancy (自治体・学校・職): who governs, where teaching happens, who serves where and when."""

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class DateRange(Func):
    """SQL `daterange(begin, end, '[]')`: both days belong to the period; a missing end is open."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Municipality(models.Model):
    """自治体: a wall. Nothing of one municipality is ever seen in another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField("教育委員会コード", max_length=6, unique=True)
    name = models.CharField("名称", max_length=60)
    board_name = models.CharField("教育委員会の名称", max_length=80)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Municipality"
    read_action = "municipality:read"

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    """学校: a door. 分校 have a parent; a 休校 is a row of `Suspension` that holds today, not a flag."""

    class Kind(models.TextChoices):
        """学校種."""

        ELEMENTARY = "elementary", "小学校"
        LOWER_SECONDARY = "lower_secondary", "中学校"
        COMPULSORY = "compulsory", "義務教育学校"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="schools")
    code = models.CharField("学校コード", max_length=13, unique=True)
    name = models.CharField("学校名", max_length=80)
    short_name = models.CharField("短い学校名", max_length=40)
    kind = models.CharField("学校種", max_length=20, choices=Kind.choices)
    main_school = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="branches")
    position = models.PositiveSmallIntegerField("並び順", default=0)
    terms = models.PositiveSmallIntegerField("学期の数", default=3)
    notice_deadline = models.TimeField("欠席連絡の締切", default="08:15")
    first_time = models.TimeField("登校・下校の時刻のはじめ", db_default="06:00", default=dt.time(6))
    last_time = models.TimeField("登校・下校の時刻のおわり", db_default="18:00", default=dt.time(18))
    phone = models.CharField("電話", max_length=20, blank=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "School"
    read_action = "school:read"

    class Meta:
        ordering: ClassVar = ["municipality_id", "position", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(terms__in=[2, 3]), name="tenancy_school_terms"),
            models.CheckConstraint(condition=Q(first_time__lt=F("last_time")), name="tenancy_school_hours"),
        ]

    def __str__(self) -> str:
        return self.name


class Suspension(models.Model):
    """休校: a school without pupils for a time. Its records stay; it is left out of morning lists."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="suspensions")
    begins = models.DateField("始まり")
    ends = models.DateField("終わり", null=True, blank=True)
    reason = models.CharField("理由", max_length=200)


class Post(models.TextChoices):
    """職: what a person is at a school or at the board. `HEADS` and the like group them for the policy."""

    HEAD = "head", "校長"
    VICE_HEAD = "vice_head", "教頭"
    COORDINATOR = "coordinator", "教務主任"
    TEACHER = "teacher", "教諭"
    NURSE = "nurse", "養護教諭"
    CLERK = "clerk", "事務職員"
    AIDE = "aide", "支援員・ALT"
    COUNSELOR = "counselor", "スクールカウンセラー"
    ICT = "ict", "情報担当"
    BOARD = "board", "教育委員会職員"


class Membership(models.Model):
    """所属: a person holds a post at a school (or at the board) from a day to a day, both included."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="memberships")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="memberships")
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    post = models.CharField("職", max_length=20, choices=Post.choices)
    primary = models.BooleanField("本務", default=True, help_text="兼務は本務でない")
    begins = models.DateField("始まり")
    ends = models.DateField("終わり", null=True, blank=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Membership"
    read_action = "membership:read"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gte=F("begins")), name="tenancy_post_days"),
            models.CheckConstraint(
                condition=Q(post="board", school__isnull=True) | (~Q(post="board") & Q(school__isnull=False)),
                name="tenancy_board_has_no_school",
            ),
            ExclusionConstraint(
                name="tenancy_same_post_once",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (Coalesce("school", "municipality"), RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (DateRange("begins", "ends", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]


MUNICIPALITY = register(ResourceType("Municipality", {"municipality": Attribute("id", "Municipality")}))
SCHOOL = register(
    ResourceType(
        "School", {"municipality": Attribute("municipality_id", "Municipality"), "self": Attribute("id", "School")}
    )
)
MEMBERSHIP = register(
    ResourceType(
        "Membership",
        {"municipality": Attribute("municipality_id", "Municipality"), "school": Attribute("school_id", "School")},
    )
)
