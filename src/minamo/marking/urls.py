"""URLs of 採点: results of tests for the school, given-back papers for families."""

from django.urls import URLPattern

from minamo.access.api import own_route, route, row
from minamo.marking import urls_back, urls_mark, urls_scan, urls_setup, views_family
from minamo.marking.loaders import review
from minamo.marking.models import Result, ResultPaper
from minamo.marking.views import comparison, exports, points, release, results
from minamo.people.api import SchoolClass

_R = "results/<uuid:result_id>/"
_P = "results/papers/<uuid:paper_id>/"
_C = "results/classes/<uuid:class_id>/"
_result = row(Result, "result_id", "school_class", "school")
_class = row(SchoolClass, "class_id", "school")
_paper = row(ResultPaper, "paper_id", "result")

urlpatterns: list[URLPattern] = [
    own_route("results/", results.listing, name="marking-results", methods="GET", shows="result:read"),
    route(f"{_C}new/", results.new, name="marking-result-new", get="result:settle", post="result:settle", resource=_class),
    route(f"{_C}table/", results.table, name="marking-points-table", costs={"GET": "export"}, get="result:settle", resource=_class),
    route(_R, results.analysis, name="marking-result", get="result:read", resource=_result),
    route(f"{_R}book/", exports.book, name="marking-result-book", costs={"GET": "export"}, get="result:read", resource=_result),
    route(f"{_R}totals/", exports.totals, name="marking-result-totals", costs={"GET": "export"}, get="result:read", resource=_result),
    route(f"{_R}print/", exports.printed, name="marking-result-print", costs={"GET": "pdf"}, get="result:read", resource=_result),
    route(f"{_R}advice/", exports.advice, name="marking-result-advice", costs={"GET": "pdf"}, get="result:read", resource=_result),
    route(f"{_R}comparison/", comparison.comparison, name="marking-result-comparison", get="result:read", resource=_result),
    route(f"{_R}comparison/book/", comparison.book, name="marking-comparison-book", costs={"GET": "export"}, get="result:read", resource=_result),
    route(f"{_R}comparison/print/", comparison.printed, name="marking-comparison-print", costs={"GET": "pdf"}, get="result:read", resource=_result),
    route(f"{_R}points/", points.points, name="marking-result-points", get="result:change", post="result:change",
          resource=_result),
    route(f"{_R}releases/", release.releases, name="marking-result-releases", get="result:release", post="result:release",
          resource=_result),
    route(f"{_R}withdrawals/", release.withdrawals, name="marking-result-withdrawals", post="result:release", resource=_result),
    route("results/reviews/<uuid:review_id>/", release.review, name="marking-review", get="result:answer", post="result:answer",
          resource=review),
    route(_P, views_family.paper, name="marking-paper", get="paper:read", resource=_paper),
    route(f"{_P}reviews/", views_family.reviews, name="marking-paper-reviews", costs={"POST": "send"}, post="paper:review", resource=_paper),
    *urls_setup.urlpatterns,
    *urls_scan.urlpatterns,
    *urls_mark.urlpatterns,
    *urls_back.urlpatterns,
]  # fmt: skip
