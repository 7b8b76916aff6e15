"""Routes of the family's pages of 出欠."""

from minamo.access.api import own_route, route, row
from minamo.attendance import views_family as views
from minamo.attendance.models import Notice
from minamo.people.api import Pupil

one = row(Notice, "notice_id", "school", "homeroom", "pupil")
N = "notices/<uuid:notice_id>/"

urlpatterns = [
    own_route("notices/", views.notices, name="attendance-notices", costs={"POST": "notice"}, shows="notice:read"),
    own_route("notices/new/", views.notice_new, name="attendance-notice-new", methods="GET", shows="notice:read"),
    own_route("notices/sent/", views.notice_sent, name="attendance-notice-sent", methods="GET"),
    own_route("notices/queue/", views.queue, name="attendance-notice-queue", methods="GET"),
    route(N, views.notice, name="attendance-notice", get="notice:read", resource=one),
    route(f"{N}corrections/", views.corrections, name="attendance-notice-corrections", costs={"POST": "notice"}, post="notice:change",
          resource=one),
    route(f"{N}withdrawal/", views.withdrawal, name="attendance-notice-withdrawal", costs={"POST": "notice"}, post="notice:change",
          resource=one),
    own_route("children/", views.children, name="attendance-children", methods="GET", shows="notice:read"),
    route("children/<uuid:pupil_id>/", views.child, name="attendance-child", get="pupil:family",
          resource=row(Pupil, "pupil_id", "school", "homeroom")),
]  # fmt: skip
