"""アプリとして入れる (installable pages): the manifest, the service worker, the page shown without a line.

All three are public and hold nothing personal: names of children live on the device of the family only.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static

from minamo.attendance.api import form_choices
from minamo.design.jinja import css_url, js_url, url
from minamo.kernel import clock

# What the notice form needs without a line.
KEPT = (
    "django_htmx/htmx-2.min.js", "home/queue.js", "home/family.js", "attendance/family.js", "attendance/family.css",
    "home/icon.svg",
)  # fmt: skip
# What the service worker loads, in this order.
SCRIPTS = ("design/js/refusal.js", "design/js/sealed.js", "home/queue.js", "design/js/browserkey.js")


def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest."""
    icons = [
        {"src": static("home/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("home/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": static("home/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    return JsonResponse(
        {
            "name": "minamo 学校との連絡", "short_name": "minamo", "lang": "ja", "start_url": "/", "scope": "/", "id": "/",
            "display": "standalone", "background_color": "#f5f8f8", "theme_color": "#006f83", "icons": icons,
            "shortcuts": [{"name": "欠席・遅刻を連絡", "url": url("attendance-notice-new")}],
        },
        content_type="application/manifest+json",
    )  # fmt: skip


def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of what it keeps; it changes whenever one of those files does."""
    return HttpResponse(_worker(), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


def offline(request: HttpRequest) -> HttpResponse:
    """The notice form without a line. The device fills in day and children (attendance/family.js)."""
    return render(request, "home/offline.html", {**form_choices(clock.today()), "values": {"kind": "absent"}})


def _worker() -> str:
    return _build() if settings.DEBUG else _built()


@lru_cache(maxsize=1)
def _built() -> str:
    return _build()


def _build() -> str:
    assets = [css_url(), js_url(), *(static(name) for name in KEPT)]
    page = (Path(__file__).parent / "jinja2" / "home" / "offline.html").read_bytes()
    digest = hashlib.sha256(json.dumps(assets).encode() + page)
    for name in (*KEPT, *SCRIPTS, "home/sw.js"):
        digest.update(_content(name))
    version = digest.hexdigest()[:12]
    head = (
        f"const VERSION = {json.dumps(version)};\n"
        f"const ASSETS = {json.dumps(assets)};\n"
        f"const OFFLINE = {json.dumps(url('home-offline'))};\n"
        f"const STATIC = {json.dumps(settings.STATIC_URL)};\n"
        f"const SCRIPTS = {json.dumps([f'{static(name)}?v={version}' for name in SCRIPTS])};\n"
        # The answers' policy allows scripts by name only through a policy of Trusted Types, in workers too.
        'self.trustedTypes?.createPolicy("default", { createScriptURL: (address) => (SCRIPTS.includes(address) ? address : null) });\n'
        "for (const script of SCRIPTS) importScripts(script);\n"
    )
    return head + _content("home/sw.js").decode()


def _content(name: str) -> bytes:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    return Path(found).read_bytes()
