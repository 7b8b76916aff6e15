"""Routes of the guardians' lists."""

from django.urls import URLPattern

guardian_patterns: list[URLPattern] = []
