"""`bin/minamo audit`: seal, verify and hand out the trail."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from minamo.kernel.commands import MinamoCommand, day, number


class Command(MinamoCommand):
    """操作記録の封と検証."""

    help = "操作記録に封をし、確かめ、書き出します。"
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Exit codes stand below the help."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = "終了コード：0 異常なし ／ 1 食い違いがあった・できなかった ／ 2 使い方の誤り"
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand per thing to do."""
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="種類")
        kinds.add_parser("seal", help="いま封ができる行に封をする（ふだんは worker が1秒ごとに行う）")
        check = kinds.add_parser("verify", help="すべての行・木・署名・副署を確かめる")
        check.add_argument("--json", action="store_true", help="結果をJSONで出す")
        check.add_argument("--municipality", metavar="CODE", help="ひとつの自治体だけ確かめる")
        check.add_argument("--known", metavar="FILE", type=Path, action="append", default=[],
                           help="手もとのチェックポイント（月例報告や隣の自治体から）と比べる")  # fmt: skip
        check.add_argument(
            "--key",
            metavar="KEY",
            action="append",
            default=[],
            help="手もとの検証鍵で確かめる（なければ、設定の秘密から作った鍵）",
        )
        write = kinds.add_parser("export", help="期間の行を、証明とともに書き出す")
        write.add_argument(
            "--from", dest="begin", metavar="DATE", type=day, required=True, help="はじめの日（日本時間）"
        )
        write.add_argument(
            "--to", dest="end", metavar="DATE", type=day, required=True, help="おわりの日（この日を含む）"
        )
        write.add_argument("--out", metavar="DIR", type=Path, required=True, help="書き出す場所（空のフォルダー）")
        write.add_argument("--municipality", metavar="CODE", help="ひとつの自治体だけ書き出す")
        kinds.add_parser("witness", help="隣の自治体がチェックポイントを見て副署する（ふだんは15分ごと）")
        given = kinds.add_parser("checkpoint", help="よその立ち会いに渡すファイルを作る")
        given.add_argument("--out", metavar="FILE", type=Path, required=True)
        seen = kinds.add_parser("countersign", help="よそのチェックポイントに立ち会い、副署を返す")
        seen.add_argument("file", metavar="FILE", type=Path)
        seen.add_argument("--municipality", metavar="CODE", required=True, help="立ち会う自治体")
        seen.add_argument("--out", metavar="FILE", type=Path, required=True)
        back = kinds.add_parser("accept", help="よそからの副署を受け取る")
        back.add_argument("file", metavar="FILE", type=Path)
        back.add_argument("--key", metavar="KEY", action="append", default=[], help="立ち会う自治体の検証鍵")
        keys = kinds.add_parser("keys", help="検証鍵を示す（データベースからではなく、署名の秘密から）")
        keys.add_argument("--municipality", metavar="CODE", help="ひとつの自治体だけ示す")
        gone = kinds.add_parser("erase", help="児童生徒の鍵を消し、秘匿した内容を読めなくする（記録と木は残る）")
        gone.add_argument("pupil", metavar="PUPIL_ID", type=number)
        gone.add_argument("--municipality", metavar="CODE", required=True)
        gone.add_argument(
            "--confirmed", metavar="ID", nargs=2, required=True,
            help="消してよいことを確かめた二人（この自治体の教職員か教委職員）のログインID",
        )  # fmt: skip
        turn = kinds.add_parser("rotate", help="鍵を替える")
        turn.add_argument("purpose", choices=["audit", "witness", "pupil"])
        turn.add_argument("--forget", action="store_true", help="以前の鍵を消す（新しい鍵で封をしたあとで）")
        turn.add_argument("--lost", action="store_true", help="以前の鍵を失った。前の鍵の署名なしで公表する")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand and end with its code."""
        from minamo.audit import command

        sys.exit(command.run(options["kind"], options, self.stdout, self.stderr))  # type: ignore[arg-type]
