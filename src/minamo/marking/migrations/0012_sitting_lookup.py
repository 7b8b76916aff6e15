"""The watched folder is told a sitting; which municipality it is of is all it has to learn before its scope opens."""

from django.db import migrations

LOOKUP = """
CREATE FUNCTION marking_sitting_municipality(p_sitting uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT municipality_id FROM marking_sitting WHERE id = p_sitting
$$;
REVOKE ALL ON FUNCTION marking_sitting_municipality(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marking_sitting_municipality(uuid) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("marking", "0011_scanning")]
    operations = [migrations.RunSQL(LOOKUP, "DROP FUNCTION marking_sitting_municipality(uuid);")]
