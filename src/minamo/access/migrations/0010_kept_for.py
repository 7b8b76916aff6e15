"""預かった入力: the sign-in it belongs to, so that it goes with the sign-out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0009_pace")]
    operations = [
        migrations.AddField(
            model_name="stash",
            name="device",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.device"
            ),
        ),
    ]
