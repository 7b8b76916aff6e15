"""テスト結果・返却・見直し: what a test came to, what went home, what was asked about it."""

from typing import ClassVar

from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class Result(models.Model):
    """テスト結果: a test of one class as a named person settled it: questions with their points, one paper per pupil.

    `items` is the list of questions (id, label, full, section, aspect, key). What comes after is a row of its own: a
    release, a review with its answer. `key` is the sender's: the same table sent twice is one result.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey("people.SchoolClass", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("テストの名前", max_length=60)
    subject = models.CharField("教科", max_length=20, blank=True)
    held_on = models.DateField("実施日")
    items = models.JSONField("設問")
    key = models.UUIDField("べき等キー", unique=True)
    settled_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    settled_by_label = models.CharField("確定した人", max_length=60)
    settled_at = models.DateTimeField("確定した時刻")

    objects = VisibleQuerySet.as_manager()
    resource_name = "Result"
    read_action = "result:read"

    class Meta:
        ordering: ClassVar = ["-held_on", "-settled_at"]
        indexes: ClassVar = [models.Index(fields=["school_class", "held_on"], name="marking_result_class")]


class ResultPaper(models.Model):
    """答案の結果: points per question of one pupil (null = not marked), answers as text where known and what was
    seen where not (`analysis.values.Paper`); or absent. `page` is the
    scanned page behind it where the result was marked here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="papers")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField("出席番号", null=True)
    points = models.JSONField("得点", default=list)
    texts = models.JSONField("解答", default=list, blank=True)
    looks = models.JSONField("見えたもの", default=list, blank=True)
    absent = models.BooleanField("欠席", default=False)
    page = models.ForeignKey("marking.ScanPage", on_delete=models.PROTECT, null=True, related_name="+")

    objects = VisibleQuerySet.as_manager()
    resource_name = "ResultPaper"
    read_action = "paper:read"

    class Meta:
        ordering: ClassVar = ["number", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["result", "pupil"], name="marking_one_paper_a_pupil"),
        ]


class PointsChange(models.Model):
    """配点の変更: full points by question and every answer's points as they were before, who changed them and when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="changes")
    before = models.JSONField("前の配点")
    after = models.JSONField("後の配点")
    papers = models.JSONField("前の得点")
    changed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    changed_by_label = models.CharField("変えた人", max_length=60)
    changed_at = models.DateTimeField("変えた時刻")

    class Meta:
        ordering: ClassVar = ["-changed_at"]


class Release(models.Model):
    """返却: from here on the pupils and their guardians see their papers; `review_until` is the last day for a review."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="releases")
    comment = models.CharField("家庭へのひとこと", max_length=300, blank=True)
    review_until = models.DateField("見直しの締切")
    released_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    released_by_label = models.CharField("返却した人", max_length=60)
    released_at = models.DateTimeField("返却した時刻")
    withdrawn_at = models.DateTimeField("取りやめた時刻", null=True, blank=True)
    withdrawn_by_label = models.CharField("取りやめた人", max_length=60, blank=True)

    class Meta:
        ordering: ClassVar = ["-released_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["result"], condition=models.Q(withdrawn_at__isnull=True), name="marking_one_release"
            ),
        ]


class Review(models.Model):
    """採点の見直し: what a family asks about one question of a paper that came home; once per question."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey(ResultPaper, on_delete=models.PROTECT, related_name="reviews")
    item = models.CharField("設問", max_length=40)
    text = models.CharField("聞きたいこと", max_length=300)
    asked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    asked_by_label = models.CharField("聞いた人", max_length=60)
    asked_at = models.DateTimeField("届いた時刻")

    class Meta:
        ordering: ClassVar = ["asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "item"], name="marking_one_review_a_question"),
        ]


class ReviewAnswer(models.Model):
    """見直しの答え: kept or changed, with the points before and after and a reason the family reads."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="answer")
    before = models.PositiveSmallIntegerField("前の点")
    after = models.PositiveSmallIntegerField("後の点")
    text = models.CharField("返事", max_length=300)
    answered_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    answered_by_label = models.CharField("答えた人", max_length=60)
    answered_at = models.DateTimeField("答えた時刻")

    class Meta:
        ordering: ClassVar = ["answered_at"]


RESULT = register(
    ResourceType(
        "Result",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "homeroom": Attribute("school_class_id", "SchoolClass"),
        },
    )
)
PAPER = register(
    ResourceType(
        "ResultPaper",
        {"municipality": Attribute("municipality_id", "Municipality"), "pupil": Attribute("pupil_id", "Pupil")},
    )
)
