"""Walls of the room: staff only."""

from django.db import migrations

from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [("interop", "0001_initial"), ("people", "0002_walls")]
    operations = [
        wall("interop_sourcelink", sides=("school",)),
        wall("interop_importrun", sides=("school",)),
        wall("interop_trayrow", sides=("school",)),
        wall("interop_columnchoice", sides=("school",)),
    ]
