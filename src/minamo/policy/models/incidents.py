"""事故: what happened (or nearly), what was done in which order, and who is affected as the trail shows it."""

from typing import ClassVar

from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class Incident(models.Model):
    """事故: reported with one tap; everything else comes later, as entries. When it became known starts the legal deadlines:
    `known_at` and `happened_at` are what was said at first, the newest entry of times corrects both; so does one of the kind."""

    class Kind(models.TextChoices):
        """種類."""

        NEAR_MISS = "near_miss", "もう少しで"
        LOST = "lost", "紛失・盗難"
        MISSENT = "missent", "誤送信・誤配布"
        EXPOSED = "exposed", "公開や共有の誤り"
        INTRUSION = "intrusion", "乗っ取り・不正な閲覧"
        OTHER = "other", "その他"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    summary = models.TextField("何があったか", max_length=2000)
    happened_at = models.DateTimeField("起きた時刻", null=True)
    known_at = models.DateTimeField("知った時刻")
    reporter = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    reporter_label = models.CharField("知らせた人", max_length=120)
    page = models.CharField("知らせた画面", max_length=120, blank=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Incident"
    read_action = "incident:read"

    class Meta:
        ordering: ClassVar = ["-known_at"]
        indexes: ClassVar = [models.Index(fields=["municipality", "-known_at"], name="policy_incident_newest")]


class IncidentEntry(models.Model):
    """事故の記録の一行: a step with its time. Rows are only added; the newest assessment counts."""

    class Kind(models.TextChoices):
        """種類."""

        REPORTED = "reported", "知らせた"
        NOTE = "note", "記録"
        TIMES = "times", "時刻を正した"
        KIND = "kind", "種類を正した"
        ASSESSED = "assessed", "見立て"
        AFFECTED = "affected", "影響を受けた人"
        PRELIMINARY = "preliminary", "速報を出した"
        FINAL = "final", "確報を出した"
        WITHDRAWN = "withdrawn", "報告の記録を取り消した"
        CLOSED = "closed", "終えた"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField("種類", max_length=11, choices=Kind.choices)
    text = models.TextField("内容", max_length=2000, blank=True)
    detail = models.JSONField("詳細", default=dict)
    actor = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField("書いた人", max_length=120)
    at = models.DateTimeField("時刻")

    class Meta:
        ordering: ClassVar = ["at", "id"]


INCIDENT = register(
    ResourceType(
        "Incident",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "reporter": Attribute("reporter_id", "User"),
        },
    )
)
