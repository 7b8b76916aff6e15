"""台帳: information assets, exceptions, outside services, and what was done to their lines."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id


class Asset(models.Model):
    """情報資産: what is kept where, how grave a leak would be, and how it is handled. `table` names a resource type of
    minamo: name, class and readers of such a row come from the code every time (queries/own_data.py), the row holds only
    what people decide. Without a school it is the board's."""

    class Grade(models.TextChoices):
        """重要性分類."""

        I = "I", "Ⅰ"  # noqa: E741  the guideline's own name
        II = "II", "Ⅱ"
        III = "III", "Ⅲ"
        IV = "IV", "Ⅳ"

    class Permission(models.TextChoices):
        """してよいか."""

        NO = "no", "しない"
        ASK = "ask", "校長の許可で"
        YES = "yes", "してよい"

    class Printing(models.TextChoices):
        """印刷してよいか. A line of an older version may still hold words of its own; they are read as they stand."""

        NO = "no", "しない"
        ASK = "ask", "校長の許可で"
        COUNT = "count", "枚数を記録"
        YES = "yes", "してよい"

    class Watermark(models.TextChoices):
        """印刷したものに、だれが印刷したかの透かしを入れるか."""

        NO = "no", "入れない"
        YES = "yes", "入れる"

    class Level(models.IntegerChoices):
        """機密性・完全性・可用性の高さ."""

        HIGH = 3, "高"
        MIDDLE = 2, "中"
        LOW = 1, "低"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField("名称", max_length=80)
    table = models.CharField("表", max_length=80, blank=True)
    grade = models.CharField("重要性分類", max_length=3, choices=Grade.choices)
    confidentiality = models.PositiveSmallIntegerField("機密性", choices=Level.choices, default=Level.MIDDLE)
    integrity = models.PositiveSmallIntegerField("完全性", choices=Level.choices, default=Level.MIDDLE)
    availability = models.PositiveSmallIntegerField("可用性", choices=Level.choices, default=Level.MIDDLE)
    owner = models.CharField("持ち主（職）", max_length=40)
    place = models.CharField("置き場所", max_length=80)
    readers = models.CharField("閲覧できる役割", max_length=120)
    take_out = models.CharField("持ち出し", max_length=3, choices=Permission.choices)
    send_out = models.CharField("外部送信", max_length=3, choices=Permission.choices)
    means = models.CharField("送る手段", max_length=80, blank=True)
    encrypted = models.CharField("暗号化", max_length=60)
    printing = models.CharField("印刷", max_length=60, choices=Printing.choices)
    watermark = models.CharField("透かし", max_length=3, choices=Watermark.choices, blank=True)
    kept_for = models.CharField("保存期間", max_length=60)
    disposal = models.CharField("廃棄の方法", max_length=80)
    note = models.CharField("ひとこと", max_length=200, blank=True)
    confirmed_on = models.DateField("最終確認日", null=True)
    confirmed_by = models.CharField("確認した人", max_length=120, blank=True)
    retired_on = models.DateField("なくなった日", null=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "Asset"
    read_action = "asset:read"

    class Meta:
        ordering: ClassVar = ["grade", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["municipality", "table"], condition=~Q(table=""), name="policy_asset_table")
        ]


class ExceptionGrant(models.Model):
    """例外: where the policy cannot be kept, why, what is done instead, and until when. There is none without an end.

    With a template it is a link of that template (rules/exceptions.py): the named person, for the named school or class,
    from the first day to the last, by the relation of the template; the engine, SQL and the proof know nothing else of it.
    Without one it is about a clause that people keep. Asked for, then granted by somebody else, or refused; revoked at once.
    """

    class Template(models.TextChoices):
        """型: what the machine can grant. The relation of the actor is `{value}_exceptions`."""

        ROLL = "roll", "ほかの学校の名簿と学籍を見る"
        CONTACTS = "contacts", "担任でない学級の連絡先を見る"
        REGISTER = "register", "担当でない学級の出欠を記録する"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey("tenancy.School", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    template = models.CharField("型", max_length=10, choices=Template.choices, blank=True)
    person = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    person_label = models.CharField("だれに", max_length=120, blank=True)
    school_class = models.ForeignKey("people.SchoolClass", on_delete=models.PROTECT, null=True, related_name="+")
    clause = models.CharField("条文", max_length=10)
    scope = models.CharField("範囲", max_length=200)
    reason = models.CharField("理由", max_length=400)
    instead = models.CharField("代わりの対策", max_length=400)
    begins = models.DateField("始まり")
    ends = models.DateField("終わり")
    requester = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    requested_by = models.CharField("願い出た人", max_length=120)
    requested_at = models.DateTimeField("願い出た時刻")
    granter = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    granted_by = models.CharField("認めた人", max_length=120, blank=True)
    granted_at = models.DateTimeField("認めた時刻", null=True)
    refused_at = models.DateTimeField("認めなかった時刻", null=True)
    revoked_at = models.DateTimeField("取り消した時刻", null=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "ExceptionGrant"
    read_action = "exception:read"

    class Meta:
        ordering: ClassVar = ["ends"]
        indexes: ClassVar = [
            models.Index(fields=["person", "ends"], name="policy_exception_person"),
            models.Index(fields=["municipality", "-ends"], name="policy_exception_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__gte=F("begins")), name="policy_exception_days"),
            models.CheckConstraint(
                condition=Q(ends__lte=F("begins") + dt.timedelta(days=366)), name="policy_exception_a_year"
            ),
            models.CheckConstraint(
                condition=Q(template="", school_class=None)
                | Q(template="roll", person__isnull=False, school__isnull=False, school_class=None)
                | Q(template__in=["contacts", "register"], person__isnull=False, school_class__isnull=False),
                name="policy_exception_scope",
            ),
            models.CheckConstraint(
                condition=Q(granter=None) | (~Q(granter=F("requester")) & (Q(person=None) | ~Q(granter=F("person")))),
                name="policy_exception_second_person",
            ),
        ]


class OutsideService(models.Model):
    """外部サービス・委託先: who else handles information of the schools, where it lies, what was asked and answered."""

    class Kind(models.TextChoices):
        """種類."""

        CLOUD = "cloud", "クラウドサービス"
        CONTRACTOR = "contractor", "委託先"
        TERMS = "terms", "約款で使うサービス"

    class Answer(models.TextChoices):
        """認証などの答え."""

        UNKNOWN = "unknown", "まだ聞いていない"
        YES = "yes", "ある"
        NO = "no", "ない"

    class Subcontract(models.TextChoices):
        """再委託."""

        UNKNOWN = "unknown", "まだ聞いていない"
        NONE = "none", "しない"
        AGREED = "agreed", "同意した"
        OPEN = "open", "同意がまだ"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("名称", max_length=80)
    provider = models.CharField("提供者", max_length=80)
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    purpose = models.CharField("目的", max_length=120)
    given = models.CharField("渡す情報", max_length=200)
    grade = models.CharField("重要性分類（最も重いもの）", max_length=3, choices=Asset.Grade.choices)
    place = models.CharField("置き場所（国）", max_length=60)
    contract_begins = models.DateField("契約の始まり", null=True)
    contract_ends = models.DateField("契約の終わり", null=True)
    ismap = models.CharField("ISMAP への登録", max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)
    iso27001 = models.CharField("ISO/IEC 27001", max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)
    iso27017 = models.CharField("ISO/IEC 27017", max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)
    privacy_mark = models.CharField("プライバシーマーク", max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)
    subcontracting = models.CharField("再委託", max_length=8, choices=Subcontract.choices, default=Subcontract.UNKNOWN)
    subcontract = models.CharField("再委託先と仕事", max_length=80, blank=True)
    contact = models.CharField("事故のときの連絡先", max_length=120, default="")
    checked_on = models.DateField("最後に確かめた日", null=True)
    checked_by = models.CharField("確かめた人", max_length=120, blank=True)
    ended_on = models.DateField("使うのをやめた日", null=True)

    class Meta:
        ordering: ClassVar = ["name"]


class RegisterEntry(models.Model):
    """台帳の記録の一行: what was done to a line of a register, by whom, with what it read before. Rows are only added."""

    class Kind(models.TextChoices):
        """種類."""

        ADDED = "added", "載せた"
        CHANGED = "changed", "変えた"
        CONFIRMED = "confirmed", "見直した"
        RETIRED = "retired", "なくした"
        REQUESTED = "requested", "願い出た"
        GRANTED = "granted", "認めた"
        REFUSED = "refused", "認めなかった"
        REVOKED = "revoked", "取り消した"
        CHECKED = "checked", "確かめた"
        ENDED = "ended", "使うのをやめた"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="entries")
    grant = models.ForeignKey(ExceptionGrant, on_delete=models.PROTECT, null=True, related_name="entries")
    service = models.ForeignKey(OutsideService, on_delete=models.PROTECT, null=True, related_name="entries")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    text = models.CharField("ひとこと", max_length=400, blank=True)
    changes = models.JSONField("変わったところ（項目、前、後）", default=list)
    actor = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField("した人", max_length=120)
    at = models.DateTimeField("時刻")

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False, grant=None, service=None)
                | Q(asset=None, grant__isnull=False, service=None)
                | Q(asset=None, grant=None, service__isnull=False),
                name="policy_entry_of_one",
            )
        ]


ASSET = register(
    ResourceType(
        "Asset",
        {"municipality": Attribute("municipality_id", "Municipality"), "school": Attribute("school_id", "School")},
    )
)
EXCEPTION = register(
    ResourceType(
        "ExceptionGrant",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "requester": Attribute("requester_id", "User"),
            "person": Attribute("person_id", "User"),
        },
    )
)
