"""確定・返却用の答案・画像の保管: a sitting that became a result, what goes home of a page, and how long pictures are kept."""

from typing import ClassVar

from django.db import models

from minamo.kernel.ids import new_id


class Settlement(models.Model):
    """実施の確定: a sitting as it was settled into a result, under which edition, with what was still open (`exceptions`,
    one sentence each). Ends when somebody takes it back before the release (`ended_at`): marking goes on, and it may be
    settled again into a result of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="settlements")
    result = models.OneToOneField("marking.Result", on_delete=models.PROTECT, related_name="settlement")
    edition = models.ForeignKey("marking.Edition", on_delete=models.PROTECT, related_name="+")
    exceptions = models.JSONField("残したまま確定したこと", default=list)
    settled_at = models.DateTimeField("確定した時刻")
    ended_at = models.DateTimeField("確定を取りやめた時刻", null=True, blank=True)
    ended_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    ended_by_label = models.CharField("取りやめた人", max_length=60, blank=True)
    ended_why = models.CharField("取りやめたわけ", max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-settled_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sitting"], condition=models.Q(ended_at__isnull=True), name="marking_one_settlement"
            ),
        ]


class PaperSheet(models.Model):
    """返却用の答案: one paper as its pupil and guardians see it: the page upright as a picture, and the marked page as PDF.

    `picture` and `pdf` are SHA-256; `boxes` = {question id: [x0, y0, x1, y1]} in pixels of the picture, `corners` the
    questions whose sign has its corner (○×で答える問い). `drawn` is the digest
    of what the PDF shows (points, comments): another one means that it has to be drawn again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    paper = models.OneToOneField("marking.ResultPaper", on_delete=models.PROTECT, related_name="sheet")
    picture = models.CharField("答案の画像（SHA-256）", max_length=64, blank=True)
    width = models.PositiveIntegerField("画像の幅")
    height = models.PositiveIntegerField("画像の高さ")
    boxes = models.JSONField("設問の位置", default=dict)
    corners = models.JSONField("角に印をおく設問", default=list, blank=True)
    pdf = models.CharField("採点済みPDF（SHA-256）", max_length=64, blank=True)
    drawn = models.CharField("描いたもの", max_length=64)
    made_at = models.DateTimeField("作った時刻")

    class Meta:
        ordering: ClassVar = ["paper"]


class MarkedBook(models.Model):
    """採点済みPDF: the marked sheets of a class in one file, in class order, drawn beside the requests. `done` of `pages` are
    drawn; `content` is the file (SHA-256) when it is finished, `refusal` says why it could not be."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey("marking.Result", on_delete=models.PROTECT, related_name="books")
    drawn = models.CharField("描くもの", max_length=64)
    pages = models.PositiveIntegerField("ページ数")
    done = models.PositiveIntegerField("できたページ数", default=0)
    content = models.CharField("中身（SHA-256）", max_length=64, blank=True)
    refusal = models.CharField("作れない理由", max_length=300, blank=True)
    asked_at = models.DateTimeField("頼んだ時刻")
    made_at = models.DateTimeField("できた時刻", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["result", "drawn"], name="marking_one_book_of_a_drawing"),
        ]


class KeepingRule(models.Model):
    """答案の画像の保管: for how many days after the test pictures are kept, for a municipality or (`school`) one school.
    The last one said holds; a row per change. `days` null: as the municipality says."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, null=True, related_name="+")
    days = models.PositiveIntegerField("保管する日数", null=True)
    set_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    set_by_label = models.CharField("決めた人", max_length=60)
    set_at = models.DateTimeField("決めた時刻")

    class Meta:
        ordering: ClassVar = ["-set_at"]


class ImageRemoval(models.Model):
    """答案の画像の削除: the pictures of a sitting were removed, because they were due (`by` null) or by hand with a reason.
    Points, readings and the log stay."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, related_name="+")
    sitting = models.OneToOneField("marking.Sitting", on_delete=models.PROTECT, related_name="removal")
    due_on = models.DateField("期限の日")
    why = models.CharField("理由", max_length=200)
    contents = models.JSONField("画像のファイル（SHA-256）", default=list)
    files = models.PositiveIntegerField("消したファイル", default=0)
    kept = models.PositiveIntegerField("ほかで使っていて残したファイル", default=0)
    size = models.PositiveBigIntegerField("消した大きさ（バイト）", default=0)
    by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    by_label = models.CharField("消した人", max_length=60)
    removed_at = models.DateTimeField("消した時刻")

    class Meta:
        ordering: ClassVar = ["-removed_at"]
