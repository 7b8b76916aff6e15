"""案に手を入れた人: drafts that exist already get theirs from the steps and from the trail, which named every change."""

import django.contrib.postgres.fields
from django.db import migrations, models

FORMER = """
UPDATE policy_revision r SET hands = ARRAY(
  SELECT r.author_id
  UNION SELECT s.actor_id FROM policy_revisionstep s
    WHERE s.revision_id = r.id AND s.kind = 'submitted' AND s.actor_id IS NOT NULL
  UNION SELECT e.actor_id FROM audit_entry e
    WHERE e.resource_type = 'PolicyRevision' AND e.resource_id = r.id::text AND e.action = 'policy:revise'
      AND e.outcome = 'allow' AND e.actor_id IS NOT NULL AND e.detail ?| ARRAY['clause', 'limit', 'overlay']);
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0006_inspections"), ("audit", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="revision",
            name="hands",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), default=list, size=None, verbose_name="案に手を入れた人"
            ),
        ),
        migrations.RunSQL(FORMER, migrations.RunSQL.noop),
    ]
