"""出欠区分と健康観察の項目: data of each municipality, never hard-coded."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minamo.access.api import VisibleQuerySet
from minamo.kernel.ids import new_id


class AttendanceCode(models.Model):
    """出欠区分: one code of a municipality with its 記号 and how the 指導要録 counts it (domain table §5.3)."""

    class Counts(models.TextChoices):
        """要録での数え方."""

        PRESENT = "present", "出席"
        ABSENT = "absent", "欠席"
        EXCUSED = "excused", "出席停止・忌引等"
        NOT_SCHOOL_DAY = "not_school_day", "授業日数に入れない"
        NOT_ENROLLED = "not_enrolled", "在籍していない"

    class Button(models.TextChoices):
        """朝の画面での位置."""

        PRESENT = "present", "出席"
        ABSENT = "absent", "欠席"
        LATE = "late", "遅刻"
        EARLY = "early", "早退"
        OTHER = "other", "他"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    code = models.CharField("コード", max_length=20)
    label = models.CharField("名称", max_length=40)
    short_label = models.CharField("短い名称", max_length=6)
    mark = models.CharField("記号", max_length=4, blank=True)
    counts_as = models.CharField("要録での数え方", max_length=16, choices=Counts.choices)
    button = models.CharField("画面での位置", max_length=8, choices=Button.choices)
    position = models.PositiveSmallIntegerField("並び順")
    active = models.BooleanField("使う", default=True)
    turns = ArrayField(models.DateField(), verbose_name="連絡だけで数えるかを変えた日", default=list, db_default=[])

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "code"], name="attendance_code_once"),
        ]


class HealthItem(models.Model):
    """健康観察の項目: what a teacher can note about a child in the morning (良好, 発熱, 腹痛 …)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    code = models.CharField("コード", max_length=20)
    label = models.CharField("名称", max_length=40)
    well = models.BooleanField("良好を表す", default=False)
    position = models.PositiveSmallIntegerField("並び順")
    active = models.BooleanField("使う", default=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "code"], name="attendance_health_once"),
        ]
