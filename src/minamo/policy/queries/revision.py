"""改正を読む: what a revision changes, in words; its steps; its impacts, with names for those who may read the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from minamo.access.api import LIMITS, Account, Actor, Resource, all_routes, may, policies, resource_type
from minamo.audit.api import spoken_action
from minamo.policy.models import Impact, Issue, Revision, RevisionStep
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

    @property
    def sentences(self) -> tuple[str, str]:
        """What it did and what it will do, in words."""
        return tuple(LIMITS[self.name].means.format(f"{n}{self.unit}") for n in (self.old, self.new))  # type: ignore[return-value]

    @property
    def beside(self) -> bool:
        """Whether no rule reads it, so that no single decision, and no proof about decisions, tells what it does."""
        return self.name not in read_by_rules()


@dataclass(frozen=True)
class Seen:
    """影響 for the screen. `lines` are empty for those who may not read the trail; counts are for everybody."""

    row: Impact
    lost: str  # 「3 人の 12 件の閲覧」; empty when there is nothing
    gained: str
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
    in_force: Mapping[str, int]
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
        tuple(_limits(old_limits, new_limits)), new_limits, old_limits, new_text, issue.overlay if issue else "",
        tuple(_seen(impact, names) for impact in _newest(row)), names, _labels(row.hands),
        behind_of(row, issue),
    )  # fmt: skip


def way_in_words(old: Issue, new: Issue) -> tuple[tuple[Changed, ...], tuple[ChangedLimit, ...]]:
    """What reads differently when one issue takes the place of another: clauses and numbers."""
    before, after = limits_of(old.limits), limits_of(new.limits)
    clauses = _changes(_read(old.clauses, before), _read(new.clauses, after), {})
    return tuple(clauses), tuple(_limits(before, after))


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
    lines = tuple(_lines(lost, gained)) if names else ()
    return Seen(row, counted(lost), counted(gained), lines, tuple(row.result.get("changes", ())))


def counted(lines: Sequence[Mapping[str, Any]]) -> str:
    """何人の何件か, in words: people, what they looked at, and what they did."""
    deeds = {action for route in all_routes().values() if (action := route.actions.get("POST"))}
    done = sum(line["times"] for line in lines if line["action"] in deeds)
    seen = sum(line["times"] for line in lines) - done
    parts = [f"{times} 件の{word}" for times, word in ((seen, "閲覧"), (done, "書き込み")) if times]
    return f"{len({line['account'] for line in lines})} 人の {'と '.join(parts)}" if parts else ""


@lru_cache(maxsize=1)
def read_by_rules() -> frozenset[str]:
    """The numbers that rules read; the others end a sign-in or say how long something lasts."""
    text = "".join(repr(rule.template) for rule in policies().rules)
    return frozenset(name for name in LIMITS if f"'{name}'" in text)


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
