"""規程文書: the branch (改正) and its steps, the issue (版) in force, and who has read it (確認)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class CountyLayer(models.Model):
    """郡の層: clauses and numbers that several municipalities have agreed on; the ground under each town's own layer.

    One row per member and edition, kept by the operator's command; it changes nothing until a town adopts it (ADR 0042).
    `county` is the number of the county, `members` the codes of all who agreed; `clauses` as in Revision.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    county = models.CharField("郡の番号", max_length=6)
    members = ArrayField(models.CharField(max_length=6), verbose_name="合意した町", default=list)
    name = models.CharField("名称", max_length=60)
    clauses = models.JSONField("条文", default=dict)
    limits = models.JSONField("数値", default=dict)
    agreed_on = models.DateField("合意した日")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["municipality", "-agreed_on"], name="policy_county_newest")]


class Revision(models.Model):
    """改正: a branch. `clauses` maps a number to {"title", "text", "who"} (changed or added) or to null (own addition
    taken away); `limits` are the town's own numbers; `overlay` is forbid-only Cedar text. Its state is its last step.
    `hands` are all who began it, changed anything in it or handed it in: none of them may approve it. `base` is the issue it was
    begun from (null: the model policy); it is approved only while nothing newer has been decided. `county` is the county's layer
    it lies on (null: none)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("件名", max_length=80)
    reason = models.TextField("改正理由", max_length=1000, blank=True)
    clauses = models.JSONField("条文", default=dict)
    limits = models.JSONField("数値", default=dict)
    overlay = models.TextField("上乗せの規則", blank=True)
    author = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    base = models.ForeignKey("Issue", on_delete=models.PROTECT, null=True, related_name="+")
    county = models.ForeignKey(CountyLayer, on_delete=models.PROTECT, null=True, related_name="+")
    hands = ArrayField(models.UUIDField(), verbose_name="案に手を入れた人", default=list)
    author_label = models.CharField("起案者", max_length=120)
    created_at = models.DateTimeField("起案した時刻")
    changed_at = models.DateTimeField("最後に変えた時刻")

    objects = VisibleQuerySet.as_manager()
    resource_name = "PolicyRevision"
    read_action = "policy:revise"

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["municipality", "-created_at"], name="policy_revision_newest")]


class RevisionStep(models.Model):
    """手続きの一歩: who moved the revision on, when, with what words. Rows are only added."""

    class Kind(models.TextChoices):
        """種類."""

        SUBMITTED = "submitted", "審査に出した"
        RETURNED = "returned", "差し戻した"
        APPROVED = "approved", "承認した"
        WITHDRAWN = "withdrawn", "取り下げた"
        ISSUED = "issued", "版にした"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    actor = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField("した人", max_length=120)
    at = models.DateTimeField("時刻")
    note = models.CharField("ひとこと", max_length=400, blank=True)
    effective_on = models.DateField("施行日", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]


class Impact(models.Model):
    """影響: what a revision would change, worked out by a job. `kind` is replay (the last 90 days again) or shadow (real
    decisions beside the ones in force, from `begun_at` on). `result` is written when it is done."""

    class Kind(models.TextChoices):
        """やり方."""

        PROOF = "proof", "証明"
        REPLAY = "replay", "過去90日の操作"
        SHADOW = "shadow", "影の運用"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="impacts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    begun_at = models.DateTimeField("始めた時刻")
    done = models.PositiveIntegerField("済んだ数", default=0)
    total = models.PositiveIntegerField("全部の数", default=0)
    finished_at = models.DateTimeField("終わった時刻", null=True)
    failed = models.CharField("できなかったわけ", max_length=200, blank=True)
    result = models.JSONField("結果", default=dict)

    class Meta:
        ordering: ClassVar = ["-begun_at"]


class Issue(models.Model):
    """版: the text as it was decided, with the numbers and the overlay. `activated_at` and `ended_at` say from when to when
    it was in force; `edition_digest` is the digest of `access.Edition`, which stands in the trail. `replaced` is what it took the
    place of (rules/archive.py) and whose words are new (rules/whence.py), kept with it, so that the difference it made can be read for
    ever. `county` is the county's layer it lies on (null: none). `note` says why: of a revision its reason, which is public."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("第何版")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    restores = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField("件名", max_length=80)
    clauses = models.JSONField("条文（すべて）")
    changed = models.JSONField("変わった条文の番号", default=list)
    replaced = models.JSONField("置きかえたもの", default=dict)
    own = models.JSONField("町の層", default=dict)
    county = models.ForeignKey(CountyLayer, on_delete=models.PROTECT, null=True, related_name="+")
    limits = models.JSONField("数値", default=dict)
    overlay = models.TextField("上乗せの規則", blank=True)
    published_at = models.DateTimeField("公表した時刻")
    effective_on = models.DateField("施行日")
    activated_at = models.DateTimeField("施行した時刻", null=True)
    activated_by = models.CharField("施行した人", max_length=120, blank=True)
    ended_at = models.DateTimeField("終わった時刻", null=True)
    note = models.TextField("わけ", max_length=1000, blank=True)
    acknowledge_by = models.DateField("確認の期限", null=True)
    edition_digest = models.CharField("控えの番号", max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "number"], name="policy_issue_number"),
            models.UniqueConstraint(
                fields=["municipality"],
                condition=models.Q(activated_at__isnull=False, ended_at__isnull=True),
                name="policy_issue_in_force",
            ),
        ]


class Acknowledgement(models.Model):
    """確認: a person has read these clauses in the words of this issue, holding these posts, and answered the questions. Rows are
    only added; what they leave to be read is worked out (rules/reading.py). `right_at_first` counts the answers that were right when
    the questions were asked for the first time (null: from before that was kept)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="acknowledgements")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    clauses = models.JSONField("読んだ条文の番号")
    posts = ArrayField(models.CharField(max_length=20), verbose_name="そのときの職", default=list)
    asked = models.PositiveSmallIntegerField("問いの数")
    right_at_first = models.PositiveSmallIntegerField("はじめに正しかった数", null=True)
    at = models.DateTimeField("時刻")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["municipality", "account"], name="policy_acknowledged_by")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(right_at_first__lte=models.F("asked")), name="policy_right_of_asked"
            ),
        ]


class QuizRound(models.Model):
    """答えた回: what somebody was asked about these clauses at one go, and which of it was answered wrong. Rows are only added; the
    first of them says what was right at first, the last what is asked next (quiz/rounds.py)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    clauses = models.JSONField("読んだ条文の番号")
    asked = models.JSONField("問い")
    wrong = models.JSONField("ちがった問い")
    at = models.DateTimeField("時刻")

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["issue", "account"], name="policy_quiz_of")]


REVISION = register(
    ResourceType(
        "PolicyRevision",
        {"municipality": Attribute("municipality_id", "Municipality"), "hands": Attribute("hands", "User", many=True)},
    )
)
