"""命令の土台 (management commands): help and refusals in Japanese, exit code 2 for what was asked wrongly.

`argparse` speaks through its own `_` and `ngettext`; ours know its words (`WORDS`). Options every Django command has and
no operator needs are left out of the help.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

USAGE = 2
WORDS: Mapping[str, str] = {
    "usage: ": "使い方：", "positional arguments": "指定するもの", "options": "選べるもの", "optional arguments": "選べるもの",
    "show this help message and exit": "この説明を出して終わる", "subcommands": "種類",
    "the following arguments are required: %s": "足りない指定があります：%s",
    "unrecognized arguments: %s": "知らない指定です：%s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s：%(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r は選べません（%(choices)s から選ぶ）",
    "invalid %(type)s value: %(value)r": "%(value)r は受け取れません",
    "expected one argument": "値をひとつ付けてください", "expected at least one argument": "値をひとつ以上付けてください",
    "unknown parser %(parser_name)r (choices: %(choices)s)": "%(parser_name)r という種類はありません（%(choices)s から選ぶ）",
    "one of the arguments %s is required": "次のどれかが要ります：%s",
    "not allowed with argument %s": "%s と一緒には使えません", "%(prog)s: error: %(message)s\n": "%(prog)s：%(message)s\n",
}  # fmt: skip
# Commands of Django and its packages that an operator of minamo needs, with what they are for.
BORROWED: Mapping[str, str] = {
    "migrate": "データベースをこの版の形にします（はじめての準備と、版を上げたあと）。",
    "check": "設定・経路・規則に食い違いがないか確かめます。",
    "clearsessions": "期限の切れたサインインの記録を片づけます。",
    "collectstatic": "画面の部品（CSS など）を配信用のフォルダーに集めます。",
}


def day(text: str) -> dt.date:
    """日付 of the command line. Raises what argparse shows, with the form that is awaited."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"「{text}」は日付として読めません（2026-04-01 の形で書きます）") from None


def number(text: str) -> UUID:
    """番号 of a row, of the command line."""
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"「{text}」は番号の形ではありません（一覧に出る、英数字とハイフンの36文字を写します）"
        ) from None


def in_words(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be opened or read, with its name and what to do."""
    if isinstance(error, UnicodeDecodeError):
        return "ファイルを文字として読めません。別のファイルを指していないか、確かめてください。何も変えていません。"
    if error.errno is None:  # raised by us, with its words
        return str(error)
    why = next((text for kind, text in _REASONS.items() if isinstance(error, kind)), error.strerror or str(error))
    return f"{error.filename or 'ファイル'} を使えません（{why}）。場所と名前を確かめてください。何も変えていません。"


_REASONS: Mapping[type[OSError], str] = {
    FileNotFoundError: "ファイルかフォルダーがありません", IsADirectoryError: "ファイルではなくフォルダーです",
    NotADirectoryError: "途中の名前がフォルダーではありません", PermissionError: "読み書きの許しがありません",
    FileExistsError: "同じ名前のものがもうあります",
}  # fmt: skip


def speak_japanese() -> None:
    """Let argparse use our words."""
    argparse._ = lambda text: WORDS.get(text, text)  # type: ignore[attr-defined]
    argparse.ngettext = lambda one, many, count: WORDS.get(one if count == 1 else many, many)  # type: ignore[attr-defined]


class MinamoCommand(BaseCommand):
    """One command of minamo. `on_tables = False`: works without a database."""

    on_tables: ClassVar[bool] = True
    suppressed_base_arguments = {
        "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color", "--skip-checks",
    }  # fmt: skip

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django adds this option past `suppressed_base_arguments`, with words of its own."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        for action in parser._actions:
            if "--skip-checks" in action.option_strings:
                action.help = argparse.SUPPRESS
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Say what is wrong as a sentence, not as a class of error."""
        try:
            self._run(argv)
        except CommandError as problem:
            self.stderr.write(str(problem))
            sys.exit(problem.returncode)

    def _run(self, argv: list[str]) -> None:
        self._called_from_command_line = True
        parser = self.create_parser(argv[0], argv[1])
        options = vars(parser.parse_args(argv[2:]))
        arguments = options.pop("args", ())
        try:
            self.execute(*arguments, **options)
        finally:
            connections.close_all()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Refuse to work on a database that is not of this version."""
        if self.on_tables and self._called_from_command_line and not migrated():
            raise CommandError(
                "データベースが、まだこの版の形になっていません。何も変えていません。\n"
                "先に bin/minamo migrate を実行してから、もう一度どうぞ。\n" + place(),
                returncode=USAGE,
            )
        return super().execute(*args, **options)


def place() -> str:
    """Which data this is about, in words: a command in the wrong place finds an empty database."""
    text = f"いまの置き場所（MINAMO_VAR）は {settings.VAR_DIR} です。"
    demo = settings.PROJECT_ROOT / "var" / "demo"
    if demo.is_dir() and demo != settings.VAR_DIR:
        text += "デモの町について実行するときは、MINAMO_VAR=var/demo を前に付けてください。"
    return text


def migrated() -> bool:
    """Whether nothing is left to migrate."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def overview() -> str:
    """`bin/minamo help`: minamo's own commands and the few borrowed ones, each with its sentence."""
    lines = ["使い方：bin/minamo 命令 …　　くわしくは bin/minamo 命令 --help", "", "minamo の命令"]
    lines += [f"  {name:<14}{load_command_class(app, name).help}" for name, app in own_commands().items()]
    lines += ["", "準備と手入れ"]
    lines += [f"  {name:<14}{sentence}" for name, sentence in BORROWED.items()]
    return "\n".join([*lines, "", "Django の命令もすべて使えます（bin/minamo help --commands で一覧）。"])


def own_commands() -> dict[str, Any]:
    """Name → application of the commands of our rooms, without those that are Django's at heart."""
    found = {
        name: app for name, app in get_commands().items() if str(app).startswith("minamo.") and name not in BORROWED
    }
    return dict(sorted(found.items()))
