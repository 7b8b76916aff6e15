from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_former_pupils")]

    operations = [
        migrations.AddField(
            model_name="pupilrevision",
            name="verb",
            field=models.CharField(
                choices=[
                    ("edit", "訂正"),
                    ("entrance", "入学"),
                    ("admission", "編入学"),
                    ("transfer_in", "転入学"),
                    ("transfer_out", "転学"),
                    ("withdrawal", "退学"),
                    ("graduation", "卒業"),
                    ("change_class", "学級の変更"),
                    ("taken_back", "異動の取り消し"),
                ],
                db_default="edit",
                default="edit",
                max_length=14,
                verbose_name="何の履歴か",
            ),
        ),
    ]
