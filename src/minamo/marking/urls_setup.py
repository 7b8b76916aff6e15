"""URLs of テストの設定 (set-up): tests, their editions, classes that write them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
