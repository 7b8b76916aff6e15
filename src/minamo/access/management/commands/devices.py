"""`bin/minamo devices`: the register of devices from the command line, for the first device of a new municipality."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from minamo.access.actions.devices import NotPossible, decide_terminal, set_certificate
from minamo.access.actions.reports import take_reports
from minamo.access.actor import system_actor
from minamo.access.management.towns import town_with
from minamo.access.mdm import Known, read_reports
from minamo.access.models import TERMINAL, Terminal, TerminalState
from minamo.access.proofs import fingerprint_of
from minamo.access.resources import Resource
from minamo.access.scope import system_scope
from minamo.kernel import clock
from minamo.kernel.commands import MinamoCommand, number
from minamo.kernel.tables import TableError, read_table


class Command(MinamoCommand):
    """端末の台帳（運用）."""

    help = (
        "届け出られた端末を並べ（list）、承認し（approve。画面で承認する人がまだいないとき）、"
        "管理ツール（MDM）の報告を取り込み（report。CSV の列：device, good, あとは内容）、"
        "プロキシが確かめるクライアント証明書を登録し、外します（certificate）。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Four verbs about one municipality."""
        verbs = ("list", "approve", "report", "certificate")
        parser.add_argument("verb", choices=verbs, metavar="|".join(verbs))
        parser.add_argument("--municipality", required=True, metavar="CODE", help="自治体コード（6けた）")
        parser.add_argument(
            "--device", type=number, metavar="ID", help="承認する、証明書を登録する端末の番号（list で出る）"
        )
        parser.add_argument("--file", type=Path, metavar="FILE.csv", help="MDM の報告")
        parser.add_argument("--sha256", metavar="FINGERPRINT", help="証明書の指紋（openssl x509 -fingerprint -sha256）")
        parser.add_argument("--remove", action="store_true", help="端末から証明書を外す")

    def handle(self, *_: Any, **options: Any) -> None:
        """List what waits, approve one, take reports in, or say which certificate is a device's, as the operator (a row in the trail
        says so)."""
        town = town_with(options["municipality"])
        with system_scope(town):
            if options["verb"] == "approve":
                self._approve(town, options["device"])
                return
            if options["verb"] == "report":
                self._report(town, options["file"])
                return
            if options["verb"] == "certificate":
                self._certificate(town, options["device"], options["sha256"], remove=options["remove"])
                return
            for terminal in Terminal.objects.order_by("registered_at").select_related("registered_by"):
                newest = terminal.states.order_by("-id").first()
                state = newest.get_state_display() if newest else "—"
                held = f"  証明書 {terminal.certificate}" if terminal.certificate else ""
                self.stdout.write(
                    f"{terminal.pk}  {state}  {terminal.label}  届出 {terminal.registered_by.login_id}{held}"
                )

    def _terminal(self, device: UUID | None) -> Terminal:
        terminal = Terminal.objects.filter(pk=device).first() if device else None
        if terminal is None:
            raise CommandError("この自治体に、その番号の端末はありません。list で確かめてください。")
        return terminal

    def _certificate(self, town: UUID, device: UUID | None, text: str | None, *, remove: bool) -> None:
        """One certificate on, or off; said again it changes nothing. With --remove a fingerprint says which one is meant."""
        terminal, actor = self._terminal(device), system_actor(town, now=clock.now(), today=clock.today())
        if not remove and not (text or "").strip():
            raise CommandError("--sha256 で証明書の指紋を指定してください（外すときは --remove）。何も変えていません。")
        if remove and text and terminal.certificate and fingerprint_of(text) != terminal.certificate:
            raise CommandError(f"{terminal.label} の証明書は、その指紋のものではありません。何も変えていません。")
        try:
            changed = set_certificate(actor=actor, terminal=terminal, fingerprint="" if remove else text or "")
        except NotPossible as error:
            raise CommandError(str(error)) from error
        done = "外しました" if remove else "登録しました"
        already = "証明書はありません" if remove else "もうその証明書です"
        self.stdout.write(f"{f'証明書を{done}' if changed else already}：{terminal.label}")
        if not remove and not settings.DEVICE_PROXY_SECRET:
            self.stdout.write(
                "プロキシの合い言葉（MINAMO_DEVICE_PROXY_SECRET）が設定されるまで、証明書は何の証明にもなりません。"
            )

    def _approve(self, town: UUID, device: UUID | None) -> None:
        terminal = self._terminal(device)
        actor = system_actor(town, now=clock.now(), today=clock.today())
        try:
            decide_terminal(actor=actor, terminal=terminal, state=TerminalState.State.APPROVED, note="運用の命令")
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"承認しました：{terminal.label}")

    def _report(self, town: UUID, path: Path | None) -> None:
        """All lines or none: a file with a mistake changes nothing."""
        if path is None or not path.is_file():
            raise CommandError("--file で CSV を指定してください。")
        actor = system_actor(town, now=clock.now(), today=clock.today())
        try:
            table = read_table(path.name, path.read_bytes())
        except TableError as problem:
            raise CommandError(f"{path.name}：{problem} 何も取り込んでいません。") from problem
        found = read_reports(table, [Known(row.pk, row.label) for row in Terminal.objects.filter(municipality_id=town)])
        if found.problems:
            told = [
                f"{one.record}行目　{one.column}：{one.words}" if one.record else one.words
                for one in found.problems[:20]
            ]
            raise CommandError("\n".join([f"{path.name} を直してください。何も取り込んでいません。", *told]))
        values = {"municipality": town, "school": None, "registrant": None}
        register = Resource("Terminal", str(town), values, TERMINAL)
        taken = take_reports(actor=actor, register=register, lines=found.lines)
        self.stdout.write(f"{taken.kept}台の報告を取り込みました。")
