"""URLs of 教務."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.curriculum import views
from minamo.tenancy.api import School

urlpatterns: list[URLPattern] = [
    route(
        "schools/<uuid:school_id>/calendar/", views.calendar, name="curriculum-calendar", get="calendar:read",
        post="calendar:edit", resource=row(School, "school_id"),
    ),
]  # fmt: skip
