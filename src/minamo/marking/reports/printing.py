"""分析と学習アドバイスの印刷: A4 by Typst."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minamo.design.typst import render_pdf
from minamo.marking.analysis.advice import Advice, advise
from minamo.marking.analysis.compare import LEAST
from minamo.marking.analysis.totals import Rate
from minamo.marking.analysis.whole import Analysis
from minamo.marking.check_rules import called
from minamo.marking.reports.book import named_papers
from minamo.marking.reports.names import Named, Title, decimal, percent, remark, section_word, with_rest, wrong_answers
from minamo.marking.reports.sp_view import SPView, sp_view

TYPST = Path(__file__).parents[1] / "typst"


def analysis_pdf(analysis: Analysis, names: Mapping[str, Named], title: Title) -> bytes:
    """テスト分析: summary, distribution, questions, S–P table. Raises typst.TypstError when the form cannot be made."""
    return render_pdf(TYPST / "analysis.typ", analysis_data(analysis, names, title))


def advice_pdf(
    analysis: Analysis,
    names: Mapping[str, Named],
    title: Title,
    *,
    pupils: frozenset[str] | None = None,
    least: int = LEAST,
) -> bytes:
    """学習アドバイス: one page for each pupil who has a total, in class order; only `pupils` when given.

    Raises ValueError when there is nobody to print.
    """
    pages = [
        advice_data(advise(analysis.results, paper, least=least), who, title)
        for who, paper in named_papers(analysis, names)
        if paper.whole and (pupils is None or paper.pupil in pupils)
    ]
    if not pages:
        raise ValueError("nobody has a total yet")
    return render_pdf(TYPST / "advice.typ", {"pages": pages})


def advice_data(advice: Advice, who: Named, title: Title) -> dict[str, Any]:
    """One page of advice as plain values."""
    total = advice.total
    return {
        "school": title.school, "test": title.test, "day": title.day, "group": who.group, "number": who.number or "",
        "name": who.name, "points": total.points, "full": total.full, "sentences": list(advice.sentences),
        "aspects": [
            {"name": part.name, "points": part.points, "full": part.full, "rate": part.rate}
            for part in total.aspects
        ],
        "sections": [{"name": section_word(part.name), "points": part.points, "full": part.full, "rate": part.rate} for part in total.sections],
        "lists": [
            {"title": words, "items": [item.label for item in items]}
            for words, items in (
                ("むずかしい問題で正解", advice.strong), ("見直すと取れる問題", advice.careless), ("次にやり直す問題", advice.next_steps),
            ) if items
        ],
    }  # fmt: skip


def analysis_data(analysis: Analysis, names: Mapping[str, Named], title: Title) -> dict[str, Any]:
    """What the form prints, as plain values."""
    spread, trust, results = analysis.spread, analysis.reliability, analysis.results
    return {
        "school": title.school, "test": title.test, "group": title.group, "day": title.day, "full": results.full,
        "facts": [
            ["集計", f"{spread.n}人"], ["欠席", f"{results.absent}人"], ["採点中", f"{results.waiting}人"],
            ["平均", decimal(spread.mean, 1)], ["標準偏差", decimal(spread.deviation, 1)], ["中央値", decimal(spread.median, 1)],
            ["最高", whole(spread.most)], ["最低", whole(spread.least)], ["KR-20", decimal(trust.kr20)], ["α", decimal(trust.alpha)],
        ],
        "away": "、".join(called(who.number, who.name) for who, paper in named_papers(analysis, names) if paper.absent),
        "bars": [{"label": f"{bar.low}–{bar.high}", "count": bar.count} for bar in spread.bars],
        "rates": [{"name": name, "rate": rate.mean, "words": percent(rate.mean)} for name, rate in named_rates(analysis)],
        "items": [
            [line.item.label, line.item.section, line.item.aspect, str(line.item.full), percent(line.rate), percent(line.share),
             decimal(line.discrimination), with_rest(line), percent(line.blank), wrong_answers(line), remark(line)]
            for line in analysis.items
        ],
        "sp": sp_data(sp_view(results, analysis.sp, names)),
    }  # fmt: skip


def named_rates(analysis: Analysis) -> list[tuple[str, Rate]]:
    """観点 and 大問 with their words."""
    return [
        *((rate.name, rate) for rate in analysis.aspects),
        *((section_word(rate.name), rate) for rate in analysis.sections),
    ]


def whole(value: int | None) -> str:
    """A whole number or —."""
    return "—" if value is None else str(value)


def sp_data(view: SPView) -> dict[str, Any]:
    """The S–P table as plain values."""
    return {
        "columns": [[column.label, column.count, column.caution, column.word] for column in view.columns],
        "rows": [
            {
                "number": row.number or "", "name": row.name, "count": row.count, "caution": row.caution, "word": row.word,
                "cells": [[cell.sign, cell.edges] for cell in row.cells],
            }
            for row in view.rows
        ],
        "apart": view.apart, "disparity": view.disparity,
    }  # fmt: skip
