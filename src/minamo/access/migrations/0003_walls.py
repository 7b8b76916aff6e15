"""Walls of the register of devices, and what the actor's statement asks about the device of a sign-in."""

from django.db import migrations

from minamo.kernel.rls import wall

FACTS = """
CREATE FUNCTION access_device_facts(p_device uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('terminal', t.id, 'certificate', t.certificate, 'keyed', length(t.key) > 0, 'state', s.state,
                            'good', p.good, 'reported_at', extract(epoch FROM p.at))
  FROM access_device d JOIN access_terminal t ON t.id = d.terminal_id
  LEFT JOIN LATERAL (SELECT state FROM access_terminalstate WHERE terminal_id = t.id ORDER BY id DESC LIMIT 1) s ON true
  LEFT JOIN LATERAL (SELECT good, at FROM access_posture WHERE terminal_id = t.id ORDER BY id DESC LIMIT 1) p ON true
  WHERE d.id = p_device
$$;
REVOKE ALL ON FUNCTION access_device_facts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_device_facts(uuid) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0002_devices")]
    operations = [
        wall("access_terminal", sides=("school",)),
        wall("access_terminalstate", sides=("school",)),
        wall("access_posture", sides=("school",)),
        migrations.RunSQL(FACTS, "DROP FUNCTION access_device_facts(uuid);"),
    ]
