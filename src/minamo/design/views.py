"""The bundles and the living page of components."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.design import bundle


def _serve(made: bundle.Bundle, fingerprint: str, kind: str) -> HttpResponse:
    if fingerprint != made.fingerprint and not settings.DEBUG:
        raise Http404
    response = HttpResponse(made.content, content_type=f"{kind}; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def stylesheet(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """All CSS."""
    return _serve(bundle.css(), fingerprint, "text/css")


def script(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """All custom elements."""
    return _serve(bundle.js(), fingerprint, "text/javascript")


def catalogue(request: HttpRequest) -> HttpResponse:
    """部品の見本: every token and component in its states."""
    return render(request, "design/catalogue.html", {"layout": request.GET.get("layout", "staff")})
