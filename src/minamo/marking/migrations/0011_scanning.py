"""Second scans point to the first; the address of an upload link says which municipality it is behind."""

import django.db.models.deletion
from django.db import migrations, models

# Whoever holds the secret part of an address learns which wall the link is behind, and nothing else.
LOOKUP = """
CREATE FUNCTION marking_link_municipality(p_token_hash text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT municipality_id FROM marking_uploadlink WHERE token_hash = p_token_hash
$$;
REVOKE ALL ON FUNCTION marking_link_municipality(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marking_link_municipality(text) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("marking", "0010_giving_walls")]
    operations = [
        migrations.AddField(
            "scanpage",
            "copy_of",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="copies",
                to="marking.scanpage",
            ),
        ),
        migrations.RunSQL(LOOKUP, "DROP FUNCTION marking_link_municipality(text);"),
    ]  # fmt: skip
