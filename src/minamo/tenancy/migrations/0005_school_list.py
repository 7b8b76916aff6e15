"""Every school of the installation as code and two ids, and nothing else (for the command line)."""

from django.db import migrations

LIST = """
CREATE FUNCTION tenancy_school_list() RETURNS TABLE (code text, school_id uuid, municipality_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.code, s.id, s.municipality_id FROM tenancy_school s ORDER BY s.code
$$;
REVOKE ALL ON FUNCTION tenancy_school_list() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy_school_list() TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_school_lookup")]
    operations = [migrations.RunSQL(LIST, "DROP FUNCTION tenancy_school_list();")]
