"""URLs of 出欠: the school's side here, the guardians' in urls_family."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.attendance import urls_family
from minamo.attendance.loaders import homeroom
from minamo.attendance.views import closures, codes, months, morning, phone, register
from minamo.tenancy.api import Municipality, School

_CLASS = "classes/<uuid:class_id>/"
_SCHOOL = "schools/<uuid:school_id>/"
_school = row(School, "school_id")

urlpatterns: list[URLPattern] = [
    route(f"{_CLASS}register/", register.register, name="attendance-register", get="register:read", post="register:mark",
          resource=homeroom),
    # Before the dated pages: "stream" is no day.
    route(f"{_CLASS}register/stream/", register.stream, name="attendance-register-stream", get="register:read",
          resource=homeroom, record=False),
    route(f"{_CLASS}register/<str:date>/", register.register, name="attendance-register-day", get="register:read",
          post="register:mark", resource=homeroom),
    route(f"{_CLASS}register/<str:date>/rows/<uuid:pupil_id>/", register.row, name="attendance-register-row",
          get="register:read", resource=homeroom),
    route(f"{_CLASS}months/<int:year>/<int:month>/", months.month, name="attendance-month", get="register:read",
          post="register:close", resource=homeroom),
    route(f"{_CLASS}months/<int:year>/<int:month>/print/", months.pdf, name="attendance-month-print", costs={"GET": "pdf"},
          get="register:read", resource=homeroom),
    route(f"{_SCHOOL}months/<int:year>/<int:month>/", months.school_month, name="attendance-school-month",
          get="attendance:board", resource=_school),
    route(f"{_SCHOOL}morning/", morning.morning, name="attendance-morning", get="attendance:board", resource=_school),
    route(f"{_SCHOOL}morning/stream/", morning.stream, name="attendance-morning-stream", get="attendance:board",
          resource=_school, record=False),
    route(f"{_SCHOOL}calls/", morning.calls, name="attendance-calls", post="attendance:call", resource=_school),
    route(f"{_SCHOOL}phone-notices/", phone.take_call, name="attendance-phone-notices", get="notice:take-call",
          post="notice:take-call", resource=_school),
    route(f"{_SCHOOL}board/", morning.board, name="attendance-board", get="attendance:board", resource=_school),
    route(f"{_SCHOOL}closures/", closures.closures, name="attendance-closures", get="attendance:closure",
          post="attendance:closure", resource=_school),
    route("municipalities/<uuid:municipality_id>/attendance-codes/", codes.codes, name="attendance-codes",
          get="attendance:codes", post="attendance:codes", resource=row(Municipality, "municipality_id")),
    *urls_family.urlpatterns,
]  # fmt: skip
