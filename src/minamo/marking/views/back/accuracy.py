"""読み取りの精度の画面: how well the machine read in this school, from the school's own marks; page and CSV."""

import datetime as dt
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear
from minamo.kernel.tables import write_csv
from minamo.marking.accuracy import SMALL, Line, lines
from minamo.marking.queries.accuracy import readings_of, tests_of
from minamo.marking.views.files import download
from minamo.tenancy.api import School

NAMES = {"0-99": "数（0–99）", "0-999": "数（0–999）"}
HEAD = ["文字の範囲", "答え", "読めた", "正しかった", "読めた割合", "正しい割合", "正しい割合の下限（95%）", "ようす"]


def accuracy(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """読み取りの精度 of this school year."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    since = SchoolYear.of(actor.today).begins
    found = lines(readings_of(school.pk, since), NAMES)
    context = {
        "school": school, "year": SchoolYear.of(actor.today).label(), "tests": tests_of(school.pk, since), "small": SMALL,
        "lines": [_shown(line) for line in found],
        "mistaken": [(truth, read, count) for (truth, read), count in (found[-1].accuracy.mistaken[:12] if found else ())],
    }  # fmt: skip
    return render(request, "marking/back_accuracy.html", context)


def accuracy_table(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """同じ表のCSV."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    since: dt.date = SchoolYear.of(actor.today).begins
    rows = [
        [line.name, line.accuracy.n, line.accuracy.read, line.accuracy.right, _plain(line.accuracy.coverage),
         _plain(line.accuracy.precision), _plain(line.accuracy.low), "件数が少ない" if line.small else ""]
        for line in lines(readings_of(school.pk, since), NAMES)
    ]  # fmt: skip
    return download(write_csv(rows, HEAD).content, "text/csv; charset=utf-8", f"{school.short_name}_読み取りの精度.csv")


def _shown(line: Line) -> dict[str, object]:
    one = line.accuracy
    return {
        "name": line.name, "n": one.n, "read": one.read, "right": one.right, "small": line.small,
        "coverage": _percent(one.coverage), "precision": _percent(one.precision), "low": _percent(one.low),
        "wrong": one.read - one.right,
    }  # fmt: skip


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value * 100:.1f}%"


def _plain(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
