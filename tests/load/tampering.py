"""An insider with the rights of the owner: alters the trail at random, and knows what the verifier has to say.

Used by `bin/bench audit` (10,000 times) and by the tests (fewer). Every act runs inside a transaction that is rolled back.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction

from minamo.audit.verify import Report, verify

TEXTS = ("actor_kind", "actor_label", "action", "resource_type", "resource_id", "policy_digest")
UUIDS = ("municipality_id", "school_id", "actor_id", "device_id", "pupil_id")
REST = ("actor_kind, actor_label, device_id, action, resource_type, resource_id, pupil_id, outcome, rules, policy_digest,"
        " detail, municipality_id, school_id, actor_id, xid")  # fmt: skip


@dataclass
class Act:
    """What was done, and what must be found: exactly these rows, or some problem within these leaves of a log."""

    name: str
    entries: set[int] = field(default_factory=set)
    log: str = ""
    leaves: range = range(0)


def run(statement: str, *values: object) -> list[tuple]:
    """One statement; its rows if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


class Insider:
    """Knows the sealed rows and picks among them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows = [row[0] for row in run("SELECT unnest(entries) FROM audit_batch ORDER BY 1")]
        self.batches = run("SELECT l.origin, b.log_id, b.first, b.size, b.entries FROM audit_batch b"
                           " JOIN audit_log l ON l.id = b.log_id ORDER BY b.log_id, b.first")  # fmt: skip

    def acts(self) -> list[Callable[[], Act]]:
        """Everything this insider can do."""
        return [self.flip, self.flip, self.flip, self.delete, self.swap, self.insert, self.double, self.truncate,
                self.spoil_record, self.drop_batch]  # fmt: skip

    def flip(self) -> Act:
        """One bit of one column of one row."""
        entry = self.random.choice(self.rows)
        column = self.random.choice((*TEXTS, *UUIDS, "at", "xid", "outcome", "rules", "detail"))
        if column in TEXTS:
            value = run(f"SELECT {column} FROM audit_entry WHERE id = %s", entry)[0][0]
            run(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", self._text(value), entry)
        elif column in UUIDS:
            value = run(f"SELECT {column} FROM audit_entry WHERE id = %s", entry)[0][0]
            changed = uuid.UUID(int=(value.int if value else 0) ^ (1 << self.random.randrange(128)))
            run(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", changed, entry)
        else:
            run(f"UPDATE audit_entry SET {self._other(column)} WHERE id = %s", entry)
        return Act(f"flip {column}", {entry})

    def _text(self, value: str) -> str:
        raw = bytearray(value.encode() or b" ")
        if not value:
            return " "
        while True:
            at, bit = self.random.randrange(len(raw)), 1 << self.random.randrange(8)
            raw[at] ^= bit
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = "\0"
            if "\0" not in text:
                return text
            raw[at] ^= bit

    def _other(self, column: str) -> str:
        bit = 1 << self.random.randrange(20)
        return {
            "at": f"at = at + interval '{1 << self.random.randrange(40)} microseconds'",
            "xid": f"xid = xid # {bit}",
            "outcome": "outcome = CASE outcome WHEN 'allow' THEN 'deny' ELSE 'allow' END",
            "rules": "rules = rules || 'x'::text" if self.random.random() < 0.5 else "rules = rules || ''::text",
            "detail": f"detail = jsonb_set(detail, '{{n}}', to_jsonb((coalesce(detail->>'n', '0'))::int # {bit}))",
        }[column]

    def delete(self) -> Act:
        """One row."""
        entry = self.random.choice(self.rows)
        run("DELETE FROM audit_entry WHERE id = %s", entry)
        return Act("delete", {entry})

    def swap(self) -> Act:
        """Two rows exchange everything but id and time."""
        one, two = self.random.sample(self.rows, 2)
        run(f"UPDATE audit_entry e SET ({REST}) = (SELECT {REST} FROM audit_entry o WHERE o.id = %s + %s - e.id)"
            " WHERE e.id IN (%s, %s)", one, two, one, two)  # fmt: skip
        return Act("swap", {one, two})

    def insert(self) -> Act:
        """A row among the sealed ones, under a number of its own."""
        entry = self.random.choice(self.rows)
        (number,) = run(f"INSERT INTO audit_entry (at, {REST}) SELECT at, {REST} FROM audit_entry WHERE id = %s"
                        " RETURNING id", entry)[0]  # fmt: skip
        return Act("insert", {number})

    def double(self) -> Act:
        """A second row with the number of a sealed one."""
        entry = self.random.choice(self.rows)
        run(f"INSERT INTO audit_entry (id, at, {REST}) OVERRIDING SYSTEM VALUE SELECT id, at - interval '1 s', {REST}"
            " FROM audit_entry WHERE id = %s", entry)  # fmt: skip
        return Act("double", {entry})

    def truncate(self) -> Act:
        """The newest rows."""
        gone = set(self.rows[-self.random.randint(1, 20) :])
        run("DELETE FROM audit_entry WHERE id = ANY(%s)", list(gone))
        return Act("truncate", gone)

    def spoil_record(self) -> Act:
        """A bit of the sealed side: leaf record, root or signature of a batch."""
        origin, log, first, size, _ = self.random.choice(self.batches)
        column = self.random.choice(("leaves", "root", "signature"))
        bits = {"leaves": 256 * (size - first), "root": 256, "signature": 512}[column]
        at = self.random.randrange(bits)
        run(f"UPDATE audit_batch SET {column} = set_bit({column}, %s, 1 - get_bit({column}, %s))"
            " WHERE log_id = %s AND first = %s", at, at, log, first)  # fmt: skip
        return Act(f"spoil {column}", log=origin, leaves=range(first, size))

    def drop_batch(self) -> Act:
        """A whole batch of records."""
        origin, log, first, size, _ = self.random.choice(self.batches)
        run("DELETE FROM audit_batch WHERE log_id = %s AND first = %s", log, first)
        return Act("drop batch", log=origin, leaves=range(first, size))


def located(act: Act, report: Report) -> bool:
    """Whether the verifier names what was done: exactly the rows touched, or the place in the tree."""
    if act.entries:
        return {problem.entry for problem in report.problems} == act.entries
    return any(problem.log == act.log and problem.seq in act.leaves for problem in report.problems)


def trial(insider: Insider) -> tuple[Act, bool, bool]:
    """One act, one verification, all undone: (act, found, located)."""
    with transaction.atomic():
        act = insider.random.choice(insider.acts())()
        report = verify()
        transaction.set_rollback(True)
    return act, not report.ok, located(act, report)
