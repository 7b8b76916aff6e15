"""Reads about an account itself: its open devices, its keys, and whose trail a sign-in belongs to."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from minamo.access.actor import Actor, split_facts
from minamo.access.models import TRIED_WHEN_LOST, Account, Device, Posture, Terminal, TerminalState
from minamo.access.posture import STRENGTH, Report, Standing, age_words, fresh, standing
from minamo.access.relations import registered_facts


@dataclass(frozen=True)
class Home:
    """所属: the municipality whose trail holds a sign-in (None where an account belongs to none or several), and the schools."""

    municipality: UUID | None = None
    schools: tuple[UUID, ...] = ()

    @property
    def school(self) -> UUID | None:
        """The school, None where an account belongs to none or several."""
        return self.schools[0] if len(self.schools) == 1 else None


def home_of(account_id: UUID, on: dt.date) -> Home:
    """Where an account belongs on a day. One query, also for an unknown account: the answer takes the same time."""
    relations = _relations(account_id, on)
    return Home(_only(relations["municipalities"]), tuple(UUID(one) for one in sorted(relations["serves"])))


def belongs_to(account_id: UUID, municipality: UUID, on: dt.date) -> bool:
    """Whether an account belongs to a municipality on a day. One query."""
    return str(municipality) in _relations(account_id, on)["municipalities"]


def account_in(municipality: UUID, login_id: str, on: dt.date) -> Account | None:
    """The account with this login ID, if it belongs to a municipality on a day. Two queries."""
    account = Account.objects.filter(login_id=login_id).first()
    return account if account is not None and belongs_to(account.pk, municipality, on) else None


def _relations(account_id: UUID, on: dt.date) -> Mapping[str, frozenset[str]]:
    functions = " || ".join(f"{facts.function}(%(account)s, %(on)s)" for facts in registered_facts()) or "'{}'::jsonb"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {functions}", {"account": account_id, "on": on})
        relations, _ = split_facts(cursor.fetchone()[0])
    return relations


def _only(ids: frozenset[str]) -> UUID | None:
    return UUID(next(iter(ids))) if len(ids) == 1 else None


def open_devices(account_id: UUID, now: dt.datetime) -> QuerySet[Device]:
    """使っている端末: signed in, and not so long ago that the session has ended by itself. Newest first."""
    oldest = now - dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return Device.objects.filter(account_id=account_id, signed_out_at=None, signed_in_at__gt=oldest).order_by(
        "-seen_at"
    )


def own_names(account_id: UUID) -> dict[UUID, tuple[str, str]]:
    """The names in the register of a person's own open sign-ins, and their states; also where the register itself lies behind a wall.
    One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT device, label, state FROM access_own_devices(%s)", [account_id])
        return {
            device: (label, TerminalState.State(state).label if state else "")
            for device, label, state in cursor.fetchall()
        }


def municipality_of(school_id: UUID) -> UUID | None:
    """The municipality of a school in scope, else None. (tenancy lies above; the table is asked.)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id FROM tenancy_school WHERE id = %s", [school_id])
        row = cursor.fetchone()
    return row[0] if row else None


@dataclass(frozen=True)
class TerminalCard:
    """台帳の1行: a terminal with the state that holds, who decided it, the newest report about its condition, and the
    sign-ins that were refused on it while it was lost (`tries`, newest first): those are no decision. `persons` are those signed in on it now."""

    terminal: Terminal
    state: TerminalState | None
    reports: tuple[Posture, ...]
    now: dt.datetime
    hours: int
    tries: tuple[TerminalState, ...] = ()
    persons: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide."""
        return self.state is not None and self.state.state == TerminalState.State.REGISTERED

    @property
    def may_approve(self) -> bool:
        """Whether an approval can follow."""
        closed = {TerminalState.State.REGISTERED, TerminalState.State.QUARANTINED, TerminalState.State.LOST}
        return self.state is not None and self.state.state in closed

    @property
    def may_close(self) -> bool:
        """Whether it can still be closed."""
        return self.state is not None and self.state.state != TerminalState.State.LOST

    @property
    def condition(self) -> Standing:
        """What the reports amount to now."""
        return standing((Report(r.source, r.good, r.at) for r in self.reports), self.now, self.hours)

    @property
    def posture_words(self) -> str:
        """The condition in words, with whose word it is; a report that is too old says nothing."""
        held = self.condition
        if held.word == "unknown":
            return "不明（報告が古い）" if self.reports else "報告なし"
        return f"{'問題なし' if held.word == 'good' else '要確認'}（{Posture.Source(held.source).label}）"

    @property
    def report_lines(self) -> list[str]:
        """Each source's newest report with its age: 「端末の自己申告　問題なし　3時間前（Chromium 131）」."""
        return [self._line(report) for report in self.reports]

    def _line(self, report: Posture) -> str:
        counts = fresh(Report(report.source, report.good, report.at), self.now, self.hours)
        said = ("問題なし" if report.good else "要確認") if counts else "古いので数えません"
        version = str(report.facts.get("version", "")).partition(".")[0]
        facts = " ".join(filter(None, (report.facts.get("browser"), version, report.facts.get("os"))))
        about = f"（{facts}）" if facts else ""
        return f"{report.get_source_display()}　{said}　{age_words(report.at, self.now)}{about}"


def tries_on(terminals: Iterable[UUID]) -> dict[UUID, list[TerminalState]]:
    """断ったサインイン: the sign-ins that were refused on lost terminals, of each the newest first. One query."""
    found: dict[UUID, list[TerminalState]] = {}
    for row in TerminalState.objects.filter(terminal__in=list(terminals), note=TRIED_WHEN_LOST).order_by("-id"):
        found.setdefault(row.terminal_id, []).append(row)
    return found


def signed_in_on(terminals: Iterable[UUID], now: dt.datetime) -> dict[UUID, list[str]]:
    """いまサインインしている人: whom a closed terminal shuts out, by terminal. One query."""
    oldest = now - dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = Device.objects.filter(terminal__in=list(terminals), signed_out_at=None, signed_in_at__gt=oldest)
    found: dict[UUID, list[str]] = {}
    for terminal, label in rows.order_by("-seen_at").values_list("terminal_id", "account__label"):
        if terminal is not None:
            found.setdefault(terminal, []).append(label)
    return found


def cards_of(terminals: Iterable[Terminal], actor: Actor) -> list[TerminalCard]:
    """The cards of some terminals, in their order. Four queries."""
    rows = list(terminals)
    keys = [row.pk for row in rows]
    decided = TerminalState.objects.filter(terminal__in=keys).exclude(note=TRIED_WHEN_LOST)
    states = {s.terminal_id: s for s in decided.order_by("terminal_id", "-id").distinct("terminal_id")}
    tries, persons = tries_on(keys), signed_in_on(keys, actor.now)
    reports: dict[UUID, list[Posture]] = {}
    found = Posture.objects.filter(terminal__in=keys).order_by("terminal_id", "source", "-id")
    for report in found.distinct("terminal_id", "source"):
        reports.setdefault(report.terminal_id, []).append(report)
    hours = actor.limits["posture_hours"]
    return [
        TerminalCard(
            row,
            states.get(row.pk),
            tuple(sorted(reports.get(row.pk, []), key=_strength)),
            actor.now,
            hours,
            tuple(tries.get(row.pk, [])),
            tuple(persons.get(row.pk, [])),
        )
        for row in rows
    ]


def _strength(report: Posture) -> int:
    """The strongest source first."""
    return -STRENGTH.get(report.source, 0)


def register_of(actor: Actor, *, municipality: UUID, school: UUID | None) -> list[TerminalCard]:
    """端末台帳 of a school, or of a whole municipality; what waits for an approval first. Five queries."""
    found = (
        Terminal.objects.visible_to(actor)
        .filter(municipality_id=municipality)
        .select_related("registered_by", "replaces")
    )
    if school is not None:
        found = found.filter(school_id=school)
    cards = cards_of(found.order_by("label", "registered_at"), actor)
    return sorted(cards, key=lambda card: not card.waits)


def terminal_of(device: UUID | None) -> UUID | None:
    """The line of the register a sign-in is on. One query at most."""
    return Device.objects.filter(pk=device).values_list("terminal_id", flat=True).first() if device else None


def device_names(devices: Iterable[UUID]) -> dict[UUID, str]:
    """端末の名 of sign-ins, for the trail: the side, and the name in the register or what the browser says. One query."""
    found = Device.objects.filter(pk__in=set(devices)).select_related("terminal")
    return {one.pk: f"{one.get_side_display()}　{one.terminal.label if one.terminal else one.label}" for one in found}


def keys_of(account_id: UUID) -> frozenset[tuple[int, str, str]]:
    """The second factors of an account: (row, kind, label) with kind `totp`, `webauthn` or `recovery_codes`; a label only where
    the person has given one."""
    found = Authenticator.objects.filter(user_id=account_id).values_list("pk", "type", "data__name")
    return frozenset((pk, kind, str(label or "")) for pk, kind, label in found)


def kinds_of(account_id: UUID) -> set[str]:
    """The kinds of second factors an account has. One query."""
    return {kind for _, kind, _ in keys_of(account_id)}


def waiting_for_approval(device: UUID | None) -> Terminal | None:
    """The line that this sign-in has handed in again and that nobody has decided about. One query."""
    newest = TerminalState.objects.filter(terminal=OuterRef("pk")).order_by("-id").values("state")[:1]
    found = Terminal.objects.filter(asked_from=device, replaces__isnull=False).annotate(newest=Subquery(newest))
    return found.filter(newest=TerminalState.State.REGISTERED).order_by("-registered_at").first()
