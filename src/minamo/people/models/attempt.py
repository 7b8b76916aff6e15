"""登録コードの打ち間違い: remembered for a quarter of an hour, by an opaque key of the line, never by person."""

from typing import ClassVar

from django.db import models


class JoinAttempt(models.Model):
    """誤った登録コード: one unknown code from one line. `key` is a keyed hash of the network address."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "at"], name="people_join_attempt")]
