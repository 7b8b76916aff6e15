"""All URLs, room by room. Every pattern is made by access.routes; anything else fails `bin/check`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
