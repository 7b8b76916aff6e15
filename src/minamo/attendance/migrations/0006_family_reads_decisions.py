"""A family reads how a disagreement about its notice was settled: its own pages count the day as the register does."""

from django.db import migrations

from minamo.kernel.rls import wall

TABLE = "attendance_resolution"
school_only = wall(TABLE, sides=("school",))


class Migration(migrations.Migration):
    dependencies = [("attendance", "0005_corrections_say_more")]
    operations = [
        migrations.RunSQL(sql=f"DROP POLICY wall ON {TABLE};", reverse_sql=school_only.sql),
        wall(TABLE),
    ]
