"""Nouns of the audit trail (監査証跡)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register


class Entry(models.Model):
    """証跡の1行: who did or read what, when, from which device, under which rule. Rows are only ever added.

    The table is partitioned by month and INSERT-only for the application's role (see migration 0001). `xid` is the
    writing transaction: a sealer orders rows by it, below the oldest running transaction, so that commit order and
    sequence order cannot disagree.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField(db_default=0, editable=False)
    at = models.DateTimeField("時刻", db_default=Now())
    xid = models.BigIntegerField(db_default=0, editable=False)
    municipality_id = models.UUIDField(null=True)
    school_id = models.UUIDField(null=True)
    actor_id = models.UUIDField("操作者", null=True)
    actor_kind = models.CharField("操作者の種類", max_length=10)
    actor_label = models.CharField("操作者の名前", max_length=120)
    device_id = models.UUIDField("端末", null=True)
    action = models.CharField("操作", max_length=60)
    resource_type = models.CharField("対象の種類", max_length=40)
    resource_id = models.CharField("対象", max_length=60)
    pupil_id = models.UUIDField("児童生徒", null=True)
    outcome = models.CharField("結果", max_length=10)
    rules = ArrayField(models.CharField(max_length=80), verbose_name="規則")
    policy_digest = models.CharField("規則集のハッシュ", max_length=64)
    detail = models.JSONField("内容", default=dict)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Trail"
    read_action = "audit:read"

    class Meta:
        managed = False
        db_table = "audit_entry"
        ordering = [F("at").desc(), F("id").desc()]


TRAIL = register(
    ResourceType(
        "Trail",
        {"municipality": Attribute("municipality_id", "Municipality"), "school": Attribute("school_id", "School")},
    )
)
