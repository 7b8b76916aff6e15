"""What the pages of this room share: the actor and the loaded row with their types, and refusals that undo."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.rules import Refused

T = TypeVar("T")
UNREADABLE = 422


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person (the middleware let nobody else through)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def loaded(request: HttpRequest) -> Any:
    """The row the route is about."""
    return request.loaded.row  # type: ignore[attr-defined]


def year_of(request: HttpRequest) -> SchoolYear:
    """The school year of the business date."""
    return SchoolYear.of(actor_of(request).today)


def attempt(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Do what the form asks; a refusal undoes every part of it and becomes the form's error."""
    try:
        with transaction.atomic():
            return act()
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of this room."""
    return render(request, f"people/{template}.html", context, status=status)


def with_form(request: HttpRequest, template: str, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """A page around a form; what could not be done answers 422, so that programs see it too."""
    return page(request, template, {**context, "form": form}, UNREADABLE if form.is_bound else 200)
