"""日々の記録・臨時休業・月締め."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class Mark(models.Model):
    """出欠の記録: what the school recorded for one pupil on one day; one row a day, earlier values are MarkChange.

    A notice is not copied here: it counts by itself until a teacher marks the day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日")
    code = models.CharField("出欠区分", max_length=20)
    note = models.CharField("メモ", max_length=200, blank=True)
    marked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    marked_by_label = models.CharField(max_length=60)
    marked_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()
    resource_name = "Mark"
    read_action = "attendance:read"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["pupil", "day"], name="attendance_mark_once")]
        indexes: ClassVar = [models.Index(fields=["school", "day"], name="attendance_mark_school")]


class MarkChange(models.Model):
    """出欠の訂正: how the day counted before a change and after it, whether a teacher marked anew or settled a
    disagreement. `before_at` and `before_by_label` say who had recorded the mark it replaces, and when. After the month
    is closed it also carries the reason.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日")
    before = models.CharField("前の区分", max_length=20, blank=True)
    before_at = models.DateTimeField("前の記録の時刻", null=True, blank=True)
    before_by_label = models.CharField("前に記録した人", max_length=60, blank=True, db_default="")
    after = models.CharField("後の区分", max_length=20, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    after_closing = models.BooleanField("月締め後", default=False)
    changed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    changed_by_label = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-changed_at"]
        indexes: ClassVar = [models.Index(fields=["pupil", "day"], name="attendance_change_pupil")]


class HealthObservation(models.Model):
    """健康観察: how a child was in the morning; on the same screen as the register."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日")
    items = ArrayField(models.CharField(max_length=20), verbose_name="項目", default=list)
    temperature = models.DecimalField("体温", max_digits=3, decimal_places=1, null=True, blank=True)
    note = models.CharField("メモ", max_length=200, blank=True)
    observed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    observed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["pupil", "day"], name="attendance_health_day")]
        indexes: ClassVar = [models.Index(fields=["school", "day"], name="attendance_health_school")]


class Closure(models.Model):
    """臨時休業・学級閉鎖: a class, grades or the whole school stay home for a time.

    学級閉鎖 (part of a grade) counts as 出席停止・忌引等; a whole grade or school is left out of 授業日数 (domain §5.3).
    """

    class Scope(models.TextChoices):
        """範囲."""

        CLASS = "class", "学級"
        GRADE = "grade", "学年"
        SCHOOL = "school", "学校"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    scope = models.CharField("範囲", max_length=8, choices=Scope.choices)
    school_class = models.ForeignKey(
        "people.SchoolClass", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    grade = models.CharField("学年", max_length=3, blank=True)
    begins = models.DateField("始まり")
    ends = models.DateField("終わり")
    reason = models.CharField("理由", max_length=200)
    entered_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField("取り消した時刻", null=True, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["begins"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("begins")), name="attendance_closure_days")
        ]


class MonthClosing(models.Model):
    """月締め: the head has looked at a class's month and closed it; later changes are visible corrections."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey("people.SchoolClass", on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月", help_text="その月の1日")
    closed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    closed_by_label = models.CharField(max_length=60)
    closed_at = models.DateTimeField()
    digest = models.CharField("内容のハッシュ", max_length=64)
    reopened_at = models.DateTimeField("締めを解いた時刻", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["school_class", "month"],
                condition=models.Q(reopened_at__isnull=True),
                name="attendance_month_closed_once",
            )
        ]


MARK = register(
    ResourceType(
        "Mark",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "pupil": Attribute("pupil_id", "Pupil"),
        },
    )
)
