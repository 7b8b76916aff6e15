"""Leaked passwords: the file is halved, never loaded; what stands on it is refused wherever a password is set."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from minamo.access import breached, checks
from minamo.access.breached import CLOSED, LEAKED, ListUnusable, check, contains
from minamo.access.models import Account
from tests.fixtures.acts import proved_for

LEAK = "correct horse battery staple"
GOOD = "みなも-to-clear-water"


def line(password: str, times: int = 3) -> str:
    return f"{hashlib.sha1(password.encode()).hexdigest().upper()}:{times}"


def written(path: Path, passwords: set[str], end: str = "\r\n", last: bool = True) -> Path:
    """A list as the public one is downloaded."""
    text = end.join(sorted(line(one, number + 1) for number, one in enumerate(sorted(passwords))))
    path.write_bytes((text + (end if last and passwords else "")).encode())
    return path


@pytest.fixture
def listed(tmp_path: Path, settings: Any) -> Path:
    """A configured list of 500 passwords, one of them LEAK."""
    path = written(tmp_path / "pwned.txt", {LEAK, *(f"password-{n}" for n in range(499))})
    settings.BREACHED_PASSWORDS = str(path)
    return path


@given(
    st.sets(st.text(max_size=12), min_size=1, max_size=60), st.sets(st.text(max_size=12), max_size=20), st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)  # fmt: skip
def test_it_finds_all_that_is_there_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, there: set[str], others: set[str], end: str, last: bool
) -> None:
    path = written(tmp_path_factory.mktemp("list") / "l.txt", there, end, last)
    check(path)
    assert all(contains(path, one) for one in there)
    assert [one for one in others - there if contains(path, one)] == []


def test_a_lookup_reads_a_few_lines_only(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    line_at = breached._line_at
    monkeypatch.setattr(breached, "_line_at", lambda file, at: asked.append(at) or line_at(file, at))
    assert contains(listed, LEAK)
    assert not contains(listed, GOOD)
    assert len(asked) <= 2 * 10  # 500 lines


def test_lower_case_is_the_same_list(tmp_path: Path) -> None:
    path = tmp_path / "l.txt"
    path.write_text("\n".join(sorted(line(one).lower() for one in ("a", "b", "c"))))
    check(path)
    assert contains(path, "b")
    assert not contains(path, "d")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空です"),
        ("\n".join(sorted((line(str(n)) for n in range(30)), reverse=True)).encode(), "並んでいません"),
        ("\n".join([*sorted(line(str(n)) for n in range(3000)), line("0")]).encode(), "並んでいません"),
        (b"\n".join([b"0" * 40 + b":1", b"0" * 40 + b":1"]), "並んでいません"),
        (b"8846F7EAEE8FB117AD06BDD830B7586C:1\n", "形ではありません"),
        (b"0" * 40 + b"\n", "形ではありません"),
        (b"PK\x03\x04" + b"x" * 4000, "形ではありません"),
        (line("a").encode() + b"\n\n", "形ではありません"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_list_is_said_at_start(
    content: bytes, words: str, tmp_path: Path, settings: Any
) -> None:
    path = tmp_path / "l.txt"
    path.write_bytes(content)
    with pytest.raises(ListUnusable, match=words):
        check(path)
    settings.BREACHED_PASSWORDS = str(path)
    (found,) = checks.breached_list_is_usable(None)
    assert (found.id, words in found.msg, str(path) in found.msg) == ("access.E008", True, True)
    with pytest.raises(ImproperlyConfigured, match=words):
        checks.refuse_bad_settings()


def test_a_missing_file_is_said_at_start_and_none_is_no_matter(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS = str(tmp_path / "gone.txt")
    (found,) = checks.breached_list_is_usable(None)
    assert "読めません" in found.msg
    settings.BREACHED_PASSWORDS = ""
    assert checks.breached_list_is_usable(None) == []
    checks.refuse_bad_settings()
    validate_password(LEAK)


def test_a_leaked_password_is_refused_and_another_taken(listed: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(LEAK)
    assert refused.value.messages == [LEAKED]
    validate_password(GOOD)


def test_while_the_list_cannot_be_read_no_password_is_set(listed: Path, caplog: pytest.LogCaptureFixture) -> None:
    listed.unlink()
    with pytest.raises(ValidationError) as refused:
        validate_password(GOOD)
    assert refused.value.messages == [CLOSED]
    assert GOOD not in caplog.text
    assert "cannot be read" in caplog.text


def test_the_change_of_a_password_asks_it(client_for: Callable[..., Client], listed: Path) -> None:
    client = client_for("a1-homeroom")
    account = Account.objects.get(login_id="a1-homeroom")
    account.set_password(GOOD)
    account.save()
    client = proved_for(client_for("a1-homeroom"), "/accounts/password/")
    page = client.post("/accounts/password/", {"new": LEAK})
    assert page.status_code == 422
    assert LEAKED in page.content.decode()
    account.refresh_from_db()
    assert account.check_password(GOOD)
    assert client.post("/accounts/password/", {"new": f"{GOOD}-2"}).status_code == 302


def test_a_new_account_of_a_guardian_asks_it_too() -> None:
    """join.py and signin.py are the only places where somebody chooses a password; both ask Django's validators."""
    source = Path(breached.__file__).parents[1]
    setting = {p.relative_to(source).as_posix() for p in source.rglob("*.py")
               if ".set_password(" in p.read_text() and "/tests/" not in p.as_posix() and "demo" not in p.name}  # fmt: skip
    assert setting <= {"access/actions/signin.py", "people/views/join.py"}
    for place in ("access/views/signin.py", "people/views/join.py"):
        assert "validate_password(" in (source / place).read_text()
