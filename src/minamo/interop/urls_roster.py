"""Routes of the roster import."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.interop import views_roster as views
from minamo.tenancy.api import Municipality

TOWN = row(Municipality, "municipality_id")
BASE = "municipalities/<uuid:municipality_id>/roster/"

roster_patterns: list[URLPattern] = [
    route(BASE, views.upload, name="interop-roster", get="roster:import", post="roster:import", resource=TOWN),
    route(
        f"{BASE}posts/", views.posts, name="interop-roster-posts", get="roster:import", post="roster:import",
        resource=TOWN,
    ),
    route(f"{BASE}<uuid:run_id>/", views.show, name="interop-roster-run", get="roster:import", resource=TOWN),
    route(
        f"{BASE}<uuid:run_id>/applications/", views.apply, name="interop-roster-apply", post="roster:import",
        resource=TOWN,
    ),
    route(
        f"{BASE}<uuid:run_id>/dismissals/", views.dismiss, name="interop-roster-dismiss", post="roster:import",
        resource=TOWN,
    ),
    route(
        f"{BASE}<uuid:run_id>/problems/", views.problems, name="interop-roster-problems", costs={"GET": "export"}, get="roster:import",
        resource=TOWN,
    ),
]  # fmt: skip
