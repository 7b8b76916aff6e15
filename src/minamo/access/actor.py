"""操作者 (actor): who asks, with which posts and relations today, from which device. Built once, in one query."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.access.editions import in_force
from minamo.access.limits import DEFAULTS
from minamo.access.posture import REPORT_EVERY, Report, standing
from minamo.access.relations import RELATION_TYPES, RELATIONS, registered_facts

SIDES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"staff": ("school",), "guardian": ("home", "school"), "pupil": ("learning", "school")}
)
NEVER = 10**6  # minutes: stands for "has never happened"


@dataclass(frozen=True)
class ProxyReport:
    """What a proxy says about a terminal, to be kept as a report."""

    terminal_id: UUID
    municipality_id: UUID
    good: bool


@dataclass(frozen=True)
class Found:
    """The actor with what only the sign-in check needs."""

    actor: "Actor"
    seen_at: dt.datetime
    password: str
    proxy_report: "ProxyReport | None" = None


@dataclass(frozen=True)
class Actor:
    """One signed-in person on one device at one moment. `relations` maps a relation to the ids it holds for; `terms` says of
    those that end by themselves until when (`relation:id` → last day), for explanations only: what has ended is no relation."""

    account_id: UUID
    kind: str
    label: str
    side: str
    device_id: UUID | None
    strength: int
    authenticated_at: dt.datetime | None
    today: dt.date
    now: dt.datetime
    relations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    posts: tuple[Mapping[str, Any], ...] = ()
    terms: Mapping[str, dt.date] = field(default_factory=dict)
    active: bool = True
    device_state: str = "none"
    device_proved_at: dt.datetime | None = None
    act_proved_at: dt.datetime | None = None
    posture: str = "unknown"
    posture_source: str = "none"
    network: str = "other"
    purpose: str = "everyday"
    limits: Mapping[str, int] = field(default_factory=lambda: DEFAULTS)
    overlays: tuple[str, ...] = ()
    policy_digest: str = ""

    def ids(self, relation: str) -> frozenset[str]:
        """Ids (text UUIDs) of the given relation; unknown names raise KeyError rather than meaning "none"."""
        if relation not in RELATIONS:
            raise KeyError(relation)
        return self.relations.get(relation, frozenset())

    @cached_property
    def uuids(self) -> Mapping[str, tuple[UUID, ...]]:
        """The relations as UUIDs, for queries."""
        return MappingProxyType({name: tuple(UUID(v) for v in sorted(self.ids(name))) for name in RELATIONS})

    @cached_property
    def as_entity(self) -> str:
        """The actor as Cedar entity JSON. An actor never changes: it is written once, however much is decided for it."""
        attributes: dict[str, Any] = {"kind": self.kind}
        for name in RELATIONS:
            held, of = sorted(self.ids(name)), RELATION_TYPES[name]
            attributes[name] = [{"__entity": {"type": of, "id": value}} for value in held]
        return json.dumps([{"uid": {"type": "User", "id": str(self.account_id)}, "attrs": attributes, "parents": []}])

    @property
    def elsewhere(self) -> bool:
        """Whether the person is on the wrong side of the house: staff on a family's or a pupil's device, a family on a
        pupil's, a pupil at home."""
        return self.side not in SIDES_OF.get(self.kind, (self.side,))

    @property
    def authentication_age(self) -> int:
        """Minutes since the person last proved who he is; a very large number when unknown."""
        return self._minutes_since(self.authenticated_at)

    @property
    def device_proof_age(self) -> int:
        """Minutes since the device last proved to hold its key; a very large number when it never did."""
        return self._minutes_since(self.device_proved_at)

    @property
    def act_proof_age(self) -> int:
        """Minutes since the key of this browser or the person was proved for exactly this act (access/acts.py)."""
        return self._minutes_since(self.act_proved_at)

    def _minutes_since(self, moment: dt.datetime | None) -> int:
        if moment is None or moment > self.now:  # what lies ahead has not been proved
            return NEVER
        return int((self.now - moment).total_seconds() // 60)


def facts_sql() -> tuple[str, str]:
    """All a person holds, as a lateral join over `a` (the account) and an expression of one jsonb; parameters `on` and `now`. The
    request of the person and the explanation of somebody else read the same: what is held is held, whoever asks."""
    functions = ", ".join(f"{f.function}(a.id, %(on)s)" for f in registered_facts())
    columns = [f"f{i}" for i in range(len(registered_facts()))]
    lateral = f"CROSS JOIN LATERAL (SELECT {functions}) AS x({', '.join(columns)})" if functions else ""
    merged = " || ".join(f"x.{column}" for column in columns) or "'{}'::jsonb"
    return lateral, f"({merged} || access_emergencies(a.id, %(now)s))"


def purpose_of(relations: Mapping[str, frozenset[str]]) -> str:
    """目的: while an emergency is open, what is asked may be asked for it."""
    return "emergency" if relations["emergencies"] else "everyday"


def _query() -> str:
    lateral, facts = facts_sql()
    # The scope for row-level security is set by the same statement that reads the posts it follows from.
    return f"""
        WITH facts AS MATERIALIZED (
            SELECT a.id, a.kind, a.label, a.is_active, d.id AS device, d.side, d.strength, d.signed_in_at, d.seen_at,
                   a.password, access_device_facts(d.id) AS terminal,
                   {facts} AS facts
            FROM access_account a
            LEFT JOIN access_device d ON d.id = %(device)s AND d.account_id = a.id AND d.signed_out_at IS NULL
            {lateral}
            WHERE a.id = %(account)s
        )
        SELECT facts.*, access_editions_of(facts->'municipalities'),
               set_config('minamo.municipalities',
                   array_to_string(ARRAY(SELECT jsonb_array_elements_text(facts->'municipalities')), ','), true),
               set_config('minamo.side', coalesce(side, 'learning'), true),
               set_config('minamo.self', coalesce(facts->'selves'->>0, ''), true)
        FROM facts
    """


@dataclass(frozen=True)
class Signals:
    """What the request itself says, besides who asks: the network it came from, and the proofs of its device."""

    network: str = "other"
    proved_at: dt.datetime | None = None
    certificate: str = ""
    posture: str = ""  # what the proxy says about the device of its certificate: good, bad or nothing


def load_actor(
    *, account_id: UUID, device_id: UUID | None, now: dt.datetime, today: dt.date, signals: Signals = Signals()
) -> Found | None:
    """Read the account, its device and all relations of the day; also opens the row-level scope.

    Returns the actor, or None when the account or the device is gone. A device
    that was signed out yields None, so the next request after a sign-out is refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(_query(), {"account": account_id, "device": device_id, "on": today, "now": now})
        row = cursor.fetchone()
    if row is None or not row[3] or row[4] is None:
        return None
    relations, posts = split_facts(row[11])
    edition = in_force(row[12])
    terminal, vouched = _Terminal.of(row[10]), False
    if terminal.vouched(signals.certificate):
        vouched, terminal = True, terminal.with_proxy(signals.posture, now)
    condition = standing(terminal.reports, now, edition.limits["posture_hours"])
    actor = Actor(
        account_id=row[0], kind=row[1], label=row[2], side=row[5], device_id=row[4], strength=row[6],
        authenticated_at=row[7], today=today, now=now, relations=relations, posts=posts, terms=terms_of(row[11]), active=row[3],
        device_state=terminal.state, posture=condition.word, posture_source=condition.source, network=signals.network,
        purpose=purpose_of(relations),
        device_proved_at=now if vouched else signals.proved_at, act_proved_at=now if vouched else None,
        limits=edition.limits, overlays=edition.overlays, policy_digest=edition.digest,
    )  # fmt: skip
    return Found(actor, row[8], row[9], terminal.due(relations["municipalities"], now))


@dataclass(frozen=True)
class _Terminal:
    """The line of the register of devices this sign-in is on, as access_device_facts tells it."""

    state: str = "none"
    certificate: str = ""
    id: str = ""
    municipality: str = ""
    reports: tuple[Report, ...] = ()
    proxy_before: Report | None = None

    @classmethod
    def of(cls, facts: str | Mapping[str, Any] | None) -> "_Terminal":
        if facts is None:
            return cls()
        data: Mapping[str, Any] = json.loads(facts) if isinstance(facts, str) else facts
        reports = tuple(Report(s, good, dt.datetime.fromtimestamp(at, dt.UTC)) for s, good, at in data["reports"])
        return cls(data["state"] or "none", data["certificate"], data["terminal"], data["municipality"], reports)

    def with_proxy(self, word: str, now: dt.datetime) -> "_Terminal":
        """The same with what the proxy says in this request, in place of what it said before."""
        if word not in {"good", "bad"}:
            return self
        others = tuple(r for r in self.reports if r.source != "proxy")
        before = next((r for r in self.reports if r.source == "proxy"), None)
        return replace(self, reports=(*others, Report("proxy", word == "good", now)), proxy_before=before)

    def due(self, municipalities: frozenset[str], now: dt.datetime) -> "ProxyReport | None":
        """The proxy's word as a row to be kept: when it has changed, and every few hours."""
        said = next((r for r in self.reports if r.source == "proxy" and r.at == now), None)
        if said is None or self.municipality not in municipalities:
            return None
        if self.proxy_before and self.proxy_before.good == said.good and now - self.proxy_before.at < REPORT_EVERY:
            return None
        return ProxyReport(UUID(self.id), UUID(self.municipality), said.good)

    def vouched(self, certificate: str) -> bool:
        """Whether the proxy has seen the client certificate of this very terminal."""
        return bool(certificate) and certificate == self.certificate


def split_facts(facts: str | Mapping[str, Any]) -> tuple[Mapping[str, frozenset[str]], tuple[Mapping[str, Any], ...]]:
    """Turn the rooms' JSON into relations (sets of ids) and the list of posts shown on screen."""
    data: Mapping[str, Any] = json.loads(facts) if isinstance(facts, str) else facts
    relations = {name: frozenset(_texts(data.get(name, ()))) for name in RELATIONS}
    return MappingProxyType(relations), tuple(data.get("posts", ()))


def terms_of(facts: str | Mapping[str, Any]) -> Mapping[str, dt.date]:
    """期限: `relation:id` → the last day it holds, for relations that end by themselves."""
    data: Mapping[str, Any] = json.loads(facts) if isinstance(facts, str) else facts
    return {str(key): dt.date.fromisoformat(day) for key, day in data.get("terms", {}).items()}


def _texts(values: Iterable[Any]) -> Iterable[str]:
    return (str(value) for value in values)


def system_actor(*municipalities: UUID, now: dt.datetime, today: dt.date, label: str = "運用") -> Actor:
    """運用の操作者: who a command or a job acts as. It serves the named municipalities and no other."""
    return Actor(
        account_id=UUID(int=0), kind="system", label=label, side="school", device_id=None, strength=2,
        authenticated_at=now, today=today, now=now,
        relations={"municipalities": frozenset(str(m) for m in municipalities)},
    )  # fmt: skip
