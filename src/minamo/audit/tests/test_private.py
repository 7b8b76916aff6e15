"""Private words in the trail: readable with the key of the pupil, gone without it, and the tree stays whole."""

import io
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction

from minamo.access.api import Denied, system_actor, system_scope
from minamo.audit import command, keys, private
from minamo.audit.actions import erase_private_text
from minamo.audit.api import append
from minamo.audit.keys import seeds
from minamo.audit.models import Entry
from minamo.audit.private import FIELD, LOST, Unreadable, open_private, rotate_kek, seal_private
from minamo.audit.tests.settled import seal_all
from minamo.audit.verify import verify
from minamo.kernel import clock
from tests.database import admin_url
from tests.fixtures.moment import at_once
from tests.fixtures.world import MUNICIPALITIES, World

WORDS = {"reason": "家庭の事情で保護者から聞き取り（秘匿）ねこやなぎ"}
NEEDLE = "ねこやなぎ"


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def write_private(actor: Any, world: World, pupil: str = "hana", words: dict[str, str] = WORDS) -> None:
    append(actor=actor, action="pupil:read", resource_type="Pupil", resource_id=str(world.pupil(pupil)), private={world.pupil(pupil): words},
           municipality=world.municipality("A"), school=world.school("a1"), pupil=world.pupil(pupil), detail={"n": 1})  # fmt: skip


def read(row: Entry) -> dict[str, str] | None:
    assert row.pupil_id is not None
    assert row.municipality_id is not None
    return open_private(entry=row.id, municipality=row.municipality_id, detail=row.detail)[row.pupil_id]


@pytest.mark.django_db
def test_written_and_read(actor_for: Callable[..., Any], world: World) -> None:
    write_private(actor_for("a1-head"), world)
    row = Entry.objects.latest("at")
    assert NEEDLE not in json.dumps(row.detail, ensure_ascii=False)
    assert row.detail["n"] == 1
    assert read(row) == WORDS


@pytest.mark.django_db
def test_a_text_moved_elsewhere_does_not_open(actor_for: Callable[..., Any], world: World) -> None:
    write_private(actor_for("a1-head"), world)
    write_private(actor_for("a1-head"), world, "sora")
    row = Entry.objects.latest("at")
    assert row.municipality_id
    words = row.detail[FIELD][str(row.pupil_id)]
    other = world.pupil("hana")
    key = private._name_of(private._data_keys([other], row.municipality_id)[other])
    for entry, stored in ((row.id + 1, {str(row.pupil_id): words}), (row.id, {str(other): words | {"key": key}})):
        with pytest.raises(Unreadable):
            open_private(entry=entry, municipality=row.municipality_id, detail={FIELD: stored})


@pytest.mark.django_db
def test_words_without_a_municipality_are_refused(actor_for: Callable[..., Any], world: World) -> None:
    with pytest.raises(ValueError, match="municipality"):
        append(
            actor=actor_for("a1-head"),
            action="x:y",
            resource_type="",
            resource_id="",
            private={world.pupil("hana"): WORDS},
        )


@pytest.mark.django_db
def test_the_board_may_erase_and_nobody_else(actor_for: Callable[..., Any], world: World) -> None:
    town, hana = world.municipality("A"), world.pupil("hana")
    write_private(actor_for("a1-head"), world)
    for who in ("a1-head", "b-board", "takahashi-mother"):
        with pytest.raises(Denied):
            erase_private_text(actor=actor_for(who), pupil=hana, municipality=town)
    board = actor_for("a-board")
    row = Entry.objects.filter(action="pupil:read").latest("at")
    assert erase_private_text(actor=board, pupil=hana, municipality=town)
    assert read(row) is None
    assert not erase_private_text(actor=board, pupil=hana, municipality=town)
    done = Entry.objects.filter(action="audit:erase").latest("at")
    assert (done.pupil_id, done.actor_label, done.detail["destroyed"]) == (hana, "教委 職員", False)


@pytest.mark.django_db
def test_keys_are_behind_the_wall(actor_for: Callable[..., Any], world: World) -> None:
    write_private(actor_for("a1-head"), world)
    actor_for("b-board")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_pupil_key")
        assert cursor.fetchone()[0] == 0


@pytest.mark.django_db
def test_a_new_wrapping_key(actor_for: Callable[..., Any], world: World) -> None:
    write_private(actor_for("a1-head"), world)
    before = seeds("pupil")
    assert rotate_kek() == 1
    assert len(seeds("pupil")) == 1
    assert seeds("pupil") != before
    assert read(Entry.objects.latest("at")) == WORDS


@pytest.mark.django_db
def test_a_pupils_own_rows_do_not_carry_the_name(actor_for: Callable[..., Any], world: World) -> None:
    actor = actor_for("pupil-hana")
    append(actor=actor, action="own:sign-in", resource_type="Own", resource_id=str(actor.account_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('minamo.sealer', 'on', true)")
    row = Entry.objects.latest("at")
    assert (row.actor_label, row.actor_id) == ("児童生徒本人", actor.account_id)


def files_of(database: str) -> Iterable[Path]:
    """Everything PostgreSQL keeps on disk about a database, and the write-ahead log."""
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")
        (oid,) = admin.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchone() or (0,)
    data = Path(os.environ["MINAMO_VAR"]) / "pg"
    return [
        path for folder in (data / "base" / str(oid), data / "pg_wal") for path in folder.rglob("*") if path.is_file()
    ]


def found_on_disk(database: str, needle: bytes) -> bool:
    return any(needle in path.read_bytes() for path in files_of(database))


@pytest.mark.usefixtures("own_database")
def test_after_erasure_the_disk_holds_no_plain_text_and_the_tree_verifies(world: World) -> None:
    town, hana = world.municipality("A"), world.pupil("hana")
    now = clock.now()
    actor = system_actor(town, now=now, today=now.date())
    keys: list[bytes] = []
    with system_scope(town):
        write_private(actor, world)
        keys.append(private._data_keys([hana], town)[hana])
        # Control: a word written in the open is found by the same search.
        append(
            actor=actor, action="x:y", resource_type="", resource_id="", municipality=town, detail={"open": "もくれん"}
        )
    seal_all()
    before = [(log.origin, log.root) for log in verify().logs]
    with system_scope(town):
        assert erase_private_text(actor=actor, pupil=hana, municipality=town)
    rotate_kek()
    database = connection.settings_dict["NAME"]
    assert found_on_disk(database, "もくれん".encode())
    assert not found_on_disk(database, NEEDLE.encode())
    assert not found_on_disk(database, json.dumps(NEEDLE)[1:-1].encode())
    assert not found_on_disk(database, keys[0])
    seal_all()
    report = verify()
    assert report.ok, report.problems
    assert len(before) == len(report.logs)


@pytest.mark.django_db
def test_encryption_is_the_standard_one() -> None:
    """What is stored opens with AES-256-GCM and the data named in the docstring, by a stranger who has the key."""
    key, pupil, town = AESGCM.generate_key(256), UUID(int=1), UUID(int=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private, "_unwrapped", lambda *_: {pupil: key})
        entry, stored = seal_private(municipality=town, words={pupil: {"a": "b"}})
    import base64

    raw = base64.b64decode(stored[str(pupil)]["text"])
    place = f"minamo audit_entry detail v1|{entry}|{pupil}|{town}".encode()
    assert AESGCM(key).decrypt(raw[:12], raw[12:], place) == b'{"a": "b"}'


@pytest.mark.usefixtures("own_database")
def test_two_writers_share_one_key(world: World) -> None:
    town, hana = world.municipality("A"), world.pupil("hana")
    with system_scope(town), transaction.atomic():
        first = private._new_keys([hana], town)
        assert private._new_keys([hana], town) == first


@pytest.mark.django_db
def test_words_from_before_an_erasure_are_gone_and_new_ones_are_read(
    actor_for: Callable[..., Any], world: World
) -> None:
    town, hana = world.municipality("A"), world.pupil("hana")
    write_private(actor_for("a1-head"), world)
    board = actor_for("a-board")
    erase_private_text(actor=board, pupil=hana, municipality=town)
    write_private(actor_for("a1-head"), world, words={"reason": "あとの理由"})
    rows = Entry.objects.filter(action="pupil:read").order_by("id")
    assert [read(row) for row in rows] == [None, {"reason": "あとの理由"}]


@pytest.mark.django_db
def test_a_row_with_words_of_a_whole_class_costs_no_more(
    actor_for: Callable[..., Any], world: World, django_assert_num_queries: Any
) -> None:
    actor, pupils = actor_for("a1-head"), [world.pupil("hana"), world.pupil("sora")]
    for _ in range(2):  # the first time the keys are made
        said = {pupil: {"after": f"遅刻 {at}"} for at, pupil in enumerate(pupils)}
        with django_assert_num_queries(2 if _ else 3):  # number and keys (made: one more), row
            append(
                actor=actor,
                action="x:y",
                resource_type="",
                resource_id="",
                municipality=world.municipality("A"),
                private=said,
            )
    row = Entry.objects.filter(action="x:y").latest("id")
    assert open_private(entry=row.id, municipality=row.municipality_id, detail=row.detail) == said


@pytest.mark.django_db
def test_a_key_that_cannot_be_had_stops_no_work_and_is_said(
    actor_for: Callable[..., Any], world: World, settings: Any, tmp_path: Path, caplog: Any
) -> None:
    write_private(actor_for("a1-head"), world)
    assert private.trouble(keks()) == ""
    settings.VAR_DIR = tmp_path / "another host"
    write_private(actor_for("a1-head"), world)
    row = Entry.objects.filter(action="pupil:read").latest("id")
    assert (row.detail[LOST], FIELD in row.detail) == (1, False)
    assert "MINAMO_AUDIT_KEK" in private.trouble(keks())
    assert "could not be encrypted" in caplog.text
    assert NEEDLE not in caplog.text


def keks() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {private.KEKS_IN_USE}")
        found: list[str] = cursor.fetchone()[0]
    return found


def words_page(world: World, row: Entry) -> str:
    return f"/schools/{world.school('a1')}/trail/{row.id}/words/"


@pytest.mark.django_db
def test_the_head_reads_the_words_and_nobody_else(
    client_for: Callable[..., Any], actor_for: Callable[..., Any], world: World
) -> None:
    write_private(actor_for("a1-head"), world)
    row, plain = Entry.objects.filter(action="pupil:read").latest("id"), f"/schools/{world.school('a1')}/trail/"
    head = client_for("a1-head")
    listed = head.get(plain).content.decode()
    assert NEEDLE not in listed
    assert words_page(world, row) in listed
    assert NEEDLE in head.get(words_page(world, row)).content.decode()
    read_row = Entry.objects.filter(action="audit:words").latest("id")
    assert (read_row.resource_id, read_row.outcome) == (str(row.id), "allow")
    board = client_for("a-board").get(plain).content.decode()
    assert words_page(world, row) not in board
    assert "学校の校長が読めます" in board


@pytest.mark.django_db
def test_the_page_says_what_cannot_be_read(
    client_for: Callable[..., Any], actor_for: Callable[..., Any], world: World, settings: Any, tmp_path: Path
) -> None:
    write_private(actor_for("a1-head"), world)
    row = Entry.objects.filter(action="pupil:read").latest("id")
    head = client_for("a1-head")
    settings.VAR_DIR = tmp_path / "another host"
    assert "運用の担当に知らせてください" in head.get(words_page(world, row)).content.decode()
    settings.VAR_DIR = tmp_path
    erase_private_text(actor=actor_for("a-board"), pupil=world.pupil("hana"), municipality=world.municipality("A"))
    assert "もうだれにも読めません" in head.get(words_page(world, row)).content.decode()
    assert head.get(f"/schools/{world.school('a1')}/trail/1/words/").status_code == 404


def erase(world: World, *two: str) -> tuple[int, str]:
    """`bin/minamo audit erase` for 花 with two login IDs: exit code and what was said."""
    out = io.StringIO()
    options = {"municipality": MUNICIPALITIES["A"][0], "pupil": world.pupil("hana"), "confirmed": two}
    return command.run("erase", options, out, out), out.getvalue()


@pytest.mark.django_db
def test_the_command_wants_two_people(actor_for: Callable[..., Any], world: World) -> None:
    """規程9.2: two different people of the municipality, who stand in the row."""
    write_private(actor_for("a1-head"), world)
    for two in (("a-board", "a-board"), ("a-board", "b-board"), ("a-board", "nobody"), ("a-board", "takahashi-mother")):
        code, said = erase(world, *two)
        assert code == 1, two
        assert "何も消していません" in said
    actor_for("a1-head")
    assert read(Entry.objects.filter(action="pupil:read").latest("id")) == WORDS
    assert erase(world, "a-board", "a1-head")[0] == 0
    actor_for("a1-head")
    assert read(Entry.objects.filter(action="pupil:read").latest("id")) is None
    done = Entry.objects.filter(action="audit:erase").latest("id")
    assert done.detail["confirmed"] == [str(world.account("a-board")), str(world.account("a1-head"))]


def test_a_named_file_that_is_not_there_is_never_made(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip in its name began fresh keys before, and what lay under the right ones did not open."""
    settings.VAR_DIR = tmp_path
    for purpose, name in keys.VARIABLES.items():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "absent"))
        for make in (True, False):
            with pytest.raises(keys.KeyTrouble, match=f"{name}_FILE"):
                keys.seeds(purpose, make=make)
        with pytest.raises(keys.KeyTrouble):
            keys.rotate(purpose)
    assert list(tmp_path.iterdir()) == []


def test_keys_are_made_once_whoever_comes_first(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who began at once made two before: what the slower one had locked with the former did not open any more."""
    settings.VAR_DIR = tmp_path
    for purpose, name in keys.VARIABLES.items():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
        found = at_once([lambda purpose=purpose: keys.seeds(purpose)] * 16)
        assert found == [keys.seeds(purpose)] * 16
        assert len(found[0]) == 1
    assert len(list((tmp_path / "keys").iterdir())) == len(keys.VARIABLES)
