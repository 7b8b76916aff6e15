"""新しい版に遅れた案: what was decided after a draft was begun, and where both changed the same, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minamo.access.api import LIMITS
from minamo.policy.models import CountyLayer, Issue, Revision
from minamo.policy.rules.closings import closings
from minamo.policy.rules.merging import Conflict, Layer, Merged, merged


@dataclass(frozen=True)
class Both:
    """両方で変わったところ: its words on the three sides."""

    key: str
    label: str
    base: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class Behind:
    """遅れ: the newer issue, what it brings into the draft, and what has to be chosen."""

    issue: Issue
    brought: tuple[str, ...]
    conflicts: tuple[Both, ...]


def behind_of(row: Revision, issue: Issue | None) -> Behind | None:
    """None when the draft stands on the newest issue. One query, none for a draft that does."""
    if issue is None or row.base_id == issue.pk:
        return None
    found = laid_on(row, issue, {})
    texts = issue.clauses
    brought = tuple(_label(key, texts) for key in found.brought)
    if issue.county is not None and row.county_id != issue.county_id == getattr(county_on(row, issue), "pk", None):
        brought = (f"郡の定め「{issue.county.name}」", *brought)
    return Behind(issue, brought, tuple(_both(one, texts) for one in found.conflicts))


def laid_on(row: Revision, issue: Issue, choices: Mapping[str, str]) -> Merged:
    """What the draft becomes on the issue. Nothing is written."""
    return merged(layer_of(row.base), layer_of(issue), Layer(row.clauses, row.limits, row.overlay), choices)


def county_on(row: Revision, issue: Issue) -> CountyLayer | None:
    """The county's layer the draft lies on, once laid on the issue: whoever moved it, its side; where both did, the newer one."""
    if row.county_id == (row.base.county_id if row.base else None):
        return issue.county
    if issue.county is None or (row.base is not None and issue.county_id == row.base.county_id):
        return row.county
    both = [layer for layer in (row.county, issue.county) if layer is not None]
    return max(both, key=lambda layer: (layer.agreed_on, layer.pk))


def layer_of(issue: Issue | None) -> Layer:
    """The town's layer of an issue; without one, nothing of its own."""
    return Layer(issue.own, issue.limits, issue.overlay) if issue else Layer({}, {})


def _both(one: Conflict, texts: dict[str, Any]) -> Both:
    return Both(
        one.key, _label(one.key, texts, one.mine), *(_said(one.key, side) for side in (one.base, one.theirs, one.mine))
    )


def _label(key: str, texts: dict[str, Any], clause: Any = None) -> str:
    kind, _, name = key.partition(":")
    if kind == "limit":
        return LIMITS[name].label if name in LIMITS else name
    if kind == "clause":
        return f"{name} {(texts.get(name) or clause or {}).get('title', '')}".strip()
    return "上乗せの規則"


def _said(key: str, value: Any) -> str:
    kind, _, name = key.partition(":")
    if kind == "limit" and name in LIMITS:
        return f"{LIMITS[name].default if value is None else value}{LIMITS[name].unit}"
    if kind == "clause":
        return str(value["text"]) if value else "（町では変えません）"
    return "　".join(one.note for one in closings(str(value or ""))) or ("言葉のない規則" if value else "（なし）")
