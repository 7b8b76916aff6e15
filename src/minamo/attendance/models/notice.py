"""欠席連絡・電話の記録."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class Notice(models.Model):
    """欠席連絡: a guardian tells the school that a child will be absent, late or leave early; also typed in from a
    telephone call. It takes effect on the register by itself; the teacher's own mark stands beside it.

    A day of a child has one notice that is not withdrawn, whoever sent it (a constraint of the database); what changes is
    a correction of it. `key` is the sender's idempotency key: the same notice sent twice (no line, pressed twice) is one row. The current
    content stands here; every earlier content is a `NoticeChange`.
    """

    class Kind(models.TextChoices):
        """種類."""

        ABSENT = "absent", "欠席"
        LATE = "late", "遅刻"
        EARLY = "early", "早退"
        LATE_EARLY = "late_early", "遅刻・早退"

    class Reason(models.TextChoices):
        """理由."""

        SICK = "sick", "体調不良"
        INFECTION = "infection", "感染症"
        HOSPITAL = "hospital", "通院"
        FAMILY = "family", "家庭の都合"
        MOURNING = "mourning", "忌引"
        OTHER = "other", "その他"

    class Channel(models.TextChoices):
        """届き方."""

        APP = "app", "アプリ"
        PHONE = "phone", "電話"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    homeroom = models.ForeignKey("people.SchoolClass", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    reason = models.CharField("理由", max_length=10, choices=Reason.choices)
    text = models.CharField("くわしく", max_length=300, blank=True)
    symptoms = models.JSONField("症状", default=list, blank=True)
    temperature = models.DecimalField("体温", max_digits=3, decimal_places=1, null=True, blank=True)
    begins = models.DateField("始まり")
    ends = models.DateField("終わり")
    arrives_at = models.TimeField("登校の予定", null=True, blank=True)
    leaves_at = models.TimeField("下校の予定", null=True, blank=True)
    returns_on = models.DateField("戻り予定", null=True, blank=True)
    channel = models.CharField("届き方", max_length=6, choices=Channel.choices)
    sender = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    sender_label = models.CharField("差出人", max_length=60)
    entered_by_label = models.CharField("入力した人", max_length=60, blank=True)
    key = models.UUIDField("べき等キー", unique=True)
    written_at = models.DateTimeField("書いた時刻")
    received_at = models.DateTimeField("届いた時刻")
    after_deadline = models.BooleanField("締切後", default=False)
    withdrawn_at = models.DateTimeField("取り消した時刻", null=True, blank=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Notice"
    read_action = "notice:read"

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [
            models.Index(fields=["school", "begins", "ends"], name="attendance_notice_school"),
            models.Index(fields=["pupil", "begins"], name="attendance_notice_pupil"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("begins")), name="attendance_notice_days"),
            # One notice speaks of a day: a second one corrects the first.
            ExclusionConstraint(
                name="attendance_one_notice_a_day",
                expressions=[
                    ("pupil", "="),
                    (
                        models.Func(
                            "begins", "ends", models.Value("[]"), function="DATERANGE", output_field=DateRangeField()
                        ),
                        "&&",
                    ),
                ],
                condition=models.Q(withdrawn_at__isnull=True),
            ),
        ]


class NoticeChange(models.Model):
    """連絡の訂正・取り消し: the content before, who changed it and when; after the deadline it shows on the register."""

    class Kind(models.TextChoices):
        """種類."""

        CORRECTION = "correction", "訂正"
        WITHDRAWAL = "withdrawal", "取り消し"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    before = models.JSONField("前の内容")
    changed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    changed_by_label = models.CharField(max_length=60)
    changed_at = models.DateTimeField()
    after_deadline = models.BooleanField("締切後")

    class Meta:
        ordering: ClassVar = ["changed_at"]
        indexes: ClassVar = [models.Index(fields=["municipality", "changed_at"], name="attendance_change_when")]


class Resolution(models.Model):
    """食い違いの決着: a teacher looked at notice and mark that disagree and said which holds. Both rows stay."""

    class Holds(models.TextChoices):
        """どちらを採るか."""

        MARK = "mark", "先生の記録"
        NOTICE = "notice", "保護者の連絡"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="resolutions")
    day = models.DateField("日")
    holds = models.CharField(max_length=8, choices=Holds.choices)
    decided_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    decided_by_label = models.CharField(max_length=60)
    decided_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["decided_at"]


class CallLog(models.Model):
    """電話の記録: who called whom about a child nobody has heard of, and what came of it."""

    class Outcome(models.TextChoices):
        """結果."""

        REACHED = "reached", "つながった"
        NO_ANSWER = "no_answer", "出ない"
        MESSAGE = "message", "留守番電話"
        ON_THE_WAY = "on_the_way", "登校中とのこと"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日")
    called_at = models.DateTimeField("時刻")
    called_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    called_by_label = models.CharField(max_length=60)
    to = models.CharField("相手", max_length=60, blank=True)
    outcome = models.CharField("結果", max_length=12, choices=Outcome.choices)
    note = models.CharField("メモ", max_length=200, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-called_at"]
        indexes: ClassVar = [models.Index(fields=["school", "day"], name="attendance_call_school")]


NOTICE = register(
    ResourceType(
        "Notice",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "homeroom": Attribute("homeroom_id", "SchoolClass"),
            "pupil": Attribute("pupil_id", "Pupil"),
        },
    )
)
