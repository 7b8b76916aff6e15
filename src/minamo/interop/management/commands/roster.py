"""`bin/minamo roster`: import of rosters (OneRoster) and of guardians' lists."""

import sys
from typing import Any, NoReturn

from django.core.management.base import CommandParser

from minamo.kernel.commands import MinamoCommand


class Command(MinamoCommand):
    """名簿と保護者一覧の取り込み."""

    help = "名簿（OneRoster 1.2 CSV の ZIP）と保護者一覧を取り込みます。"
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Usage errors end with code 2 on the command line."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = "終了コード：0 受け付けた ／ 1 受け付けられない（報告を表示）／ 2 使い方の誤り"
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Two subcommands."""
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="種類")
        roster = kinds.add_parser("import", help="名簿のZIPを取り込む")
        roster.add_argument("file", metavar="FILE.zip", help="OneRoster 1.2 CSV（日本プロファイル）のZIP")
        guardians = kinds.add_parser("guardians", help="保護者一覧（CSV・XLSX）を取り込む")
        guardians.add_argument("file", metavar="FILE", help="保護者一覧の CSV または XLSX")
        guardians.add_argument("--school", metavar="CODE", help="学校コード（なければ、名簿と合う学校を探す）")
        for one in (roster, guardians):
            one.add_argument("--check", action="store_true", help="確かめるだけで、何も変えない")
            one.add_argument("--json", action="store_true", help="報告を JSON で出す")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand and end with its code."""
        if options["kind"] == "guardians":
            from minamo.interop.guardians import command as guardians

            self._end(guardians.run(options, self.stdout, self.stderr))  # type: ignore[arg-type]
        from minamo.interop.roster import command

        self._end(command.run(options, self.stdout, self.stderr))  # type: ignore[arg-type]

    def _end(self, code: int) -> NoReturn:
        sys.exit(code)
