"""`bin/minamo policy`: prove what the rules in force guarantee for every request; take a town's edition back when its pages cannot."""

import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from minamo.access.api import system_actor, system_scope
from minamo.kernel import clock
from minamo.kernel.commands import MinamoCommand
from minamo.policy.actions import issues
from minamo.policy.refusals import Refused
from minamo.tenancy.api import Municipality, municipality_by_code


class Command(MinamoCommand):
    """規則の証明と、版を戻すこと."""

    on_tables = False
    help = (
        "規則（policy.cedar）が不変条件を守ることを、すべての求めについて証明します（prove）。"
        "自治体の規程を、施行中の版から一つ前に戻します（rollback。画面から戻せないとき）。"
    )

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
        back = kinds.add_parser("rollback", help="施行中の版から、一つ前の版に戻す")
        back.add_argument("--municipality", required=True, metavar="CODE", help="自治体コード（6けた）")
        back.add_argument("--reason", required=True, metavar="わけ", help="なぜ戻すか（版と画面に残る）")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove, print, end with 0 or 1; or go back and say to what."""
        if options["kind"] == "rollback":
            self._roll_back(options["municipality"], options["reason"])
            return
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

    def _roll_back(self, code: str, reason: str) -> None:
        """As the operator, who is under no overlay; the trail and the other officers' start pages say so."""
        town = municipality_by_code(code)
        if town is None:
            raise CommandError("その自治体コードの自治体はありません。何も変えていません。")
        if not reason.strip():
            raise CommandError("--reason に、戻すわけを書いてください。何も変えていません。")
        now = clock.now()
        actor = system_actor(town, now=now, today=timezone.localdate(now), label="運用の命令")
        try:
            with system_scope(town):
                row = Municipality.objects.get(pk=town)
                leaves, _ = issues.way_back(row)
                done = issues.roll_back(actor=actor, town=row, leaves=leaves.number, reason=reason)
        except Refused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{done.title}：第{leaves.number}版から戻し、第{done.number}版として施行しました。")
