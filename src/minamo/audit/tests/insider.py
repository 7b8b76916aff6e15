"""An insider who owns the tables and holds no secret: rewrites a tree under a key of his own, put before the genuine one."""

import hashlib

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from minamo.audit import canonical, notes
from minamo.audit.keys import endorsed
from minamo.audit.merkle import Frontier
from minamo.audit.seal import STORED_LEVELS


def forge(url: str, origin_end: str, edit: str) -> None:
    """Edit rows, recompute leaves, nodes, roots, head and signatures of a tree, take its countersignatures away."""
    with psycopg.connect(url) as db:
        db.execute(edit)
        log, origin = db.execute(
            "SELECT id, origin FROM audit_log WHERE origin LIKE %s", [f"%/{origin_end}"]
        ).fetchone()
        own = notes.Signer(origin, notes.LOG, Ed25519PrivateKey.generate())
        _put_before(db, log, own)
        tree, nodes = Frontier(), []
        for first, entries in db.execute(
            "SELECT first, entries FROM audit_batch WHERE log_id = %s ORDER BY first", [log]
        ).fetchall():
            lines = dict(db.execute(f"SELECT e.id, convert_to({canonical.SQL[1]}, 'UTF8') FROM audit_entry e"
                                    " WHERE e.id = ANY(%s)", [entries]).fetchall())  # fmt: skip
            leaves = [hashlib.sha256(b"\0" + lines[entry]).digest() for entry in entries]
            nodes += [node for leaf in leaves for node in tree.append(leaf) if node[0] % STORED_LEVELS == 0]
            mark = notes.sign(own, notes.Checkpoint(origin, tree.size, tree.root()))
            db.execute("UPDATE audit_batch SET leaves = %s, root = %s, key_id = %s, signature = %s WHERE log_id = %s AND first = %s",
                       [b"".join(leaves), tree.root(), mark.key_id, mark.value, log, first])  # fmt: skip
        for level, index, value in nodes:
            db.execute(
                "UPDATE audit_node SET hash = %s WHERE log_id = %s AND level = %s AND index = %s",
                [value, log, level, index],
            )
        db.execute("UPDATE audit_head SET frontier = %s WHERE log_id = %s", [tree.packed(), log])
        db.execute("DELETE FROM audit_cosignature WHERE log_id = %s", [log])


def _put_before(db: psycopg.Connection, log: int, own: notes.Signer) -> None:
    """The forger's key in front of all, vouching for the genuine one."""
    number, name, public, since = db.execute(
        "SELECT id, name, public, since FROM audit_key WHERE log_id = %s AND kind = 1 ORDER BY id LIMIT 1", [log]
    ).fetchone()
    mark = own.private.sign(endorsed(notes.VerifierKey(name, notes.LOG, public)))
    db.execute("UPDATE audit_key SET endorsement = %s WHERE id = %s", [mark, number])
    db.execute("INSERT INTO audit_key (id, log_id, kind, name, public, since) OVERRIDING SYSTEM VALUE"
               " VALUES (%s, %s, 1, %s, %s, %s)", [-log, log, name, own.verifier.public, since])  # fmt: skip


def reseal(url: str, edit: str) -> None:
    """Edit rows and take all trees away: a sealer that remembers nothing signs them again with the genuine key."""
    with psycopg.connect(url) as db:
        db.execute(edit)
        for table in ("audit_batch", "audit_node", "audit_cursor", "audit_cosignature"):
            db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE audit_head SET size = 0, frontier = ''")
