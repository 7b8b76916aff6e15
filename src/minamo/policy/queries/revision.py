"""改正を読む: what a revision changes, in words; its steps; its impacts, with names for those who may read the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.access.api import Account, Actor, Resource, all_routes, may, policies, resource_type
from minamo.audit.api import spoken_action
from minamo.policy.models import Impact, Issue, Revision, RevisionStep
from minamo.policy.queries.behind import Behind, behind_of
from minamo.policy.queries.difference import Difference, between
from minamo.policy.queries.grounds import Lying, lying
from minamo.policy.queries.texts import (
    layers_of,
    limits_of,
    model_text,
    newest_issue,
    text_below,
    text_in,
    text_replaced,
)
from minamo.policy.queries.touched import Side, sides
from minamo.policy.rules.layers import ClauseText, resolve
from minamo.policy.rules.text import Text
from minamo.policy.rules.whence import whence
from minamo.policy.rules.workflow import DRAFT, ISSUED, REVIEW, WITHDRAWN, state_of


@dataclass(frozen=True)
class Seen:
    """影響 for the screen. `lines` are empty for those who may not read the trail; counts are for everybody."""

    row: Impact
    lost: str  # 「3 人の 12 件の閲覧」; empty when there is nothing
    gained: str
    lines: tuple[tuple[str, str, str, str, int], ...]
    sides: tuple[Side, ...]  # of a proof
    cut: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Whether the job is not done yet."""
        return self.row.finished_at is None


@dataclass(frozen=True)
class RevisionPage:
    """Everything on the page of a revision. `issue`: what became of it."""

    state: str
    steps: tuple[RevisionStep, ...]
    difference: Difference
    values: Mapping[str, int]
    in_force: Mapping[str, int]
    texts: Mapping[str, ClauseText]
    impacts: tuple[Seen, ...]
    names: bool
    hands: tuple[str, ...]  # who wrote any part of it
    behind: Behind | None
    issue: Issue | None
    lying: Lying

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
    """Open revisions of the board that have taken a step, with the last of them, for its start pages. One query, none for others."""
    if not actor.uuids["boards"]:
        return []
    over = (RevisionStep.Kind.ISSUED, RevisionStep.Kind.WITHDRAWN)
    rows = Revision.objects.visible_to(actor).exclude(steps__kind__in=over)
    last = RevisionStep.objects.filter(revision__in=rows).order_by("revision_id", "-at", "-id").distinct("revision_id")
    found = sorted(last.select_related("revision"), key=lambda step: step.revision.created_at, reverse=True)
    return [(step.revision, step) for step in found[:20]]


def revision_page(actor: Actor, row: Revision) -> RevisionPage:
    """One revision, compared with the newest issue while it is open, and for ever with what its issue replaced once it is one.
    About ten queries."""
    steps = tuple(row.steps.all())
    state = state_of(step.kind for step in steps)
    issue = issue_of(row) if state == ISSUED else None
    newest = newest_issue(row.municipality_id) if state in {DRAFT, REVIEW} else None
    ground = lying(row)
    old, new, origin = _sides(row, state, newest, issue)
    found = between(old, new, row.clauses, origin)
    names = may(actor, "audit:read", Resource("Trail", str(row.municipality_id), {"municipality": row.municipality_id, "school": None}, resource_type("Trail")))  # fmt: skip
    impacts = [impact for impact in _newest(row) if impact.finished_at or state in {DRAFT, REVIEW}]
    return RevisionPage(
        state, steps, found, new.limits, old.limits, new.clauses,
        tuple(_seen(impact, names) for impact in impacts), names, _labels(row.hands),
        behind_of(row, newest), issue, ground,
    )  # fmt: skip


def issue_of(row: Revision) -> Issue | None:
    """版になったもの. One query."""
    return Issue.objects.filter(revision=row).first()


Origin = Mapping[str, Mapping[str, str]] | None


def _sides(row: Revision, state: str, newest: Issue | None, issue: Issue | None) -> tuple[Text, Text, Origin]:
    """What the revision is measured against, what it says, and whose words are new: an issue has kept all three; a withdrawn one lies
    on its base."""
    if issue is not None:
        return text_replaced(issue), text_in(issue), issue.replaced.get("whence")
    below, _ = text_below(row.county)
    new = Text(0, resolve(below, (row.clauses,)), limits_of(row.limits), row.overlay)
    former = row.base if state == WITHDRAWN else newest
    old = text_in(former) if former else model_text()
    return old, new, whence(old, new, layers_of(former), layers_of(row))


def _labels(accounts: Sequence[UUID]) -> tuple[str, ...]:
    """The names of accounts, in their order. One query."""
    labels = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "label"))
    return tuple(labels.get(key, "（いまはいない人）") for key in accounts)


def _newest(row: Revision) -> list[Impact]:
    """The newest impact of each kind."""
    found: dict[str, Impact] = {}
    for impact in row.impacts.order_by("-begun_at", "-id"):
        found.setdefault(impact.kind, impact)
    return [found[kind] for kind in Impact.Kind.values if kind in found]


def _seen(row: Impact, names: bool) -> Seen:
    lost, gained = row.result.get("lost", []), row.result.get("gained", [])
    lines = tuple(_lines(lost, gained)) if names else ()
    cut = tuple(spoken_action(action) for action in row.result.get("cut", ()))
    return Seen(row, counted(lost), counted(gained), lines, sides(row.result.get("changes", ())), cut)


def counted(lines: Sequence[Mapping[str, Any]]) -> str:
    """何人の何件か, in words: people, what they looked at, and what they did."""
    deeds = {action for route in all_routes().values() if (action := route.actions.get("POST"))}
    done = sum(line["times"] for line in lines if line["action"] in deeds)
    seen = sum(line["times"] for line in lines) - done
    parts = [f"{times} 件の{word}" for times, word in ((seen, "閲覧"), (done, "書き込み")) if times]
    return f"{len({line['account'] for line in lines})} 人の {'と '.join(parts)}" if parts else ""


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
