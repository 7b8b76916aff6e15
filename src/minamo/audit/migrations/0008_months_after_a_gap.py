"""A month whose first rows already lie in the default gets its partition too: they move with it."""

from django.db import migrations

# The table of the month is filled before it is attached, and the trail is only ever added to: what was copied without a lock stays
# true, only what came meanwhile is copied again under the lock. The parent is locked so (SHARE UPDATE EXCLUSIVE, by ATTACH) that
# writers of all other months go on; the default is closed for the length of the last few statements, and if it is not to be
# had within two seconds, everybody goes before this and the next night tries again.
MAKE = """
CREATE OR REPLACE FUNCTION audit_make_partition(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  child text := 'audit_entry_' || to_char(first, 'YYYY_MM');
  lower timestamptz := first::timestamp AT TIME ZONE 'Asia/Tokyo';
  upper timestamptz := (first + interval '1 month')::timestamp AT TIME ZONE 'Asia/Tokyo';
BEGIN
  IF to_regclass(child) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE audit_entry INCLUDING ALL EXCLUDING IDENTITY,'
    ' CONSTRAINT of_the_month CHECK (at >= %L AND at < %L))', child, lower, upper);
  EXECUTE format('REVOKE ALL ON %I FROM minamo_app', child);
  EXECUTE format('INSERT INTO %I SELECT * FROM audit_entry_default d WHERE d.at >= %L AND d.at < %L', child, lower, upper);
  LOCK TABLE audit_entry_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('INSERT INTO %1$I SELECT * FROM audit_entry_default d WHERE d.at >= %2$L AND d.at < %3$L'
    ' AND NOT EXISTS (SELECT FROM %1$I c WHERE c.id = d.id AND c.at = d.at)', child, lower, upper);
  DELETE FROM audit_entry_default d WHERE d.at >= lower AND d.at < upper;
  EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', child, lower, upper);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT of_the_month', child);
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION audit_make_partition(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
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
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_checks")]
    operations = [migrations.RunSQL(MAKE, BEFORE)]
