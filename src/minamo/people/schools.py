"""学校 as this room's foreign keys see it. The model belongs to tenancy; here it is only read."""

from typing import Any

from minamo.access.api import Account
from minamo.people.models import Pupil

School: Any = Pupil._meta.get_field("school").related_model
_Membership: Any = Account._meta.get_field("memberships").related_model
POST_LABELS: dict[str, str] = dict(_Membership._meta.get_field("post").choices)
