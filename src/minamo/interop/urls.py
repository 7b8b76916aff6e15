"""All routes of 連携."""

from django.urls import URLPattern

from minamo.interop.urls_guardians import guardian_patterns
from minamo.interop.urls_roster import roster_patterns

urlpatterns: list[URLPattern] = [*roster_patterns, *guardian_patterns]
