"""The four rosters from the command line into an empty instance give the same town as the demo's."""

import subprocess
import sys
from pathlib import Path

import psycopg

from minamo.config import cluster
from tests.browser.conftest import ROOT, Demo, plain_environment

ROSTER = ROOT / "tests" / "fixtures" / "roster" / "oneroster"
FILES = [f"RO_20260401_48044{n}.zip" for n in (1, 2, 3, 4)] + ["RO_20260507_480441.zip"]
# What a roster brings; posts that a roster cannot tell apart, and 情報担当, are given by the demo afterwards.
SHAPE = """
    SELECT s.code, s.name, count(*), count(*) FILTER (WHERE p.left_on IS NULL), min(p.search_key), max(p.search_key)
    FROM people_pupil p JOIN tenancy_school s ON s.id = p.school_id GROUP BY 1, 2
    UNION ALL SELECT s.code, c.title, count(*), count(*) FILTER (WHERE l.ends >= '2026-11-24'), c.kind, c.kind
    FROM people_classpupil l JOIN people_schoolclass c ON c.id = l.school_class_id JOIN tenancy_school s ON s.id = c.school_id
    GROUP BY 1, 2, 5
    UNION ALL SELECT coalesce(s.code, ''), 'posts', count(*), 0, '', ''
    FROM tenancy_membership m LEFT JOIN tenancy_school s ON s.id = m.school_id WHERE m.post <> 'ict' GROUP BY 1
    ORDER BY 1, 2, 3
"""


def shape(var: Path) -> list[tuple[object, ...]]:
    """Schools, classes, places and posts of an instance, comparable between instances."""
    _, urls = cluster.start(var)
    with psycopg.connect(urls.owner) as db:
        return db.execute(SHAPE).fetchall()


def command(var: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """`bin/minamo …` in an instance of its own."""
    return subprocess.run([sys.executable, "-m", "minamo", *words], env=plain_environment(var), cwd=ROOT, text=True,
                          capture_output=True, check=False)  # fmt: skip


def test_four_rosters_and_a_delta_into_an_empty_instance(demo: Demo, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert command(tmp_path, "migrate", "--verbosity", "0").returncode == 0
    checked = command(tmp_path, "roster", "import", str(ROSTER / FILES[0]), "--check")
    assert checked.returncode == 0, checked.stderr
    assert shape(tmp_path) == []
    for name in FILES:
        done = command(tmp_path, "roster", "import", str(ROSTER / name))
        assert done.returncode == 0, done.stdout + done.stderr
    assert shape(tmp_path) == shape(demo.var)
    again = shape(tmp_path)
    assert command(tmp_path, "roster", "import", str(ROSTER / FILES[-1])).returncode == 0
    assert shape(tmp_path) == again


def test_usage_errors_end_with_two(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert command(tmp_path, "roster", "import").returncode == 2
