"""新しい土台: what could lie below a town's text and does not yet: a newer layer of its county, or a model policy that an update of
minamo has changed. Neither changes a text by itself (ADR 0042); a revision takes it in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from minamo.access.api import LIMITS
from minamo.policy.models import CountyLayer, Issue, Revision, RevisionStep
from minamo.policy.queries.texts import limits_of, text_below
from minamo.policy.rules.layers import changed, resolve
from minamo.policy.rules.workflow import loosened
from minamo.tenancy.api import Municipality

OVER = (RevisionStep.Kind.ISSUED, RevisionStep.Kind.WITHDRAWN)


@dataclass(frozen=True)
class NewGround:
    """新しい土台 of a town: the county's layer it has not adopted, clauses of the model policy that read otherwise since the newest
    edition, and the open revision that takes this in already."""

    county: CountyLayer | None
    clauses: tuple[str, ...]
    draft: Revision | None

    @property
    def title(self) -> str:
        """What it is, as the title of a line."""
        if self.county:
            return f"郡の定め「{self.county.name}」を、まだ取り入れていません"
        return f"手本の規程が、minamo の更新で{len(self.clauses)}条変わりました"

    @property
    def proposal(self) -> str:
        """The title of a revision that takes it in."""
        return f"「{self.county.name}」を取り入れる" if self.county else "手本の規程の変わったところを取り入れる"

    @property
    def reason(self) -> str:
        """Why, for whoever approves it."""
        if self.county:
            return f"{self.county.agreed_on:%-m月%-d日}に合意した郡の定めを、町の規程に取り入れます。"
        return "minamo の更新で変わった手本の条文を、町の規程に取り入れます。"


@dataclass(frozen=True)
class Lying:
    """案の土台: the county's layer a revision lies on, a newer one it could be moved to, and what the town keeps in its own words
    although the layer says otherwise."""

    county: CountyLayer | None
    newer: CountyLayer | None
    kept: tuple[str, ...]


def new_ground(municipality: UUID) -> NewGround | None:
    """What waits below a town's text; None when nothing does. One query: it stands on start pages."""
    row = Municipality.objects.filter(pk=municipality).annotate(issue=_issue(), layer=_layer(), draft=_draft()).first()
    if row is None:
        return None
    found: dict[str, Any] = {"issue": None, "layer": None, "draft": None} | vars(row)
    issue, layer, draft = found["issue"], found["layer"], found["draft"]
    newer = layer is not None and layer["id"] != (issue["county"] if issue else None)
    clauses = _changed_below(issue) if issue else ()
    if not newer and not clauses:
        return None
    if newer and draft and draft["county"] != layer["id"]:
        draft = None
    return NewGround(
        _as_layer(layer) if newer else None,
        clauses,
        Revision(pk=UUID(draft["id"]), title=draft["title"]) if draft else None,
    )


def _issue() -> Subquery:
    rows = Issue.objects.filter(municipality=OuterRef("pk"), ended_at__isnull=True).order_by("-number")
    return Subquery(
        rows.values(found=JSONObject(county="county_id", below="county__clauses", clauses="clauses", own="own"))[:1]
    )


def _layer() -> Subquery:
    rows = CountyLayer.objects.filter(municipality=OuterRef("pk")).order_by("-agreed_on", "-id")
    fields = {name: name for name in ("id", "name", "agreed_on", "limits", "clauses")}
    return Subquery(rows.values(found=JSONObject(**fields))[:1])


def _draft() -> Subquery:
    """The open revision that lies on the newest layer of all."""
    rows = Revision.objects.filter(municipality=OuterRef("pk")).exclude(steps__kind__in=OVER)
    rows = rows.order_by(F("county__agreed_on").desc(nulls_last=True), "-county_id", "-created_at")
    return Subquery(rows.values(found=JSONObject(id="id", title="title", county="county_id"))[:1])


def _as_layer(found: Mapping[str, Any]) -> CountyLayer:
    return CountyLayer(**{**found, "id": UUID(found["id"]), "agreed_on": dt.date.fromisoformat(found["agreed_on"])})


def _changed_below(issue: Mapping[str, Any]) -> tuple[str, ...]:
    """Clauses of the model policy that would read otherwise if the edition were decided today."""
    below, _ = text_below(CountyLayer(clauses=issue["below"] or {}))
    return tuple(changed(issue["clauses"], resolve(below, (issue["own"],))))


def lying(row: Revision) -> Lying:
    """What a revision lies on. One query; its county stands at the row afterwards."""
    layers = list(CountyLayer.objects.filter(municipality=row.municipality_id).order_by("-agreed_on", "-id"))
    row.county = next((layer for layer in layers if layer.pk == row.county_id), None)
    newer = layers[0] if layers and layers[0].pk != row.county_id else None
    said = row.county.clauses if row.county else {}
    return Lying(row.county, newer, tuple(number for number in row.clauses if number in said))


def looser(own: dict[str, int], county: CountyLayer) -> dict[str, int]:
    """Numbers of a town that are looser than the county's, with the county's. `own` as kept: what is not named has its default."""
    strictness = {name: limit.smaller_is_stricter for name, limit in LIMITS.items()}
    return {name: county.limits[name] for name in loosened(limits_of(own), dict(county.limits), strictness)}
