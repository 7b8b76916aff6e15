"""在籍."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from minamo.access.api import VisibleQuerySet
from minamo.kernel.ids import new_id


class Enrolment(models.Model):
    """在籍: a pupil belongs to one school from a day to a day, both included. Periods never overlap.

    転学日 is the day before the new school accepts the pupil (指導要録の記入要領), so two periods meet without a gap.
    """

    class Begin(models.TextChoices):
        """入り方."""

        ENTRANCE = "entrance", "入学"
        ADMISSION = "admission", "編入学"
        TRANSFER_IN = "transfer_in", "転入学"
        CARRIED = "carried", "前年度から"

    class End(models.TextChoices):
        """離れ方."""

        TRANSFER_OUT = "transfer_out", "転学"
        WITHDRAWAL = "withdrawal", "退学"
        GRADUATION = "graduation", "卒業"
        CARRIED = "carried", "次年度へ"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="enrolments")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    grade = models.CharField("学年", max_length=3)
    year = models.PositiveSmallIntegerField("年度")
    begins = models.DateField("始まり")
    begin_kind = models.CharField("入り方", max_length=12, choices=Begin.choices)
    previous_school = models.CharField("前の学校", max_length=120, blank=True)
    grade_note = models.CharField("学年が違うわけ", max_length=120, blank=True, default="", db_default="")
    ends = models.DateField("終わり", null=True, blank=True)
    end_kind = models.CharField("離れ方", max_length=12, choices=End.choices, blank=True)
    last_attended = models.DateField("学校を去った日", null=True, blank=True)
    next_school = models.CharField("次の学校", max_length=120, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["begins"]
        indexes: ClassVar = [models.Index(fields=["school", "begins", "ends"], name="people_enrolment_school")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("begins")), name="people_enrolment_days"
            ),
            ExclusionConstraint(
                name="people_one_school_a_day",
                expressions=[
                    ("pupil", RangeOperators.EQUAL),
                    (
                        Func("begins", "ends", Value("[]"), function="DATERANGE", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
