"""Reports of several sources: the newest of each reaches the actor; a proxy is a source too."""

from django.db import migrations, models

FACTS = """
CREATE OR REPLACE FUNCTION access_device_facts(p_device uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('terminal', t.id, 'municipality', t.municipality_id, 'certificate', t.certificate,
                            'keyed', length(t.key) > 0, 'state', s.state, 'reports', coalesce(p.reports, '[]'::jsonb))
  FROM access_device d JOIN access_terminal t ON t.id = d.terminal_id
  LEFT JOIN LATERAL (SELECT state FROM access_terminalstate WHERE terminal_id = t.id ORDER BY id DESC LIMIT 1) s ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(r.source, r.good, extract(epoch FROM r.at))) AS reports
    FROM (VALUES ('self'), ('proxy'), ('mdm')) AS k(source)
    CROSS JOIN LATERAL (SELECT source, good, at FROM access_posture
                        WHERE terminal_id = t.id AND source = k.source ORDER BY id DESC LIMIT 1) r) p ON true
  WHERE d.id = p_device
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION access_device_facts(p_device uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('terminal', t.id, 'certificate', t.certificate, 'keyed', length(t.key) > 0, 'state', s.state,
                            'good', p.good, 'reported_at', extract(epoch FROM p.at))
  FROM access_device d JOIN access_terminal t ON t.id = d.terminal_id
  LEFT JOIN LATERAL (SELECT state FROM access_terminalstate WHERE terminal_id = t.id ORDER BY id DESC LIMIT 1) s ON true
  LEFT JOIN LATERAL (SELECT good, at FROM access_posture WHERE terminal_id = t.id ORDER BY id DESC LIMIT 1) p ON true
  WHERE d.id = p_device
$$;
"""
SOURCES = [("self", "端末の自己申告"), ("proxy", "プロキシ"), ("mdm", "管理ツール（MDM）")]


class Migration(migrations.Migration):
    dependencies = [("access", "0007_tries")]
    operations = [
        migrations.AlterField("posture", "source", models.CharField("報告元", max_length=5, choices=SOURCES)),
        migrations.RemoveIndex("posture", "access_posture_newest"),
        migrations.AddIndex(
            "posture", models.Index(fields=["terminal", "source", "-id"], name="access_posture_newest")
        ),
        migrations.RunSQL(FACTS, BEFORE),
    ]
