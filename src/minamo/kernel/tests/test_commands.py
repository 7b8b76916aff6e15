"""命令の土台: help speaks Japanese, what was asked wrongly ends with 2, an old database is refused in words."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import load_command_class

from minamo.config import cluster
from minamo.kernel import commands
from minamo.kernel.commands import MinamoCommand, overview, own_commands, speak_japanese


class Sample(MinamoCommand):
    """A command for these tests."""

    help = "ためしの命令"

    def add_arguments(self, parser: Any) -> None:
        """One of each."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--kind", choices=["a", "b"])
        parser.add_argument("--from", type=commands.day)
        parser.add_argument("--row", type=commands.number)

    def handle(self, **options: Any) -> None:
        """Say what came."""
        self.stdout.write(options["file"])


def run(capsys: Any, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the sample."""
    speak_japanese()
    code = 0
    try:
        Sample().run_from_argv(["minamo", "sample", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the database answers; the connection of the tests stays open."""
    answer = [True]
    monkeypatch.setattr(commands, "migrated", lambda: answer[0])
    monkeypatch.setattr(commands.connections, "close_all", lambda: None)
    return answer


def test_every_own_command_has_its_sentence_in_the_overview() -> None:
    lines = {match[1]: match[2] for line in overview().splitlines() if (match := re.match(r"  (\w+)\s+(.+)", line))}
    assert (
        {"roster", "audit", "policy", "marking", "worker", "devices", "factors", "security"}
        <= own_commands().keys()
        <= lines.keys()
    )
    assert all(re.search(r"[ぁ-ん]", sentence) for sentence in lines.values())


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_help_has_no_line_in_english(name: str) -> None:
    speak_japanese()
    command = load_command_class(own_commands()[name], name)
    text = command.create_parser("minamo", name).format_help()
    options = [line for line in text.splitlines() if line.startswith("  ")]
    assert "skip-checks" not in text and "System" not in text
    assert not [line for line in options if re.search(r"  [A-Z][a-z]+ [a-z]+ [a-z]+", line)]


def test_it_runs(capsys: Any, migrated: list[bool]) -> None:
    assert run(capsys, "x.zip") == (0, "x.zip\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "足りない指定があります：FILE"),
        (("x", "--kind", "c"), "から選ぶ"),
        (("x", "--nonsense"), "知らない指定です"),
    ],
)
def test_what_was_asked_wrongly_ends_with_2(
    arguments: tuple[str, ...], words: str, capsys: Any, migrated: list[bool]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2 and words in err and "使い方：" in err and not out


def test_help_is_japanese_and_leaves_djangos_options_out(capsys: Any, migrated: list[bool]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0 and "選べるもの" in out and "usage" not in out and "--settings" not in out


def test_a_database_of_another_version_is_refused_in_words(capsys: Any, migrated: list[bool]) -> None:
    migrated[0] = False
    code, out, err = run(capsys, "x.zip")
    assert code == 2 and "bin/minamo migrate" in err and not out


def test_the_refusal_says_where_the_data_lies_and_how_to_reach_the_demo(
    capsys: Any, migrated: list[bool], settings: Any, tmp_path: Path
) -> None:
    migrated[0] = False
    settings.VAR_DIR, settings.PROJECT_ROOT = tmp_path / "var", tmp_path
    said = run(capsys, "x.zip")[2]
    assert f"{tmp_path / 'var'} です" in said and "var/demo" not in said
    (tmp_path / "var" / "demo").mkdir(parents=True)
    assert "MINAMO_VAR=var/demo" in run(capsys, "x.zip")[2]
    settings.VAR_DIR = tmp_path / "var" / "demo"
    assert "MINAMO_VAR=var/demo" not in run(capsys, "x.zip")[2]


def test_an_empty_database_is_not_made_in_silence(capsys: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MINAMO_VAR", str(tmp_path))
    monkeypatch.setattr(cluster, "start", lambda var: (None, cluster.ClusterUrls("app", "owner", "admin")))
    for there in (False, True):
        monkeypatch.setenv("DATABASE_URL", "")
        monkeypatch.setenv("MINAMO_OWNER_DATABASE_URL", "")
        cluster.ensure_database_urls()
        said = capsys.readouterr().err
        assert (str(tmp_path) in said, "MINAMO_VAR=var/demo" in said) == (not there, not there)
        (tmp_path / "pg").mkdir(exist_ok=True)


@pytest.mark.django_db
def test_the_database_of_the_tests_is_of_this_version() -> None:
    assert commands.migrated()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--from", "2026-13-01", "日付として読めません（2026-04-01 の形"), ("--row", "abc", "番号の形ではありません")],
)
def test_a_value_in_the_wrong_form_is_told_the_right_one(
    migrated: list[bool], capsys: Any, option: str, value: str, said: str
) -> None:
    code, _, err = run(capsys, "f", option, value)
    assert code == 2
    assert f"「{value}」" in err
    assert said in err


def test_a_file_that_cannot_be_used_is_named_in_japanese(tmp_path: Path) -> None:
    troubles = []
    for path in (tmp_path / "none", tmp_path, tmp_path / "none" / "x"):
        with pytest.raises(OSError) as trouble:
            path.read_text()
        troubles.append(commands.in_words(trouble.value))
    assert "ファイルかフォルダーがありません" in troubles[0]
    assert "ファイルではなくフォルダーです" in troubles[1]
    assert all(str(tmp_path) in text and "Errno" not in text for text in troubles)
    assert commands.in_words(FileExistsError("ここは空ではありません。")) == "ここは空ではありません。"
