"""学級と所属."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class SchoolClass(models.Model):
    """学級: a homeroom (学級) or a subject class (教科の授業) of one school year.

    複式学級 is a homeroom of several grades; 特別支援学級 has `special_needs`; 交流 is membership in a subject class
    beside the homeroom.
    """

    class Kind(models.TextChoices):
        """OneRoster classType."""

        HOMEROOM = "homeroom", "学級"
        SUBJECT = "scheduled", "教科"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    title = models.CharField("名称", max_length=80)
    grades = ArrayField(models.CharField(max_length=3), verbose_name="学年")
    special_needs = models.BooleanField("特別支援学級", default=False)
    subject_codes = ArrayField(models.CharField(max_length=8), verbose_name="教科コード", default=list)
    subjects = ArrayField(models.CharField(max_length=40), verbose_name="教科", default=list)
    position = models.PositiveSmallIntegerField("並び順", default=0)

    objects = VisibleQuerySet.as_manager()
    resource_name = "SchoolClass"
    read_action = "class:read"

    class Meta:
        ordering: ClassVar = ["school_id", "position", "title"]
        indexes: ClassVar = [models.Index(fields=["school", "year", "kind", "position"], name="people_class_school")]

    def __str__(self) -> str:
        return self.title

    @property
    def combined(self) -> bool:
        """複式学級: more than one grade in an ordinary homeroom."""
        return len(self.grades) > 1 and not self.special_needs


class ClassPupil(models.Model):
    """学級への所属: a pupil's place in a class from a day to a day (both included), with the 出席番号 (gaps allowed)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="places")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="places")
    kind = models.CharField(max_length=10, choices=SchoolClass.Kind.choices)
    number = models.PositiveSmallIntegerField("出席番号", null=True, blank=True)
    begins = models.DateField("始まり")
    ends = models.DateField("終わり", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["number", "begins", "id"]
        indexes: ClassVar = [
            models.Index(fields=["school_class", "begins"], name="people_place_class"),
            models.Index(fields=["pupil", "kind", "begins"], name="people_place_pupil"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("begins")), name="people_place_days"
            ),
        ]


class ClassStaff(models.Model):
    """担任・教科担任: a person teaches a class from a day to a day; `primary` is the homeroom or lead teacher."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.PROTECT, related_name="staff")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    primary = models.BooleanField("担任", default=False)
    begins = models.DateField("始まり")
    ends = models.DateField("終わり", null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "begins"], name="people_class_staff")]


CLASS = register(
    ResourceType(
        "SchoolClass",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "self": Attribute("id", "SchoolClass"),
        },
    )
)
