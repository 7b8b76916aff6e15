"""Walls of emergencies, and which are open for an account at a moment."""

from django.db import migrations

from minamo.kernel.rls import wall

FACTS = """
CREATE FUNCTION access_emergencies(p_account uuid, p_now timestamptz) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('emergencies', coalesce(jsonb_agg(DISTINCT pupil_id), '[]'))
  FROM access_emergency WHERE account_id = p_account AND opened_at <= p_now AND expires_at > p_now
$$;
REVOKE ALL ON FUNCTION access_emergencies(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_emergencies(uuid, timestamptz) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0004_emergencies")]
    operations = [
        wall("access_emergency", sides=("school",)),
        wall("access_emergencyreview", sides=("school",)),
        migrations.RunSQL(FACTS, "DROP FUNCTION access_emergencies(uuid, timestamptz);"),
    ]
