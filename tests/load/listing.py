"""Lists of `bin/bench access`: 50 rows out of 240,000 pupils and out of 240,000 lines of the trail, four municipalities, through
the compiled policy and row-level security. In a database of its own, dropped at the end."""

import datetime as dt
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from minamo.config import cluster
from tests.load import town
from tests.load.client import percentile

NAME = "minamo_bench_lists"
TOWNS, SCHOOLS, SIZE = 4, 60, 1000  # 240,000 pupils
RUNS, PAGE = 240, 50
PUPILS = """
    INSERT INTO people_pupil (id, municipality_id, school_id, family, given, family_kana, given_kana, search_key, grade,
        attendance_number, student_number, sex, official_family, official_given, official_middle, middle, middle_kana)
    SELECT md5(%(school)s || n)::uuid, %(town)s, %(school)s::uuid, '測定' || n, '児童', 'そくてい' || (n * 7919 %% 1000), 'じどう',
        '測定児童', 'P' || (1 + n %% 6), 1 + n %% 40, left(%(school)s, 8) || n, 'female', '測定', '児童', '', '', '' FROM generate_series(1, %(size)s) n
"""
TRAIL = """
    INSERT INTO audit_entry (at, municipality_id, school_id, actor_id, actor_kind, actor_label, action, resource_type,
        resource_id, pupil_id, outcome, rules, policy_digest, detail)
    SELECT now() - make_interval(secs => n * 7), %(town)s, (%(schools)s::uuid[])[1 + n %% %(count)s], md5((n %% 300)::text)::uuid,
        'staff', '測定', 'pupil:read', 'Pupil', p.id::text, p.id, 'allow', '{people.pupil-own-school}', repeat('a', 64), '{}'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people_pupil WHERE municipality_id = %(town)s) p
"""


def run(bench: town.Bench) -> dict[str, Any]:
    """Make the database, measure in a process of its own, drop it."""
    environment = {
        "DATABASE_URL": cluster.renamed(bench.urls.app, NAME),
        "MINAMO_OWNER_DATABASE_URL": cluster.renamed(bench.urls.owner, NAME),
    }
    with psycopg.connect(bench.urls.admin, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        cluster.create_database(admin, NAME)
        command = [sys.executable, "-m", "minamo", "migrate", "--verbosity", "0", "--skip-checks"]
        try:
            subprocess.run(command, env=os.environ | environment, check=True, cwd=Path(__file__).resolve().parents[2])
            fill(environment["MINAMO_OWNER_DATABASE_URL"])
            os.environ |= environment  # for the process that measures
            with multiprocessing.get_context("spawn").Pool(1) as one:
                return dict(one.apply(measure))
        finally:
            os.environ |= {"DATABASE_URL": bench.urls.app, "MINAMO_OWNER_DATABASE_URL": bench.urls.owner}
            admin.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')


def schools_of(number: int) -> range:
    """Numbers of a town's schools."""
    return range(number * 100 + 1, number * 100 + 1 + SCHOOLS)


def fill(owner: str) -> None:
    """Four towns, as the owner."""
    with psycopg.connect(owner) as db:
        for number in range(1, TOWNS + 1):
            key = town.uid("lists", number)
            town.add_town(db, key, f"78000{number}", f"第{number}町", schools_of(number))
            schools = [town.uid("school", school) for school in schools_of(number)]
            for school in schools:
                db.execute(PUPILS, {"school": str(school), "town": key, "size": SIZE})
            db.execute(TRAIL, {"town": key, "schools": schools, "count": SCHOOLS})
    town.analyze(owner)


def measure() -> dict[str, Any]:
    """Each list many times, for people of different towns and posts, at different places; wall and CPU of the page."""
    import django

    django.setup()
    from django.db import transaction
    from django.db.models import Q

    from minamo.access.api import set_scope
    from minamo.audit.queries import Filters, page_of
    from minamo.people.models import Pupil

    rng = random.Random(1)
    spent: dict[str, list[float]] = {}
    result: dict[str, Any] = {"list_rows": TOWNS * SCHOOLS * SIZE}

    def pupils_of_the_town(number: int) -> int:
        start = rng.choice([None, town.uid("cut", rng.random())])
        found = Pupil.objects.visible_to(person(number, "boards", town.uid("lists", number)))
        found = found.filter(pk__gt=start) if start else found
        return len(list(found.order_by("pk")[:PAGE]))

    def pupils_of_the_school(number: int) -> int:
        school = town.uid("school", rng.choice(schools_of(number)))
        start = rng.randrange(0, SIZE - PAGE)
        found = Pupil.objects.visible_to(person(number, "serves", school)).filter(school=school)
        return len(list(found.order_by("family_kana", "given_kana", "pk")[start : start + PAGE]))

    def trail_of_the_town(number: int) -> int:
        key = town.uid("lists", number)
        before = f"{dt.datetime.now(dt.UTC) - dt.timedelta(seconds=rng.randrange(300_000))}~0"
        wanted = Filters.of({"before": before} if rng.random() < 0.5 else {})
        return len(page_of(person(number, "boards", key), Q(municipality_id=key), wanted)[0])

    lists: dict[str, Callable[[int], int]] = {
        "pupils_town": pupils_of_the_town, "pupils_school": pupils_of_the_school, "trail_town": trail_of_the_town,
    }  # fmt: skip
    for name, one in lists.items():
        spent[name] = []
        for turn in range(RUNS + 20):
            number = turn % TOWNS + 1
            with transaction.atomic():
                set_scope(municipalities=[town.uid("lists", number)], side="school")
                began = time.perf_counter()
                rows = one(number)
                took = time.perf_counter() - began
            if rows != PAGE:
                raise SystemExit(f"{name}: {rows} rows instead of {PAGE}")
            if turn >= 20:
                spent[name].append(took)
        result[f"list_{name}_p50_ms"] = round(percentile(spent[name], 0.5) * 1000, 1)
        result[f"list_{name}_p95_ms"] = round(percentile(spent[name], 0.95) * 1000, 1)
    result["list_of_50_p95_ms"] = round(max(percentile(times, 0.95) for times in spent.values()) * 1000, 1)
    return result


def person(number: int, relation: str, key: Any) -> Any:
    """A member of staff of a town with one relation."""
    from minamo.access.actor import Actor

    now = dt.datetime.now(dt.UTC)
    return Actor(
        account_id=town.uid("reader", number), kind="staff", label="", side="school", device_id=None, strength=2,
        device_state="trusted", device_proved_at=now, authenticated_at=now, today=now.date(), now=now,
        relations={"municipalities": frozenset([str(town.uid("lists", number))]), relation: frozenset([str(key)])},
    )  # fmt: skip
