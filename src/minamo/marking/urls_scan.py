"""URLs of 読み取り (scans): piles, pages, whose each page is."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
