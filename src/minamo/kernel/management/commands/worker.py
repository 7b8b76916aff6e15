"""`bin/minamo worker`: jobs (procrastinate) and, beside them, the loops of the rooms (sealing of the trail)."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser

from minamo.kernel.commands import MinamoCommand
from minamo.kernel.companions import companions


class Command(MinamoCommand):
    """Run one worker process."""

    help = "仕事（知らせのメールなど）と、記録の封を受け持つ worker を動かします。"

    def add_arguments(self, parser: CommandParser) -> None:
        """How many jobs at a time."""
        parser.add_argument("--concurrency", type=int, default=2, help="同時に行う仕事の数（既定 2）")

    def handle(self, *_: Any, concurrency: int, **__: Any) -> None:
        """Until the process is asked to end."""
        with companions():
            call_command("procrastinate", "worker", "--concurrency", str(concurrency))
