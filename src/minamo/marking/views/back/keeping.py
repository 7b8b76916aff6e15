"""答案の画像の保管の画面: for the municipality and for a school: the days, what is kept until when, what is gone."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.marking.actions.keeping import KeepingRefused, remove_images, set_days
from minamo.marking.models import Sitting
from minamo.marking.points_table import whole_number
from minamo.marking.queries.keeping import kept, rules_of, said_in
from minamo.marking.retention import DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS, rule_for
from minamo.tenancy.api import Municipality, School

MOST = 200


def town(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """自治体の保管日数."""
    row: Municipality = request.loaded.row  # type: ignore[attr-defined]
    return _page(request, row, row.pk, None, row.name)


def school(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """学校の保管日数, and every test of the school with the day its pictures go."""
    row: School = request.loaded.row  # type: ignore[attr-defined]
    return _page(request, row, row.municipality_id, row, row.short_name)


def _page(
    request: HttpRequest, place: School | Municipality, town_id: UUID, at: School | None, name: str
) -> HttpResponse:  # fmt: skip
    actor: Actor = request.actor  # type: ignore[attr-defined]
    refused, typed = "", request.POST.get("days", "").strip()
    if request.method == "POST":
        days = whole_number(typed) if typed else None
        try:
            if typed and days is None:
                raise KeepingRefused("日数は整数で入れてください。いまの決まりは変わっていません。")
            set_days(actor=actor, place=place, days=days)
        except KeepingRefused as problem:
            refused = str(problem)
        else:
            return redirect(request.path)
    said = said_in(town_id)
    rule = rule_for(str(at.pk) if at else "", said)
    context: dict[str, Any] = {
        "name": name, "school": at, "rule": rule, "above": rule_for("", said), "refused": refused, "default": DEFAULT_DAYS,
        "least": LEAST_DAYS, "most": MOST_DAYS, "history": rules_of(town_id, at.pk if at else None),
        "typed": typed if refused else _own(rule.days, rule.source, at), "rows": kept(_sittings(at), said) if at else [],
    }  # fmt: skip
    return render(request, "marking/back_keeping.html", context, status=422 if refused else 200)


def _own(days: int, source: str, at: School | None) -> str:
    """What the field shows: the place's own days, empty where it follows others."""
    return str(days) if source == ("school" if at else "town") else ""


def _sittings(at: School) -> list[Sitting]:
    found = Sitting.objects.filter(school=at).select_related("assessment", "school_class")
    return list(found.order_by("-held_on", "-opened_at")[:MOST])


def erase(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """早めに削除する: what goes and what stays (GET), and the removal with its reason (POST)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    refused = ""
    if request.method == "POST":
        try:
            remove_images(actor=actor, sitting=sitting, why=request.POST.get("why", ""))
        except KeepingRefused as problem:
            refused = str(problem)
        else:
            return redirect("marking-keeping-school", school_id=sitting.school_id)
    context = {"sitting": sitting, "kept": kept([sitting], said_in(sitting.municipality_id))[0], "refused": refused}
    return render(request, "marking/back_erase.html", context, status=422 if refused else 200)
