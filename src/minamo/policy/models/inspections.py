"""自己点検と監査: a round for one place and year, with the figures of the day, the answers of people, and its end."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from minamo.kernel.ids import new_id


class Inspection(models.Model):
    """点検の一回. `lines` are the clauses with what the machine can say about each, as of `figures_at`; when it is finished
    they hold the answers too, and nothing of it changes any more. One that was begun by mistake is withdrawn and stays in the list. Without a school it is the whole municipality's."""

    class Kind(models.TextChoices):
        """種類."""

        SELF = "self", "自己点検"
        AUDIT = "audit", "監査"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, null=True, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("種類", max_length=5, choices=Kind.choices)
    auditor = models.CharField("監査する人", max_length=80, blank=True)
    lines = models.JSONField("条文ごとの行", default=list)
    figures_at = models.DateTimeField("数字を取った時刻")
    begun_by = models.CharField("始めた人", max_length=120)
    begun_at = models.DateTimeField("始めた時刻")
    summary = models.CharField("全体の所見", max_length=1000, blank=True)
    finisher = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    finished_by = models.CharField("終えた人", max_length=120, blank=True)
    finished_at = models.DateTimeField("終えた時刻", null=True)
    withdrawn_by = models.CharField("取りやめた人", max_length=120, blank=True)
    withdrawn_at = models.DateTimeField("取りやめた時刻", null=True)

    class Meta:
        ordering: ClassVar = ["-begun_at"]
        indexes: ClassVar = [models.Index(fields=["municipality", "year", "school"], name="policy_inspection_place")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["municipality", "school", "year", "kind"], condition=Q(finished_at=None, withdrawn_at=None), nulls_distinct=False,
                name="policy_inspection_one_open",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(withdrawn_at=None), name="policy_inspection_one_end"
            ),
            models.CheckConstraint(
                condition=Q(kind="self", auditor="") | (Q(kind="audit", school=None) & ~Q(auditor="")),
                name="policy_inspection_auditor",
            ),
        ]  # fmt: skip


class InspectionAnswer(models.Model):
    """点検の答え: one clause, one round. A later answer stands beside the former; the newest counts."""

    class Verdict(models.TextChoices):
        """できているか."""

        DONE = "done", "できている"
        PARTLY = "partly", "一部できている"
        NOT = "not", "できていない"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="answers")
    clause = models.CharField("条文", max_length=10)
    verdict = models.CharField("答え", max_length=6, choices=Verdict.choices)
    note = models.CharField("ひとこと", max_length=300, blank=True)
    answered_by = models.CharField("答えた人", max_length=120)
    answered_at = models.DateTimeField("答えた時刻")

    class Meta:
        ordering: ClassVar = ["answered_at", "id"]
