"""All URLs, room by room. Every pattern is made by access.routes; anything else fails `bin/check`."""

from importlib import import_module

from django.urls import URLPattern

ROOMS = ("access", "audit", "tenancy", "people", "curriculum", "attendance", "interop", "home")


def _of(room: str) -> list[URLPattern]:
    patterns: list[URLPattern] = import_module(f"minamo.{room}.urls").urlpatterns
    return patterns


urlpatterns: list[URLPattern] = [pattern for room in ROOMS for pattern in _of(room)]
