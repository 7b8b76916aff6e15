"""改正を読む: what a revision changes, in words; its steps; its impacts, with names for those who may read the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.access.api import LIMITS, Account, Actor, Resource, may, policies, resource_type
from minamo.audit.api import spoken_action
from minamo.policy.models import Impact, Revision, RevisionStep
from minamo.policy.queries.behind import Behind, behind_of
from minamo.policy.queries.texts import limits_of, newest_issue, text_below
from minamo.policy.rules.layers import ClauseText, changed, filled, order, resolve
from minamo.policy.rules.words import Piece, difference
from minamo.policy.rules.workflow import DRAFT, REVIEW, state_of


@dataclass(frozen=True)
class Changed:
    """変わる条文 with its difference in words."""

    number: str
    title: str
    kind: str
    pieces: tuple[Piece, ...]
    own: bool


@dataclass(frozen=True)
class ChangedLimit:
    """変わる数値."""

    name: str
    label: str
    unit: str
    old: int
    new: int
    stricter: bool


@dataclass(frozen=True)
class Seen:
    """影響 for the screen. `lines` are empty for those who may not read the trail; counts are for everybody."""

    row: Impact
    lost_people: int
    lost_times: int
    gained_people: int
    gained_times: int
    lines: tuple[tuple[str, str, str, str, int], ...]
    changes: tuple[Mapping[str, Any], ...]

    @property
    def running(self) -> bool:
        """Whether the job is not done yet."""
        return self.row.finished_at is None


@dataclass(frozen=True)
class RevisionPage:
    """Everything on the page of a revision."""

    state: str
    steps: tuple[RevisionStep, ...]
    clauses: tuple[Changed, ...]
    limits: tuple[ChangedLimit, ...]
    values: Mapping[str, int]
    texts: Mapping[str, ClauseText]
    old_overlay: str
    impacts: tuple[Seen, ...]
    names: bool
    hands: tuple[str, ...]  # who wrote any part of it
    behind: Behind | None

    @property
    def editable(self) -> bool:
        """Whether the draft can be changed."""
        return self.state == DRAFT

    @property
    def in_review(self) -> bool:
        """Whether somebody else has to decide."""
        return self.state == REVIEW

    @property
    def running(self) -> bool:
        """Whether an impact is being worked out."""
        return any(seen.running for seen in self.impacts)


def revisions_of(actor: Actor, municipality: UUID) -> list[tuple[Revision, str]]:
    """改正 with their states, newest first. Two queries."""
    rows = Revision.objects.visible_to(actor).filter(municipality=municipality).prefetch_related("steps")[:50]
    return [(row, state_of(step.kind for step in row.steps.all())) for row in rows]


def revisions_waiting(actor: Actor) -> list[tuple[Revision, RevisionStep]]:
    """Open revisions of the board that have taken a step, with the last of them, for its start pages. Two queries, none for
    others."""
    if not actor.uuids["boards"]:
        return []
    over = (RevisionStep.Kind.ISSUED, RevisionStep.Kind.WITHDRAWN)
    rows = Revision.objects.visible_to(actor).filter(steps__isnull=False).exclude(steps__kind__in=over).distinct()
    return [(row, list(row.steps.all())[-1]) for row in rows.prefetch_related("steps")[:20]]


def revision_page(actor: Actor, row: Revision) -> RevisionPage:
    """One revision, compared with the newest issue. About ten queries."""
    issue = newest_issue(row.municipality_id)
    below, _ = text_below(row.municipality_id)
    old_text, old_limits = (issue.clauses, limits_of(issue.limits)) if issue else (below, limits_of({}))
    new_text, new_limits = resolve(below, (row.clauses,)), limits_of(row.limits)
    steps = tuple(row.steps.all())
    names = may(actor, "audit:read", Resource("Trail", str(row.municipality_id), {"municipality": row.municipality_id, "school": None}, resource_type("Trail")))  # fmt: skip
    return RevisionPage(
        state_of(step.kind for step in steps), steps,
        tuple(_changes(_read(old_text, old_limits), _read(new_text, new_limits), row.clauses)),
        tuple(_limits(old_limits, new_limits)), new_limits, new_text, issue.overlay if issue else "",
        tuple(_seen(impact, names) for impact in _newest(row)), names, _labels(row.hands),
        behind_of(row, issue),
    )  # fmt: skip


def _labels(accounts: Sequence[UUID]) -> tuple[str, ...]:
    """The names of accounts, in their order. One query."""
    labels = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "label"))
    return tuple(labels.get(key, "（いまはいない人）") for key in accounts)


def _read(clauses: Mapping[str, ClauseText], limits: Mapping[str, int]) -> dict[str, ClauseText]:
    return {n: {**clause, "text": filled(str(clause["text"]), limits)} for n, clause in clauses.items()}


def _changes(old: Mapping[str, ClauseText], new: Mapping[str, ClauseText], own: Mapping[str, Any]) -> list[Changed]:
    found = []
    for number in sorted(changed(old, new), key=order):
        before, after = old.get(number), new.get(number)
        kind = "新しい条文" if before is None else "なくなる条文" if after is None else "変わる条文"
        pieces = difference(str(before["text"]) if before else "", str(after["text"]) if after else "")
        found.append(Changed(number, str((after or before or {})["title"]), kind, tuple(pieces), number in own))
    return found


def _limits(old: Mapping[str, int], new: Mapping[str, int]) -> list[ChangedLimit]:
    return [
        ChangedLimit(name, limit.label, limit.unit, old[name], new[name], limit.stricter([old[name], new[name]]) == new[name])
        for name, limit in LIMITS.items()
        if old[name] != new[name]
    ]  # fmt: skip


def _newest(row: Revision) -> list[Impact]:
    """The newest impact of each kind."""
    found: dict[str, Impact] = {}
    for impact in row.impacts.order_by("-begun_at", "-id"):
        found.setdefault(impact.kind, impact)
    return [found[kind] for kind in Impact.Kind.values if kind in found]


def _seen(row: Impact, names: bool) -> Seen:
    lost, gained = row.result.get("lost", []), row.result.get("gained", [])
    return Seen(
        row, len({x["account"] for x in lost}), sum(x["times"] for x in lost), len({x["account"] for x in gained}),
        sum(x["times"] for x in gained), tuple(_lines(lost, gained)) if names else (),
        tuple(row.result.get("changes", ())),
    )  # fmt: skip


def _lines(
    lost: Sequence[Mapping[str, Any]], gained: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, str, str, int]]:
    labels = dict(Account.objects.filter(pk__in={x["account"] for x in (*lost, *gained)}).values_list("pk", "label"))
    return [
        (
            word,
            labels.get(UUID(x["account"]), "（いまはいない人）"),
            spoken_action(x["action"]),
            _clause(x["rule"]),
            x["times"],
        )
        for word, rows in (("できなくなる", lost), ("できるようになる", gained))
        for x in rows[:100]
    ]


def _clause(rule_id: str) -> str:
    try:
        return policies().rule(rule_id).clause
    except KeyError:
        return "上乗せの規則"
