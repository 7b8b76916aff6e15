"""Wrong codes are counted without a tenant; siblings behind another wall are counted, not named; due changes are found."""

from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION people_siblings_elsewhere(p_pupil uuid, p_on date) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH active AS (
    SELECT l.pupil_id, g.id AS guardian, g.account_id FROM people_guardianlink l JOIN people_guardian g ON g.id = l.guardian_id
    WHERE g.account_id IS NOT NULL
      AND (l.begins IS NULL OR l.begins <= p_on) AND (l.ends IS NULL OR l.ends >= p_on)
      AND NOT EXISTS (
        SELECT 1 FROM people_restriction r
        WHERE r.pupil_id = l.pupil_id AND r.guardian_id = g.id AND r.kind = 'contact'
          AND r.begins <= p_on AND (r.ends IS NULL OR r.ends >= p_on))
  )
  SELECT count(DISTINCT other.id)::integer
  FROM people_pupil me
  JOIN active mine ON mine.pupil_id = me.id
  JOIN active theirs ON theirs.account_id = mine.account_id AND theirs.pupil_id <> me.id
  JOIN people_pupil other ON other.id = theirs.pupil_id AND (other.left_on IS NULL OR other.left_on >= p_on)
  WHERE me.id = p_pupil AND minamo_side() = 'school' AND me.municipality_id = ANY (minamo_municipalities())
    AND other.municipality_id <> ALL (minamo_municipalities())
$$;
REVOKE ALL ON FUNCTION people_siblings_elsewhere(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_siblings_elsewhere(uuid, date) TO minamo_app;

-- Which walls the nightly job must work behind: where a period began or ended in the last fortnight.
CREATE FUNCTION people_due(p_on date) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT municipality_id FROM people_enrolment WHERE begins BETWEEN p_on - 14 AND p_on OR ends BETWEEN p_on - 15 AND p_on
  UNION
  SELECT municipality_id FROM people_classpupil WHERE begins BETWEEN p_on - 14 AND p_on OR ends BETWEEN p_on - 15 AND p_on
$$;
REVOKE ALL ON FUNCTION people_due(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_due(date) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name="JoinAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["key", "at"], name="people_join_attempt")]},
        ),
        migrations.RunSQL(
            FUNCTIONS, "DROP FUNCTION people_siblings_elsewhere(uuid, date); DROP FUNCTION people_due(date);"
        ),
    ]
