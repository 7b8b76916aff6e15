"""Walls of the room, and the facts access asks for: which posts an account holds on a day."""

from django.db import migrations

from minamo.kernel.rls import wall

FACTS = """
CREATE FUNCTION tenancy_facts(p_account uuid, p_on date) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH held AS (
    SELECT m.municipality_id, m.school_id, m.post, m.primary, s.short_name, u.name
    FROM tenancy_membership m
    JOIN tenancy_municipality u ON u.id = m.municipality_id
    LEFT JOIN tenancy_school s ON s.id = m.school_id
    WHERE m.account_id = p_account AND m.begins <= p_on AND (m.ends IS NULL OR m.ends >= p_on)
  )
  SELECT CASE WHEN count(*) = 0 THEN '{}'::jsonb ELSE jsonb_build_object(
    'municipalities', jsonb_agg(DISTINCT municipality_id),
    'boards', coalesce(jsonb_agg(DISTINCT municipality_id) FILTER (WHERE post = 'board'), '[]'),
    'serves', coalesce(jsonb_agg(DISTINCT school_id) FILTER (WHERE school_id IS NOT NULL), '[]'),
    'heads', coalesce(jsonb_agg(DISTINCT school_id) FILTER (WHERE post IN ('head', 'vice_head')), '[]'),
    'coordinators', coalesce(jsonb_agg(DISTINCT school_id) FILTER (WHERE post = 'coordinator'), '[]'),
    'nurses', coalesce(jsonb_agg(DISTINCT school_id) FILTER (WHERE post = 'nurse'), '[]'),
    'clerks', coalesce(jsonb_agg(DISTINCT school_id) FILTER (WHERE post = 'clerk'), '[]'),
    'posts', jsonb_agg(jsonb_build_object('post', post, 'school', school_id, 'school_name', short_name,
        'municipality', municipality_id, 'municipality_name', name, 'primary', "primary")
        ORDER BY "primary" DESC, short_name, post)
  ) END FROM held
$$;
REVOKE ALL ON FUNCTION tenancy_facts(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy_facts(uuid, date) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        wall("tenancy_municipality", municipality="id", learner="true"),
        wall("tenancy_school", learner="true"),
        wall("tenancy_suspension", learner="true"),
        wall("tenancy_membership", sides=("school",)),
        migrations.RunSQL(FACTS, "DROP FUNCTION tenancy_facts(uuid, date);"),
    ]
