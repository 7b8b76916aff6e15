"""Walls of settlements and pictures: a family's side sees a paper's picture where it sees the paper (from the release on), a
learner only the own one; everything else is the school's. The nightly job asks which towns have pictures, and who needs a file."""

from django.db import migrations

from minamo.kernel.rls import wall

PAPER = (  # the paper's own wall speaks inside: released, and for a learner the own
    "EXISTS (SELECT 1 FROM marking_resultpaper p WHERE p.id = paper_id)"
)
SHEET = (
    "municipality_id = ANY ((SELECT minamo_municipalities())::uuid[])"
    f" AND ((SELECT minamo_side()) = 'school' OR ((SELECT minamo_side()) IN ('home', 'learning') AND {PAPER}))"
)
FUNCTIONS = """
CREATE FUNCTION marking_keeping() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT municipality_id FROM marking_sitting s
  WHERE NOT EXISTS (SELECT 1 FROM marking_imageremoval r WHERE r.sitting_id = s.id)
$$;
REVOKE ALL ON FUNCTION marking_keeping() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marking_keeping() TO minamo_app;

-- Which of these contents somebody of any municipality still needs.
CREATE FUNCTION marking_needed(p_contents text[]) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH standing AS (
    SELECT s.id FROM marking_sitting s WHERE NOT EXISTS (SELECT 1 FROM marking_imageremoval r WHERE r.sitting_id = s.id)
  )
  SELECT blank FROM marking_assessment WHERE blank = ANY (p_contents)
  UNION SELECT picture FROM marking_assessment WHERE picture = ANY (p_contents)
  UNION SELECT content FROM marking_pile WHERE content = ANY (p_contents) AND sitting_id IN (SELECT id FROM standing)
  UNION SELECT crops FROM marking_scanpage WHERE crops = ANY (p_contents) AND sitting_id IN (SELECT id FROM standing)
  UNION SELECT picture FROM marking_papersheet WHERE picture = ANY (p_contents)
  UNION SELECT pdf FROM marking_papersheet WHERE pdf = ANY (p_contents)
  UNION SELECT content FROM marking_markedbook WHERE content = ANY (p_contents)
$$;
REVOKE ALL ON FUNCTION marking_needed(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marking_needed(text[]) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("marking", "0009_giving")]
    operations = [
        *(wall(f"marking_{table}", sides=("school",)) for table in ("settlement", "markedbook", "keepingrule", "imageremoval")),
        migrations.RunSQL(
            sql="ALTER TABLE marking_papersheet ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY wall ON marking_papersheet USING ({SHEET}) WITH CHECK ({SHEET});",
            reverse_sql="DROP POLICY wall ON marking_papersheet; ALTER TABLE marking_papersheet DISABLE ROW LEVEL SECURITY;",
        ),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION marking_needed(text[]); DROP FUNCTION marking_keeping();"),
    ]
