"""`bin/minamo policy prove`: what the rules in force guarantee for every request."""

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from minamo.kernel.commands import MinamoCommand


class Command(MinamoCommand):
    """規則の証明."""

    on_tables = False
    help = "規則（policy.cedar）が不変条件を守ることを、すべての求めについて証明します。"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Usage errors end with code 2 on the command line."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = "終了コード：0 すべて証明した ／ 1 破れ・働かない規則・見逃した変異がある ／ 2 使い方の誤り"
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand."""
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="種類")
        prove = kinds.add_parser("prove", help="不変条件を証明する")
        prove.add_argument(
            "--mutants", action="store_true", help="規則を少しずつ変えて、不変条件が気づくことも確かめる"
        )
        prove.add_argument("--json", action="store_true", help="結果を JSON で出す")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove, print, end with 0 or 1."""
        from minamo.access.policyset import policies
        from minamo.access.proof.report import as_json, as_lines, prove

        report = prove(policies(), mutants=options["mutants"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), ensure_ascii=False, indent=2))
        else:
            for line in as_lines(report):
                self.stdout.write(line)
        if not report.good:
            sys.exit(1)
