"""案のもとの版: drafts that exist already were begun from the issue in force at that time."""

import django.db.models.deletion
from django.db import migrations, models

FORMER = """
UPDATE policy_revision r SET base_id = (
  SELECT i.id FROM policy_issue i
  WHERE i.municipality_id = r.municipality_id AND i.activated_at <= r.created_at
    AND (i.ended_at IS NULL OR i.ended_at > r.created_at)
  ORDER BY i.number DESC LIMIT 1);
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0008_times")]
    operations = [
        migrations.AddField(
            model_name="revision",
            name="base",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="policy.issue"
            ),
        ),
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
    ]
