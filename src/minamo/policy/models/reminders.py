"""確認の知らせ: who was told, when and why, that clauses wait to be read."""

from typing import ClassVar

from django.db import models

from minamo.kernel.ids import new_id


class Reminder(models.Model):
    """確認の知らせ: somebody was told that clauses wait to be read: by itself before and at the day until which they are to be read
    (`due_on`), once each, or by a head or the board. Rows are only added; `told_at` is written when the job has told it, `mailed` when
    there was an address."""

    class Kind(models.TextChoices):
        """なぜ知らせたか."""

        BEFORE = "before", "期限の前"
        DUE = "due", "期限の日"
        ASKED = "asked", "頼まれて"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    issue = models.ForeignKey("policy.Issue", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    due_on = models.DateField("期限", null=True)
    at = models.DateTimeField("時刻")
    by_label = models.CharField("知らせた人", max_length=120)
    told_at = models.DateTimeField("届けた時刻", null=True)
    mailed = models.BooleanField("メールにした", default=False)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["issue", "account", "-at"], name="policy_reminded_last")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issue", "account", "kind", "due_on"],
                condition=~models.Q(kind="asked"),
                name="policy_reminded_once",
            ),
        ]
