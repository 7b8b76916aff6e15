"""`bin/minamo marking …`: the machine's part of marking from the command line, without database or server."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from minamo.marking import align_command
from minamo.marking.vision.errors import PageError


class Command(BaseCommand):
    """採点の道具."""

    help = "採点の道具: align は答案を白紙の解答用紙に重ねます。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One parser per tool."""
        tools = parser.add_subparsers(dest="tool", required=True, parser_class=argparse.ArgumentParser)
        align_command.describe(tools.add_parser("align", help="答案のページを白紙の解答用紙に重ねます"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the result; the exit code is the tool's own."""
        try:
            text, code = align_command.run(options["blank"], options["scans"], options["json"])
        except PageError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(text)
        if code:
            raise SystemExit(code)
