"""The worker makes the partitions of the months ahead; nobody else needs to."""

from django.db import migrations

GRANT = """
REVOKE ALL ON FUNCTION audit_make_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_make_partition(date) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_witnesses_elsewhere")]
    operations = [migrations.RunSQL(GRANT, "GRANT EXECUTE ON FUNCTION audit_make_partition(date) TO PUBLIC;")]
