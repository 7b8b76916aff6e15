"""A page keeps the word of its printed code; a pile is needed as long as a page of it, also one that went to another class."""

from django.db import migrations, models

NEEDED = """
CREATE OR REPLACE FUNCTION marking_needed(p_contents text[]) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH standing AS (
    SELECT s.id FROM marking_sitting s WHERE NOT EXISTS (SELECT 1 FROM marking_imageremoval r WHERE r.sitting_id = s.id)
  )
  SELECT blank FROM marking_assessment WHERE blank = ANY (p_contents)
  UNION SELECT picture FROM marking_assessment WHERE picture = ANY (p_contents)
  UNION SELECT content FROM marking_pile WHERE content = ANY (p_contents) AND sitting_id IN (SELECT id FROM standing)
  {moved}UNION SELECT crops FROM marking_scanpage WHERE crops = ANY (p_contents) AND sitting_id IN (SELECT id FROM standing)
  UNION SELECT picture FROM marking_papersheet WHERE picture = ANY (p_contents)
  UNION SELECT pdf FROM marking_papersheet WHERE pdf = ANY (p_contents)
  UNION SELECT content FROM marking_markedbook WHERE content = ANY (p_contents)
$$;
"""
MOVED = """UNION SELECT p.content FROM marking_pile p JOIN marking_scanpage g ON g.pile_id = p.id
    WHERE p.content = ANY (p_contents) AND g.sitting_id IN (SELECT id FROM standing)
  """


class Migration(migrations.Migration):
    dependencies = [("marking", "0012_sitting_lookup")]
    operations = [
        migrations.AddField(
            model_name="scanpage",
            name="code",
            field=models.CharField(blank=True, max_length=24, verbose_name="印刷した用紙の符号"),
        ),
        migrations.RunSQL(NEEDED.format(moved=MOVED), NEEDED.format(moved="")),
    ]
