"""経路の宣言 (route declarations): every URL says which action it is, on which resource. There is no other way in.

    route("pupils/<uuid:pupil_id>/", views.pupil, name="people-pupil", get="pupil:read", resource=row(Pupil, "pupil_id"))

An undeclared view is refused by the middleware and fails `bin/check`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import Resolver404, URLPattern, path, resolve

from minamo.access.resources import Attribute, Resource, ResourceType, register, resource_type

OWN = register(ResourceType("Own", {"account": Attribute("account", "User")}))


@dataclass(frozen=True)
class Loaded:
    """What a route is about: the row for the view, and the same row as the policy sees it."""

    row: Any
    resource: Resource


class Loader(Protocol):
    """Finds what a request is about. Raises Http404 when there is nothing (or nothing in the actor's scope)."""

    def __call__(self, request: HttpRequest, **kwargs: Any) -> Loaded: ...


@dataclass(frozen=True)
class Route:
    """経路: one URL pattern with its declared actions per method."""

    name: str
    pattern: str
    actions: dict[str, str]
    loader: Loader | None
    public: bool = False
    record: bool = True
    costs: Mapping[str, str] = field(default_factory=dict)
    shows: str = ""

    def action_for(self, method: str) -> str | None:
        """The action of an HTTP method, or None when the method is not declared."""
        return self.actions.get("GET" if method == "HEAD" else method)

    def cost_of(self, method: str) -> str | None:
        """The rate (access/pacing.py) that an act of this method counts for, or None when it is a plain page."""
        return self.costs.get("GET" if method == "HEAD" else method)


_routes: dict[str, Route] = {}


def all_routes() -> dict[str, Route]:
    """Every declared route by name."""
    return dict(_routes)


def route(
    pattern: str,
    view: Callable[..., Any],
    *,
    name: str,
    resource: Loader,
    get: str | None = None,
    post: str | None = None,
    record: bool = True,
    costs: Mapping[str, str] | None = None,
) -> URLPattern:
    """Declare a protected route. `record=False` keeps pure plumbing (streams, fragments of a recorded page) out of
    the trail; refusals are always recorded. `costs={"GET": "pdf"}` names what is dear (access/pacing.py)."""
    actions = {method: action for method, action in (("GET", get), ("POST", post)) if action}
    return _declare(Route(name, pattern, actions, resource, record=record, costs=costs or {}), view)


def own_route(
    pattern: str,
    view: Callable[..., Any],
    *,
    name: str,
    methods: str = "GET POST",
    costs: Mapping[str, str] | None = None,
    shows: str = "",
    act: str = "",
    acting: str = "",
) -> URLPattern:
    """A route about the person's own account; any signed-in person, any side. `act` is the action of what a copied session must
    not do (access/acts.py), by the methods `acting` or by all. `shows` is the action on what a page lists: on
    a device of another side, or before the proof that opens it, the list would be empty; the refusal says so instead."""
    actions = dict.fromkeys(methods.split(), "own:manage")
    if act:
        actions |= dict.fromkeys((acting or methods).split(), act)
    declared = Route(name, pattern, actions, own_account, record=False, costs=costs or {}, shows=shows)
    return _declare(declared, view)


def public_route(
    pattern: str,
    view: Callable[..., Any],
    *,
    name: str,
    methods: str = "GET POST",
    costs: Mapping[str, str] | None = None,
) -> URLPattern:
    """A route for everybody: sign-in, static documents. It must show nothing personal."""
    actions = dict.fromkeys(methods.split(), "")
    return _declare(Route(name, pattern, actions, None, public=True, record=False, costs=costs or {}), view)


def _declare(declared: Route, view: Callable[..., Any]) -> URLPattern:
    if declared.name in _routes and _routes[declared.name].pattern != declared.pattern:
        raise ValueError(f"route {declared.name} is declared twice")
    _routes[declared.name] = declared

    @wraps(view, updated=())
    def entry(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        return response

    entry.minamo_route = declared  # type: ignore[attr-defined]
    return path(declared.pattern, entry, name=declared.name)


def route_at(address: str) -> tuple[Route | None, Mapping[str, Any]]:
    """The declared route at an address of minamo (a path) and its arguments; None for what declares none. Raises Resolver404."""
    found = resolve(address)
    return getattr(found.func, "minamo_route", None), found.kwargs


def school_of_page(request: HttpRequest, address: str) -> str:
    """学校 that another page of minamo is about, as its own loader finds it within the scope of the request; "" without one."""
    try:
        declared, arguments = route_at(address)
        if declared is None or declared.loader is None:
            return ""
        about = declared.loader(request, **arguments).resource
    except (Resolver404, Http404):
        return ""
    return about.id if about.name == "School" else str(about.values.get("school") or "")


def own_account(request: HttpRequest, **_: Any) -> Loaded:
    """The signed-in person's own account."""
    account_id = request.actor.account_id  # type: ignore[attr-defined]
    return Loaded(None, Resource("Own", str(account_id), {"account": account_id}, OWN))


def row(model: type[Model], argument: str, *related: str, field: str = "pk") -> Loader:
    """Load one row by a URL argument (with `select_related`), as a resource of the model's declared type."""

    def load(request: HttpRequest, **kwargs: Any) -> Loaded:
        manager = model._default_manager.select_related(*related) if related else model._default_manager.all()
        try:
            found = manager.get(**{field: kwargs[argument]})  # get() leaves the order away, and the joins it would cost
        except model.DoesNotExist:  # type: ignore[attr-defined]
            raise Http404 from None
        return Loaded(found, resource_type(model.resource_name).entity_of(found))  # type: ignore[attr-defined]

    return load
