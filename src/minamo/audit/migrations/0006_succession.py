"""A new signing key also signs from whom it took over, so that pinning the present key reaches back to the ones before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_months_ahead")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE audit_key ADD COLUMN succession bytea", "ALTER TABLE audit_key DROP COLUMN succession"
        )
    ]
