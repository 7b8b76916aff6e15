"""All URLs, room by room. Every pattern is made by access.routes; anything else fails `bin/check`."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern

from minamo.access.api import public_route
from minamo.design.urls import ROUTES

ROOMS = ("access", "audit", "tenancy", "people", "curriculum", "attendance", "marking", "policy", "interop", "home")


def _of(room: str) -> list[URLPattern]:
    if find_spec(f"minamo.{room}.urls") is None:
        return []
    patterns: list[URLPattern] = import_module(f"minamo.{room}.urls").urlpatterns
    return patterns


urlpatterns: list[URLPattern] = [
    *(public_route(pattern, view, name=name, methods="GET") for pattern, view, name in ROUTES),
    *(pattern for room in ROOMS for pattern in _of(room)),
]
