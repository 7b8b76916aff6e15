"""URLs of 採点 (marks): the marking screen, its log, several markers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
