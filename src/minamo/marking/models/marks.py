"""採点: what a named person gave an answer, as a log that is only added to and the state that follows from it.

A mark belongs to a page and a question, never to a pupil: when a page turns out to be another child's, its marks go with it.
"""

from typing import ClassVar

from django.db import models

from minamo.kernel.ids import new_id
from minamo.marking.marks_rules import FIRST, SECOND, VERDICT

__all__ = ["FIRST", "SECOND", "VERDICT", "AnswerMark", "Claim", "Grouping", "SecondMarking", "StampSet", "Stroke"]


class Stroke(models.Model):
    """採点の一手（記録）: one key of one person, only added, in the order the server took it (`at`, `order`).

    `points` null takes a mark back. `base` is the stroke the marker saw (null = none): when another one holds, the stroke
    is kept with `overtaken` and does not count until somebody decides. `key` is the client's, so that a stroke from the
    waiting line counts once. `how`: `key` (one by one), `all` (残り全部), `sheet` (読みの一覧を確かめて), `blank` (空らん),
    `group` (答えのまとまり), `undo`, `redo`, `check` (抜き取りの確かめ), `verdict` (裁定), `choice` (食い違いから選ぶ), `rescore` (配点が
    変わった), `gone` and `came` (the page went to another class: here, and there). `undoes` is the stroke an undo or redo takes back, or the newest one a choice decided about. `act` is one press of a
    key: its strokes are taken back together.
    """

    order = models.BigAutoField(primary_key=True)
    key = models.UUIDField("べき等キー", unique=True)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="strokes")
    page = models.ForeignKey("marking.ScanPage", on_delete=models.PROTECT, related_name="strokes")
    question = models.CharField("設問", max_length=40)
    round = models.PositiveSmallIntegerField("回", default=FIRST)
    points = models.PositiveSmallIntegerField("点", null=True)
    comment = models.CharField("コメント", max_length=200, blank=True)
    criteria = models.JSONField("採点のめやす", default=list, blank=True)
    reading = models.JSONField("そのときの読み", null=True, blank=True)
    base = models.BigIntegerField("見ていた一手", null=True)
    how = models.CharField("つけ方", max_length=8)
    undoes = models.BigIntegerField("取り消した一手", null=True)
    act = models.UUIDField("一回の操作", null=True)
    overtaken = models.BooleanField("食い違い", default=False)
    marker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    marker_label = models.CharField("採点した人", max_length=60)
    struck_at = models.DateTimeField("つけた時刻（端末）")
    at = models.DateTimeField("届いた時刻")

    class Meta:
        ordering: ClassVar = ["order"]
        indexes: ClassVar = [
            models.Index(fields=["sitting", "question", "order"], name="marking_stroke_question"),
            models.Index(fields=["sitting", "marker", "-order"], name="marking_stroke_marker"),
        ]


class AnswerMark(models.Model):
    """いまの採点: the stroke that holds for a page, question and round. Written only together with a stroke."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="marks")
    page = models.ForeignKey("marking.ScanPage", on_delete=models.PROTECT, related_name="marks")
    question = models.CharField("設問", max_length=40)
    round = models.PositiveSmallIntegerField("回", default=FIRST)
    points = models.PositiveSmallIntegerField("点", null=True)
    comment = models.CharField("コメント", max_length=200, blank=True)
    criteria = models.JSONField("採点のめやす", default=list, blank=True)
    how = models.CharField("つけ方", max_length=8)
    stroke = models.BigIntegerField("いまの一手")
    marker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    marker_label = models.CharField("採点した人", max_length=60)

    class Meta:
        ordering: ClassVar = ["question", "page"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["page", "question", "round"], name="marking_one_mark"),
        ]
        indexes: ClassVar = [models.Index(fields=["sitting", "question"], name="marking_mark_question")]


class Claim(models.Model):
    """受け持ち: a person marks a question of a sitting (`question` "" = all of them) in one round, until given back.

    A claim keeps others from starting the same by chance; it never blocks a mark.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="claims")
    question = models.CharField("設問", max_length=40, blank=True)
    round = models.PositiveSmallIntegerField("回", default=FIRST)
    marker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    marker_label = models.CharField("受け持つ人", max_length=60)
    claimed_at = models.DateTimeField("受け持った時刻")
    given_back_at = models.DateTimeField("返した時刻", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["claimed_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sitting", "question", "round"], condition=models.Q(given_back_at__isnull=True),
                name="marking_one_claim",
            ),
        ]  # fmt: skip


class SecondMarking(models.Model):
    """2回採点: from here on a question of a sitting is marked by a second person who does not see the first marks."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="seconds")
    question = models.CharField("設問", max_length=40)
    asked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    asked_by_label = models.CharField("決めた人", max_length=60)
    asked_at = models.DateTimeField("決めた時刻")
    ended_at = models.DateTimeField("やめた時刻", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sitting", "question"], condition=models.Q(ended_at__isnull=True), name="marking_one_second"
            ),
        ]


class Grouping(models.Model):
    """答えのまとまり: pages of a sitting whose answers to a question look alike (page ids, nearest first), as the machine
    bundled them from `pages` pages. Only a help: a bundle is shown whole before anybody marks it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="groupings")
    question = models.CharField("設問", max_length=40)
    bundles = models.JSONField("まとまり", default=list)
    pages = models.PositiveIntegerField("もとにした枚数")
    made_at = models.DateTimeField("まとめた時刻")

    class Meta:
        ordering: ClassVar = ["made_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "question"], name="marking_one_grouping"),
        ]


class StampSet(models.Model):
    """スタンプのことば of one person, in the order of the keys; none of one's own means the usual ones."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    words = models.JSONField("ことば", default=list, blank=True)
    changed_at = models.DateTimeField("変えた時刻")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "account"], name="marking_one_stamp_set"),
        ]
