"""A correction says who had recorded the mark it replaces, and when; notices changed on a day are found by the day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0004_code_turns")]

    operations = [
        migrations.AddField(
            model_name="markchange",
            name="before_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="前の記録の時刻"),
        ),
        migrations.AddField(
            model_name="markchange",
            name="before_by_label",
            field=models.CharField(blank=True, db_default="", max_length=60, verbose_name="前に記録した人"),
        ),
        migrations.AddIndex(
            model_name="noticechange",
            index=models.Index(fields=["municipality", "changed_at"], name="attendance_change_when"),
        ),
    ]
