"""A client certificate vouches for one device and no other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0013_emergency_corrections")]
    operations = [
        migrations.AddConstraint(
            "terminal",
            models.UniqueConstraint(
                fields=["certificate"], name="access_terminal_certificate", condition=~models.Q(certificate="")
            ),
        )
    ]
