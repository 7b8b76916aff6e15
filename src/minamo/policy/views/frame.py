"""画面の枠: what every page of the room with a form shares.

    done, refused = tried(request, lambda: redirect("policy-service", service_id=verbs.add(...).pk))
    return done or page(request, "policy/service_new.html", {..., "refused": refused})

A GET tries nothing. A deed that is done answers with the place to go on to; after a refusal the page is
shown again with what was typed and the word at its field (status 422).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, Loaded, Loader, Resource
from minamo.kernel.ids import id_of
from minamo.policy.refusals import Overtaken, Refused
from minamo.policy.rules.together import UNOPENED
from minamo.tenancy.api import Municipality, School

Tried = tuple[HttpResponse | None, Refused | None]


def tried(request: HttpRequest, deed: Callable[[], HttpResponse], row: models.Model | None = None) -> Tried:
    """What a POST does: (where to go on, None) or (None, why not). `row` is read again after a refusal."""
    if request.method != "POST":
        return None, None
    try:
        return deed(), None
    except Refused as problem:
        if row is not None:
            row.refresh_from_db()
        return None, problem


def chosen(request: HttpRequest, deeds: Mapping[str, Callable[[], object]]) -> None:
    """Do what the pressed button (`verb`) says. Raises Refused when none was pressed that stands here."""
    deed = deeds.get(request.POST.get("verb", ""))
    if deed is None:
        raise Refused("することを選んでください。")
    deed()


def sent_once(request: HttpRequest) -> UUID | None:
    """What this very form, as it was filled in, is called: sent twice it is the same, filled in otherwise another. None for a form
    without a `key`, which every page gives its forms anew."""
    key = id_of(request.POST.get("key", ""))
    if key is None:
        return None
    said = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    return uuid5(key, json.dumps(said))


def typed(request: HttpRequest, refused: Refused | None, verb: str = "") -> dict[str, str]:
    """What was typed in the form that was refused (`verb`: the one of several on a page), to stand there again. One that was overtaken
    has now seen what the others wrote."""
    if not refused or request.POST.get("verb", "") != verb:
        return {}
    sent = request.POST.dict()
    return sent | _as_typed(refused.values) | {"seen": ""} if isinstance(refused, Overtaken) else sent


def stands(row: models.Model, names: Iterable[str]) -> dict[str, str]:
    """The fields as they stand, as a form shows them."""
    return _as_typed({name: getattr(row, name) for name in names})


def _as_typed(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}


def newest_of(entries: Sequence[models.Model]) -> str:
    """What a form opened now has seen: the newest entry (the first of `entries`)."""
    return str(entries[0].pk) if entries else UNOPENED


def page(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page; with a refusal it says so in its status too. `done` is what has just been done here (see `back`); after a refusal
    nothing has, whatever the address still says."""
    shown = {"done": "" if context["refused"] else request.GET.get("done", ""), **context}
    return render(request, template, shown, status=422 if context["refused"] else 200)


def back(name: str, done: str = "kept", **place: Any) -> HttpResponse:
    """Back to the page after a deed: it says so at its top, and the keys begin there."""
    return redirect(f"{reverse(name, kwargs=place)}?done={done}")


def new_line(place: Callable[[Actor, UUID, UUID | None], Resource]) -> Loader:
    """Loader of a line of a register that does not exist yet: of the school the URL names, or else of the municipality."""

    def load(request: HttpRequest, **kwargs: Any) -> Loaded:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if "school_id" in kwargs:
            school = School.objects.select_related("municipality").filter(pk=kwargs["school_id"]).first()
            if school is not None:
                return Loaded(school, place(actor, school.municipality_id, school.pk))
        else:
            town = Municipality.objects.filter(pk=kwargs["municipality_id"]).first()
            if town is not None:
                return Loaded(town, place(actor, town.pk, None))
        raise Http404

    return load
