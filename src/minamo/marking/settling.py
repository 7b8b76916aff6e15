"""確定の決まり: what a sitting still lacks before it may become a result, and what a mark says about an answer's text. Pure.

Some things must be whole: whose every page is, who has no paper, marks that met each other. Others may stay as they are when
the person who settles says so by name: an answer nobody has marked stays 採点待ち (null, never zero).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from minamo.marking.analysis.values import CLASH, UNREAD, WRITTEN, Paper
from minamo.marking.setup import Question

READING, TRAY, UNBOUND, NOBODY, EMPTY = "reading", "tray", "unbound", "nobody", "empty"
UNMARKED, SECOND, DIFFERENT, MET, CHECKS, CHANGED = "unmarked", "second", "different", "met", "checks", "changed"
UNSEEN, BACKLESS = "unseen", "backless"
NAMEABLE = (UNMARKED, SECOND, DIFFERENT, CHECKS, UNSEEN, BACKLESS)


@dataclass(frozen=True, slots=True)
class Lack:
    """足りないもの: `kind`, how many, whom or what it is about (question id or words), and where it is put right (`question`)."""

    kind: str
    count: int
    about: str = ""
    question: str = ""

    @property
    def nameable(self) -> bool:
        """Whether it may stay as it is, with a name to it."""
        return self.kind in NAMEABLE


@dataclass(frozen=True, slots=True)
class Sheet:
    """一人の答案: the pupil, the points per question in the order of the test (None = open) and why open ones are."""

    pupil: str
    number: int | None
    page: str
    points: tuple[int | None, ...]
    open: tuple[str, ...] = ()
    backless: bool = False  # 裏がない: of a test of two pages only the first is here


@dataclass(frozen=True, slots=True)
class Pages:
    """読み取りのようす: pages not read yet, pages in the tray, pages that are nobody's yet, pupils with neither paper nor 欠席, and pupils
    whose second page is missing (裏がない); people by number and name, in class order."""

    reading: int = 0
    tray: int = 0
    unbound: int = 0
    nobody: tuple[str, ...] = ()
    backless: tuple[str, ...] = ()


def lacks(
    questions: Sequence[Question], sheets: Sequence[Sheet], pages: Pages, met: Mapping[str, int], checks: Mapping[str, int],
    changed: Mapping[str, int], unseen: Mapping[str, int],
) -> tuple[Lack, ...]:  # fmt: skip
    """足りないものの一覧, what must be whole first. `met`: strokes that met another one, by question; `checks`: answers of the
    random check that nobody has looked at; `changed`: marks that are others under the points in force; `unseen`: points given with 残り全部 to
    what is read as empty or wrong (a pile was read anew since); by question."""
    found = [
        Lack(READING, pages.reading), Lack(TRAY, pages.tray), Lack(UNBOUND, pages.unbound),
        Lack(NOBODY, len(pages.nobody), "、".join(pages.nobody)), Lack(EMPTY, 0 if sheets and questions else 1),
        Lack(BACKLESS, len(pages.backless), "、".join(pages.backless)),
    ]  # fmt: skip
    for at, question in enumerate(questions):
        label = f"{question.section}{question.label}"
        found += [
            Lack(MET, met.get(question.id, 0), label, question.id),
            Lack(CHANGED, changed.get(question.id, 0), label, question.id),
        ]
        for kind in (UNMARKED, SECOND, DIFFERENT):
            count = sum(sheet.points[at] is None and _why(sheet, at) == kind for sheet in sheets)
            found.append(Lack(kind, count, label, question.id))
        found.append(Lack(CHECKS, checks.get(question.id, 0), label, question.id))
        found.append(Lack(UNSEEN, unseen.get(question.id, 0), label, question.id))
    return tuple(sorted((one for one in found if one.count), key=lambda one: one.nameable))


def _why(sheet: Sheet, at: int) -> str:
    return sheet.open[at] if sheet.open and sheet.open[at] else UNMARKED


def stands_in_the_way(found: Sequence[Lack], named: Collection[str]) -> tuple[Lack, ...]:
    """確定をさまたげるもの: what must be whole, and what was not named."""
    return tuple(one for one in found if not one.nameable or one.kind not in named)


def text_of(question: Question, reading: Sequence[object] | None, points: int | None) -> str | None:
    """解答の文字: what the machine read, as far as the mark of a person bears it out; None where nobody can say.

    A reading that is a right answer under full points was right; one that is no right answer under fewer points is taken as
    what was written. Where reading and mark do not fit, the only right answer stands for full points. Blank is blank in every kind
    of question, also where nothing is read.
    """
    if points is None:
        return None
    text = reading[0] if reading else None
    if text == "":
        return "" if points == 0 else None
    if not question.read:
        return None
    if points == question.full:
        if isinstance(text, str) and question.right(text):
            return text
        return question.keys[0] if len(question.keys) == 1 else None
    return text if isinstance(text, str) and not question.right(text) else None


def look_of(question: Question, reading: Sequence[object] | None, points: int | None, *, pictured: bool) -> str:
    """見えたもの of an answer without a text: what the eye says where `text_of` cannot say it. `pictured`: the answer was cut out."""
    if points is None or text_of(question, reading, points) is not None:
        return ""
    if reading and reading[0] is not None and (question.read or reading[0] == ""):
        return CLASH
    if not pictured:
        return ""
    return UNREAD if question.read else WRITTEN


def paper_of(
    sheet: Sheet, questions: Sequence[Question], readings: Mapping[str, Sequence[object]], group: str, cut: Collection[str] = ()
) -> Paper:  # fmt: skip
    """答案 as the figures take it. `cut`: the questions whose answers were cut out of its pages."""
    texts = tuple(
        text_of(question, readings.get(question.id), points)
        for question, points in zip(questions, sheet.points, strict=True)
    )
    looks = tuple(
        look_of(question, readings.get(question.id), points, pictured=question.id in cut)
        for question, points in zip(questions, sheet.points, strict=True)
    )
    return Paper(sheet.pupil, sheet.points, texts, group, looks=looks)
