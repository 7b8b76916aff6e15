"""学級・年度を比べる: the same test (title and subject) of one school and grade, as far as the actor may see the pupils."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear
from minamo.marking.analysis.compare import LEAST, Side, compare
from minamo.marking.analysis.values import Paper, Results
from minamo.marking.models import Result, ResultPaper
from minamo.marking.queries.results import items_of, standing

MOST = 30
WHOLE = "全体"


def sides_of(actor: Actor, row: Result, *, share: bool) -> tuple[Side, ...]:
    """比べる行, the newest year first, with a line of all where the questions are the same. Three queries.

    `share`: for a sheet that is handed on to others: small classes are held back, with what would give them away.
    """
    same_test = {"school": row.school_id, "title": row.title, "subject": row.subject}
    found = standing(Result.objects.visible_to(actor)).filter(**same_test, school_class__grades=row.school_class.grades)
    rows = list(
        found.select_related("school_class").order_by("-held_on", "school_class__position", "school_class__title")[
            :MOST
        ]
    )
    papers: dict[UUID, list[Paper]] = defaultdict(list)
    for paper in ResultPaper.objects.filter(result__in=rows):
        mine = Paper(str(paper.pupil_id), tuple(paper.points), absent=paper.absent)
        papers[paper.result_id].append(mine)
    sides = _named(rows, papers)
    same = len(sides) > 1 and len({results.items for results in sides.values()}) == 1
    return compare(sides, least=LEAST if share else 0, whole=WHOLE if same else "")


def _named(rows: list[Result], papers: Mapping[UUID, list[Paper]]) -> dict[str, Results]:
    """A name for each line that no other line has."""
    sides: dict[str, Results] = {}
    for row in rows:
        name = f"{SchoolYear.of(row.held_on).label()} {row.school_class.title}"
        if name in sides:
            name = f"{name}（{row.held_on.month}/{row.held_on.day}、{len(sides) + 1}）"
        sides[name] = Results(items_of(row), tuple(papers[row.pk]))
    return sides
