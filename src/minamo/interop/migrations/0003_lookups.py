"""Two questions across walls that a roster import has to ask; each answers ids only, to who already knows the key."""

from django.db import migrations

LOOKUPS = """
-- A difference (delta) names no town, only sourcedIds of its schools.
CREATE FUNCTION interop_municipality_of_orgs(p_orgs text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT municipality_id), '{}') FROM interop_sourcelink
  WHERE file = 'orgs' AND sourced_id = ANY (p_orgs)
$$;
REVOKE ALL ON FUNCTION interop_municipality_of_orgs(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION interop_municipality_of_orgs(text[]) TO minamo_app;

-- A pupil who comes from another town keeps the row. Whoever asks holds the master id; the birth date must fit as well.
CREATE FUNCTION interop_pupils_by_master(p_master uuid[], p_birth date[])
RETURNS TABLE (master_id uuid, pupil_id uuid, municipality_id uuid, fits boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.master_id, p.id, p.municipality_id, p.birth_date IS NULL OR q.birth IS NULL OR p.birth_date = q.birth
  FROM unnest(p_master, p_birth) AS q(master, birth) JOIN people_pupil p ON p.master_id = q.master
$$;
REVOKE ALL ON FUNCTION interop_pupils_by_master(uuid[], date[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION interop_pupils_by_master(uuid[], date[]) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("interop", "0002_walls"), ("people", "0002_walls")]
    operations = [
        migrations.RunSQL(
            LOOKUPS,
            "DROP FUNCTION interop_municipality_of_orgs(text[]); DROP FUNCTION interop_pupils_by_master(uuid[], date[]);",
        )
    ]
