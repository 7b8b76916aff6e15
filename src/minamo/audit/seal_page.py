"""封のようす (state of sealing) for the board: how far the tree of a municipality reaches, and who has witnessed it."""

import datetime as dt
import io
from dataclasses import dataclass
from uuid import UUID

import segno
from django.db import connection
from django.db.models import Count, Min

from minamo.access.api import Actor
from minamo.audit import checkpoints, notes
from minamo.audit.checked import Checked, last_checks
from minamo.audit.models import Entry
from minamo.audit.private import KEKS_IN_USE, trouble
from minamo.audit.publish import published
from minamo.audit.seal import Log, logs, towns
from minamo.audit.witness import name_of, neighbours
from minamo.kernel.schoolyear import JST

STALLED = dt.timedelta(minutes=1)
DAYS = 14
MONTHS = 6
_WAITING = """
    (audit_entry.xid, audit_entry.id) > (SELECT c.xid, c.entry FROM audit_cursor c)
    AND audit_entry.id > (SELECT c.floor FROM audit_cursor c)
"""
_DAYS = """
    WITH seen AS (
        SELECT (at AT TIME ZONE 'Asia/Tokyo')::date AS on_day, count(DISTINCT name) AS names
        FROM audit_cosignature WHERE log_id = %(log)s AND at >= %(since)s GROUP BY 1)
    SELECT (b.sealed_at AT TIME ZONE 'Asia/Tokyo')::date AS day, sum(b.size - b.first), count(*), max(b.size),
        coalesce(max(seen.names), 0)
    FROM audit_batch b LEFT JOIN seen ON seen.on_day = (b.sealed_at AT TIME ZONE 'Asia/Tokyo')::date
    WHERE b.log_id = %(log)s AND b.sealed_at >= %(since)s GROUP BY 1 ORDER BY 1 DESC LIMIT %(days)s
"""


@dataclass(frozen=True)
class Witnessed:
    """What one witness has last countersigned."""

    name: str
    size: int | None
    at: dt.datetime | None
    current: bool


@dataclass(frozen=True)
class Day:
    """One day of sealing."""

    day: dt.date
    rows: int
    checkpoints: int
    size: int
    witnesses: int


@dataclass(frozen=True)
class State:
    """Everything the page and the report show."""

    log: Log
    began: dt.datetime
    newest: checkpoints.Sealed
    key: notes.VerifierKey
    unsealed: int
    waiting_since: dt.datetime | None
    stalled: bool
    witnesses: list[Witnessed]
    days: list[Day]
    checked: Checked | None
    words_trouble: str

    @property
    def root(self) -> str:
        """The root in groups that can be read out."""
        return grouped(self.newest.checkpoint.root)

    @property
    def note(self) -> str:
        """The signed note without countersignatures: what the QR holds and what can be kept."""
        return notes.note(self.newest.checkpoint, self.newest.signature)


def grouped(root: bytes) -> str:
    """Hex in groups of eight."""
    text = root.hex()
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))


def state(actor: Actor, municipality: UUID, now: dt.datetime) -> State | None:
    """The state now; None before the first seal. Nothing of another municipality but its name and countersignature."""
    every = logs()
    log = next((log for log in every if log.municipality_id == municipality), None)
    newest = checkpoints.latest(log.id, log.origin) if log else None
    if log is None or newest is None:
        return None
    unsealed, since = _tail(actor, municipality)
    first, keks = _began(log)
    return State(
        log, first, newest, published(log.id)[-1].key, unsealed, since, since is not None and now - since > STALLED,
        witnesses(log, every, newest.checkpoint), _days(log, now),
        last_checks([municipality]).get(municipality), trouble(keks),
    )  # fmt: skip


def _began(log: Log) -> tuple[dt.datetime, list[str]]:
    """When the log, which has a checkpoint, was sealed for the first time; beside it which keys wrap those of the pupils."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sealed_at, {KEKS_IN_USE} FROM audit_batch WHERE log_id = %s ORDER BY size LIMIT 1", [log.id]
        )
        moment, keks = cursor.fetchone()
    return moment, keks


def _tail(actor: Actor, municipality: UUID) -> tuple[int, dt.datetime | None]:
    """Rows that wait, as far as the actor may see rows of the trail at all."""
    waiting = Entry.objects.visible_to(actor).filter(municipality_id=municipality).extra(where=[_WAITING])  # noqa: S610
    found = waiting.aggregate(count=Count("id"), since=Min("at"))
    return found["count"], found["since"]


def _days(log: Log, now: dt.datetime) -> list[Day]:
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"log": log.id, "since": now - dt.timedelta(days=DAYS), "days": DAYS})
        return [Day(day, int(count), *rest) for day, count, *rest in cursor.fetchall()]


def witnesses(
    log: Log, every: list[Log], newest: notes.Checkpoint, until: dt.datetime | None = None
) -> list[Witnessed]:
    """Last countersignature of every neighbour who should witness, and of everybody else who has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (name) name, size, at FROM audit_cosignature WHERE log_id = %s AND at < %s"
            " ORDER BY name, size DESC",
            [log.id, until or dt.datetime.max.replace(tzinfo=dt.UTC)],
        )
        last = {name: (size, at) for name, size, at in cursor.fetchall()}
    names = dict(towns().values())
    expected = [name_of(other.origin) for other in neighbours(log, every)]
    return [
        Witnessed(_spoken(name, names), *last.get(name, (None, None)), last.get(name, (0,))[0] == newest.size)
        for name in dict.fromkeys([*expected, *sorted(last)])
    ]


def _spoken(name: str, names: dict[str, str]) -> str:
    """The municipality's name where it is one of this instance, else the name of the key."""
    code = name.removesuffix("/witness").rsplit("/", 1)[-1]
    return names.get(code, name)


def qr_svg(text: str) -> str:
    """A QR code of a signed note as SVG text."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=4, xmldecl=False, omitsize=True, light="#fff")
    return out.getvalue().decode()


def qr_uri(text: str) -> str:
    """The same for a page, as the address of an image."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(border=4, omitsize=True, light="#fff"))


def months(now: dt.datetime, began: dt.datetime) -> list[tuple[int, int]]:
    """This month and the five before it, as far as anything had been sealed."""
    this, first = (at.astimezone(JST).year * 12 + at.astimezone(JST).month - 1 for at in (now, began))
    return [(month // 12, month % 12 + 1) for month in range(this, max(first - 1, this - MONTHS), -1)]
