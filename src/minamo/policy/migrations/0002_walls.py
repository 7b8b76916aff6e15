"""Walls of the room, and what anybody may read: the policy in force of a municipality, by its code."""

from django.db import migrations

from minamo.kernel.rls import wall

TABLES = (
    "policy_countylayer", "policy_revision", "policy_revisionstep", "policy_impact", "policy_issue",
    "policy_acknowledgement", "policy_asset", "policy_exceptiongrant", "policy_outsideservice",
    "policy_inspectionanswer", "policy_incident", "policy_incidententry",
)  # fmt: skip
PUBLIC = """
CREATE FUNCTION policy_public(p_code text) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'municipality', m.name, 'board', m.board_name, 'number', i.number, 'title', i.title, 'clauses', i.clauses,
    'limits', i.limits, 'published_at', i.published_at, 'effective_on', i.effective_on, 'changed', i.changed,
    'digest', i.edition_digest,
    'former', coalesce((SELECT jsonb_agg(jsonb_build_object('number', f.number, 'title', f.title,
        'effective_on', f.effective_on) ORDER BY f.number DESC)
      FROM policy_issue f WHERE f.municipality_id = m.id AND f.ended_at IS NOT NULL), '[]'),
    'coming', (SELECT jsonb_build_object('number', c.number, 'title', c.title, 'effective_on', c.effective_on)
      FROM policy_issue c WHERE c.municipality_id = m.id AND c.activated_at IS NULL AND c.ended_at IS NULL
      ORDER BY c.number DESC LIMIT 1))
  FROM tenancy_municipality m
  JOIN policy_issue i ON i.municipality_id = m.id AND i.activated_at IS NOT NULL AND i.ended_at IS NULL
  WHERE m.code = p_code
$$;
REVOKE ALL ON FUNCTION policy_public(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy_public(text) TO minamo_app;

-- Municipalities with an issue that is due: for the job of the night, which has no scope yet.
CREATE FUNCTION policy_due(p_on date) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT DISTINCT municipality_id FROM policy_issue
  WHERE activated_at IS NULL AND ended_at IS NULL AND effective_on <= p_on
$$;
REVOKE ALL ON FUNCTION policy_due(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy_due(date) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [
        *(wall(table, sides=("school",)) for table in TABLES),
        migrations.RunSQL(PUBLIC, "DROP FUNCTION policy_public(text); DROP FUNCTION policy_due(date);"),
    ]
