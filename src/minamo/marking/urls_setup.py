"""URLs of テストの設定 (set-up): tests, their editions, classes that write them, sheets printed for them."""

from django.urls import URLPattern

from minamo.access.api import own_route, route, row
from minamo.marking.models import Assessment, Sitting
from minamo.marking.views.setup import classes, editor, home, new, sheets
from minamo.people.api import SchoolClass
from minamo.tenancy.api import School

_A = "marking/assessments/<uuid:assessment_id>/"
_S = "marking/sittings/<uuid:sitting_id>/"
_assessment = row(Assessment, "assessment_id", "school")
_sitting = row(Sitting, "sitting_id", "assessment", "school_class")
READ, EDIT = "assessment:read", "assessment:edit"

urlpatterns: list[URLPattern] = [
    own_route("marking/", home.home, name="marking-home", methods="GET", shows="assessment:read"),
    route("marking/schools/<uuid:school_id>/new/", new.new, name="marking-assessment-new", get="assessment:create",
          post="assessment:create", resource=row(School, "school_id")),
    route(_A, editor.editor, name="marking-assessment", get=READ, post=EDIT, resource=_assessment),
    route(f"{_A}sheet/", editor.sheet, name="marking-assessment-sheet", get=READ, resource=_assessment, record=False),
    route(f"{_A}drawings/", editor.drawings, name="marking-drawings", post=EDIT, resource=_assessment),
    route(f"{_A}drawings/<str:digest>/", editor.drawing, name="marking-drawing", get=READ, resource=_assessment, record=False),
    route(f"{_A}editions/", editor.editions, name="marking-editions", get=READ, post=EDIT, resource=_assessment),
    route(f"{_A}details/", editor.details, name="marking-assessment-details", post=EDIT, resource=_assessment),
    route(f"{_A}copies/", editor.copies, name="marking-assessment-copies", post=READ, resource=_assessment),
    route(f"{_A}sharing/", editor.sharing, name="marking-assessment-sharing", post=EDIT, resource=_assessment),
    route(f"{_A}shelf/", editor.shelf, name="marking-assessment-shelf", post=EDIT, resource=_assessment),
    route(f"{_A}classes/", classes.classes, name="marking-classes", get=READ, resource=_assessment),
    route("marking/classes/<uuid:class_id>/sittings/", classes.sittings, name="marking-sitting-open", post="sitting:open",
          resource=row(SchoolClass, "class_id", "school")),
    route(f"{_S}day/", classes.day, name="marking-sitting-day", post="sitting:manage", resource=_sitting),
    route(f"{_S}sheets/", sheets.sheets, name="marking-sitting-sheets", costs={"GET": "pdf"}, get="sitting:manage", resource=_sitting),
    route(f"{_S}drawings/<str:digest>/", editor.sitting_drawing, name="marking-sitting-drawing", get="sitting:mark",
          resource=_sitting, record=False),
]  # fmt: skip
