"""Walls of tests, scans and marks: the school's side only. Strokes are only added: nobody changes or removes one."""

from django.db import migrations

from minamo.kernel.rls import wall

TABLES = (
    "assessment", "edition", "sitting", "pile", "scanpage", "binding", "absence", "uploadlink", "answermark", "claim",
    "secondmarking", "grouping",
)  # fmt: skip
HERE = "municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]) AND (SELECT minamo_side()) = 'school'"
ONLY_ADDED = migrations.RunSQL(
    sql="ALTER TABLE marking_stroke ENABLE ROW LEVEL SECURITY;"
    f"CREATE POLICY seen ON marking_stroke FOR SELECT USING ({HERE});"
    f"CREATE POLICY added ON marking_stroke FOR INSERT WITH CHECK ({HERE});",
    reverse_sql="DROP POLICY seen ON marking_stroke; DROP POLICY added ON marking_stroke;"
    "ALTER TABLE marking_stroke DISABLE ROW LEVEL SECURITY;",
)


class Migration(migrations.Migration):
    dependencies = [("marking", "0005_assessments")]
    operations = [*(wall(f"marking_{table}", sides=("school",)) for table in TABLES), ONLY_ADDED]
