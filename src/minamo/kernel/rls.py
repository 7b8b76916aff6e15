"""二つ目の壁 (row-level security): SQL for migrations. Cedar decides; PostgreSQL makes sure all the same.

The scope is set per transaction by the statement that builds the actor (actor.py) or by scope.py. Without a scope a
table shows no rows. The application's role owns no table, so it cannot switch the walls off.
"""

from collections.abc import Sequence

from django.db import migrations

# An empty setting is '' after a SET LOCAL has ended, not NULL; both mean "no scope".
FUNCTIONS = """
CREATE OR REPLACE FUNCTION minamo_municipalities() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_to_array(nullif(current_setting('minamo.municipalities', true), ''), ','), '{}')::uuid[]
$$;
CREATE OR REPLACE FUNCTION minamo_side() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('minamo.side', true), ''), 'learning')
$$;
CREATE OR REPLACE FUNCTION minamo_self() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('minamo.self', true), '')::uuid
$$;
"""


def wall(
    table: str,
    *,
    municipality: str = "municipality_id",
    sides: Sequence[str] = ("school", "home"),
    learner: str | None = None,
) -> migrations.RunSQL:
    """Wall a table: rows of the municipalities in scope, for the given network sides.

    `learner` is an SQL condition under which a learning-side session sees a row (for instance `pupil_id =
    minamo_self()`); None means never. `sides=("school",)` keeps a table from guardians as well.
    """
    allowed = ", ".join(f"'{side}'" for side in sides)
    side = f"(SELECT minamo_side()) IN ({allowed})"
    if learner is not None:
        side = f"({side} OR ((SELECT minamo_side()) = 'learning' AND {learner}))"
    condition = f"{municipality} = ANY ((SELECT minamo_municipalities())::uuid[]) AND {side}"
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY wall ON {table} USING ({condition}) WITH CHECK ({condition});",
        reverse_sql=f"DROP POLICY wall ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )
