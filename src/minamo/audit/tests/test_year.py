"""An auditor and a whole school year: twelve months in their partitions, one row edited in the database, verified offline."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connection, transaction

from minamo.audit import seal
from minamo.audit.partitions import make_months
from minamo.audit.tests.settled import seal_all
from minamo.audit.tests.test_export import check
from tests.fixtures.world import World

pytestmark = pytest.mark.usefixtures("own_database")
MONTHS = [dt.datetime(2026 + (m - 1) // 12, (m - 1) % 12 + 1, 15, 1, 0, tzinfo=dt.UTC) for m in range(4, 16)]
PER_MONTH = 40
ROWS = """
    INSERT INTO audit_entry (at, municipality_id, actor_id, actor_kind, actor_label, action, resource_type, resource_id, pupil_id,
        outcome, rules, policy_digest, detail)
    SELECT %s::timestamptz + make_interval(hours => n), %s, md5(n::text)::uuid, 'staff', '担任', 'pupil:read', 'Pupil', %s, %s,
        'allow', '{people.pupil-own-school}', repeat('a', 64), jsonb_build_object('n', n)
    FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def year(own_database: str, world: World, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows of every month of 2026年度, written and sealed in that month."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(seal, "BATCH", 15)
    pupil, town = world.pupil("hana"), world.municipality("A")
    make_months(dt.date(2026, 4, 1))
    with psycopg.connect(own_database, autocommit=True) as db:
        for month in MONTHS:
            db.execute(ROWS, [month, town, str(pupil), pupil, PER_MONTH])
            with time_machine.travel(month + dt.timedelta(hours=PER_MONTH), tick=True):
                seal_all()
    return tmp_path / "export"


def take_out(folder: Path) -> Path:
    with pytest.raises(SystemExit) as ended:
        call_command(
            "audit",
            "export",
            "--from",
            "2026-04-01",
            "--to",
            "2027-03-31",
            "--municipality",
            "990011",
            "--out",
            str(folder),
        )
    assert ended.value.code == 0
    return folder / "990011"


def test_a_year_verifies_and_one_edited_row_is_named(
    year: Path, own_database: str, tamper: Callable[..., None], world: World
) -> None:
    with psycopg.connect(own_database, autocommit=True) as db:
        places = [row[0] for row in db.execute("SELECT tableoid::regclass::text FROM audit_entry WHERE pupil_id = %s"
                                               " GROUP BY 1 ORDER BY 1", [world.pupil("hana")]).fetchall()]  # fmt: skip
        victim = db.execute(
            "SELECT id FROM audit_entry WHERE at >= '2026-09-01' AND at < '2026-10-01' AND detail->>'n' = '17'"
        ).fetchone()
    assert victim is not None
    assert places == [f"audit_entry_{month:%Y_%m}" for month in MONTHS]
    code, said = check(take_out(year))
    assert code == 0, said
    lines = (year / "990011" / "entries.jsonl").read_bytes().split(b"\n")
    assert len(lines) - 1 == 12 * PER_MONTH
    tamper(f"UPDATE audit_entry_2026_09 SET detail = jsonb_set(detail, '{{n}}', '18') WHERE id = {victim[0]}")
    code, said = check(take_out(year.with_name("after")))
    assert code == 1
    place = 5 * PER_MONTH + 16
    [line] = [line for line in said.splitlines() if line.startswith("x")]
    assert line.startswith(f"x row {victim[0]} (leaf {place}) / 行 {victim[0]}（{place + 1}件目）: it was altered")
    assert "いま: 2026-09-" in line


def test_partitions_are_made_once_and_ahead(own_database: str) -> None:
    def there() -> set[str]:
        with psycopg.connect(own_database) as db:
            found = db.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass"
            )
            return {row[0] for row in found.fetchall()}

    make_months(dt.date(2031, 1, 31))
    once = there()
    assert {"audit_entry_2031_01", "audit_entry_2031_02", "audit_entry_2032_01"} <= once
    make_months(dt.date(2031, 1, 31))
    assert there() == once


def kept(owner: str, table: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(owner) as db:
        return db.execute(f"SELECT id, at, xid, action, detail FROM {table} ORDER BY id").fetchall()


def planted(owner: str, world: World, *moments: dt.datetime) -> None:
    """Rows of months that nobody has made a partition for."""
    pupil, town = world.pupil("hana"), world.municipality("A")
    with psycopg.connect(owner, autocommit=True) as db:
        for moment in moments:
            db.execute(ROWS, [moment, town, str(pupil), pupil, 3])


MARCH = dt.datetime(2031, 3, 10, 1, 0, tzinfo=dt.UTC)


def test_after_a_gap_rows_of_the_default_move_with_their_month(
    own_database: str, world: World, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.VAR_DIR = tmp_path
    turn = dt.datetime(2031, 3, 31, 13, 0, tzinfo=dt.UTC)  # 14:00 is still March in Japan, 15:00 and 16:00 are April
    planted(own_database, world, MARCH, turn)
    seal_all()
    before = kept(own_database, "audit_entry")
    assert len(kept(own_database, "audit_entry_default")) == 6
    make_months(dt.date(2031, 3, 12))
    assert kept(own_database, "audit_entry_default") == [] and kept(own_database, "audit_entry") == before
    assert len(kept(own_database, "audit_entry_2031_03")) == 4 and len(kept(own_database, "audit_entry_2031_04")) == 2
    planted(own_database, world, MARCH)
    assert len(kept(own_database, "audit_entry_2031_03")) == 7 and kept(own_database, "audit_entry_default") == []
    seal_all()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify")
    assert ended.value.code == 0, capsys.readouterr().out
    for forbidden in (
        "SELECT * FROM audit_entry_2031_03",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET action = 'x'",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(forbidden)
    with connection.cursor() as cursor:  # the wall of the whole stands before the moved rows
        cursor.execute("SELECT count(*) FROM audit_entry WHERE at >= '2031-01-01'")
        assert cursor.fetchone() == (0,)


def test_the_new_month_is_like_one_made_ahead(own_database: str, world: World) -> None:
    """Same columns, indexes and checks, whichever way it came; nothing more."""
    shape = """
        SELECT array(SELECT replace(pg_get_indexdef(indexrelid), c.relname, '') FROM pg_index WHERE indrelid = c.oid ORDER BY 1),
               array(SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = c.oid ORDER BY 1),
               array(SELECT (attname, atttypid, attnotnull)::text FROM pg_attribute
                     WHERE attrelid = c.oid AND attnum > 0 ORDER BY attnum),
               (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid), c.relrowsecurity, c.relacl::text
        FROM pg_class c WHERE c.relname = %s"""
    planted(own_database, world, MARCH)
    make_months(dt.date(2031, 3, 1), 2)
    with psycopg.connect(own_database) as db:
        moved, ahead, first = (
            db.execute(shape, [name]).fetchone()
            for name in ("audit_entry_2031_03", "audit_entry_2031_04", "audit_entry_2026_12")
        )
    assert moved is not None and moved[1] == ahead[1] == first[1] and moved[2:] == ahead[2:] == first[2:]
    assert len(moved[0]) == len(first[0]) == 5


def test_nobody_waits_while_a_month_is_made(own_database: str, world: World) -> None:
    """A sign-in of this morning is written into its own month while the move of another is not yet at its end."""
    planted(own_database, world, MARCH)
    with psycopg.connect(own_database) as maker, psycopg.connect(own_database, autocommit=True) as writer:
        maker.execute("SELECT audit_make_partition('2031-03-01')")
        writer.execute("SET lock_timeout = '500ms'")
        pupil = world.pupil("hana")
        now = dt.datetime(2026, 12, 1, 1, 0, tzinfo=dt.UTC)
        writer.execute(ROWS, [now, world.municipality("A"), str(pupil), pupil, 1])
        maker.rollback()
    assert len(kept(own_database, "audit_entry_default")) == 3


def test_a_month_that_cannot_be_had_is_said_and_comes_the_next_time(own_database: str, world: World) -> None:
    planted(own_database, world, MARCH)
    make_months(dt.date(2031, 4, 1), 1)
    with psycopg.connect(own_database) as writer:  # in the default, and not at its end
        pupil = world.pupil("hana")
        writer.execute(ROWS, [MARCH, world.municipality("A"), str(pupil), pupil, 1])
        with pytest.raises(OperationalError, match="lock timeout"):
            make_months(dt.date(2031, 3, 1), 2)
        writer.commit()
    make_months(dt.date(2031, 3, 1), 3)
    assert len(kept(own_database, "audit_entry_2031_03")) == 4 and kept(own_database, "audit_entry_2031_05") == []
