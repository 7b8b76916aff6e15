"""Routes of tenancy: none yet; schools and posts are reached from other rooms' pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
