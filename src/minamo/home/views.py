"""入口: one start page per role; each answers what needs me now."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, own_news, threshold
from minamo.home import family, school

PREFERENCES = {
    "text": {"normal": "ふつう", "large": "大きい", "larger": "とても大きい"},
    "furigana": {"off": "なし", "on": "あり"},
    "theme": {"auto": "端末に合わせる", "light": "明るい", "dark": "暗い"},
}
A_YEAR = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    """The start page of whoever is signed in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    stands = threshold(request, actor, school.START)
    if actor.elsewhere:
        return render(request, "home/wrong_device.html", {"kind": actor.kind, "on": actor.side, "stands": stands})
    if stands is not None:
        context = {"stands": stands, "greeting": family.greeting(actor.now), "today": actor.today}
        return render(request, "home/threshold.html", context)
    page, found = _page_of(request, actor)
    return render(request, page, found if actor.kind == "staff" else found | {"news": own_news(actor)})


def _page_of(request: HttpRequest, actor: Actor) -> tuple[str, dict[str, Any]]:
    if actor.kind == "guardian":
        return "home/guardian.html", family.guardian_page(actor)
    if actor.kind == "pupil":
        return "home/pupil.html", family.pupil_page(actor)
    if actor.uuids["serves"]:
        return "home/school.html", school.school_page(actor, request.GET.get("school", ""))
    if actor.uuids["boards"]:
        return "home/board.html", school.board_page(actor)
    return "home/nothing.html", {}


def settings_page(request: HttpRequest) -> HttpResponse:
    """設定: text size, furigana, brightness of this device; the way to devices and sign-out."""
    if request.method != "POST":
        return render(request, "home/settings.html", {"preferences": PREFERENCES, "chosen": _chosen(request)})
    response = redirect("home-settings")
    for name, choices in PREFERENCES.items():
        if request.POST.get(name) in choices:
            response.set_cookie(f"minamo_{name}", request.POST[name], max_age=A_YEAR, samesite="Lax")
    return response


def _chosen(request: HttpRequest) -> dict[str, str]:
    return {name: request.COOKIES.get(f"minamo_{name}", next(iter(choices))) for name, choices in PREFERENCES.items()}
