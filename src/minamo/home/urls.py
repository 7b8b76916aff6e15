"""URLs of the entrance: the start page of each role, settings, and what makes the family's pages an app."""

from django.urls import URLPattern

from minamo.access.api import own_route, public_route
from minamo.home import pwa, views

urlpatterns: list[URLPattern] = [
    own_route("", views.home, name="home", methods="GET"),
    own_route("settings/", views.settings_page, name="home-settings"),
    public_route("manifest.webmanifest", pwa.manifest, name="home-manifest", methods="GET"),
    public_route("sw.js", pwa.service_worker, name="home-service-worker", methods="GET"),
    public_route("offline/", pwa.offline, name="home-offline", methods="GET"),
]
