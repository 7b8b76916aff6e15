"""職の始まり: the posts of an actor say since when they are held."""

from django.db import migrations

FACTS = """
CREATE OR REPLACE FUNCTION tenancy_facts(p_account uuid, p_on date) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH held AS (
    SELECT m.municipality_id, m.school_id, m.post, m.primary, m.begins, s.short_name, u.name,
           CASE m.post WHEN 'head' THEN '校長' WHEN 'vice_head' THEN '教頭' WHEN 'coordinator' THEN '教務主任'
             WHEN 'teacher' THEN '教諭' WHEN 'nurse' THEN '養護教諭' WHEN 'clerk' THEN '事務職員'
             WHEN 'aide' THEN '支援員・ALT' WHEN 'counselor' THEN 'スクールカウンセラー' WHEN 'ict' THEN '情報担当'
             ELSE '教育委員会' END AS label
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
    'technicians', coalesce(jsonb_agg(DISTINCT school_id) FILTER (WHERE post = 'ict'), '[]'),
    'posts', jsonb_agg(jsonb_build_object('post', post, 'label', label, 'school', school_id, 'school_name', short_name,
        'municipality', municipality_id, 'municipality_name', name, 'primary', "primary", 'begins', begins)
        ORDER BY "primary" DESC, short_name, post)
  ) END FROM held
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0007_information_officer")]
    operations = [migrations.RunSQL(FACTS, migrations.RunSQL.noop)]
