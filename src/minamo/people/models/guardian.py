"""保護者・世帯・制限・登録コード."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from minamo.access.api import VisibleQuerySet
from minamo.kernel.ids import new_id
from minamo.people.models.names import NameColumns


class Household(models.Model):
    """世帯: people at one address. `protected` addresses (支援措置) are shown to nobody without `pupil:protected`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    postal_code = models.CharField("郵便番号", max_length=8, blank=True)
    address = models.CharField("住所", max_length=200, blank=True)
    phone = models.CharField("電話", max_length=20, blank=True)
    emergency_phone = models.CharField("緊急連絡先", max_length=20, blank=True)
    note = models.TextField("備考", blank=True)


class Guardian(NameColumns):
    """保護者: a person (or an institution) responsible for a child. Linked by the school, never by himself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        "access.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="guardians"
    )
    household = models.ForeignKey(
        Household,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="guardians",
        help_text="別居なら別の世帯",
    )
    phone = models.CharField("電話", max_length=20, blank=True)
    email = models.CharField("メールアドレス", max_length=254, blank=True)
    institution = models.BooleanField("施設", default=False)

    class Meta:
        indexes: ClassVar = [GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="people_guardian_search")]


class GuardianLink(models.Model):
    """続柄: this guardian, for this pupil: relation, order of contact, custody (親権), living together."""

    class Custody(models.TextChoices):
        """親権・監護 (民法・学齢簿標準仕様: 共同親権は2名)."""

        SOLE = "sole", "単独親権"
        JOINT = "joint", "共同親権"
        CARE = "care", "監護者"
        NONE = "none", "親権なし"
        UNKNOWN = "", "未確認"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="guardian_links")
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="links")
    relation = models.CharField("続柄", max_length=20, blank=True)
    contact_order = models.PositiveSmallIntegerField("連絡の順番", default=1)
    custody = models.CharField("親権", max_length=8, choices=Custody.choices, blank=True, default="")
    begins = models.DateField("始まり", null=True, blank=True)
    ends = models.DateField("終わり", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["contact_order", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["pupil", "guardian"], name="people_link_once")]


class Restriction(models.Model):
    """制限: from a day, something is kept from somebody: 支援措置 (address hidden) or a guardian shut out.

    A row, not a flag: who entered it, when, on what ground, until when. Never deleted; it ends.
    """

    class Kind(models.TextChoices):
        """制限の種類."""

        ADDRESS = "address", "住所の秘匿（支援措置）"
        CONTACT = "contact", "この保護者に知らせない"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="restrictions")
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, null=True, blank=True, related_name="restrictions")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    begins = models.DateField("始まり")
    ends = models.DateField("終わり", null=True, blank=True)
    ground = models.CharField("根拠", max_length=200, blank=True)
    entered_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)


class Invitation(models.Model):
    """登録コード: lets one guardian link his account to one pupil, once. Only a hash of the code is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    pupil = models.ForeignKey("people.Pupil", on_delete=models.PROTECT, related_name="invitations")
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations")
    code_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField("期限")
    used_at = models.DateTimeField("使われた時刻", null=True, blank=True)
    used_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField("取り消した時刻", null=True, blank=True)

    objects = VisibleQuerySet.as_manager()
