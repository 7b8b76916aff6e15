"""The trail: partitioned by month, INSERT and SELECT only for the application's role."""

from django.db import migrations

TABLE = """
CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint,
    municipality_id uuid, school_id uuid,
    actor_id uuid, actor_kind text NOT NULL, actor_label text NOT NULL, device_id uuid,
    action text NOT NULL, resource_type text NOT NULL, resource_id text NOT NULL, pupil_id uuid,
    outcome text NOT NULL CHECK (outcome IN ('allow', 'deny', 'error')),
    rules text[] NOT NULL, policy_digest text NOT NULL, detail jsonb NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_entry_default PARTITION OF audit_entry DEFAULT;
CREATE INDEX audit_entry_school ON audit_entry (school_id, at DESC);
CREATE INDEX audit_entry_municipality ON audit_entry (municipality_id, at DESC);
CREATE INDEX audit_entry_pupil ON audit_entry (pupil_id, at DESC) WHERE pupil_id IS NOT NULL;
CREATE INDEX audit_entry_xid ON audit_entry (xid, id);

-- Makes the partition of a month (called ahead of time by a monthly job as owner; rows never wait for it).
CREATE FUNCTION audit_make_partition(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE first date := date_trunc('month', month)::date;
DECLARE child text := 'audit_entry_' || to_char(first, 'YYYY_MM');
BEGIN
  IF to_regclass(child) IS NULL THEN
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF audit_entry FOR VALUES FROM (%L) TO (%L)',
      child, first::timestamp AT TIME ZONE 'Asia/Tokyo',
      (first + interval '1 month')::timestamp AT TIME ZONE 'Asia/Tokyo');
    EXECUTE format('REVOKE ALL ON %I FROM minamo_app', child);
  END IF;
END $$;
SELECT audit_make_partition((now() + make_interval(months => m))::date) FROM generate_series(0, 12) AS m;

REVOKE ALL ON audit_entry, audit_entry_default FROM minamo_app;
GRANT SELECT, INSERT ON audit_entry TO minamo_app;

-- Anyone may be recorded (a refused stranger as well); only municipalities in scope can be read, never by learners.
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY write ON audit_entry FOR INSERT WITH CHECK (true);
CREATE POLICY read ON audit_entry FOR SELECT USING (
    municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]) AND (SELECT minamo_side()) = 'school');
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("kernel", "0001_ground"), ("access", "0001_initial")]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE audit_entry; DROP FUNCTION audit_make_partition(date);"),
    ]
