"""Witnesses of other instances: their keys are entered by an operator who got them another way."""

from django.db import migrations

TABLE = """
CREATE TABLE audit_witness_key (
    name text NOT NULL,
    public bytea NOT NULL CHECK (octet_length(public) = 32),
    since timestamptz NOT NULL,
    PRIMARY KEY (name, public)
);
REVOKE ALL ON audit_witness_key FROM minamo_app;
GRANT SELECT, INSERT ON audit_witness_key TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seal")]
    operations = [migrations.RunSQL(TABLE, "DROP TABLE audit_witness_key;")]
