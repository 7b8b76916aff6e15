"""What the nightly verification found, per municipality. Only added to; the wall shows a board its own."""

from django.db import migrations

TABLE = """
CREATE TABLE audit_check (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    municipality_id uuid NOT NULL,
    at timestamptz NOT NULL,
    size bigint NOT NULL,
    root text NOT NULL,
    found integer NOT NULL,
    elsewhere integer NOT NULL,
    grounded boolean NOT NULL,
    findings jsonb NOT NULL
);
CREATE INDEX audit_check_newest ON audit_check (municipality_id, at DESC);
REVOKE ALL ON audit_check FROM minamo_app;
GRANT SELECT, INSERT ON audit_check TO minamo_app;
ALTER TABLE audit_check ENABLE ROW LEVEL SECURITY;
CREATE POLICY sealer ON audit_check USING ((SELECT audit_sealing())) WITH CHECK ((SELECT audit_sealing()));
CREATE POLICY wall ON audit_check FOR SELECT USING (
    municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]) AND (SELECT minamo_side()) = 'school');
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_succession")]
    operations = [migrations.RunSQL(TABLE, "DROP TABLE audit_check")]
