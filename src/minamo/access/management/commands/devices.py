"""`bin/minamo devices`: the register of devices from the command line, for the first device of a new municipality."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from minamo.access.actions.devices import NotPossible, decide_terminal
from minamo.access.actor import system_actor
from minamo.access.models import Terminal, TerminalState
from minamo.access.scope import system_scope
from minamo.kernel import clock


class Command(BaseCommand):
    """端末の台帳（運用）."""

    help = "届け出られた端末を並べ（list）、承認します（approve）。画面で承認する人がまだいないときに使います。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Two verbs about one municipality."""
        parser.add_argument("verb", choices=("list", "approve"), metavar="list|approve")
        parser.add_argument("--municipality", required=True, metavar="CODE", help="自治体コード（6けた）")
        parser.add_argument("--device", type=UUID, metavar="ID", help="承認する端末の番号（list で出る）")

    def handle(self, *_: Any, **options: Any) -> None:
        """List what waits, or approve one as the operator (a row in the trail says so)."""
        town = self._town(options["municipality"])
        with system_scope(town):
            if options["verb"] == "approve":
                self._approve(town, options["device"])
                return
            for terminal in Terminal.objects.order_by("registered_at").select_related("registered_by"):
                newest = terminal.states.order_by("-id").first()
                state = newest.get_state_display() if newest else "—"
                self.stdout.write(f"{terminal.pk}  {state}  {terminal.label}  届出 {terminal.registered_by.login_id}")

    def _approve(self, town: UUID, device: UUID | None) -> None:
        terminal = Terminal.objects.filter(pk=device).first() if device else None
        if terminal is None:
            raise CommandError("この自治体に、その番号の端末はありません。list で確かめてください。")
        actor = system_actor(town, now=clock.now(), today=clock.today())
        try:
            decide_terminal(actor=actor, terminal=terminal, state=TerminalState.State.APPROVED, note="運用の命令")
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"承認しました：{terminal.label}")

    @staticmethod
    def _town(code: str) -> UUID:
        """The municipality of a code; tenancy lies above this room, so its table is asked without a scope."""
        with system_scope(), connection.cursor() as cursor:
            cursor.execute("SELECT tenancy_municipality_of(%s)", [code])
            row = cursor.fetchone()
        if row is None or row[0] is None:
            raise CommandError("その自治体コードはありません。")
        return UUID(str(row[0]))
