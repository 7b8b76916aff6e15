"""使っている端末: the names of one's own devices, also seen from a device where the register lies behind the wall."""

from django.db import migrations

NAMES = """
CREATE FUNCTION access_own_devices(p_account uuid) RETURNS TABLE (device uuid, label text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.id, t.label::text, s.state::text
  FROM access_device d JOIN access_terminal t ON t.id = d.terminal_id
  LEFT JOIN LATERAL (SELECT state FROM access_terminalstate WHERE terminal_id = t.id ORDER BY id DESC LIMIT 1) s ON true
  WHERE d.account_id = p_account AND d.signed_out_at IS NULL
$$;
REVOKE ALL ON FUNCTION access_own_devices(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_own_devices(uuid) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0010_kept_for")]
    operations = [migrations.RunSQL(NAMES, "DROP FUNCTION access_own_devices(uuid);")]
