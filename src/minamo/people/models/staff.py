"""教職員."""

from typing import ClassVar

from django.db import models

from minamo.access.api import Attribute, ResourceType, VisibleQuerySet, register
from minamo.kernel.ids import new_id
from minamo.people.models.names import NameColumns


class StaffMember(NameColumns):
    """教職員: a person working for schools of one municipality. Posts are rows of tenancy.Membership."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    municipality = models.ForeignKey("tenancy.Municipality", on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField("access.Account", on_delete=models.PROTECT, related_name="staff_member")
    master_id = models.UUIDField("共通ID", unique=True, null=True, blank=True)
    staff_number = models.CharField("職員番号", max_length=40, blank=True)
    email = models.CharField("メールアドレス", max_length=254, blank=True)

    objects = VisibleQuerySet.as_manager()
    resource_name = "StaffMember"
    read_action = "staff:read"

    class Meta:
        ordering: ClassVar = ["family_kana", "given_kana", "id"]


STAFF = register(ResourceType("StaffMember", {"municipality": Attribute("municipality_id", "Municipality")}))
