"""`bin/minamo demo_load`: the demo town (1町3村) from the roster files, plus generated guardians and months of attendance."""

import argparse
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from minamo.access.api import system_scope
from minamo.attendance import demo as attendance
from minamo.curriculum import demo as curriculum
from minamo.kernel.commands import MinamoCommand
from minamo.marking import demo as marking
from minamo.people import demo as people
from minamo.policy import demo as policy
from minamo.tenancy import demo as tenancy
from minamo.tenancy.api import municipality_by_code

ROSTER = settings.PROJECT_ROOT / "tests" / "fixtures" / "roster"
CODES = ("480441", "480442", "480443", "480444")
GUARDIANS_OF = "B148204410010"
PILES, GO = "--piles", "begin\n"
POSTS = (
    ("head", "校長"),
    ("vice_head", "教頭"),
    ("coordinator", "教務主任"),
    ("nurse", "養護教諭"),
    ("clerk", "事務職員"),
    ("ict", "情報担当"),
)


class Command(MinamoCommand):
    """Load the demo (only in demo mode, only into an empty instance)."""

    help = "デモの1町3村を読み込みます（デモのときだけ使えます）。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """For its own second process only."""
        parser.add_argument(PILES, action="store_true", help=argparse.SUPPRESS)

    def handle(self, *_: Any, piles: bool = False, **__: Any) -> None:
        """Run each step with its time shown. The tests from the copier are read by a process beside this one: they take as long
        as all the rest after the rosters."""
        if not settings.DEMO:
            raise CommandError("デモのときだけ使えます（MINAMO_DEMO=1）。")
        if piles:
            return self._piles()
        with self._second_process() as begin:
            towns = self._people()
            begin()
            persons: list[dict[str, str]] = []
            for code, town in towns.items():
                self._step(f"出欠・テスト {code}", partial(self._fill, town))
                persons += self._persons(town)
            self._step(f"規程と台帳 {CODES[0]}", self._policy)
        (settings.VAR_DIR / "demo_persons.json").write_text(json.dumps(persons, ensure_ascii=False))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return None

    @contextmanager
    def _second_process(self) -> Iterator[Callable[[], None]]:
        """A process for the piles, which loads its programs and waits until it may begin; what comes after the block finds its work done."""
        words = [sys.executable, "-m", "minamo", "demo_load", "--skip-checks", PILES]
        with subprocess.Popen(words, stdin=subprocess.PIPE, bufsize=0) as process:  # noqa: S603  this very command

            def begin() -> None:
                assert process.stdin
                with suppress(BrokenPipeError):  # it has ended already: said below
                    process.stdin.write(GO.encode())

            try:
                yield begin
            except BaseException:
                process.kill()
                raise
            if process.wait():
                raise CommandError("採点のデモを作れませんでした。上の表示を確かめてください。")

    def _piles(self) -> None:
        """Wait for the word, then make 採点のデモ."""
        marking.get_ready()
        if sys.stdin.readline() != GO:
            return
        for code in CODES:
            with system_scope():
                town = self._town(code)
            with system_scope(town):
                self._step(f"採点 {code}", partial(marking.load_piles, town, tenancy.schools(town)))

    def _people(self) -> dict[str, UUID]:
        """名簿, families and calendars of all towns, by their codes."""
        for code in CODES:
            self._step(f"名簿 {code}", partial(self._roster, f"oneroster/RO_20260401_{code}.zip"))
        self._step("保護者一覧 中央小", self._guardians)
        self._step("名簿の差分 5月7日", lambda: self._roster("oneroster/RO_20260507_480441.zip"))
        with system_scope():
            towns = {code: self._town(code) for code in CODES}
        for code, town in towns.items():
            self._step(f"保護者・予定 {code}", partial(self._families, town))
        return towns

    def _step(self, title: str, work: Callable[[], object]) -> None:
        began = time.monotonic()
        work()
        self.stdout.write(f"  {title:<24} {time.monotonic() - began:5.1f} 秒")
        self.stdout.flush()

    def _roster(self, name: str) -> None:
        self._call("import", str(ROSTER / name))

    def _guardians(self) -> None:
        path = ROSTER / "guardians" / "guardians_E1_utf8bom.csv"
        self._call("guardians", str(path), "--school", GUARDIANS_OF)

    @staticmethod
    def _call(*words: str) -> None:
        """Run `bin/minamo roster …` as a person would; its report is shown only when it refuses."""
        report = io.StringIO()
        try:
            call_command("roster", *words, stdout=report)
        except SystemExit as ended:
            if ended.code:
                raise CommandError(report.getvalue()) from ended

    @staticmethod
    def _town(code: str) -> UUID:
        found = municipality_by_code(code)
        if found is None:
            raise CommandError(f"自治体 {code} がありません。")
        return found

    @staticmethod
    def _families(town: UUID) -> None:
        with system_scope(town):
            tenancy.open_until_half_past(town)
            schools = tenancy.schools(town)
            for school in schools:
                tenancy.give_posts(school, [row[0] for row in people.homeroom_teachers(school)])
            people.load(town)
            curriculum.load(town, schools)

    @staticmethod
    def _fill(town: UUID) -> None:
        with system_scope(town):
            schools = tenancy.schools(town)
            attendance.load(town, schools, known=marking.without_paper(schools))
            marking.load(town, schools)

    def _policy(self) -> None:
        with system_scope():
            town = self._town(CODES[0])
        with system_scope(town):
            schools = tenancy.schools(town)
        policy.load(town, schools, county=CODES[:2])

    def _persons(self, town: UUID) -> list[dict[str, str]]:
        """The persons of the sign-in page: the first school fully, the others by head and one homeroom teacher."""
        found: list[dict[str, str]] = []
        with system_scope(town):
            group = tenancy.name(town)
            for position, school in enumerate(tenancy.schools(town)[:3]):
                place = tenancy.short_name(school)
                found += self._teachers_and_families(group, place, school, everyone=position == 0)
                posts = POSTS if position == 0 else POSTS[:1]
                for post, role in posts:
                    found += [_person(group, place, role, *row) for row in tenancy.holders(school, town, post)[:1]]
            found += [
                _person(group, "教育委員会", "教委職員", *row) for row in tenancy.holders(None, town, "board")[:2]
            ]
        return found

    @staticmethod
    def _teachers_and_families(group: str, place: str, school: UUID, *, everyone: bool) -> list[dict[str, str]]:
        rows = people.homeroom_teachers(school)
        chosen = next((row for row in rows if "5年1組" in row[3]), rows[0] if rows else None)
        if chosen is None:
            return []
        account, label, class_id, title = chosen
        found = [_person(group, f"{place} {title}", "担任", account, label)]
        guardian = people.guardian_with_most_children(class_id)
        if everyone and guardian:
            role = "保護者" if guardian[2] == 1 else f"保護者（{guardian[2]}人の子ども）"
            found.append(_person(group, f"{place} {title}", role, guardian[0], guardian[1], "guardian"))
        pupil = people.pupil_of(class_id)
        if everyone and pupil:
            found.append(_person(group, f"{place} {title}", "児童", *pupil, "pupil"))
        return found


def _person(group: str, place: str, role: str, account: UUID, label: str, kind: str = "staff") -> dict[str, str]:
    return {
        "account_id": str(account), "label": label, "role": role, "place": place, "group": group, "kind": kind,
    }  # fmt: skip
