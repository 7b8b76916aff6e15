"""`bin/minamo marking …`: the machine's part of marking from the command line, without database or server."""

import argparse
from typing import Any

from django.core.management.base import CommandError, CommandParser

from minamo.kernel.commands import MinamoCommand
from minamo.marking import align_command, pile_command, watch_command
from minamo.marking.reading import command as read_command
from minamo.marking.reading.symbols import UnknownSymbol
from minamo.marking.vision.errors import PageError


class Command(MinamoCommand):
    """採点の道具."""

    on_tables = False
    help = (
        "採点の道具: align は答案を白紙の解答用紙に重ね、read は解答欄の画像から記号を読み、"
        "pile は答案の山をまるごと読み、watch はフォルダーの答案を送りつづけます。"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One parser per tool."""
        tools = parser.add_subparsers(dest="tool", required=True, parser_class=argparse.ArgumentParser)
        align_command.describe(tools.add_parser("align", help="答案のページを白紙の解答用紙に重ねます"))
        pile_command.describe(tools.add_parser("pile", help="答案の山（白紙・正答・スキャン）を最後まで読みます"))
        watch_command.describe(
            tools.add_parser("watch", help="フォルダーに置かれた答案を、学級のテストに送りつづけます")
        )
        read_command.describe(tools.add_parser("read", help="解答欄の画像から記号を読みます"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the result; the exit code is the tool's own."""
        if options["tool"] == "watch":
            self._watch(options)
            return
        try:
            text, code = _run(options)
        except (PageError, UnknownSymbol, pile_command.BrokenKey) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(text)
        if code:
            raise SystemExit(code)

    def _watch(self, options: dict[str, Any]) -> None:
        """Speaks as it goes."""
        try:
            count = watch_command.run(
                options["folder"], options["link"], options["sitting"], options["once"], self.stdout.write
            )
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{count}つのファイルを扱いました。")


def _run(options: dict[str, Any]) -> tuple[str, int]:
    if options["tool"] == "align":
        return align_command.run(options["blank"], options["scans"], options["json"])
    if options["tool"] == "pile":
        return pile_command.run(options["folders"], options["json"], options["processes"])
    return read_command.run(options["images"], options["alphabet"], options["json"], options["threshold"])
