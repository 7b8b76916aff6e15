"""`bin/minamo policy`: prove what the rules in force guarantee for every request; take a town's edition back when its pages cannot;
lay a county's agreement before its towns."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from minamo.access.api import system_actor, system_scope
from minamo.kernel import clock
from minamo.kernel.commands import MinamoCommand
from minamo.policy.actions import county, issues
from minamo.policy.clauses import base_texts
from minamo.policy.county import CountyFile, CountyFileError, read_county
from minamo.policy.county_words import weighed_in_words
from minamo.policy.refusals import Refused
from minamo.tenancy.api import Municipality, municipality_by_code


class Command(MinamoCommand):
    """規則の証明、版を戻すこと、郡の定めを置くこと."""

    on_tables = False
    help = (
        "規則（policy.cedar）が不変条件を守ることを、すべての求めについて証明します（prove）。"
        "自治体の規程を、施行中の版から一つ前に戻します（rollback。画面から戻せないとき）。"
        "郡の定めを、その町々に置きます（county。はじめは量るだけ）。"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Usage errors end with code 2 on the command line."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = "終了コード：0 すべて証明した ／ 1 破れ・働かない規則・見逃した変異がある、戻せない、置けない定め ／ 2 使い方の誤り"
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

        layer = kinds.add_parser("county", help="郡の定め（TOML）を量り、--apply を付けると町々に置く")
        layer.add_argument("file", metavar="FILE", help="郡の定めのファイル（書き方は docs/operations.md）")
        layer.add_argument("--county", required=True, metavar="CODE", help="郡の番号（6けた）")
        layer.add_argument("--apply", action="store_true", help="置く（付けないと、何が起こるかを見るだけ）")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove, print, end with 0 or 1; or go back and say to what; or weigh a county's file and keep it."""
        if options["kind"] == "county":
            self._county(Path(options["file"]), options["county"], apply=options["apply"])
            return
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

    def _county(self, path: Path, code: str, *, apply: bool) -> None:
        """Read, weigh, say; with `apply` keep. As the operator of exactly the towns of the file."""
        if not re.fullmatch(r"\d{6}", code):
            raise CommandError("--county に、郡の番号を6けたの数字で書いてください。何も変えていません。")
        file = _read(path)
        towns = [town for member in file.members if (town := municipality_by_code(member)) is not None]
        now = clock.now()
        actor = system_actor(*towns, now=now, today=timezone.localdate(now), label="運用の命令")
        try:
            with system_scope(*towns):
                found = (county.keep if apply else county.weigh)(actor=actor, county=code, file=file)
        except Refused as problem:
            raise CommandError(f"{path.name}：この定めは置けません。\n{problem}") from problem
        for line in weighed_in_words(found, kept=apply):
            self.stdout.write(line)

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


def _read(path: Path) -> CountyFile:
    """The file, whole. Raises CommandError with every mistake, each with its line and field."""
    try:
        return read_county(path.read_text(encoding="utf-8-sig"), base_texts())
    except OSError as problem:
        raise CommandError(f"{path} を開けません。場所と名前を確かめてください。何も変えていません。") from problem
    except UnicodeDecodeError as problem:
        raise CommandError(
            f"{path.name} は UTF-8 の文ではありません。UTF-8 で保存し直してください。何も変えていません。"
        ) from problem
    except CountyFileError as problem:
        raise CommandError(f"{path.name}：\n{problem}") from problem
