"""`bin/minamo security audit|sbom`: known weaknesses of the locked packages, and the bill of materials."""

import dataclasses
import datetime as dt
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from minamo.kernel import supply
from minamo.kernel.commands import MinamoCommand

FOUND, NOT_MADE = 1, 2


def _version() -> str:
    try:
        return metadata.version("minamo")
    except metadata.PackageNotFoundError:
        return "0"


class Command(MinamoCommand):
    """Look at the supply chain."""

    on_tables = False
    help = "使っている部品の点検（audit）と部品表（sbom）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which files."""
        parser.add_argument(
            "verb", choices=["audit", "sbom"], help="audit: 知られている弱点を調べる。sbom: 部品表を出す"
        )
        parser.add_argument("--check", action="store_true", help="sbom: 入っている部品がすべて部品表にあるか確かめる")
        parser.add_argument("--lock", type=Path, default=Path("requirements.lock"), help="固定した部品の一覧")
        parser.add_argument("--advisories", type=Path, help="audit: OSV 形式の脆弱性の一覧（フォルダか ZIP）")
        parser.add_argument("--max-age-days", type=int, default=14, help="audit: 一覧がこれより古ければ失敗（日）")
        parser.add_argument("--json", action="store_true", help="audit: ひとつのJSONで出す")

    def handle(self, *_: Any, verb: str, lock: Path, **options: Any) -> None:
        """Exit 0: nothing known; 1: findings; 2: the audit could not be made."""
        packages = supply.locked(lock.read_text())
        if verb == "sbom":
            self._bill(packages, check=options["check"])
            return
        try:
            records = self._records(options["advisories"], options["max_age_days"])
        except supply.SourceMissing as error:
            self._tell(options["json"], {"audited": False, "why": str(error)}, f"点検できませんでした。{error}")
            sys.exit(NOT_MADE)
        findings = supply.audit(packages, records)
        lines = [f"{f.package} {f.version}  {f.advisory}  直った版: {f.fixed_in}  {f.summary}" for f in findings]
        told = (
            "\n".join(lines) or f"{len(packages)} 個の部品に、知られている弱点はありません（一覧 {len(records)} 件）。"
        )
        self._tell(
            options["json"],
            {
                "audited": True, "packages": len(packages), "advisories": len(records),
                "findings": [dataclasses.asdict(f) for f in findings],
            },
            told,
        )  # fmt: skip
        sys.exit(FOUND if findings else 0)

    def _bill(self, packages: list[supply.Package], *, check: bool) -> None:
        """The bill, or whether it is whole: a part that runs here and stands in no bill is one nobody would audit."""
        bill = supply.bill_of_materials(packages, _version())
        if not check:
            self.stdout.write(bill)
            return
        listed = json.loads(bill)["components"]
        others = supply.unlisted(packages, ((d.metadata["Name"], d.version) for d in metadata.distributions()))
        if len(listed) != len(packages) or others:
            self.stdout.write("部品表にない部品が入っています：\n" + "\n".join(others))
            sys.exit(FOUND)
        self.stdout.write(f"部品表は {len(listed)} 個の部品をすべて挙げています。")

    def _records(self, source: Path | None, most_days: int) -> list[dict[str, Any]]:
        if source is None:
            raise supply.SourceMissing("--advisories に脆弱性の一覧（OSV 形式のフォルダか ZIP）を指定してください。")
        return supply.advisories(source, today=dt.datetime.now(dt.UTC).date(), most_days=most_days)

    def _tell(self, as_json: bool, data: dict[str, Any], text: str) -> None:
        self.stdout.write(json.dumps(data, ensure_ascii=False) if as_json else text)
