"""確認したときの職: an acknowledgement keeps the posts it was made with, and may be one of several of an issue. Those that exist
keep their meaning: clauses read by somebody with the posts of that day."""

import django.contrib.postgres.fields
from django.db import migrations, models

POSTS_THEN = """
UPDATE policy_acknowledgement a SET posts = coalesce((
  SELECT array_agg(DISTINCT m.post ORDER BY m.post) FROM tenancy_membership m
  WHERE m.account_id = a.account_id AND m.municipality_id = a.municipality_id
    AND m.begins <= (a.at AT TIME ZONE 'Asia/Tokyo')::date
    AND (m.ends IS NULL OR m.ends >= (a.at AT TIME ZONE 'Asia/Tokyo')::date)), '{}');
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0010_note"), ("tenancy", "0007_information_officer")]
    operations = [
        migrations.RemoveConstraint(model_name="acknowledgement", name="policy_acknowledged_once"),
        migrations.AddField(
            model_name="acknowledgement",
            name="posts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="そのときの職"
            ),
        ),
        migrations.AddIndex(
            model_name="acknowledgement",
            index=models.Index(fields=["municipality", "account"], name="policy_acknowledged_by"),
        ),
        migrations.RunSQL(POSTS_THEN, migrations.RunSQL.noop),
    ]
