import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0003_one_notice_a_day")]

    operations = [
        migrations.AddField(
            model_name="attendancecode",
            name="turns",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateField(),
                db_default=[],
                default=list,
                size=None,
                verbose_name="連絡だけで数えるかを変えた日",
            ),
        ),
    ]
