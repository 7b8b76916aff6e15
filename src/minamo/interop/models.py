"""Nouns of 連携 (interop): where rows came from, imports under way, rows put aside, remembered column choices."""

from typing import ClassVar

from django.db import models

from minamo.access.api import VisibleQuerySet
from minamo.kernel.ids import new_id


class SourceLink(models.Model):
    """出どころ: which OneRoster `sourcedId` of which municipality stands for which row here. Makes imports idempotent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    file = models.CharField("ファイル", max_length=30)
    sourced_id = models.CharField("sourcedId", max_length=64)
    target_id = models.UUIDField("対象")
    digest = models.CharField("行のハッシュ", max_length=64)
    row = models.JSONField("最後に受け取った行", default=dict)
    removed_at = models.DateTimeField("外れた時刻", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "file", "sourced_id"], name="interop_source_once")
        ]


class ImportRun(models.Model):
    """取り込み: one file, checked and then applied as a whole or not at all; the report says what changed. One that is ready
    waits for somebody: applied or dismissed."""

    class State(models.TextChoices):
        """状態."""

        CHECKING = "checking", "確認中"
        READY = "ready", "確認待ち"
        APPLIED = "applied", "取り込み済み"
        REFUSED = "refused", "受け付けられません"
        DISMISSED = "dismissed", "取り込まない"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField("種類", max_length=12)
    filename = models.CharField("ファイル名", max_length=200)
    sha256 = models.CharField("内容のハッシュ", max_length=64)
    state = models.CharField("状態", max_length=10, choices=State.choices)
    report = models.JSONField("報告", default=dict)
    started_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    started_by_label = models.CharField(max_length=120)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-started_at"]


class TrayRow(models.Model):
    """保留の行: a row of a guardians' list that a person must look at; corrected or dismissed, never half-applied.

    `values` stay as the list had them, so that the same row is known again; `mended` is what a person typed instead.
    """

    class State(models.TextChoices):
        """状態."""

        WAITING = "waiting", "確認待ち"
        APPLIED = "applied", "取り込み済み"
        DISMISSED = "dismissed", "取り込まない"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="tray")
    record = models.PositiveIntegerField("行")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, null=True, related_name="+")
    values = models.JSONField("内容")
    mended = models.JSONField("直した内容", default=dict)
    flags = models.JSONField("気になる点")
    blocking = models.BooleanField("直すまで取り込まない", default=True)
    state = models.CharField("状態", max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["record"]


class ColumnChoice(models.Model):
    """列の対応: which heading a school's lists use for which field; remembered for the next file."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("種類", max_length=12)
    heading = models.CharField("見出し", max_length=120)
    field = models.CharField("項目", max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "kind", "heading"], name="interop_column_once")
        ]
