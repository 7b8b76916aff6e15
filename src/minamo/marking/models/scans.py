"""読み取り: piles of scanned sheets, their pages as the eye found them, and whose each page is."""

from typing import Any, ClassVar

from django.db import models

from minamo.kernel.ids import new_id


class Pile(models.Model):
    """答案の山: one file of scans as it came (SHA-256 `content`). Pages are rows of `ScanPage` as they become ready, so a
    reading that was cut off goes on where it was; `pages` is how many there are, null before the file was opened.
    `removed_at`: a person has taken the whole pile back (`actions/pile_removal.py`); its pages are aside, nothing is thrown away.
    `parted`: pairs [behind, front] over two piles that were taken apart then, to be joined when the pile comes back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="piles")
    content = models.CharField("中身（SHA-256）", max_length=64)
    filename = models.CharField("ファイル名", max_length=120)
    source = models.CharField("送り方", max_length=8)
    pages = models.PositiveIntegerField("ページ数", null=True, blank=True)
    refusal = models.CharField("読み取れない理由", max_length=300, blank=True)
    sent_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    sent_by_label = models.CharField("送った人", max_length=60)
    sent_at = models.DateTimeField("送った時刻")
    stopped_at = models.DateTimeField("やめた時刻", null=True, blank=True)
    stopped_by_label = models.CharField("やめた人", max_length=60, blank=True)
    removed_at = models.DateTimeField("除いた時刻", null=True, blank=True)
    removed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    removed_by_label = models.CharField("除いた人", max_length=60, blank=True)
    parted = models.JSONField("外した組", default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["sent_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "content"], name="marking_one_pile_of_a_content"),
            models.CheckConstraint(
                condition=models.Q(source__in=["browser", "camera", "link", "folder"]), name="marking_pile_source"
            ),
        ]


class ScanPage(models.Model):
    """ページ: one page of a pile as the eye found it. A paper that is marked is such a page.

    `status`: `ok`, `review`, or `leaf` (the second page of a paper, behind its `front`) with `reason` (a code of `vision.errors` or `pile`) and `message` (Japanese). `homography`: nine
    numbers, blank at 200 dpi → pixels of the stored picture. `numbers`: likely 出席番号 [[text, confidence]…]; `code`: the word
    of a sheet that was printed for a pupil (`sheet_codes`). `crops`: SHA-256
    of one file that holds the JPEG of every answer, `places` where each is in it: {question id: [offset, length, width,
    height]}; "name" is the strip of number and name, "name-line" and "name-columns" that of a vertical sheet laid to be read in a row. `readings`: {question id: [text | null, confidence]}, "" = blank.
    "page" is the whole page, small and upright; "corners" is no picture but the corners of
    the sheet on it, in thousandths. `edition` is the edition of the test they were cut by; `reader` the digest
    of the network that read. `copy_of` is the page with the same pupil's ink: the first one (a page that is `ok` with
    `copy_of` is one of which a person said that it is another paper). While `reason` is `placing`, `homography` leads to the
    page as a unit square: a person has set the corners and the reading is on its way. `leaf`: which page of the test it is (0, 1);
    places and homography speak of that page, crops and readings are those of its questions. Marks and binding are the front's.
    """

    second: "ScanPage | None" = None  # the page behind, where a query has read it along

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pile = models.ForeignKey(Pile, on_delete=models.PROTECT, related_name="sheets")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="sheets")
    index = models.PositiveIntegerField("ページ（0から）")
    leaf = models.PositiveSmallIntegerField("何枚目（0から）", default=0)
    front = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="behind")
    status = models.CharField("ようす", max_length=8)
    reason = models.CharField("理由", max_length=20, blank=True)
    message = models.CharField("説明", max_length=300, blank=True)
    homography = models.JSONField("位置", null=True, blank=True)
    score = models.FloatField("照合の点", default=0.0)
    numbers = models.JSONField("読めた番号", default=list)
    code = models.CharField("印刷した用紙の符号", max_length=24, blank=True)
    copy_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies")
    trace = models.BinaryField("同じ紙の手がかり", null=True)
    crops = models.CharField("切り抜き（SHA-256）", max_length=64, blank=True)
    places = models.JSONField("切り抜きの位置", default=dict)
    readings = models.JSONField("読み", default=dict)
    reader = models.CharField("読み手", max_length=64, blank=True)
    edition = models.ForeignKey("marking.Edition", on_delete=models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField("読んだ時刻")

    def holder(self, question: str) -> "ScanPage":
        """この問いのあるページ of the paper: this one, or the one behind it."""
        return self.second if self.second is not None and question in self.second.places else self

    def reading(self, question: str) -> Any:
        """読み of an answer on either page: [text | null, confidence], or None."""
        found = self.readings.get(question)
        return self.second.readings.get(question) if found is None and self.second is not None else found

    @property
    def all_readings(self) -> dict[str, Any]:
        """読み of both pages."""
        return {**self.readings, **self.second.readings} if self.second is not None else self.readings

    @property
    def all_cut(self) -> frozenset[str]:
        """切り抜いた問い of both pages."""
        return frozenset(self.places) | (frozenset(self.second.places) if self.second is not None else frozenset())

    class Meta:
        ordering: ClassVar = ["pile", "index"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pile", "index"], name="marking_one_row_a_page"),
            models.CheckConstraint(condition=models.Q(status__in=["ok", "review", "leaf"]), name="marking_page_status"),
            models.CheckConstraint(
                condition=models.Q(front__isnull=True) | models.Q(status="leaf", leaf__gt=0),
                name="marking_leaf_behind_a_front",
            ),
            models.UniqueConstraint(
                fields=["front", "leaf"], condition=models.Q(front__isnull=False), name="marking_one_leaf_behind"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["sitting"], name="marking_page_sitting")]


class Binding(models.Model):
    """だれの答案か: a person said that a page is a pupil's, or (pupil null) that it is no paper, with `why`.

    Only added, the last one of a page holds (`replaced_at` null). A pupil has one page of a sitting at a time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="bindings")
    page = models.ForeignKey(ScanPage, on_delete=models.PROTECT, related_name="bindings")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, null=True, related_name="+")
    number = models.PositiveSmallIntegerField("出席番号", null=True)
    why = models.CharField("理由", max_length=20, blank=True)
    how = models.CharField("決め方", max_length=12)
    bound_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    bound_by_label = models.CharField("決めた人", max_length=60)
    bound_at = models.DateTimeField("決めた時刻")
    replaced_at = models.DateTimeField("取りかえた時刻", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["bound_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["page"], condition=models.Q(replaced_at__isnull=True), name="marking_one_binding_a_page"
            ),
            models.UniqueConstraint(
                fields=["sitting", "pupil"], condition=models.Q(replaced_at__isnull=True, pupil__isnull=False),
                name="marking_one_page_a_pupil",
            ),
        ]  # fmt: skip


class Absence(models.Model):
    """テストの欠席: a person said that a pupil has no paper in this sitting; ends when a paper turns up or it is taken back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="absences")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="+")
    said_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    said_by_label = models.CharField("決めた人", max_length=60)
    said_at = models.DateTimeField("決めた時刻")
    ended_at = models.DateTimeField("取り消した時刻", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["said_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sitting", "pupil"], condition=models.Q(ended_at__isnull=True), name="marking_one_absence"
            ),
        ]


class UploadLink(models.Model):
    """送り先のリンク: an address that only takes in scans of one sitting (for the copier), until `expires_at` or closed.

    `token_hash` is the SHA-256 of the secret part of the address, which is shown once and never kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey("marking.Sitting", on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField("合言葉（SHA-256）", max_length=64, unique=True)
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    made_by_label = models.CharField("作った人", max_length=60)
    made_at = models.DateTimeField("作った時刻")
    expires_at = models.DateTimeField("期限")
    closed_at = models.DateTimeField("閉じた時刻", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]
