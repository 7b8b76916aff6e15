"""Sealing and verifying in a real database, with an insider who owns the tables."""

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from minamo.audit import canonical, notes, reading, seal
from minamo.audit.api import append
from minamo.audit.keys import rotate
from minamo.audit.merkle import leaf_hash
from minamo.audit.publish import published
from minamo.audit.seal import as_sealer, logs
from minamo.audit.tests.settled import seal_all, seal_round, settle
from minamo.audit.verify import Report, verify
from tests.fixtures.world import World

pytestmark = pytest.mark.usefixtures("own_database", "own_keys")


@pytest.fixture
def own_keys(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


def kinds(report: Report) -> list[str]:
    return [problem.kind for problem in report.problems]


def entry_of(origin_end: str, seq: int) -> int:
    with connection.cursor() as cursor, transaction.atomic():
        as_sealer()
        cursor.execute(
            "SELECT entries[%s - first + 1] FROM audit_batch b JOIN audit_log l ON l.id = b.log_id"
            " WHERE l.origin LIKE %s AND first <= %s AND %s < size", [seq, f"%/{origin_end}", seq, seq])  # fmt: skip
        return cursor.fetchone()[0]


def test_rows_are_sealed_per_municipality_and_verify(write: Callable[..., None]) -> None:
    write(31)
    assert seal_all() >= 31
    write(8)
    assert seal_all() == 8
    report = verify()
    assert report.ok, report.problems
    assert report.unsealed == 0
    assert {log.origin.split("/")[1] for log in report.logs} == {"990011", "990022", "instance"}
    assert sum(log.size for log in report.logs) == report.rows
    assert max(log.checkpoints for log in report.logs) >= 2


def test_nothing_to_seal_writes_nothing(write: Callable[..., None]) -> None:
    write(3)
    seal_all()
    assert seal_all() == 0
    assert verify().ok


def test_the_database_and_python_agree_on_the_canonical_form(write: Callable[..., None]) -> None:
    write(9)
    names = ["action", "actor", "actor_kind", "actor_label", "at", "detail", "device", "id", "municipality", "outcome", "policy", "pupil", "resource", "resource_type", "rules", "school", "xid"]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        as_sealer()
        cursor.execute(f"""SELECT e.action, e.actor_id::text, e.actor_kind, e.actor_label,
            (extract(epoch FROM e.at) * 1000000)::bigint, e.detail::text, e.device_id::text, e.id, e.municipality_id::text,
            e.outcome, e.policy_digest, e.pupil_id::text, e.resource_id, e.resource_type, e.rules, e.school_id::text, e.xid,
            {canonical.SQL[1]} FROM audit_entry e""")
        for row in cursor.fetchall():
            text = row[-1].encode()
            assert canonical.encode(dict(zip(names, row[:-1], strict=True)) | {"v": 1}) == text
            assert json.loads(text)["id"] == row[7]


def test_a_running_writer_holds_back_what_came_after_and_is_never_overtaken(
    write: Callable[..., None], own_database: str
) -> None:
    write(3)
    seal_all()
    with psycopg.connect(own_database) as slow:
        slow.execute("INSERT INTO audit_entry (actor_kind, actor_label, action, resource_type, resource_id, outcome, rules,"
                     " policy_digest, detail) VALUES ('system', '', 'x:y', '', '', 'allow', '{}', '', '{}')")  # fmt: skip
        write(5)
        assert seal.seal_all() == 0
        assert verify().unsealed == 5
        slow.commit()
    assert seal_all() == 6
    assert verify().ok


def test_a_second_sealer_keeps_out(write: Callable[..., None], own_database: str) -> None:
    write(3)
    with psycopg.connect(own_database) as other:
        settle()
        other.execute("SELECT pg_advisory_xact_lock(%s)", [seal.LOCK])
        assert seal.seal_round() == 0
    assert seal_round() > 0


def test_small_rounds_make_the_same_tree(write: Callable[..., None]) -> None:
    write(20, ("A",))
    while seal_round(7):
        pass
    report = verify()
    assert report.ok, report.problems
    assert next(log for log in report.logs if log.origin.endswith("990011")).checkpoints >= 3


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "9999-12-31 23:59:59+00", "0044-03-15 BC", "12026-01-01"])
def test_no_moment_a_writer_may_write_stops_the_sealer(write: Callable[..., None], moment: str) -> None:
    """The application's role inserts rows and could say any time of them."""
    write(3, ("A",))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MANY.replace("(actor_kind", "(at, actor_kind").replace("SELECT 'system'", f"SELECT '{moment}', 'system'")
                       .replace("5000", "2"))  # fmt: skip
    write(3, ("A",))
    seal_all()
    report = verify()
    assert report.ok and not report.unsealed, report.problems


def test_large_batches_store_nodes(write: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BATCH", 100)
    write(600, ("A",))
    seal_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_node WHERE level = 8")
        assert cursor.fetchone()[0] == 2
    report = verify()
    assert report.ok, report.problems


MANY = """
    INSERT INTO audit_entry (actor_kind, actor_label, action, resource_type, resource_id, outcome, rules, policy_digest, detail)
    SELECT 'system', '', 'x:y', '', '', 'allow', '{}', '', '{}' FROM generate_series(1, 5000)
"""


@pytest.mark.parametrize("prepared", [False, True])
def test_a_round_reads_no_more_than_it_seals(tamper: Callable[..., None], *, prepared: bool) -> None:
    tamper(MANY, "ANALYZE audit_entry")
    seal_round(100)
    for _ in range(10 if prepared else 1):  # from some point on PostgreSQL keeps one plan for all positions
        with transaction.atomic(), connection.cursor() as cursor:
            as_sealer()
            position, horizon, _ = seal._position()
            cursor.execute("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
                           " WHERE relname LIKE 'audit_entry%'")  # fmt: skip
            before = cursor.fetchone()[0]
            assert len(seal._pending(position, horizon, 100)) == 100
            cursor.execute("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
                           " WHERE relname LIKE 'audit_entry%'")  # fmt: skip
            assert cursor.fetchone()[0] - before < 200
            cursor.execute("SHOW enable_sort")
            assert cursor.fetchone()[0] == "on"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE audit_entry SET actor_label = 'x' WHERE id = {e}", "changed"),
        ("UPDATE audit_entry SET detail = detail || '{{\"n\": 77}}' WHERE id = {e}", "changed"),
        ("UPDATE audit_entry SET at = at + interval '3 months' WHERE id = {e}", "changed"),
        ("UPDATE audit_entry SET municipality_id = NULL WHERE id = {e}", "changed"),
        ("UPDATE audit_entry SET xid = xid + 1000000 WHERE id = {e}", "changed"),
        ("DELETE FROM audit_entry WHERE id = {e}", "missing"),
    ],
)
def test_a_row_touched_afterwards_is_named(
    statement: str, kind: str, write: Callable[..., None], tamper: Callable[..., None]
) -> None:
    write(12)
    seal_all()
    entry = entry_of("990011", 2)
    tamper(statement.format(e=entry))
    report = verify()
    assert [(p.kind, p.entry, p.seq) for p in report.problems] == [(kind, entry, 2)]


def test_a_line_too_long_to_be_packed_is_read_by_itself(
    write: Callable[..., None], tamper: Callable[..., None]
) -> None:
    with transaction.atomic():
        append(actor=None, action="x:y", resource_type="", resource_id="", detail={"n": "長" * reading.PACKED})
    write(3)
    seal_all()
    assert verify().ok
    entry = entry_of("instance", 0)
    tamper(
        f"UPDATE audit_entry SET detail = jsonb_set(detail, '{{n}}', to_jsonb(detail->>'n' || '。')) WHERE id = {entry}"
    )
    assert [(p.kind, p.entry) for p in verify().problems] == [("changed", entry)]


def test_groups_are_read_ahead_whole_and_in_order(
    write: Callable[..., None], tamper: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "BATCH", 4)
    write(60)
    seal_all()
    whole = verify()
    entries = [entry_of("990011", seq) for seq in (0, 9, 19)]
    monkeypatch.setattr(reading, "AT_ONCE", 8)
    assert verify() == whole and whole.ok
    with transaction.atomic():
        as_sealer()
        for log in logs():
            read = list(reading.groups_with_rows(log.id))
            assert len(read) > 2 and all(len(group) <= 2 for group, _ in read)
            assert all(set(rows) == {entry for batch in group for entry in batch.entries} for group, rows in read)
            batches = [batch for group, _ in read for batch in group]
            assert [batch.first for batch in batches] == [0, *(batch.size for batch in batches[:-1])]
    tamper(f"DELETE FROM audit_entry WHERE id IN ({', '.join(map(str, entries))})")
    assert [(p.kind, p.entry) for p in verify().problems] == [("missing", entry) for entry in entries]


def test_trouble_while_reading_ahead_is_heard(write: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BATCH", 4)
    monkeypatch.setattr(reading, "AT_ONCE", 8)
    write(60, ("A",))
    seal_all()
    fetch, calls = reading._fetch, []

    def broken(own: Any, statement: str, arguments: Any) -> Any:
        calls.append(statement)
        return fetch(own, "SELECT 1 / 0, 1" if len(calls) == 3 else statement, [] if len(calls) == 3 else arguments)

    monkeypatch.setattr(reading, "_fetch", broken)
    with pytest.raises(DatabaseError, match="division by zero"):
        verify()
    monkeypatch.undo()
    assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_leaf_that_names_no_row_stops_nothing(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(12, ("A",))
    seal_all()
    entry = entry_of("990011", 2)
    tamper(f"UPDATE audit_batch SET entries[array_position(entries, {entry})] = NULL WHERE {entry} = ANY (entries)")
    found = verify().problems
    assert ("missing", 2) in {(p.kind, p.seq) for p in found} and ("inserted", entry) in {
        (p.kind, p.entry) for p in found
    }


COPY = ("INSERT INTO audit_entry ({ids} at, xid, actor_kind, actor_label, action, resource_type, resource_id, outcome, rules,"
        " policy_digest, detail) {over} SELECT {idv} at{shift}, xid, actor_kind, actor_label, action, resource_type,"
        " resource_id, outcome, rules, policy_digest, detail FROM audit_entry WHERE id = {e}")  # fmt: skip


def test_a_row_slipped_in_is_named(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(12)
    seal_all()
    entry = entry_of("990011", 2)
    tamper(COPY.format(ids="", over="", idv="", shift="", e=entry))
    report = verify()
    assert kinds(report) == ["inserted"]
    assert report.problems[0].entry > entry
    tamper(COPY.format(ids="id,", over="OVERRIDING SYSTEM VALUE", idv="id,", shift=" + interval '1 s'", e=entry))
    assert sorted(p.entry for p in verify().problems if p.kind == "inserted")[0] == entry


def test_rows_exchanged_are_named(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(12)
    seal_all()
    one, two = entry_of("990011", 1), entry_of("990011", 3)
    tamper(f"UPDATE audit_batch SET entries[2] = {two}, entries[4] = {one} WHERE municipality_id = (SELECT id FROM"
           " tenancy_municipality WHERE code = '990011')")  # fmt: skip
    report = verify()
    assert kinds(report) == ["reordered", "reordered"]


@pytest.mark.parametrize(("towns", "batch"), [((1, 3), 100), ((1, 7), 4)], ids=["one batch", "two batches"])
@pytest.mark.parametrize("columns", ["", ", xid", ", at", ", xid, at"])
def test_contents_exchanged_are_named_as_exchanged(
    towns: tuple[int, int], batch: int, columns: str, write: Callable[..., None], tamper: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(seal, "BATCH", batch)
    write(24)
    seal_all()
    one, two = (entry_of("990011", seq) for seq in towns)
    moved = f"actor_label, resource_id, detail, rules, action, outcome{columns}"
    tamper(f"UPDATE audit_entry e SET ({moved}) = (SELECT {moved} FROM audit_entry o WHERE o.id = {one} + {two} - e.id)"
           f" WHERE e.id IN ({one}, {two})")  # fmt: skip
    found = verify().problems
    assert [(problem.kind, problem.entry) for problem in found] == [("exchanged", one), ("exchanged", two)]
    assert f"行 {two} の内容と入れ替え" in found[0].text


def test_a_row_slipped_into_one_municipality_is_named_when_only_it_is_asked(
    write: Callable[..., None], tamper: Callable[..., None], world: World
) -> None:
    write(12)
    seal_all()
    entry, other = entry_of("990011", 2), entry_of("990022", 2)
    town = world.municipality("A")
    columns = "xid, actor_kind, actor_label, action, resource_type, resource_id, outcome, rules, policy_digest, detail"
    tamper(f"INSERT INTO audit_entry (id, at, municipality_id, {columns}) OVERRIDING SYSTEM VALUE"
           f" SELECT id, at - interval '1 s', '{town}', {columns} FROM audit_entry WHERE id IN ({entry}, {other})")  # fmt: skip
    assert [(p.kind, p.entry) for p in verify(only=town).problems] == [("inserted", entry), ("inserted", other)]
    assert verify(only=world.municipality("B")).ok
    write(4, ("A",))
    write(5, ("B",))
    assert verify(only=town).unsealed == 4


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE audit_batch SET leaves = set_byte(leaves, 40, (get_byte(leaves, 40) + 1) % 256)", "leaf"),
        ("UPDATE audit_batch SET root = set_byte(root, 0, (get_byte(root, 0) + 1) % 256)", "checkpoint"),
        ("UPDATE audit_batch SET signature = set_byte(signature, 5, (get_byte(signature, 5) + 1) % 256)", "signature"),
        ("DELETE FROM audit_batch", "batch"),
        ("UPDATE audit_head SET size = size", None),
        ("UPDATE audit_head SET frontier = set_byte(frontier, 0, (get_byte(frontier, 0) + 1) % 256)", "head"),
        ("DELETE FROM audit_key", "signature"),
        ("UPDATE audit_key SET public = set_byte(public, 0, (get_byte(public, 0) + 1) % 256)", "signature"),
    ],
)
def test_the_sealed_side_is_watched_too(
    statement: str, kind: str | None, write: Callable[..., None], tamper: Callable[..., None]
) -> None:
    write(12, ("A",))
    seal_all()
    where = (
        "" if "audit_head" in statement else " WHERE log_id = (SELECT id FROM audit_log WHERE origin LIKE '%990011')"
    )
    tamper(statement + where)
    report = verify()
    assert kind in kinds(report) if kind else report.ok


def test_row_and_leaf_altered_together_do_not_reach_the_signed_root(
    write: Callable[..., None], tamper: Callable[..., None]
) -> None:
    write(12, ("A",))
    seal_all()
    entry = entry_of("990011", 2)
    line = canonical.SQL[1]
    tamper(
        f"UPDATE audit_entry SET actor_label = 'x' WHERE id = {entry}",
        f"UPDATE audit_batch SET leaves = overlay(leaves PLACING (SELECT sha256('\\x00'::bytea || convert_to({line}, 'UTF8'))"
        f" FROM audit_entry e WHERE e.id = {entry}) FROM 65 FOR 32) WHERE {entry} = ANY(entries)",
    )
    assert kinds(verify()) == ["checkpoint", "head", "memory"]


def test_a_shorter_log_does_not_fit_a_checkpoint_from_outside(
    write: Callable[..., None], tamper: Callable[..., None]
) -> None:
    write(4, ("A",))
    seal_all()
    known = [notes.Checkpoint(log.origin, log.size, bytes.fromhex(log.root)) for log in verify().logs]
    write(4, ("A",))
    seal_all()
    assert verify(known=known).ok
    tamper(
        "DELETE FROM audit_entry; DELETE FROM audit_batch; DELETE FROM audit_node; DELETE FROM audit_cursor",
        "UPDATE audit_head SET size = 0, frontier = ''",
    )
    assert set(kinds(verify())) == {"memory"}  # what the sealer remembers outside the database
    assert "known" in kinds(verify(known=known))


def test_after_a_restore_sealing_goes_on(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(5)
    seal_all()
    tamper("UPDATE audit_cursor SET cluster = 1, xid = 9000000000")  # as if all this had happened in another cluster
    write(4)
    assert seal_all() == 4
    write(3)
    assert seal_all() == 3
    report = verify()
    assert report.ok, report.problems
    assert report.unsealed == 0


def test_a_new_key_is_signed_by_the_former(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(5, ("A",))
    seal_all()
    rotate("audit")
    write(5, ("A",))
    seal_all()
    log = next(log for log in logs() if log.origin.endswith("990011"))
    first, second = published(log.id)
    assert second.endorsement
    assert verify(pinned=[first.key]).ok
    assert verify(pinned=[second.key]).ok
    rotate("audit", forget=True)
    assert verify().ok
    tamper(f"UPDATE audit_key SET endorsement = NULL, succession = NULL WHERE log_id = {log.id}")
    assert "key" in kinds(verify())


def test_a_key_that_came_from_nowhere_seals_nothing(
    write: Callable[..., None], settings: Any, tmp_path: Any, capsys: Any
) -> None:
    write(5)
    seal_all()
    settings.VAR_DIR = tmp_path / "elsewhere"
    write(1)
    settle()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "seal", stderr=(said := io.StringIO()))
    assert ended.value.code == 1
    assert "以前の鍵" in said.getvalue()


def test_the_command_says_which_row(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(5)
    seal_all()
    entry = entry_of("990022", 0)
    tamper(
        f"UPDATE audit_entry SET outcome = 'deny', at = '2026-11-24 08:20:12+09', actor_label = '原澤 美咲' WHERE id = {entry}"
    )
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify", "--json", stdout=(said := io.StringIO()))
    assert ended.value.code == 1
    report = json.loads(said.getvalue())
    assert (report["ok"], report["problems"][0]["entry"]) == (False, entry)
    standing = {"at": "2026-11-24 08:20:12", "action": "pupil:read", "who": "原澤 美咲"}
    assert report["problems"][0]["standing"] == standing
    with pytest.raises(SystemExit):
        call_command("audit", "verify", stdout=(said := io.StringIO()))
    assert f"行 {entry}" in said.getvalue()
    assert "いまの行：2026-11-24 08:20:12　学籍　見た　原澤 美咲\n" in said.getvalue()


def test_a_row_that_is_gone_is_named_without_words(write: Callable[..., None], tamper: Callable[..., None]) -> None:
    write(5)
    seal_all()
    entry = entry_of("990022", 0)
    tamper(f"DELETE FROM audit_entry WHERE id = {entry}")
    [problem] = verify().problems
    assert (problem.kind, problem.entry, problem.standing) == ("missing", entry, None)


def test_the_application_cannot_change_what_is_sealed(write: Callable[..., None]) -> None:
    write(3)
    seal_all()
    for statement in ("UPDATE audit_batch SET root = root", "DELETE FROM audit_batch", "DELETE FROM audit_key",
                      "UPDATE audit_cosignature SET size = 0", "TRUNCATE audit_node"):  # fmt: skip
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor, transaction.atomic():
            cursor.execute(statement)


def test_batches_are_behind_the_wall(write: Callable[..., None]) -> None:
    write(6)
    seal_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_batch")
        assert cursor.fetchone()[0] == 0


def test_the_leaf_is_the_hash_of_the_line(write: Callable[..., None]) -> None:
    write(1, ("A",))
    seal_all()
    with transaction.atomic(), connection.cursor() as cursor:
        as_sealer()
        cursor.execute(
            f"SELECT {canonical.SQL[1]}, b.leaves FROM audit_batch b JOIN audit_entry e ON e.id = b.entries[1]"
        )
        line, leaves = cursor.fetchone()
        assert leaf_hash(line.encode()) == bytes(leaves)[:32]


def test_the_loop_survives_a_server_that_goes_away_while_it_reads(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Rounds(threading.Event):
        rounds = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rounds += 1
            monkeypatch.setattr(seal, "_PENDING", pending if self.rounds > 1 else gone)
            return self.rounds > 3

    write(4)
    settle()
    pending = seal._PENDING
    gone = f"SELECT pg_terminate_backend(pg_backend_pid()) FROM ({pending}) AS e"
    seal.keep_sealing(Rounds())
    assert "sealing failed: OperationalError" in caplog.text
    assert verify().unsealed == 0


def test_the_loop_seals_and_survives_trouble(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Stop(threading.Event):
        rounds = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rounds += 1
            return self.rounds > 4

    calls: list[int] = []

    def troubled() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise DatabaseError("PATIENT NAME IN A MESSAGE")
        return sealed()

    write(4)
    settle()
    sealed = seal.seal_all
    monkeypatch.setattr(seal, "seal_all", troubled)
    seal.keep_sealing(Stop())
    assert len(calls) >= 2
    assert "DatabaseError" in caplog.text
    assert "PATIENT" not in caplog.text
    assert verify().unsealed == 0
