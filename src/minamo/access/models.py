"""Nouns of access control (アクセス制御): accounts and the devices they are signed in on."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from minamo.kernel.ids import new_id


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


class Device(models.Model):
    """端末: one browser a person has signed in on. Which network side it belongs to is its property, not the wire's."""

    class Side(models.TextChoices):
        """校務 / 学習 / 家庭 (guideline: access control decides, not the network)."""

        SCHOOL = "school", "校務"
        LEARNING = "learning", "学習"
        HOME = "home", "家庭"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="devices")
    side = models.CharField("区分", max_length=10, choices=Side.choices)
    label = models.CharField("端末の名前", max_length=120)
    session_key = models.CharField(max_length=40, blank=True, db_index=True)
    signed_in_at = models.DateTimeField("サインインした時刻")
    seen_at = models.DateTimeField("最後に使った時刻")
    signed_out_at = models.DateTimeField("サインアウトした時刻", null=True, blank=True)
    strength = models.PositiveSmallIntegerField("認証の強さ", default=1, help_text="1=パスワード 2=多要素")

    class Meta:
        indexes = [models.Index(fields=["account", "-seen_at"], name="access_device_recent")]


def account_uuid(value: object) -> uuid.UUID:
    """The account id kept in a session, as a UUID (raises ValueError when it is not one)."""
    return uuid.UUID(str(value))
