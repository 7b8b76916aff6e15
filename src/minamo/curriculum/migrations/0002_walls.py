"""Walls of the room."""

from django.db import migrations

from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [wall("curriculum_calendarentry", learner="true")]
