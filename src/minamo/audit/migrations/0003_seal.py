"""The sealed tree beside the trail: logs, batches of leaves, checkpoints, keys, countersignatures, keys of pupils."""

from django.db import migrations

TABLES = """
-- One tree per municipality, and one for what belongs to no municipality (municipality_id IS NULL).
CREATE TABLE audit_log (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    municipality_id uuid UNIQUE NULLS NOT DISTINCT,
    origin text NOT NULL UNIQUE CHECK (origin !~ '[\\s+]'),
    opened_at timestamptz NOT NULL
);
-- Leaves [first, size) of a log with the checkpoint after them. `entries` are ids of audit_entry in the order of the leaves.
CREATE TABLE audit_batch (
    log_id smallint NOT NULL REFERENCES audit_log,
    first bigint NOT NULL,
    size bigint NOT NULL CHECK (size > first),
    municipality_id uuid,
    encoding smallint NOT NULL,
    sealed_at timestamptz NOT NULL,
    earliest timestamptz NOT NULL,
    latest timestamptz NOT NULL,
    entries bigint[] NOT NULL CHECK (cardinality(entries) = size - first),
    leaves bytea NOT NULL CHECK (octet_length(leaves) = 32 * (size - first)),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    key_id bytea NOT NULL CHECK (octet_length(key_id) = 4),
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    PRIMARY KEY (log_id, first),
    UNIQUE (log_id, size)
);
ALTER TABLE audit_batch ALTER COLUMN leaves SET STORAGE EXTERNAL;
CREATE INDEX audit_batch_sealed ON audit_batch (log_id, sealed_at);
-- Roots of perfect subtrees of 256, 65,536, … leaves: proofs read these instead of all leaves.
CREATE TABLE audit_node (
    log_id smallint NOT NULL REFERENCES audit_log,
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (log_id, level, index)
);
-- Where the sealer stands. Derived; the verifier recomputes it.
CREATE TABLE audit_head (
    log_id smallint PRIMARY KEY REFERENCES audit_log,
    size bigint NOT NULL DEFAULT 0,
    frontier bytea NOT NULL DEFAULT ''
);
CREATE TABLE audit_cursor (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    cluster bigint NOT NULL,
    floor bigint NOT NULL DEFAULT 0,
    xid bigint NOT NULL DEFAULT 0,
    entry bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL
);
-- Public halves of signing keys, oldest first; each later one is signed by the one before it.
CREATE TABLE audit_key (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log_id smallint NOT NULL REFERENCES audit_log,
    kind smallint NOT NULL,
    name text NOT NULL,
    public bytea NOT NULL CHECK (octet_length(public) = 32),
    endorsement bytea,
    since timestamptz NOT NULL,
    UNIQUE (log_id, kind, name, public)
);
-- What witnesses have countersigned: (log, size, root) as each of them saw it.
CREATE TABLE audit_cosignature (
    log_id smallint NOT NULL REFERENCES audit_log,
    size bigint NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    name text NOT NULL,
    key_id bytea NOT NULL CHECK (octet_length(key_id) = 4),
    signature bytea NOT NULL CHECK (octet_length(signature) = 72),
    at timestamptz NOT NULL,
    PRIMARY KEY (log_id, name, size)
);
-- Data keys of pupils, wrapped. Deleting a row makes everything encrypted under it unreadable.
CREATE TABLE audit_pupil_key (
    pupil_id uuid PRIMARY KEY,
    municipality_id uuid NOT NULL,
    kek_id text NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL
);

REVOKE ALL ON audit_log, audit_batch, audit_node, audit_head, audit_cursor, audit_key, audit_cosignature FROM minamo_app;
GRANT SELECT, INSERT ON audit_log, audit_batch, audit_node, audit_key, audit_cosignature TO minamo_app;
GRANT SELECT, INSERT, UPDATE ON audit_head, audit_cursor TO minamo_app;

-- The sealer and the verifier go through all municipalities; they say so for the length of one transaction.
CREATE FUNCTION audit_sealing() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('minamo.sealer', true), '') = 'on'
$$;
CREATE POLICY sealer ON audit_entry FOR SELECT USING ((SELECT audit_sealing()));
ALTER TABLE audit_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY sealer ON audit_batch USING ((SELECT audit_sealing())) WITH CHECK ((SELECT audit_sealing()));
CREATE POLICY wall ON audit_batch FOR SELECT USING (
    municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]) AND (SELECT minamo_side()) = 'school');
ALTER TABLE audit_pupil_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY wall ON audit_pupil_key USING (municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]))
    WITH CHECK (municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]));
CREATE POLICY sealer ON audit_pupil_key USING ((SELECT audit_sealing())) WITH CHECK ((SELECT audit_sealing()));

-- Which municipalities there are (code and name are public); tenancy lies above, the table is asked when it is there.
CREATE FUNCTION audit_towns() RETURNS TABLE (id uuid, code text, name text) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT m.id, m.code::text, m.name::text FROM tenancy_municipality m ORDER BY m.code;
END $$;
REVOKE ALL ON FUNCTION audit_towns() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_towns() TO minamo_app;

-- After a restore into another cluster transaction numbers begin anew: stop the writers for a moment, so that everything
-- up to the returned id can be sealed by asking what is not sealed yet.
CREATE FUNCTION audit_hold_writers() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  LOCK TABLE audit_entry IN SHARE MODE;
  RETURN (SELECT coalesce(max(e.id), 0) FROM audit_entry e);
END $$;
REVOKE ALL ON FUNCTION audit_hold_writers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_hold_writers() TO minamo_app;
"""
UNDO = """
DROP FUNCTION audit_hold_writers(); DROP FUNCTION audit_towns();
DROP POLICY sealer ON audit_entry;
DROP TABLE audit_pupil_key, audit_cosignature, audit_key, audit_cursor, audit_head, audit_node, audit_batch, audit_log;
DROP FUNCTION audit_sealing();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_model_state")]
    operations = [migrations.RunSQL(TABLES, UNDO)]
