"""学校コード → which school behind which wall; answers with two ids and nothing else (for the command line)."""

from django.db import migrations

LOOKUP = """
CREATE FUNCTION tenancy_school_of(p_code text) RETURNS TABLE (school_id uuid, municipality_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id, s.municipality_id FROM tenancy_school s WHERE s.code = p_code
$$;
REVOKE ALL ON FUNCTION tenancy_school_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy_school_of(text) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_lookups")]
    operations = [migrations.RunSQL(LOOKUP, "DROP FUNCTION tenancy_school_of(text);")]
