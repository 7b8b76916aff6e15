"""Routes of the guardians' lists."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.interop import views_guardians as views
from minamo.tenancy.api import School

_school = row(School, "school_id")
_LIST = "schools/<uuid:school_id>/guardian-list/"

guardian_patterns: list[URLPattern] = [
    route(_LIST, views.guardians, name="interop-guardians", get="roster:guardians", post="roster:guardians", resource=_school),
    route(f"{_LIST}tray/", views.tray, name="interop-guardians-tray", get="roster:guardians", resource=_school),
    route(f"{_LIST}tray/<uuid:row_id>/decisions/", views.decisions, name="interop-guardians-decisions", post="roster:guardians",
          resource=_school),
]  # fmt: skip
