"""Routes of tenancy: the school's own settings; schools and posts are reached from other rooms' pages."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.tenancy import views
from minamo.tenancy.models import School

urlpatterns: list[URLPattern] = [
    route("schools/<uuid:school_id>/settings/", views.settings, name="tenancy-school", get="school:manage",
          post="school:manage", resource=row(School, "school_id")),
    route("municipalities/<uuid:municipality_id>/technicians/", views.technicians, name="tenancy-technicians",
          get="membership:read", post="membership:manage", resource=views.posts_of_municipality),
]  # fmt: skip
