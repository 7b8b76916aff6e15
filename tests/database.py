"""The test database: embedded PostgreSQL, one migrated template with the small world, one copy per test process.

Loaded with `-p tests.database` before Django's settings. Tests connect as the application's role, so row-level
security is on in every test; only the template is made by the owner. MINAMO_TEST_DATABASE=none leaves it out, for tests that ask a
running demo and nothing else.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import psycopg

from minamo.config import cluster

ROOT = Path(__file__).resolve().parents[1]


@cache
def fingerprint() -> str:
    """Changes whenever a migration or the world changes."""
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("src/minamo/*/migrations/*.py"), ROOT / "tests/fixtures/world.py"]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def template_name() -> str:
    """The template of the present migrations."""
    return f"minamo_template_{fingerprint()}"


def copy_name() -> str:
    """The database of this test process."""
    return f"minamo_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@cache
def admin_url() -> str:
    """The administrator's connection to the cluster of the tests, which runs."""
    return cluster.start(Path(os.environ["MINAMO_VAR"]), stop_at_exit=False)[1].admin


def exists(connection: psycopg.Connection, name: str) -> bool:
    """Whether a database is there."""
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def prepare() -> str:
    """Make template and copy; returns the URL of the copy for the application's role."""
    var = Path(os.environ["MINAMO_VAR"])
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _, urls = cluster.start(var)
        with psycopg.connect(urls.admin, autocommit=True) as admin:
            forget_power_cuts(admin)
            if not exists(admin, template_name()):
                make_template(admin, urls)
            drop_stale(admin)
            copy_of_the_template(admin, copy_name())
    os.environ["MINAMO_OWNER_DATABASE_URL"] = cluster.renamed(urls.owner, copy_name())
    return cluster.renamed(urls.app, copy_name())


def copy_of_the_template(admin: psycopg.Connection, name: str) -> None:
    """The world once more, file by file: through the log, page by page, as the server does it unasked, it costs twice the time."""
    cluster.create_database(admin, name, template=template_name(), strategy="FILE_COPY")


def forget_power_cuts(admin: psycopg.Connection) -> None:
    """Test data need not outlive the machine's power: nothing waits for the disk. A killed server still loses nothing that was written."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        admin.execute(f"ALTER SYSTEM SET {setting} = off")
    admin.execute("SELECT pg_reload_conf()")


def make_template(admin: psycopg.Connection, urls: cluster.ClusterUrls) -> None:
    """Migrate as the owner, then fill the world as the application would."""
    name = f"{template_name()}_new"
    admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    cluster.create_database(admin, name)
    environment = os.environ | {
        "DATABASE_URL": cluster.renamed(urls.app, name),
        "MINAMO_OWNER_DATABASE_URL": cluster.renamed(urls.owner, name),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "minamo.config.settings",
    }
    subprocess.run(
        [sys.executable, "-m", "minamo", "migrate", "--verbosity", "0", "--skip-checks"],
        env=environment,
        check=True,
        cwd=ROOT,
    )
    fill = "import django; django.setup(); from tests.fixtures.world import build; build()"
    subprocess.run([sys.executable, "-c", fill], env=environment, check=True, cwd=ROOT)
    admin.execute(f'ALTER DATABASE "{name}" RENAME TO "{template_name()}"')


def drop_stale(admin: psycopg.Connection) -> None:
    """Databases of processes that have ended, and templates of older migrations."""
    for (name,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'minamo_te%'").fetchall():
        owner = name.rsplit("_", 1)[-1]
        alive = owner.isdigit() and Path(f"/proc/{owner}").exists()
        if name.startswith("minamo_test_") and not alive and owner.isdigit():
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


os.environ["MINAMO_VAR"] = os.environ.get("MINAMO_TEST_VAR", str(ROOT / "var" / "test"))
if os.environ.get("MINAMO_TEST_DATABASE") == "none":
    os.environ.pop("DATABASE_URL", None)
else:
    os.environ["DATABASE_URL"] = prepare()
os.environ["MINAMO_DEMO"] = "1"
os.environ.setdefault("MINAMO_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
