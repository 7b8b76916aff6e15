"""URLs of 確定と返却 (giving back): results of a sitting, marked sheets, keeping of pictures."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.marking.models import Result, ResultPaper, Sitting
from minamo.marking.views.back import accuracy, keeping, settlement, sheets
from minamo.tenancy.api import Municipality, School

_S = "marking/sittings/<uuid:sitting_id>/"
_R = "results/<uuid:result_id>/"
_P = "results/papers/<uuid:paper_id>/"
_sitting = row(Sitting, "sitting_id", "assessment", "school_class", "removal")
_result = row(Result, "result_id", "school_class", "school", "settlement__sitting__removal")
_paper = row(ResultPaper, "paper_id", "result")
_school = row(School, "school_id")
_town = row(Municipality, "municipality_id")

urlpatterns: list[URLPattern] = [
    route(f"{_S}settlement/", settlement.settlement, name="marking-settlement", get="sitting:manage", post="sitting:manage",
          resource=_sitting),
    route(f"{_S}erasure/", keeping.erase, name="marking-erase", get="sitting:erase", post="sitting:erase", resource=_sitting),
    route(f"{_R}undoing/", settlement.undoing, name="marking-result-undoing", post="result:change", resource=_result),
    route(f"{_R}marked/", sheets.marked, name="marking-marked", costs={"POST": "pdf"}, get="result:read", post="result:read", resource=_result),
    route(f"{_R}marked/file/", sheets.marked_file, name="marking-marked-file", costs={"GET": "export"}, get="result:read", resource=_result),
    route(f"{_R}marked/<uuid:paper_id>/", sheets.marked_paper, name="marking-marked-paper", costs={"GET": "pdf"}, get="result:read", resource=_result),
    route(f"{_R}pictures/<uuid:paper_id>/", sheets.picture, name="marking-result-picture", get="result:read", resource=_result),
    route(f"{_P}picture/", sheets.home_picture, name="marking-paper-picture", get="paper:read", resource=_paper),
    route(f"{_P}marked/", sheets.home_pdf, name="marking-paper-pdf", costs={"GET": "pdf"}, get="paper:read", resource=_paper),
    route("marking/schools/<uuid:school_id>/keeping/", keeping.school, name="marking-keeping-school", get="keeping:school",
          post="keeping:school", resource=_school),
    route("marking/schools/<uuid:school_id>/accuracy/", accuracy.accuracy, name="marking-accuracy", get="assessment:create",
          resource=_school),
    route("marking/schools/<uuid:school_id>/accuracy/table/", accuracy.accuracy_table, name="marking-accuracy-table", costs={"GET": "export"},
          get="assessment:create", resource=_school),
    route("marking/municipalities/<uuid:municipality_id>/keeping/", keeping.town, name="marking-keeping-town",
          get="keeping:town", post="keeping:town", resource=_town),
]  # fmt: skip
