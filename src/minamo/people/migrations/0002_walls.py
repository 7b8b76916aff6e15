"""Walls of the room, and the facts access asks for: classes taught, children, oneself."""

from django.db import migrations

from minamo.kernel.rls import wall

FACTS = """
CREATE FUNCTION people_facts(p_account uuid, p_on date) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH taught AS (
    SELECT c.id, c.kind FROM people_classstaff t JOIN people_schoolclass c ON c.id = t.school_class_id
    WHERE t.account_id = p_account AND t.begins <= p_on AND (t.ends IS NULL OR t.ends >= p_on)
  ), child AS (
    SELECT l.pupil_id, l.municipality_id FROM people_guardian g JOIN people_guardianlink l ON l.guardian_id = g.id
    WHERE g.account_id = p_account AND (l.begins IS NULL OR l.begins <= p_on) AND (l.ends IS NULL OR l.ends >= p_on)
      AND NOT EXISTS (
        SELECT 1 FROM people_restriction r
        WHERE r.pupil_id = l.pupil_id AND r.guardian_id = g.id AND r.kind = 'contact'
          AND r.begins <= p_on AND (r.ends IS NULL OR r.ends >= p_on))
  ), self AS (
    SELECT id, municipality_id FROM people_pupil WHERE account_id = p_account
  ), walls AS (
    SELECT municipality_id FROM child UNION SELECT municipality_id FROM self
  )
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'homerooms', (SELECT jsonb_agg(id) FROM taught WHERE kind = 'homeroom'),
    'teaches', (SELECT jsonb_agg(id) FROM taught),
    'children', (SELECT jsonb_agg(DISTINCT pupil_id) FROM child),
    'selves', (SELECT jsonb_agg(id) FROM self),
    'municipalities', (SELECT jsonb_agg(municipality_id) FROM walls)
  ))
$$;
REVOKE ALL ON FUNCTION people_facts(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_facts(uuid, date) TO minamo_app;

-- A guardian may hold a code of a municipality he has no child in yet: he may learn which wall the code is behind,
-- and nothing else.
CREATE FUNCTION people_invitation_municipality(p_code_hash text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT municipality_id FROM people_invitation WHERE code_hash = p_code_hash
$$;
REVOKE ALL ON FUNCTION people_invitation_municipality(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_invitation_municipality(text) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [
        wall("people_pupil", learner="id = (SELECT minamo_self())"),
        wall("people_pupilrevision", sides=("school",)),
        wall("people_schoolclass", learner="true"),
        wall("people_classpupil", learner="pupil_id = (SELECT minamo_self())"),
        wall("people_classstaff"),
        wall("people_enrolment", learner="pupil_id = (SELECT minamo_self())"),
        wall("people_household"),
        wall("people_guardian"),
        wall("people_guardianlink"),
        wall("people_restriction"),
        wall("people_invitation"),
        wall("people_staffmember"),
        migrations.RunSQL(
            FACTS, "DROP FUNCTION people_facts(uuid, date); DROP FUNCTION people_invitation_municipality(text);"
        ),
    ]
