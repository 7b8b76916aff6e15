"""版: editions in force, behind the wall, and what the statement of the actor asks for."""

import minamo.kernel.ids
from django.db import migrations, models

from minamo.kernel.rls import wall

FUNCTION = """
-- The editions in force of the municipalities named (a JSON list of ids), for the statement that builds the actor: it runs
-- before there is a scope.
CREATE FUNCTION access_editions_of(p_municipalities jsonb) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_agg(jsonb_build_object('limits', limits, 'overlay', overlay) ORDER BY municipality_id)
  FROM access_edition
  WHERE superseded_at IS NULL AND municipality_id::text IN (SELECT jsonb_array_elements_text(p_municipalities))
$$;
REVOKE ALL ON FUNCTION access_editions_of(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_editions_of(jsonb) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0005_emergency_walls"), ("kernel", "0001_ground")]
    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("municipality_id", models.UUIDField(verbose_name="自治体")),
                ("limits", models.JSONField(default=dict, verbose_name="数値")),
                ("overlay", models.TextField(blank=True, verbose_name="上乗せの規則")),
                ("digest", models.CharField(max_length=64, verbose_name="控えの番号")),
                ("base_digest", models.CharField(max_length=64, verbose_name="土台の控えの番号")),
                ("activated_at", models.DateTimeField(verbose_name="施行した時刻")),
                ("activated_by", models.UUIDField(null=True, verbose_name="施行した人")),
                ("activated_by_label", models.CharField(max_length=120, verbose_name="施行した人の名前")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="次の版に代わった時刻")),
            ],
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at", None)), fields=("municipality_id",), name="access_edition_in_force"
            ),
        ),
        wall("access_edition", sides=("school",)),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION access_editions_of(jsonb);"),
    ]
