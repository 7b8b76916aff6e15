"""Routes of the design room; declared as public by config/urls.py (this room lies below access control)."""

from collections.abc import Callable

from django.http import HttpResponse

from minamo.design import views

ROUTES: list[tuple[str, Callable[..., HttpResponse], str]] = [
    ("design/", views.catalogue, "design-catalogue"),
    ("design/minamo.<str:fingerprint>.css", views.stylesheet, "design-css"),
    ("design/minamo.<str:fingerprint>.js", views.script, "design-js"),
]
