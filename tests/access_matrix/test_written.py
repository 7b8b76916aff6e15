"""The search of the matrix: it reads what every kind of answer writes (prints: SHOWN_APART), and takes nothing for something else."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse, JsonResponse

from minamo.kernel.tables.values import Sheet
from minamo.kernel.tables.writing import write_csv, write_xlsx
from tests.access_matrix.written import Search, forms, readable

TOKEN, DAY = "鮭0417鱒", dt.date(2011, 7, 1)
ROWS = [(TOKEN, DAY)]
ANSWERS = {
    "page": HttpResponse(f"<p>{TOKEN} 平成23年7月1日"),
    "JSON": JsonResponse({"name": TOKEN, "day": DAY.isoformat()}),
    "book": HttpResponse(write_xlsx([Sheet("表", ("氏名", "日"), ROWS)])),
    "CSV": HttpResponse(write_csv(ROWS, ("氏名", "日"), "cp932").content),
    "heading": HttpResponse(headers={"Content-Disposition": "attachment; filename*=UTF-8''%E9%AE%AD0417%E9%B1%92_2011-07-01.pdf"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_is_read(kind: str) -> None:
    search = Search([("name", forms(TOKEN)), ("day", forms(DAY))])
    assert set(search.found(readable(ANSWERS[kind]))) == {"name", "day"}


@pytest.mark.parametrize("text", ["2011-07-01", "2011/7/1", "2011/07/01", "20110701", "2011年7月1日", "平成23年7月1日",
                                  "H23.7.1", "7月1日（金）", "<v>40725</v>"])  # fmt: skip
def test_a_day_is_found_however_it_is_written(text: str) -> None:
    assert Search([(DAY, forms(DAY))]).found(f"生年月日 {text} です") == [DAY]


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("38.7"), "38.7℃"), (Decimal("38.7"), json.dumps({"t": 38.7})), (dt.time(9, 5), "9:05ごろ"), (dt.time(9, 5), "09:05"),
     (20113, "20113点"), (20113, "計20,113／40000"), (20113, json.dumps([20113, 0])), (20113, "<v>20113</v>"), (20113, "20113.0")],
)  # fmt: skip
def test_numbers_and_hours(value: Any, text: str) -> None:
    assert Search([(value, forms(value))]).found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "138.7",
        "38.75",
        "1.38.7",
        "2011-07-012",
        "H23.7.12",
        "111:43",
        "7月1日（土）",
        "7月1日",
        "120113",
        "a20113",
        "20113f-4000",
        "js/20113a.js",
        "0.20113",
    ],
)
def test_a_part_of_something_else_is_not_it(text: str) -> None:
    values = (Decimal("38.7"), DAY, dt.time(11, 43), 20113)
    assert Search((value, forms(value)) for value in values).found(text) == []
