"""Nouns of access control (アクセス制御): accounts, sign-ins on browsers, the register of devices, emergencies."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Length

from minamo.access.edition import Edition as Edition
from minamo.access.resources import Attribute, ResourceType, register
from minamo.access.visibility import VisibleQuerySet
from minamo.kernel.ids import new_id

models.TextField.register_lookup(Length)


class AccountManager(BaseUserManager["Account"]):
    """Creates accounts; there is no self-registration and no superuser."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """Find by login ID, exactly."""
        return self.get(login_id=username)


class Account(AbstractBaseUser):
    """アカウント: one person's login. What the person may do follows from posts and relations, never from here."""

    class Kind(models.TextChoices):
        """Whom the account belongs to; a teacher who is also a parent has two accounts."""

        STAFF = "staff", "教職員"
        GUARDIAN = "guardian", "保護者"
        PUPIL = "pupil", "児童生徒"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    login_id = models.CharField("ログインID", max_length=150, unique=True)
    email = models.EmailField("メールアドレス", blank=True)
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    label = models.CharField("表示名", max_length=120)
    is_active = models.BooleanField("有効", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()

    USERNAME_FIELD = "login_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"), name="access_account_email", condition=~models.Q(email="")
            )
        ]

    def get_username(self) -> str:
        """The login ID."""
        return self.login_id


class AccountNews(models.Model):
    """アカウントのお知らせ: what was done to the own keys, sign-ins and devices, in words; shown until the person has confirmed it,
    because whoever did it may be somebody else."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="news")
    at = models.DateTimeField("時刻")
    text = models.CharField("したこと", max_length=200)
    device_label = models.CharField("端末", max_length=200, blank=True)
    read_at = models.DateTimeField("確かめた時刻", null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="access_news_newest")]


class Tries(models.Model):
    """誤った番号とパスワードの数: wrong codes and passwords of one account in a row, and the code of the app used last.

    Kept in the database so that every worker counts on the same line. `spent` is a keyed hash of a code, never the code.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="tries", primary_key=True)
    wrong = models.PositiveSmallIntegerField("続けて誤った回数", default=0)
    wrong_at = models.DateTimeField("最後に誤った時刻", null=True, blank=True)
    spent = models.CharField("使い終わった番号", max_length=64, blank=True)
    spent_at = models.DateTimeField("使った時刻", null=True, blank=True)


class Pace(models.Model):
    """続けすぎの数え方: a line of costly acts, one for all workers (access/pacing.py). `clear_at` is when all that was taken is
    paid off. An unlogged table: after a crash of the database everybody begins anew, and nothing else is lost by it.
    """

    key = models.CharField(max_length=64, primary_key=True)
    clear_at = models.DateTimeField("空になる時刻")
    told_at = models.DateTimeField("証跡に書いた時刻", null=True, blank=True)


class Device(models.Model):
    """サインイン: one person in one browser. Which network side it belongs to is its property, not the wire's.

    A browser that comes back keeps its row. `terminal` is the line of the register of devices this browser is; two
    people at one shared computer are two sign-ins on one terminal. `challenged_at` is the newest challenge that was
    answered: an answer works once.
    """

    class Side(models.TextChoices):
        """校務 / 学習 / 家庭 (guideline: access control decides, not the network)."""

        SCHOOL = "school", "校務"
        LEARNING = "learning", "学習"
        HOME = "home", "家庭"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="devices")
    terminal = models.ForeignKey("Terminal", on_delete=models.SET_NULL, null=True, blank=True, related_name="sign_ins")
    side = models.CharField("区分", max_length=10, choices=Side.choices)
    label = models.CharField("端末の名前", max_length=120)
    session_key = models.CharField(max_length=40, blank=True, db_index=True)
    signed_in_at = models.DateTimeField("サインインした時刻")
    seen_at = models.DateTimeField("最後に使った時刻")
    signed_out_at = models.DateTimeField("サインアウトした時刻", null=True, blank=True)
    strength = models.PositiveSmallIntegerField("認証の強さ", default=1, help_text="1=パスワード 2=多要素")
    challenged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-seen_at"], name="access_device_recent")]


class Terminal(models.Model):
    """端末台帳の1台: one browser profile on one machine, registered by a member of staff, approved by the school or board.

    `key` is the public half (SPKI, P-256) of a key the browser keeps and cannot give away; `certificate` the SHA-256 of
    a client certificate that a configured proxy vouches for. Municipality and school are ids: their rooms lie above.
    A browser that is handed in again stays on the line it `replaces` until the new one is approved: a new key takes no
    trusted line's place by itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality_id = models.UUIDField()
    school_id = models.UUIDField(null=True, blank=True)
    label = models.CharField("端末の名前", max_length=60)
    kind = models.CharField("種類", max_length=80, blank=True)
    registered_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="registered_terminals")
    registered_at = models.DateTimeField("届け出た時刻")
    key = models.BinaryField(default=bytes, blank=True)
    certificate = models.CharField("証明書の指紋", max_length=64, blank=True)
    demo = models.BooleanField("デモ専用", default=False)
    asked_from = models.ForeignKey(
        Device,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="asked",
        verbose_name="届け出たサインイン",
    )
    replaces = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="届け出直した端末"
    )

    objects = VisibleQuerySet.as_manager()
    resource_name = "Terminal"
    read_action = "device:read"

    class Meta:
        indexes = [models.Index(fields=["municipality_id", "school_id"], name="access_terminal_place")]
        constraints = [  # one certificate, one device: across municipalities too
            models.UniqueConstraint(
                fields=["certificate"], name="access_terminal_certificate", condition=~models.Q(certificate="")
            )
        ]


TRIED_WHEN_LOST = "なくした端末でのサインインを断りました。"


class TerminalState(models.Model):
    """端末の状態の1行: what somebody has decided about a terminal, and when. The newest row holds."""

    class State(models.TextChoices):
        """届出 → 承認 → 信頼; 隔離 and 紛失 close at once."""

        REGISTERED = "registered", "届出"
        APPROVED = "approved", "承認"
        TRUSTED = "trusted", "信頼"
        QUARANTINED = "quarantined", "隔離"
        LOST = "lost", "紛失"

    id = models.BigAutoField(primary_key=True)
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="states")
    municipality_id = models.UUIDField()
    state = models.CharField("状態", max_length=12, choices=State.choices)
    at = models.DateTimeField("時刻")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_label = models.CharField("決めた人", max_length=120)
    note = models.CharField("メモ", max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["terminal", "-id"], name="access_terminal_newest")]


class Posture(models.Model):
    """端末の状態の報告: what a source says about a terminal. A self-report is a claim; a proxy's and an
    MDM's reports are stronger (access/posture.py says what they amount to)."""

    class Source(models.TextChoices):
        """Who says so."""

        SELF = "self", "端末の自己申告"
        PROXY = "proxy", "プロキシ"
        MDM = "mdm", "管理ツール（MDM）"

    id = models.BigAutoField(primary_key=True)
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="postures")
    municipality_id = models.UUIDField()
    source = models.CharField("報告元", max_length=5, choices=Source.choices)
    at = models.DateTimeField("時刻")
    good = models.BooleanField("問題なし")
    facts = models.JSONField("内容", default=dict)

    class Meta:
        indexes = [models.Index(fields=["terminal", "source", "-id"], name="access_posture_newest")]


class Emergency(models.Model):
    """緊急の閲覧: somebody opened a pupil's contacts for a while, with a reason. Ends by itself; is reviewed afterwards."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    account_label = models.CharField("開いた人", max_length=120)
    municipality_id = models.UUIDField()
    school_id = models.UUIDField()
    pupil_id = models.UUIDField()
    reason = models.TextField("理由")
    opened_at = models.DateTimeField("始まり")
    expires_at = models.DateTimeField("終わり")
    due = models.DateField("点検の期限")

    objects = VisibleQuerySet.as_manager()
    resource_name = "Emergency"
    read_action = "emergency:review"

    class Meta:
        indexes = [models.Index(fields=["account", "-expires_at"], name="access_emergency_open")]
        constraints = [
            models.CheckConstraint(condition=models.Q(reason__length__gte=20), name="access_emergency_reason"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("opened_at")), name="access_emergency_period"
            ),
        ]


class EmergencyReview(models.Model):
    """緊急の閲覧の点検: what the head or the board found. One per emergency, and it stays; what is found later is a correction."""

    emergency = models.OneToOneField(Emergency, on_delete=models.PROTECT, related_name="review", primary_key=True)
    municipality_id = models.UUIDField()
    proper = models.BooleanField("妥当")
    note = models.CharField("メモ", max_length=200, blank=True)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    by_label = models.CharField("点検した人", max_length=120)
    at = models.DateTimeField("時刻")


class EmergencyCorrection(models.Model):
    """点検の訂正: another finding about an emergency that had one, with its reason. Rows are only added; the newest counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(EmergencyReview, on_delete=models.PROTECT, related_name="corrections")
    municipality_id = models.UUIDField()
    proper = models.BooleanField("妥当")
    note = models.CharField("わけ", max_length=200)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    by_label = models.CharField("訂正した人", max_length=120)
    at = models.DateTimeField("時刻")

    class Meta:
        ordering = ["at", "id"]


class Stash(models.Model):
    """預かった入力: a form that a refusal or the end of a sign-in interrupted, encrypted for the session or browser it came from, kept
    a quarter of an hour. `device` is the sign-in it belongs to; it goes with its sign-out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, related_name="+")
    body = models.BinaryField()
    kept_at = models.DateTimeField(db_index=True)


EMERGENCY = register(
    ResourceType(
        "Emergency",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "account": Attribute("account_id", "User"),
        },
    )
)
TERMINAL = register(
    ResourceType(
        "Terminal",
        {
            "municipality": Attribute("municipality_id", "Municipality"),
            "school": Attribute("school_id", "School"),
            "registrant": Attribute("registered_by_id", "User"),
        },
    )
)


def account_uuid(value: object) -> uuid.UUID:
    """The account id kept in a session, as a UUID (raises ValueError when it is not one)."""
    return uuid.UUID(str(value))
