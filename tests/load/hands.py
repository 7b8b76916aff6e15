"""採点の手: a simulated class on paper and here (a model, stated), and marks under new points. Parts of `bin/bench marking`.

`bin/bench marking-keys` measures the surface itself: from a key to the next picture, in a real browser over the bench's town.
"""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from minamo.marking import effort
from minamo.marking.analysis.whole import Rule
from minamo.marking.rescoring import changes
from tests.load import town
from tests.load.server import Web

PUPILS, QUESTIONS = 30, 40
KINDS = ("symbol",) * 28 + ("short",) * 8 + ("writing",) * 4
COVERAGE, RIGHT = 0.93, 0.72  # of 記号 that the reader reads; of answers that are right
SEED = 903
ROOT = Path(__file__).resolve().parents[2]
KEYS, PACE = 200, 100  # keys, and milliseconds between them (ten a second is faster than any hand)


def simulated() -> dict[str, Any]:
    """模擬学級: 30 pupils × 40 questions, every look, key and mark of the pen counted."""
    chance = random.Random(SEED)
    questions = [_asked(kind, chance) for kind in KINDS]
    paper, ours = effort.on_paper(questions), effort.here(questions)
    return {
        "class_model": f"{PUPILS}人×{QUESTIONS}問（記号28・語8・文4、読み取り{COVERAGE:.0%}、正答{RIGHT:.0%}）。時間は effort.py の定数による見積もりで、実測ではない",
        "class_paper_minutes": round(paper.minutes, 1), "class_paper_actions": paper.actions,
        "class_here_minutes": round(ours.minutes, 1), "class_here_actions": ours.actions,
        "class_share_of_paper": round(ours.minutes / paper.minutes, 3),
        "class_actions_share_of_paper": round(ours.actions / paper.actions, 3),
        "class_share_without_looking_at_sentences": round(
            sum(ours.seconds.values()) / sum(paper.seconds.values()) if not _sentences(questions) else
            (ours.minutes * 60 - _sentences(questions)) / (paper.minutes * 60 - _sentences(questions)), 3),
        "class_here_seconds": {name: round(value) for name, value in ours.seconds.items()},
        "class_paper_seconds": {name: round(value) for name, value in paper.seconds.items()},
    }  # fmt: skip


def _sentences(questions: list[effort.Asked]) -> float:
    return sum(effort.LOOK["writing"] * len(one.right) for one in questions if one.kind == "writing")


def _asked(kind: str, chance: random.Random) -> effort.Asked:
    right = [chance.random() < RIGHT for _ in range(PUPILS)]
    if kind != "symbol":
        return effort.Asked(kind, [None] * PUPILS, right)
    texts = ["ア" if good else chance.choice(["イ", "ウ", "エ", ""]) for good in right]
    return effort.Asked(kind, [text if chance.random() < COVERAGE else None for text in texts], right)


def rescored() -> dict[str, Any]:
    """配点の変更: 400 papers × 50 questions, every second question gives other points; all differences listed."""
    chance = random.Random(SEED)
    marks: dict[tuple[str, str, int], tuple[int | None, tuple[str, ...], int]] = {
        (f"p{paper}", f"q{at}", 1): (chance.choice((0, 1, 2)), (), 1) for paper in range(400) for at in range(50)
    }
    rules = {1: {f"q{at}": Rule(2, {"めやす": 1}) for at in range(50)},
             2: {f"q{at}": Rule(2 + at % 2, {"めやす": 1}) for at in range(50)}}  # fmt: skip
    began = time.process_time()
    for _ in range(5):
        found = changes(marks, rules, 2)
    return {
        "rescored_400x50_cpu_ms": round((time.process_time() - began) * 200, 1),
        "rescored_400x50_changes": len(found),
    }


def keys(bench: town.Bench) -> dict[str, Any]:
    """鍵から次の絵まで: 200 keys on a question of a class with pictures, in Chromium; performance entries of the surface."""
    from playwright.sync_api import sync_playwright

    from tests.browser.found import browser

    made = subprocess.run(
        [sys.executable, "-m", "tests.load.hands"],
        env=bench.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    path = made.stdout.strip().splitlines()[-1]
    town.measured()
    session, web = town.sessions([town.uid("teacher", 1, 0)], "school")[0], Web(bench.environment)
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=browser(whole=True), args=["--no-sandbox", "--disable-gpu"]
            )
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.context.add_cookies([_cookie(part, web.port) for part in session().split("; ")])
            page.goto(f"http://localhost:{web.port}{path}")
            page.wait_for_selector("m-marking[data-ready]")
            for at in range(KEYS):
                page.keyboard.press("fjf1"[at % 4])
                if at % 28 == 27:
                    page.keyboard.press("ArrowUp")
                    for _ in range(8):
                        page.keyboard.press("ArrowUp")
                page.wait_for_timeout(PACE)
            times = sorted(page.evaluate("performance.getEntriesByName('minamo-key').map((one) => one.duration)"))
            chromium.close()
    finally:
        web.stop()
    at = {share: round(times[min(len(times) - 1, int(len(times) * share))], 1) for share in (0.5, 0.95, 0.99)}
    return {"keys": len(times), "key_to_paint_p50_ms": at[0.5], "key_to_paint_p95_ms": at[0.95], "key_to_paint_p99_ms": at[0.99],
            "good": at[0.95] <= 50}  # fmt: skip


def _cookie(part: str, port: int) -> Any:
    name, _, value = part.partition("=")
    return {"name": name, "value": value, "domain": "localhost", "path": "/"}


def write() -> str:
    """A sitting of the bench's first class with pictures; its address."""
    import django

    django.setup()
    from minamo.access.api import system_scope
    from minamo.kernel import clock
    from minamo.people.api import SchoolClass, roster_of_class
    from tests.fixtures.marking_class import a_class

    room = town.uid("class", 1, 0)
    with system_scope(town.uid("town")):
        row = SchoolClass.objects.get(pk=room)
        pupils = [(one.pupil_id, one.number or 0) for one in roster_of_class(room, clock.today())]
        sitting = a_class(
            row.municipality_id, row.school_id, room, (town.uid("teacher", 1, 0), "測る先生"), pupils, clock.now()
        )
    return f"/marking/sittings/{sitting}/questions/q1/"


if __name__ == "__main__":
    print(write())
