"""転出した児童生徒の控え."""

from typing import ClassVar

from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id
from minamo.people.models.names import NameColumns


class FormerPupil(NameColumns):
    """転出した児童生徒の控え: the name as it stood when the child left for another municipality.

    The pupil's own row goes with the child behind the other wall. What the former school must keep (出席簿, 指導要録: 学校教育法
    施行規則 28条) goes on with the name of then; where the child is now and what it is called now never come here. Written by
    the transfer itself, never typed, never changed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    grade = models.CharField("学年", max_length=3)
    sex = models.CharField("性別", max_length=12, blank=True)
    student_number = models.CharField("学籍番号", max_length=40, blank=True)
    last_day = models.DateField("転学日")

    objects = VisibleQuerySet.as_manager()
    resource_name = "FormerPupil"
    read_action = "pupil:read"

    class Meta:
        ordering: ClassVar = ["-last_day", "family_kana", "given_kana", "id"]
        indexes: ClassVar = [models.Index(fields=["school", "-last_day"], name="people_former_school")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "pupil", "last_day"], name="people_former_once")
        ]


FORMER_PUPIL = register(
    ResourceType(
        "FormerPupil",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "pupil": Attribute("pupil_id", "Pupil"),
        },
    )
)
