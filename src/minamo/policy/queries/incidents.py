"""事故の一覧と一件: with the deadlines of the law. All reads begin with `visible_to`."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from minamo.access.api import Actor
from minamo.audit.api import who_acted
from minamo.kernel.businessdays import is_business_day
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_ja
from minamo.policy.models import Incident, IncidentEntry
from minamo.policy.rules.deadlines import Assessment, Deadlines, deadlines, reasons, unmarked
from minamo.policy.rules.incidents import (
    REPORTS,
    Times,
    assessed_words,
    assessment_of,
    handed_in,
    kind_of,
    last_handed_in,
    newest,
    next_deadline,
    open_steps,
    people_words,
    times_of,
)
from minamo.policy.rules.together import UNOPENED

SHOWN, LOOKED_BACK = 100, dt.timedelta(days=30)


@dataclass(frozen=True)
class Card:
    """事故の一件 as it stands: entries oldest first, the assessment that counts, what is due."""

    row: Incident
    entries: list[IncidentEntry]
    today: dt.date
    pairs: list[tuple[str, dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", [(entry.kind, entry.detail) for entry in self.entries])

    @property
    def history(self) -> list[tuple[IncidentEntry, list[str]]]:
        """これまで: each entry with its words; of an assessment what it says, or changed of the one before."""
        told: list[tuple[IncidentEntry, list[str]]] = []
        former: dict[str, Any] | None = None
        for entry in self.entries:
            lines = entry.text.splitlines()
            if entry.kind == IncidentEntry.Kind.ASSESSED:
                lines, former = lines + assessed_words(former, entry.detail), entry.detail
            told.append((entry, lines))
        return told

    @property
    def typed_people(self) -> str:
        """本人の数 as the box shows it: of the newest assessment, before the first one the newest count."""
        found = self.assessment
        number = (self.people or None) if found is None else found.people
        return "" if number is None else str(number)

    @property
    def people_words(self) -> str:
        """本人の数 of the newest assessment, in words."""
        return people_words(self.assessment.people) if self.assessment else ""

    @property
    def kind(self) -> str:
        """種類, as corrected last."""
        return kind_of(self.row.kind, self.pairs)

    @property
    def kind_label(self) -> str:
        """種類 in words."""
        return str(Incident.Kind(self.kind).label)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """出した報告 and the day of sending in words, in order."""
        stands = handed_in(self.pairs)
        return [
            (f"{label}を出した日", format_ja(day) if (day := stands[report]) else "日は残っていません")
            for report, label in REPORTS.items()
            if report in stands
        ]

    @property
    def to_hand_in(self) -> str:
        """The report that goes out next; "" while none has to."""
        return next((report for report, label in REPORTS.items() if label in self.steps), "")

    @property
    def to_take_back(self) -> str:
        """The report whose record can be taken back; "" for none."""
        return last_handed_in(self.pairs)

    @property
    def closed(self) -> bool:
        """Whether the work on it has ended."""
        return any(kind == "closed" for kind, _ in self.pairs)

    @property
    def times(self) -> Times:
        """When it became known and when it happened, as corrected last."""
        return times_of(Times(self.row.known_at, self.row.happened_at), self.pairs)

    @property
    def detail(self) -> dict[str, Any]:
        """The words of the newest assessment."""
        return dict(newest(self.pairs, "assessed") or {})

    @property
    def assessment(self) -> Assessment | None:
        """The newest assessment, None while there is none."""
        return assessment_of(newest(self.pairs, "assessed"))

    @property
    def assessed_in(self) -> str:
        """The entry of the newest assessment, as a form says what it has seen."""
        return next((str(entry.pk) for entry in reversed(self.entries) if entry.kind == "assessed"), UNOPENED)

    @property
    def grounds(self) -> list[str]:
        """Why it must be reported to the commission."""
        return reasons(self.assessment) if self.assessment else []

    @property
    def unmarked(self) -> list[str]:
        """Why it would have to be reported, were it marked as leaked or lost."""
        return unmarked(self.assessment) if self.assessment else []

    @property
    def due(self) -> Deadlines | None:
        """The deadlines of the law."""
        known_on = self.times.known_at.astimezone(JST).date()
        return deadlines(known_on, self.assessment, is_business_day) if self.assessment else None

    @property
    def next(self) -> tuple[str, dt.date] | None:
        """The report due next."""
        return None if self.closed else next_deadline(self.due, self.pairs)

    @property
    def overdue(self) -> bool:
        """Whether the report due next is late."""
        return self.next is not None and self.next[1] < self.today

    @property
    def steps(self) -> list[str]:
        """What is missing before it may be closed."""
        return open_steps(self.pairs)

    @property
    def people(self) -> int:
        """How many may be affected by the newest count; the assessment may say otherwise."""
        return int((newest(self.pairs, "affected") or {}).get("possible", 0))


def _with_entries(rows: Any) -> Any:
    entries = Prefetch("entries", IncidentEntry.objects.order_by("at", "id"), to_attr="in_order")
    return rows.select_related("school").prefetch_related(entries)


def incidents_of(actor: Actor, municipality: UUID) -> list[Card]:
    """The newest incidents of a municipality the person may see. Two queries."""
    rows = _with_entries(Incident.objects.visible_to(actor).filter(municipality=municipality))[:SHOWN]
    return [Card(row, row.in_order, actor.today) for row in rows]


def incident_of(actor: Actor, row: Incident) -> Card:
    """One incident the person has been let to. One query."""
    return Card(row, list(row.entries.order_by("at", "id")), actor.today)


def open_incidents(actor: Actor) -> list[Card]:
    """対応中の事故 for the start pages of heads and the board, the most urgent first. One query (an incident has its first entry from
    the moment it is reported), none for others."""
    if not (actor.uuids["heads"] or actor.uuids["boards"]):
        return []
    rows = Incident.objects.visible_to(actor).exclude(entries__kind=IncidentEntry.Kind.CLOSED)
    entries = IncidentEntry.objects.filter(incident__in=rows.values("pk")[:SHOWN]).select_related("incident__school")
    grouped = groupby(entries.order_by("-incident__known_at", "incident", "at", "id"), key=lambda entry: entry.incident)
    cards = [Card(row, list(of), actor.today) for row, of in grouped]
    return sorted(cards, key=lambda card: (card.next is None, card.next[1] if card.next else actor.today))


def looked_from(card: Card) -> dt.datetime:
    """From when on operations are of interest: when it happened, else a month before it became known."""
    return card.times.happened_at or card.times.known_at - LOOKED_BACK


def accounts_of(card: Card) -> list[tuple[UUID, str]]:
    """Whose operations can be looked at: who did something between then and a month after it became known. One query."""
    since, until = looked_from(card) - LOOKED_BACK, card.times.known_at + LOOKED_BACK
    return who_acted(card.row.municipality_id, since, until, school=card.row.school_id)
