"""An auditor and a whole school year: twelve months in their partitions, one row edited in the database, verified offline."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.core.management import call_command

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
