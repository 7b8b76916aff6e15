"""URLs of 規程・資産・事故."""

from django.urls import URLPattern

from minamo.access.api import own_route, public_route, route, row
from minamo.policy.models import Asset, ExceptionGrant, Incident, Revision
from minamo.policy.views import (
    affected,
    archive,
    assets,
    exceptions,
    incidents,
    inspections,
    reading,
    revisions,
    room,
    services,
    text,
    waiting,
)
from minamo.tenancy.api import Municipality, School

TOWN, SCHOOL = row(Municipality, "municipality_id"), row(School, "school_id")
REVISION = row(Revision, "revision_id", "municipality")
ASSET = row(Asset, "asset_id", "municipality", "school")
EXCEPTION = row(ExceptionGrant, "exception_id", "municipality", "school")
INCIDENT = row(Incident, "incident_id", "municipality", "school")
_P = "municipalities/<uuid:municipality_id>/policy/"
_S, _I = "schools/<uuid:school_id>/policy/", "<uuid:inspection_id>/"
_E = "policy-exceptions/<uuid:exception_id>/"
_A = "incidents/<uuid:incident_id>/affected/<uuid:entry_id>/"
_R = "policy-revisions/<uuid:revision_id>/"

urlpatterns: list[URLPattern] = [
    public_route("policy/<slug:code>/", text.public, name="policy-public", methods="GET"),
    public_route("policy/<slug:code>/policy.pdf", text.public_pdf, name="policy-public-pdf", costs={"GET": "pdf"}, methods="GET"),
    public_route("policy/<slug:code>/editions/<int:edition>/", archive.public_edition, name="policy-public-edition", methods="GET"),
    public_route("policy/<slug:code>/editions/<int:edition>/policy.pdf", archive.public_edition_pdf, name="policy-public-edition-pdf",
                 costs={"GET": "pdf"}, methods="GET"),
    route(_P, room.room, name="policy-room", get="policy:read", resource=TOWN),
    route(f"{_P}text/", text.text, name="policy-text", get="policy:read", resource=TOWN),
    route(f"{_P}clauses/<str:number>/", text.clause, name="policy-clause", get="policy:read", resource=TOWN),
    route(f"{_P}editions/", archive.editions, name="policy-editions", get="policy:read", resource=TOWN),
    route(f"{_P}editions/<int:edition>/", archive.edition, name="policy-edition", get="policy:read", resource=TOWN),
    route(f"{_P}zero-trust/", text.zero_trust, name="policy-zero-trust", get="policy:read", resource=TOWN),
    route(f"{_P}reading/", reading.reading, name="policy-reading", get="policy:acknowledge", post="policy:acknowledge",
          resource=TOWN),
    route(f"{_P}acknowledged/", reading.acknowledged_town, name="policy-acknowledged", get="acknowledgement:town",
          resource=TOWN),
    route("schools/<uuid:school_id>/policy/acknowledged/", reading.acknowledged_school,
          name="policy-acknowledged-school", get="acknowledgement:school", resource=SCHOOL),
    route(f"{_P}reminders/", reading.reminders_town, name="policy-reminders", costs={"POST": "send"}, post="acknowledgement:town", resource=TOWN),
    route("schools/<uuid:school_id>/policy/reminders/", reading.reminders_school, name="policy-reminders-school",
          costs={"POST": "send"}, post="acknowledgement:school", resource=SCHOOL),
    route(f"{_P}revisions/", revisions.revision_list, name="policy-revisions", get="policy:draft", post="policy:draft",
          resource=TOWN),
    route(f"{_P}activations/", revisions.activation, name="policy-activation", get="policy:activate",
          post="policy:activate", resource=TOWN),
    route(_R, revisions.revision, name="policy-revision", get="policy:revise", post="policy:revise", resource=REVISION),
    route(f"{_R}submissions/", revisions.submission, name="policy-submission", post="policy:revise", resource=REVISION),
    route(f"{_R}approvals/", revisions.approval, name="policy-approval", post="policy:approve", resource=REVISION),
    route(f"{_R}impacts/", revisions.impact, name="policy-impact", get="policy:revise", post="policy:revise",
          resource=REVISION, record=False),
    route(f"{_P}assets/", assets.asset_list, name="policy-assets", get="asset:list", resource=TOWN),
    route(f"{_P}assets/book.xlsx", assets.asset_book, name="policy-assets-book", costs={"GET": "export"}, get="asset:list", resource=TOWN),
    route(f"{_P}assets/print.pdf", assets.asset_print, name="policy-assets-print", costs={"GET": "pdf"}, get="asset:list", resource=TOWN),
    route(f"{_P}assets/new/", assets.asset_board_new, name="policy-asset-board-new", get="asset:edit", post="asset:edit",
          resource=assets.new),
    route("schools/<uuid:school_id>/policy/assets/new/", assets.asset_school_new, name="policy-asset-school-new",
          get="asset:edit", post="asset:edit", resource=assets.new),
    route(f"{_P}assets/minamo/<slug:kind>/", assets.asset_own, name="policy-asset-own", get="asset:list",
          post="asset:refresh", resource=TOWN),
    route("policy-assets/<uuid:asset_id>/", assets.asset, name="policy-asset", get="asset:read", post="asset:edit",
          resource=ASSET),
    route(f"{_P}exceptions/", exceptions.exception_list, name="policy-exceptions", get="policy:read", resource=TOWN),
    route(f"{_P}exceptions/new/", exceptions.exception_board_new, name="policy-exception-board-new",
          get="exception:request", post="exception:request", resource=exceptions.new),
    route("schools/<uuid:school_id>/policy/exceptions/new/", exceptions.exception_school_new,
          name="policy-exception-school-new", get="exception:request", post="exception:request",
          resource=exceptions.new),
    route(_E, exceptions.exception, name="policy-exception", get="exception:read", resource=EXCEPTION),
    route(f"{_E}decisions/", exceptions.decision, name="policy-exception-decisions", post="exception:grant",
          resource=EXCEPTION),
    route(f"{_E}revocations/", exceptions.revocation, name="policy-exception-revocations", post="exception:revoke",
          resource=EXCEPTION),
    route(f"{_P}services/", services.service_list, name="policy-services", get="policy:read", resource=TOWN),
    route(f"{_P}services/book.xlsx", services.service_book, name="policy-services-book", costs={"GET": "export"}, get="policy:read", resource=TOWN),
    route(f"{_P}services/print.pdf", services.service_print, name="policy-services-print", costs={"GET": "pdf"}, get="policy:read", resource=TOWN),
    route(f"{_P}services/new/", services.service_new, name="policy-service-new", get="outside:edit", post="outside:edit",
          resource=TOWN),
    route("policy-services/<uuid:service_id>/", services.service, name="policy-service", get="policy:read",
          post="outside:edit", resource=services.loaded_service),
    route(f"{_P}inspections/", inspections.town_rounds, name="policy-inspections-town", get="inspection:town",
          post="inspection:town", resource=TOWN),
    route(f"{_P}inspections/{_I}", inspections.town_round, name="policy-inspection-town", get="inspection:town",
          post="inspection:town", resource=TOWN),
    route(f"{_P}inspections/{_I}record.pdf", inspections.town_record, name="policy-inspection-record-town", costs={"GET": "pdf"},
          get="inspection:town", resource=TOWN),
    route(f"{_S}inspections/", inspections.school_rounds, name="policy-inspections-school", get="inspection:school",
          post="inspection:school", resource=SCHOOL),
    route(f"{_S}inspections/{_I}", inspections.school_round, name="policy-inspection-school", get="inspection:school",
          post="inspection:school", resource=SCHOOL),
    route(f"{_S}inspections/{_I}record.pdf", inspections.school_record, name="policy-inspection-record-school", costs={"GET": "pdf"},
          get="inspection:school", resource=SCHOOL),
    route("municipalities/<uuid:municipality_id>/incidents/", incidents.incident_list, name="policy-incidents", costs={"POST": "send"},
          get="incident:report", post="incident:report", resource=TOWN),
    own_route("policy-waiting/", waiting.waiting, name="policy-waiting", methods="GET"),
    own_route("incidents/waiting/", incidents.waiting, name="policy-incidents-waiting", methods="GET"),
    route("incidents/<uuid:incident_id>/", incidents.incident, name="policy-incident", get="incident:read",
          post="incident:manage", resource=INCIDENT),
    route("incidents/<uuid:incident_id>/report.pdf", incidents.incident_report, name="policy-incident-report", costs={"GET": "pdf"},
          get="incident:manage", resource=INCIDENT),
    route(_A, affected.affected, name="policy-affected", get="incident:affected", resource=INCIDENT),
    route(f"{_A}list.xlsx", affected.affected_book, name="policy-affected-book", costs={"GET": "export"}, get="incident:affected",
          resource=INCIDENT, record=False),
    route(f"{_A}list.csv", affected.affected_csv, name="policy-affected-csv", costs={"GET": "export"}, get="incident:affected",
          resource=INCIDENT, record=False),
]  # fmt: skip
