"""What the source must not contain, whoever writes the next room. Each allowed place is named with its reason."""

import ast
import datetime as dt
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "minamo"
TESTS = re.compile(r"/tests?/|/test_|conftest")


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the program (tests left out) with its tree."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not TESTS.search(f"/{name}"):
            found.append((name, ast.parse(path.read_text())))
    return tuple(found)


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """(module, dotted name, node) of every call."""
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, ast.unparse(node.func), node


def imports() -> Iterator[tuple[str, str]]:
    """(module, what it imports)."""
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield name, node.module
                yield from ((name, f"{node.module}.{alias.name}") for alias in node.names)


def written(*suffixes: str) -> list[tuple[str, str]]:
    """Templates or scripts of our own as text."""
    found = [p for suffix in suffixes for p in sorted(SOURCE.rglob(f"*{suffix}"))]
    return [(p.relative_to(SOURCE).as_posix(), p.read_text()) for p in found if ".min." not in p.name]


def test_the_source_is_looked_at() -> None:
    assert len(modules()) > 150 and len(written(".html")) > 50 and len(written(".js")) > 10


def test_no_text_becomes_program() -> None:
    forbidden = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.loads", "marshal.loads"}
    assert [(m, c) for m, c, _ in calls() if c in forbidden] == []
    modules_forbidden = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
    assert [(m, i) for m, i in imports() if i.split(".")[0] in modules_forbidden] == []
    assert [(m, c) for m, c, _ in calls() if c in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}] == []


def test_no_shell() -> None:
    shells = [
        (m, c) for m, c, node in calls() for k in node.keywords if k.arg == "shell" and ast.unparse(k.value) != "False"
    ]
    assert shells == []
    # The demo starts its own processes, from a fixed list of arguments.
    # LibreOffice opens a teacher's Word file with a profile that follows no link and runs no macro.
    assert {m for m, i in imports() if i == "subprocess"} <= {
        "config/demo.py",
        "config/cluster.py",
        "marking/office.py",
        "policy/proving.py",  # the solver in a process of its own: our interpreter, a fixed module
        "home/management/commands/demo_load.py",  # a second process of the demo's building, the same command
    }


def test_nothing_calls_out() -> None:
    """No address anybody typed is ever fetched: there is nothing to fetch with."""
    outward = {
        "requests",
        "httpx",
        "aiohttp",
        "urllib3",
        "urllib.request",
        "http.client",
        "ftplib",
        "smtplib",
        "socket",
    }
    named = {(m, i) for m, i in imports() if i in outward}
    assert named <= {
        ("config/demo.py", "urllib.request"),  # waits for its own server
        ("config/demo.py", "socket"),  # looks for a free port
        ("config/cluster.py", "socket"),
        ("kernel/uploads.py", "socket"),  # the configured virus scanner
        (
            "marking/watching.py",
            "urllib.request",
        ),  # the copier's command sends to the address its operator gave; no server does
    }


def test_logs_go_to_one_place() -> None:
    """標準エラー出力だけ: one handler, on the root; no module makes another, and none takes a library's own way past it."""
    from django.conf import settings

    assert list(settings.LOGGING["handlers"]) == ["console"] and settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["class"] == "logging.StreamHandler"
    assert "stream" not in settings.LOGGING["handlers"]["console"], "standard error"
    assert not any("handlers" in one for one in settings.LOGGING["loggers"].values())
    assert [
        (m, c) for m, c, _ in calls() if c.endswith(("Handler", ".addHandler", ".basicConfig", ".dictConfig"))
    ] == []
    assert [
        (m, i) for m, i in imports() if i.startswith(("logging.", "syslog", "systemd", "sentry", "opentelemetry"))
    ] == []


def test_log_lines_begin_with_their_moment_in_utc() -> None:
    from django.conf import settings

    from minamo.access.logs import UtcFormatter

    made = settings.LOGGING["formatters"][settings.LOGGING["handlers"]["console"]["formatter"]]["()"]
    assert made == f"{UtcFormatter.__module__}.{UtcFormatter.__qualname__}"
    record = logging.LogRecord("minamo.x", logging.WARNING, "x.py", 1, "live line lost", None, None)
    record.created = dt.datetime(2026, 11, 24, 9, 12, 31, tzinfo=dt.timezone(dt.timedelta(hours=9))).timestamp()
    assert UtcFormatter().format(record) == "2026-11-24T00:12:31Z WARNING minamo.x: live line lost"


def test_sql_is_never_put_together_from_values() -> None:
    """An SQL text is a constant, or made of constants and names. Every place where it is not written as one constant is named here;
    `%` and `.format` on it do not occur."""
    joined = {
        ("access/actor.py", "_query()"),  # the functions that rooms offered at start
        ("access/explain.py", 'f"SELECT a.id, a.kind, a.label, h.fac'),  # the same
        ("access/queries.py", "f'SELECT {functions}'"),  # the same
        ("access/streams.py", 'f"SELECT d.id, md5(d.side || d.streng'),  # the same
        (
            "attendance/actions/notices.py",
            "f'INSERT INTO attendance_notice ({col",
        ),  # names of the model's own columns, marks
        ("audit/api.py", "_NUMBERED if number else _PLAIN"),
        (
            "audit/checkpoints.py",
            "f'SELECT {_COLUMNS} FROM audit_batch b",
        ),  # the rest of the sentence, written by its callers
        ("audit/reading.py", "statement"),  # constants with the canonical line in them
        ("audit/seal.py", "statement"),  # one of two constants
        ("config/cluster.py", "sql.SQL(text).format(sql.Identifier(n"),  # psycopg's own composition quotes each part
        ("config/cluster.py", "sql.SQL('ALTER SYSTEM SET {} = {}').f"),
        ("people/shown.py", "statement"),
        ("people/shown.py", "f'SELECT id, {column} FROM {table} WH"),  # the room's own list of tables
    }
    found = {
        (name, ast.unparse(node.args[0])[:37])
        for name, call, node in calls()
        if call.endswith((".execute", ".executemany", "RawSQL", ".raw"))
        and node.args
        and not constant(node.args[0])
        and "/migrations/" not in name
        and name != "kernel/commands.py"  # a command is executed, not a statement
    }
    assert {(name, text[:37]) for name, text in found} == {(name, text[:37]) for name, text in joined}
    assert [text for _, text in found if "request" in text or "actor." in text] == []


def test_nothing_is_printed_unescaped() -> None:
    safe = [(n, m.group(0)) for n, text in written(".html") for m in re.finditer(r"\|\s*safe\b|autoescape false", text)]
    allowed = {
        ("people/jinja2/people/_pupil_table.html", "autoescape false"),  # cells come from design.cells.escaped
        ("design/jinja2/design/macros/icons.html", "| safe"),  # drawings that stand in the same file
        ("design/jinja2/design/macros/ui.html", "| safe"),
    }
    assert [place for place in safe if place not in allowed] == []
    marked = {(m, c) for m, c, _ in calls() if c.split(".")[-1] in {"mark_safe", "Markup", "SafeString"}}
    assert {m for m, _ in marked} <= {
        "attendance/row_html.py",  # a UUID put into escaped HTML
        "attendance/month_page.py",  # cells made by format_html, joined
        "design/furigana.py",  # safe markup with readings of the house's own table around its text
    }


def test_scripts_of_ours_are_plain() -> None:
    wrong = []
    for name, text in written(".js"):
        bare = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
        found = re.findall(
            r"\beval\(|new Function|document\.write|outerHTML\s*=|insertAdjacentHTML|window\.onmessage|addEventListener\(.message.|\bsrcdoc|__proto__",
            bare,
        )
        wrong += [(name, hit) for hit in found]
    # A service worker is spoken to by pages of its own origin only; it knows three words. Pages of one origin tell each other whose
    # sign-in has ended, and whoever hears it asks the server.
    heard = 'addEventListener("message"'
    assert wrong == [("design/static/design/js/ended.js", heard), ("home/static/home/sw.js", heard)]


def test_no_page_holds_inline_program_or_foreign_parts() -> None:
    wrong = []
    for name, text in written(".html"):
        wrong += [
            (name, hit)
            for hit in re.findall(
                r"<script(?![^>]*(?:\bsrc=|type=.application/json.))[^>]*>|\son[a-z]+=\"|javascript:", text
            )
        ]
        wrong += [(name, hit) for hit in re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]*", text)]
    assert wrong == []


def test_chance_is_cryptographic_where_it_matters() -> None:
    allowed = re.compile(r"(^|/)demo(/|\.py|_)|^audit/tamper")
    assert [m for m, i in imports() if i == "random" and not allowed.search(m)] == []


def test_no_weak_hash() -> None:
    weak = {"hashlib.md5", "hashlib.sha1", "hashlib.new"}
    # The public list of leaked passwords is one of SHA-1; it is looked up there, nothing is protected by it.
    assert {(m, c) for m, c, _ in calls() if c in weak} <= {("access/breached.py", "hashlib.sha1")}


def test_only_these_ciphers_and_signatures_are_used() -> None:
    """AES-GCM, Fernet, HKDF, Ed25519, ECDSA: what takes a mode or a padding (ECB, CBC by hand, PKCS#1 v1.5) is not even loaded."""
    others = {"Crypto", "Cryptodome", "nacl", "OpenSSL", "pyaes", "rsa", "jwt", "jose", "ecdsa"}
    assert [(m, i) for m, i in imports() if i.split(".")[0] in others] == []
    primitives = "cryptography.hazmat.primitives"
    known = {
        "cryptography.fernet", "cryptography.exceptions", f"{primitives}.ciphers.aead", f"{primitives}.kdf.hkdf", f"{primitives}.hashes",
        f"{primitives}.serialization", f"{primitives}.asymmetric.ed25519", f"{primitives}.asymmetric.ec",
        f"{primitives}.asymmetric.utils",
    }  # fmt: skip
    above = {primitives, f"{primitives}.asymmetric"}  # in `from … import ec`, which is looked at with its name
    used = {i for _, i in imports() if i.split(".")[0] == "cryptography"} - above
    assert {i for i in used if i not in known and i.rpartition(".")[0] not in known} == set()
    named = {i.rpartition(".")[2] for i in used if i.rpartition(".")[0] == f"{primitives}.ciphers.aead"}
    assert named == {"AESGCM"}


def constant(node: ast.expr) -> bool:
    """Whether a text is written in the program: a constant, a NAME_LIKE_THIS, an entry of one, or joined of these alone."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.Subscript | ast.Attribute):
        return constant(node.value)
    if isinstance(node, ast.JoinedStr):
        return all(constant(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values)
    return False


def test_no_regular_expression_comes_from_outside() -> None:
    """The pattern is written in the program; where a word goes into one it is escaped (each place is named)."""
    read = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
    found = {
        (module, ast.unparse(node.args[0]))
        for module, call, node in calls()
        if (call in {f"re.{name}" for name in read} and not constant(node.args[0]))
    }
    assert found == {
        ("design/furigana.py", """f"(\\\\d+)({'|'.join(sorted(COUNTERS, key=len, reverse=True))})\""""),  # a table of the program
        ("marking/vision/numbered.py", """f"(?:問題?|設問|[qQ])?[(\\\\[]?(\\\\d{{1,2}}|[一二三四五六七八九十{''.join(ROWS)}])[)\\\\].]?\""""),
        ("marking/vision/person_words.py", "f'({pattern})[:：]?'"),  # from the program's own list of words
        ("policy/county.py", r"f'\\s*(?:\\[+\\s*)?{re.escape(name)}\\b'"),
        ("policy/overlays.py", "pattern"),  # a template of the program, escaped whole
    }  # fmt: skip
    taken = {i for _, i in imports() if i == "regex" or i.startswith("re.")}
    assert taken == set(), "by its module's name, so that this test sees it"
    lookups = [
        (module, key.arg)
        for module, _, node in calls()
        for key in node.keywords
        if key.arg and key.arg.endswith("regex")
    ]
    assert lookups == []


def test_no_format_comes_from_outside() -> None:
    """`format` is asked of texts of the program only: a format from outside could walk through the objects it is given."""
    found = {
        (module, call)
        for module, call, node in calls()
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in {"format", "format_map", "vformat"}
        and not constant(node.func.value)
        and not ast.unparse(node.func).startswith("sql.SQL(")  # psycopg's own: knows names, no attributes
        and "/migrations/" not in module
    }
    assert found == {
        ("policy/quiz/scenarios.py", "found.text.format")
    }  # sentences of the model's questions, in the program
    marked = [
        (module, ast.unparse(node.args[0]))
        for module, call, node in calls()
        if call.split(".")[-1] in {"format_html", "format_html_join"} and not constant(node.args[0])
    ]
    assert marked == []


def test_xml_is_read_by_defused_readers_only() -> None:
    assert [(m, i) for m, i in imports() if i.startswith(("xml.", "lxml"))] == []


PUBLIC = {
    "account_inactive", "account_login", "account_reset_password", "account_signup", "design-catalogue", "design-css", "design-js",
    "home-manifest", "home-offline", "home-service-worker", "marking-send", "marking-send-parts", "mfa_authenticate",
    "mfa_login_webauthn", "people-join", "policy-public", "policy-public-edition", "policy-public-edition-pdf", "policy-public-pdf",
}  # fmt: skip


def test_what_a_stranger_may_ask_for() -> None:
    """Every address outside the decision, by name: no documentation, no measurements, no state of the machine among them."""
    script = (
        "import django; django.setup(); import minamo.config.urls; from minamo.access.routes import all_routes;"
        "print(*sorted(name for name, route in all_routes().items() if route.public))"
    )
    environment = {**os.environ, "MINAMO_DEMO": "0", "DJANGO_SETTINGS_MODULE": "minamo.config.settings"}
    said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert set(said.stdout.split()) == PUBLIC


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_methods_nobody_declared_are_refused(method: str) -> None:
    assert Client(HTTP_HOST="localhost").generic(method, "/accounts/login/").status_code in {403, 404, 405}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/.git/config", "/static/", "/static/../manage.py", "/files/", "/content/", "/admin/"]
)
def test_nothing_lies_about(path: str) -> None:
    assert Client(HTTP_HOST="localhost").get(path).status_code in {302, 404}


def test_pictures_are_handed_on_only_where_they_are_drawn_by_us() -> None:
    """Rule of kernel/uploads.py: what was uploaded never leaves under the type of a picture. A new place is sorted here: it
    hands on a picture that this program has drawn (crops, pages at 200 dpi, drawings re-coded), never a file that came in."""
    drawn = {
        "design/views.py": "the icon, of the program itself",
        "home/pwa.py": "the icon of the app",
        "marking/views/mark/surface.py": "the page as cut by the worker",
        "marking/views/scan/pages.py": "the page as cut by the worker",
        "marking/views/back/sheets.py": "the paper laid back onto its blank",
        "marking/views/setup/editor.py": "the blank at 200 dpi, drawings re-coded",
    }
    typed = re.compile(r"image/(?!\*)[a-z+]+")
    found = {
        name
        for name, tree in modules()
        if re.search(r"(^|/)(views|pwa)", name)
        and any(
            isinstance(n, ast.Constant) and isinstance(n.value, str) and typed.fullmatch(n.value)
            for n in ast.walk(tree)
        )
    }
    assert found <= set(drawn)
    assert len(found) >= 4


def test_what_was_uploaded_is_read_only_by_who_draws_it() -> None:
    """`blank` (PDF of a teacher) and `content` of a pile hold what came in: only these read them, and draw something new."""
    readers = {
        (name, ast.unparse(node.args[0]))
        for name, call, node in calls()
        if call in {"files.read", "files.copy"}
        and node.args
        and re.search(r"\b(blank|content)$", ast.unparse(node.args[0]))
    }
    assert readers == {
        ("marking/drawing.py", "content"),  # → pages of marked PDFs, pictures of papers
        ("marking/drawing.py", "blank"),  # → where the box of the total is
        ("marking/views/setup/sheets.py", "test.blank"),  # → printed sheets, the look only
        ("marking/views/back/sheets.py", "book.content"),  # a PDF this program has drawn
    }
