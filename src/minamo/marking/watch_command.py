"""`bin/minamo marking watch FOLDER --link URL | --sitting ID`: the folder of a copier, sent to a test."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from django.db import connection

from minamo.access.api import system_actor, system_scope
from minamo.kernel import clock
from minamo.kernel.ids import id_of
from minamo.kernel.uploads import UploadRefused, accept_bytes
from minamo.marking.actions.piles import Scans, send_from_folder
from minamo.marking.models import Sitting
from minamo.marking.upload_rules import KINDS
from minamo.marking.watching import ByLink, NotAccepted, Target, Watch

PAUSE = 5.0


def describe(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("folder", type=Path, help="複合機がスキャンを置くフォルダー")
    to = parser.add_mutually_exclusive_group(required=True)
    to.add_argument("--link", help="「送り先を作る」で出たアドレス（ほかのパソコンから送るとき）")
    to.add_argument("--sitting", help="学級のテストの番号（このサーバーで動かすとき）")
    parser.add_argument("--once", action="store_true", help="いまあるものを送って終わる")


class ToSitting:
    """このサーバーの学級のテスト."""

    def __init__(self, sitting: UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT marking_sitting_municipality(%s)", [sitting])
            self.town: UUID | None = cursor.fetchone()[0]
        if self.town is None:
            raise ValueError("その番号の学級のテストはありません。")
        self.sitting = sitting

    def send(self, name: str, content: bytes) -> str:
        """One file as a pile."""
        assert self.town is not None
        try:
            sent = accept_bytes(name, content, KINDS)
        except UploadRefused as problem:
            raise NotAccepted(str(problem)) from problem
        now = clock.now()
        with system_scope(self.town):
            found = send_from_folder(
                actor=system_actor(self.town, now=now, today=clock.today(), label="見張りフォルダー"),
                sitting=Sitting.objects.get(pk=self.sitting), scans=[Scans(sent.name, sent.content)],
            )  # fmt: skip
        return "もう届いています（ふたつにはしていません）" if found[0].again else "送りました"


def target_of(link: str | None, sitting: str | None) -> Target:
    """送り先. Raises ValueError in words."""
    if link:
        return ByLink(link)
    key = id_of(sitting)
    if key is None:
        raise ValueError("--sitting には、学級のテストの画面のアドレスにある番号を入れてください。")
    return ToSitting(key)


def run(folder: Path, link: str | None, sitting: str | None, once: bool, say: Callable[[str], None]) -> int:
    """見張る until stopped with Ctrl-C. Raises ValueError for a folder or a target that is none; returns how many files."""
    if not folder.is_dir():
        raise ValueError(f"フォルダーがありません：{folder}")
    watch = Watch(folder, target_of(link, sitting), say)
    if once:
        return watch.look(settled=True)
    dealt = 0
    try:
        while True:
            dealt += watch.look()
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return dealt
