"""`bin/bench replay`: a million kept decisions of 90 days asked again under a stricter number, a looser one, an overlay that
looks at the hour and one that looks at the row. The trail of a quarter is written for the run and taken away after it."""

import resource
import time
from typing import Any

import psycopg

from tests.load import town
from tests.load.goals import missed

LABEL = "再生の測定"
DAYS = 90
WRITE = """
    WITH staff AS (SELECT array_agg(account_id ORDER BY account_id) AS ids FROM tenancy_membership
                   WHERE municipality_id = %(town)s AND post IN ('teacher', 'head', 'nurse', 'clerk')),
         heads AS (SELECT array_agg(account_id ORDER BY account_id) AS ids FROM tenancy_membership
                   WHERE municipality_id = %(town)s AND post = 'head'),
         pupils AS (SELECT array_agg(id ORDER BY id) AS ids FROM people_pupil WHERE municipality_id = %(town)s),
         drawn AS (SELECT n, random() AS kind, (random() * 90)::int AS auth, (random() * 4)::int AS proof,
                          1 + (random() * 100000)::int AS who, 1 + (random() * 100000)::int AS whom,
                          (%(today)s::date - (n %% %(days)s)::int) + make_interval(hours => 7 + (random() * 14)::int,
                              mins => (random() * 59)::int) AS at
                   FROM generate_series(1, %(rows)s) AS n)
    INSERT INTO audit_entry (at, municipality_id, actor_id, actor_kind, actor_label, action, resource_type, resource_id,
        pupil_id, outcome, rules, policy_digest, detail)
    SELECT at AT TIME ZONE 'Asia/Tokyo', %(town)s,
        CASE WHEN kind < 0.1 THEN heads.ids[1 + who %% cardinality(heads.ids)] ELSE staff.ids[1 + who %% cardinality(staff.ids)] END,
        'staff', %(label)s, CASE WHEN kind < 0.1 THEN 'pupil:protected' ELSE 'pupil:read' END, 'Pupil',
        pupils.ids[1 + whom %% cardinality(pupils.ids)]::text, pupils.ids[1 + whom %% cardinality(pupils.ids)],
        CASE WHEN kind < 0.1 AND auth > 15 THEN 'deny' ELSE 'allow' END,
        CASE WHEN kind >= 0.1 THEN ARRAY['people.pupil-own-school']
             WHEN auth > 15 THEN ARRAY['access.wall-reauthentication'] ELSE ARRAY['people.protected-heads'] END,
        repeat('a', 64),
        jsonb_build_object('at', jsonb_build_object('side', 'school', 'strength', 2, 'auth', auth, 'device', 'trusted',
            'proof', proof, 'posture', CASE WHEN n %% 5 = 0 THEN 'unknown' ELSE 'good' END, 'network', 'school',
            'purpose', 'everyday'))
    FROM drawn, staff, heads, pupils
"""


def run(bench: town.Bench, rows: int) -> dict[str, Any]:
    """Write, ask again four times, take away."""
    town.measured()
    with psycopg.connect(bench.urls.owner, autocommit=True) as db:
        _clear(db)
        values = {"town": town.uid("town"), "today": town.TODAY, "days": DAYS, "rows": rows, "label": LABEL}
        db.execute(WRITE, values)
        db.execute("VACUUM ANALYZE audit_entry")
        try:
            others = _others(db)
            result: dict[str, Any] = {"decisions": rows, "days": DAYS, "decisions_of_other_runs": others}
            for name, limits, overlay in _editions():
                result |= _measure(name, limits, overlay)
        finally:
            _clear(db)
    result["good"] = all(rows <= result[f"{name}_decisions"] <= rows + others for name, _, _ in _editions())
    most = {f"{name}_wall_s": 60.0 * max(1.0, rows / 1_000_000) for name, _, _ in _editions()}
    return result | {"goals_missed": missed(result, most=most)}


def _clear(db: "psycopg.Connection[Any]") -> None:
    db.execute("DELETE FROM audit_entry WHERE actor_label = %s", [LABEL])
    db.execute("VACUUM audit_entry")


def _others(db: "psycopg.Connection[Any]") -> int:
    """Rows that other measurements in the same town left behind; those among them that are decisions are asked again too."""
    found = db.execute(
        "SELECT count(*) FROM audit_entry WHERE municipality_id = %s AND actor_label <> %s", [town.uid("town"), LABEL]
    ).fetchone()
    return int(found[0]) if found else 0


def _editions() -> list[tuple[str, dict[str, int], str]]:
    from minamo.policy.overlays import TEMPLATES, text_of

    overlays = {name: text_of(one, "770000") for one in TEMPLATES if (name := one.key) in {"night", "export"}}
    numbers = [("stricter", {"reauth_minutes": 5}, ""), ("looser", {"reauth_minutes": 60}, "")]
    return [*numbers, *((name, {}, text) for name, text in overlays.items())]


def _measure(name: str, limits: dict[str, int], overlay: str) -> dict[str, Any]:
    """Seconds on the clock and of this process' CPU, and what was found."""
    from minamo.access.api import system_scope
    from minamo.kernel import clock
    from minamo.policy.actions.impact import PERIOD
    from minamo.policy.queries.texts import limits_of
    from minamo.policy.replay import Terms, replay, sought

    old, new = Terms(limits_of({})), Terms(limits_of(limits), overlay)
    began, spent = time.perf_counter(), time.process_time()
    with system_scope(town.uid("town")):
        found = replay(old, new, sought(town.uid("town"), clock.now() - PERIOD, clock.now() + PERIOD, old, new))
    return {
        f"{name}_wall_s": round(time.perf_counter() - began, 1),
        f"{name}_cpu_s": round(time.process_time() - spent, 1),
        f"{name}_decisions": found.decisions,
        f"{name}_groups": found.groups,
        f"{name}_lost": sum(line["times"] for line in found.lost),
        f"{name}_gained": sum(line["times"] for line in found.gained),
        f"{name}_unknown": found.unknown,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
