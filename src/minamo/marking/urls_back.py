"""URLs of 確定と返却 (giving back): results of a sitting, marked sheets, keeping of pictures."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
