"""Routes of 学籍, each with its action and what it is about."""

from minamo.access.api import public_route, route, row
from minamo.people.models import Pupil, SchoolClass
from minamo.people.schools import School
from minamo.people.views import arrivals, classes, exports, family, invitations, join, lists, pupil

school = row(School, "school_id")
one_pupil = row(Pupil, "pupil_id", "school", "homeroom", "household")
one_class = row(SchoolClass, "class_id", "school")
S, P, C = "schools/<uuid:school_id>/", "pupils/<uuid:pupil_id>/", "classes/<uuid:class_id>/"

urlpatterns = [
    route(f"{S}pupils/", lists.pupils, name="people-pupils", get="people:list", resource=school),
    route(f"{S}pupils/rows/", lists.pupil_rows, name="people-pupil-rows", get="people:list", resource=school),
    route(f"{S}pupils/export.xlsx", exports.export_xlsx, name="people-export-xlsx", costs={"GET": "export"}, get="people:list",
          resource=school),
    route(f"{S}pupils/export.csv", exports.export_csv, name="people-export-csv", costs={"GET": "export"}, get="people:list", resource=school),
    route(f"{S}arrivals/", arrivals.arrivals, name="people-arrivals", get="people:enrol", post="people:enrol",
          resource=school),
    route(f"{S}classes/", lists.classes, name="people-classes", get="people:list", resource=school),
    route(f"{S}staff/", lists.staff, name="people-staff", get="people:list", resource=school),
    route(f"{S}invitations/", invitations.invitations, name="people-invitations", costs={"POST": "send"}, get="people:invite",
          post="people:invite", resource=school),
    route(P, pupil.pupil, name="people-pupil", get="pupil:read", resource=one_pupil),
    route(f"{P}visibility/", pupil.visibility, name="people-visibility", get="pupil:read", resource=one_pupil),
    route(f"{P}edit/", pupil.edit, name="people-pupil-edit", get="pupil:edit", post="pupil:edit", resource=one_pupil),
    route(f"{P}family/", family.family, name="people-family", get="pupil:edit", post="pupil:edit", resource=one_pupil),
    route(f"{P}restrictions/", family.restrictions, name="people-restrictions", post="pupil:restrict",
          resource=one_pupil),
    route(f"{P}undoings/", pupil.undoings, name="people-undoings", post="pupil:edit", resource=one_pupil),
    route(f"{P}leave/", pupil.leave, name="people-leave", get="pupil:edit", post="pupil:edit", resource=one_pupil),
    route(f"{P}place/", pupil.place, name="people-place", get="pupil:edit", post="pupil:edit", resource=one_pupil),
    route(C, classes.school_class, name="people-class", get="class:read", resource=one_class),
    route(f"{C}teachers/", classes.teachers, name="people-teachers", get="class:manage", post="class:manage",
          resource=one_class),
    route(f"{C}members/", classes.members, name="people-members", get="class:manage", post="class:manage",
          resource=one_class),
    public_route("join/", join.join, name="people-join", costs={"POST": "attempt"}),
]  # fmt: skip
