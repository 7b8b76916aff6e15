"""Which wall a public code is behind; and the name each post goes by, among the facts of an account."""

from django.db import migrations

LOOKUP = """
-- A command that imports a town's first roster has no scope yet: it may learn the id that belongs to a public code.
CREATE FUNCTION tenancy_municipality_of(p_code text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT id FROM tenancy_municipality WHERE code = p_code
$$;
REVOKE ALL ON FUNCTION tenancy_municipality_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy_municipality_of(text) TO minamo_app;
"""


# The facts of 0002, and what each post is called.
LABELS = """
CREATE OR REPLACE FUNCTION tenancy_facts(p_account uuid, p_on date) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH held AS (
    SELECT m.municipality_id, m.school_id, m.post, m.primary, s.short_name, u.name,
           CASE m.post WHEN 'head' THEN '校長' WHEN 'vice_head' THEN '教頭' WHEN 'coordinator' THEN '教務主任'
             WHEN 'teacher' THEN '教諭' WHEN 'nurse' THEN '養護教諭' WHEN 'clerk' THEN '事務職員'
             WHEN 'aide' THEN '支援員・ALT' WHEN 'counselor' THEN 'スクールカウンセラー' ELSE '教育委員会' END AS label
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
    'posts', jsonb_agg(jsonb_build_object('post', post, 'label', label, 'school', school_id, 'school_name', short_name,
        'municipality', municipality_id, 'municipality_name', name, 'primary', "primary")
        ORDER BY "primary" DESC, short_name, post)
  ) END FROM held
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_walls")]
    operations = [
        migrations.RunSQL(LOOKUP, "DROP FUNCTION tenancy_municipality_of(text);"),
        migrations.RunSQL(LABELS, migrations.RunSQL.noop),
    ]
