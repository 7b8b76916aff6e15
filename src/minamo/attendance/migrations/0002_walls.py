"""Walls of the room."""

from django.db import migrations

from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_initial"), ("people", "0002_walls")]
    operations = [
        wall("attendance_attendancecode", learner="true"),
        wall("attendance_healthitem", learner="true"),
        wall("attendance_notice"),
        wall("attendance_noticechange"),
        wall("attendance_resolution", sides=("school",)),
        wall("attendance_calllog", sides=("school",)),
        wall("attendance_mark", learner="pupil_id = (SELECT minamo_self())"),
        wall("attendance_markchange", sides=("school",)),
        wall("attendance_healthobservation", sides=("school",)),
        wall("attendance_closure", learner="true"),
        wall("attendance_monthclosing", sides=("school",)),
    ]
