"""Nouns of 教務 (curriculum): for now the school calendar that says which days are 授業日."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minamo.access.api import VisibleQuerySet
from minamo.kernel.ids import new_id


class CalendarEntry(models.Model):
    """行事予定の1件: a period that differs from the plain week (vacation, Saturday school, substitute holiday).

    Without an entry a day is a 授業日 when it is Monday–Friday and no national holiday. `grades` empty = all grades.
    A later entry (by `position`) wins over an earlier one on the same day.
    """

    class Kind(models.TextChoices):
        """扱い."""

        SCHOOL_DAY = "school_day", "授業日"
        VACATION = "vacation", "長期休業"
        NO_SCHOOL = "no_school", "休業日"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    begins = models.DateField("始まり")
    ends = models.DateField("終わり")
    kind = models.CharField("扱い", max_length=12, choices=Kind.choices)
    title = models.CharField("名称", max_length=80)
    grades = ArrayField(models.CharField(max_length=3), verbose_name="学年", default=list, blank=True)
    position = models.PositiveSmallIntegerField("優先", default=0)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["begins", "position"]
        indexes: ClassVar = [models.Index(fields=["school", "begins", "ends"], name="curriculum_calendar")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("begins")), name="curriculum_calendar_days")
        ]
