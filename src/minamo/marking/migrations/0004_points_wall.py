"""Wall of the changes of points: the school's side only."""

from django.db import migrations

from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [("marking", "0003_points")]
    operations = [wall("marking_pointschange", sides=("school",))]
