"""版 (edition): the numbers and the overlay a municipality has put in force over the base rules (ADR 0010).

One row per activation; the one in force has no `superseded_at`. The statement that builds the actor reads those of the
actor's municipalities, so that the next request behaves so.
"""

from typing import ClassVar

from django.db import models

from minamo.access.visibility import VisibleQuerySet
from minamo.kernel.ids import new_id


class Edition(models.Model):
    """施行中の版 (or a former one). `digest` is over base rules, numbers and overlay and stands in the trail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality_id = models.UUIDField("自治体")
    limits = models.JSONField("数値", default=dict)
    overlay = models.TextField("上乗せの規則", blank=True)
    digest = models.CharField("控えの番号", max_length=64)
    base_digest = models.CharField("土台の控えの番号", max_length=64)
    activated_at = models.DateTimeField("施行した時刻")
    activated_by = models.UUIDField("施行した人", null=True)
    activated_by_label = models.CharField("施行した人の名前", max_length=120)
    superseded_at = models.DateTimeField("次の版に代わった時刻", null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["municipality_id"], condition=models.Q(superseded_at=None), name="access_edition_in_force"
            )
        ]
