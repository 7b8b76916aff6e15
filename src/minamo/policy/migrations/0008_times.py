"""An entry that corrects since when an incident was known and when it happened."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policy", "0007_hands")]
    operations = [
        migrations.AlterField(
            "incidententry",
            "kind",
            models.CharField(
                choices=[
                    ("reported", "知らせた"),
                    ("note", "記録"),
                    ("times", "時刻を正した"),
                    ("assessed", "見立て"),
                    ("affected", "影響を受けた人"),
                    ("preliminary", "速報を出した"),
                    ("final", "確報を出した"),
                    ("closed", "終えた"),
                ],
                max_length=11,
                verbose_name="種類",
            ),
        )
    ]
