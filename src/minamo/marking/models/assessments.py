"""テストと実施: a teacher's own answer sheet with its questions, and the test as one class wrote it.

A test's settings (places, points, model answers) are editions: a row for every saved state, the last one holds, an
earlier one can be taken up again. Boxes are pixels of the blank drawn at 200 dpi, origin top left.
"""

from typing import ClassVar

from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id
from minamo.marking.leaves import Leaf, leaves_of


class Assessment(models.Model):
    """テスト: one blank answer sheet. `blank` is the SHA-256 of a PDF of one page or two (the file as it came; a picture is
    laid on a page of its true size, its coded bytes untouched); `picture` of its pages under each other as PNG at 200 dpi, for
    screens; `width`, `height` the size of that in pixels; `leaves` the sizes of the pages, empty for one page (`leaves.py`). `audience`: `author` (作った先生だけ) or `school` (校内で共有)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("テストの名前", max_length=60)
    subject = models.CharField("教科", max_length=20, blank=True)
    year = models.PositiveSmallIntegerField("年度")
    blank = models.CharField("解答用紙（SHA-256）", max_length=64)
    blank_name = models.CharField("解答用紙のファイル名", max_length=120)
    picture = models.CharField("解答用紙の絵（SHA-256）", max_length=64, blank=True)
    width = models.PositiveIntegerField("幅（200 dpiの画素）")
    height = models.PositiveIntegerField("高さ（200 dpiの画素）")
    leaves = models.JSONField("面の大きさ", default=list, blank=True)
    audience = models.CharField("見られる範囲", max_length=8, default="author")
    copied_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    author_label = models.CharField("作った人", max_length=60)
    made_at = models.DateTimeField("作った時刻")
    put_away_at = models.DateTimeField("片づけた時刻", null=True, blank=True)
    key = models.UUIDField("べき等キー", unique=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Assessment"
    read_action = "assessment:read"

    @property
    def pages(self) -> tuple[Leaf, ...]:
        """面: its printed pages."""
        return leaves_of(self.leaves, self.width, self.height)

    class Meta:
        ordering: ClassVar = ["-made_at"]
        indexes: ClassVar = [models.Index(fields=["school", "-made_at"], name="marking_assessment_school")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(audience__in=["author", "school"]), name="marking_assessment_audience"
            ),
        ]


class Edition(models.Model):
    """テストの設定（版）: questions and the boxes of number and name, as somebody saved them.

    `questions`: list of {id, label, section, box, kind, alphabet, keys, full, aspect, note, criteria, drawing} (see `setup.Question`); an id
    never changes its meaning from one edition to the next. `number_box`, `name_box`: [x0, y0, x1, y1] or null.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField("版")
    questions = models.JSONField("設問", default=list)
    number_box = models.JSONField("出席番号の枠", null=True, blank=True)
    name_box = models.JSONField("氏名の枠", null=True, blank=True)
    vertical = models.BooleanField("縦書き", default=False)
    saved_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    saved_by_label = models.CharField("保存した人", max_length=60)
    saved_at = models.DateTimeField("保存した時刻")

    class Meta:
        ordering: ClassVar = ["assessment", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "number"], name="marking_edition_number"),
        ]


class Sitting(models.Model):
    """実施: a test as one class wrote it. `audience`: `class` (担任・担当と管理職) or `school` (校内の先生と分けて採点する)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="sittings")
    school_class = models.ForeignKey("people.SchoolClass", on_delete=models.PROTECT, related_name="+")
    held_on = models.DateField("実施日")
    audience = models.CharField("採点する範囲", max_length=8, default="class")
    opened_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    opened_by_label = models.CharField("始めた人", max_length=60)
    opened_at = models.DateTimeField("始めた時刻")

    objects = VisibleQuerySet.as_manager()
    resource_name = "Sitting"
    read_action = "sitting:mark"

    class Meta:
        ordering: ClassVar = ["-held_on", "-opened_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "school_class"], name="marking_one_sitting"),
            models.CheckConstraint(
                condition=models.Q(audience__in=["class", "school"]), name="marking_sitting_audience"
            ),
        ]


ASSESSMENT = register(
    ResourceType(
        "Assessment",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "author": Attribute("author_id", "User"),
            "audience": Attribute("audience"),
        },
    )
)
SITTING = register(
    ResourceType(
        "Sitting",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "homeroom": Attribute("school_class_id", "SchoolClass"),
            "audience": Attribute("audience"),
        },
    )
)
