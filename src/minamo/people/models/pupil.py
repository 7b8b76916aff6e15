"""児童生徒."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id
from minamo.people.models.names import NameColumns


class Pupil(NameColumns):
    """児童生徒: one child; the row and its id stay the same through every transfer, promotion and graduation.

    `school`, `grade`, `homeroom` and `attendance_number` say where the child is now (or was last); they are kept by the
    same actions that write enrolments and class places, so that lists need no joins.
    """

    class Sex(models.TextChoices):
        """性別 (OneRoster demographics)."""

        MALE = "male", "男"
        FEMALE = "female", "女"
        UNSPECIFIED = "unspecified", "—"
        OTHER = "other", "その他"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    master_id = models.UUIDField("共通ID（userMasterIdentifier）", unique=True, null=True, blank=True)
    student_number = models.CharField("学籍番号", max_length=40, blank=True)
    birth_date = models.DateField("生年月日", null=True, blank=True)
    sex = models.CharField("性別", max_length=12, choices=Sex.choices, blank=True)
    grade = models.CharField("学年", max_length=3)
    homeroom = models.ForeignKey(
        "people.SchoolClass", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    attendance_number = models.PositiveSmallIntegerField("出席番号", null=True, blank=True)
    left_on = models.DateField("学籍を離れた日", null=True, blank=True)
    household = models.ForeignKey(
        "people.Household", on_delete=models.PROTECT, null=True, blank=True, related_name="pupils"
    )
    account = models.OneToOneField(
        "access.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="pupil"
    )

    objects = VisibleQuerySet.as_manager()
    resource_name = "Pupil"
    read_action = "pupil:read"

    class Meta:
        ordering: ClassVar = ["school_id", "grade", "homeroom__position", "attendance_number", "id"]
        indexes: ClassVar = [
            models.Index(fields=["school", "grade", "attendance_number"], name="people_pupil_school"),
            models.Index(fields=["municipality", "family_kana", "given_kana"], name="people_pupil_kana"),
            GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="people_pupil_search"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["municipality", "student_number"],
                condition=~models.Q(student_number=""),
                name="people_pupil_student_number",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)  # names never reach logs by accident


class PupilRevision(models.Model):
    """訂正と異動の履歴: what a pupil's record said before a change; who changed it, when, from which day it holds, and why.

    Of a movement (異動) `before` and `after` hold the enrolments (`stays`) and the classes (`places`) as they stood.
    """

    class Verb(models.TextChoices):
        """何の履歴か."""

        EDIT = "edit", "訂正"
        ENTRANCE = "entrance", "入学"
        ADMISSION = "admission", "編入学"
        TRANSFER_IN = "transfer_in", "転入学"
        TRANSFER_OUT = "transfer_out", "転学"
        WITHDRAWAL = "withdrawal", "退学"
        GRADUATION = "graduation", "卒業"
        CHANGE_CLASS = "change_class", "学級の変更"
        TAKEN_BACK = "taken_back", "異動の取り消し"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="revisions")
    changed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    changed_by_label = models.CharField(max_length=120)
    changed_at = models.DateTimeField(auto_now_add=True)
    verb = models.CharField("何の履歴か", max_length=14, choices=Verb.choices, default=Verb.EDIT, db_default="edit")
    applies_from = models.DateField("適用日")
    before = models.JSONField("変更前")
    after = models.JSONField("変更後")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-changed_at"]

    @property
    def movement(self) -> bool:
        """Whether this is a movement (異動), not a correction of the person's particulars."""
        return self.verb != self.Verb.EDIT


PUPIL = register(
    ResourceType(
        "Pupil",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "homeroom": Attribute("homeroom_id", "SchoolClass"),
        },
    )
)
