"""表で渡す: the analysis as an Excel book, totals as CSV for 成績. Nothing in it can become a formula (kernel.tables)."""

from collections.abc import Iterator, Mapping, Sequence

from minamo.kernel.tables import Cell, Sheet, write_csv, write_xlsx
from minamo.marking.analysis.totals import Total, names_of, total_of
from minamo.marking.analysis.values import Paper
from minamo.marking.analysis.whole import Analysis
from minamo.marking.reports.names import Named, hundred, remark, rest_word, section_word
from minamo.marking.reports.sp_view import sp_view

Row = Sequence[Cell]


def analysis_book(analysis: Analysis, names: Mapping[str, Named]) -> bytes:
    """分析のExcel: 得点, 設問, 解答, S–P表, 分布. Raises KeyError for a pupil without a name."""
    return write_xlsx([
        Sheet("得点", totals_header(analysis), totals_rows(analysis, names), [6, 18, 12]),
        Sheet("設問", ITEM_HEADER, item_rows(analysis), [10, 8, 20, 6, 10, 10, 10, 14, 10, 10, 14, 14, 50]),
        Sheet("解答", ["設問", "解答", "正誤", "人数", "上位27%", "下位27%", "選んだ人の平均点"], answer_rows(analysis), [10, 20, 8]),
        sp_sheet(analysis, names),
        Sheet("分布とまとめ", ["項目", "値"], summary_rows(analysis), [28, 12]),
    ])  # fmt: skip


def totals_csv(analysis: Analysis, names: Mapping[str, Named]) -> bytes:
    """成績のためのCSV: one pupil a line, totals by 観点 and 大問; UTF-8 with mark, as Excel wants it."""
    return write_csv(totals_rows(analysis, names), totals_header(analysis)).content


def totals_header(analysis: Analysis) -> list[str]:
    """Columns of the totals."""
    items = analysis.results.items
    parts = [*names_of(items, "aspect"), *(section_word(name) for name in names_of(items, "section"))]
    return ["番", "氏名", "学級", "ようす", f"合計（{analysis.results.full}点）", *parts]


def totals_rows(analysis: Analysis, names: Mapping[str, Named]) -> Iterator[Row]:
    """One line a pupil in class order; who was absent has no points, who is not wholly marked no total."""
    papers = sorted(analysis.results.papers, key=lambda paper: order(names[paper.pupil]))
    for paper in papers:
        who = names[paper.pupil]
        head: list[Cell] = [who.number, who.name, who.group]
        if paper.absent:
            yield [*head, "欠席"]
            continue
        total = total_of(analysis.results.items, paper)
        yield [*head, f"未採点 {total.waiting}問", None] if total.waiting else [*head, "", *_points(total)]


def order(who: Named) -> tuple[str, int, str]:
    """学級順・出席番号順; pupils without a number last."""
    return who.group, who.number or 10_000, who.name


def _points(total: Total) -> list[Cell]:
    return [total.points, *(part.points for part in total.aspects), *(part.points for part in total.sections)]


ITEM_HEADER = [
    "設問",
    "大問",
    "観点",
    "配点",
    "正答率(%)",
    "得点率(%)",
    "識別指数",
    "合計との相関（その問を除く）",
    "相関の種類",
    "空らん(%)",
    "文字の分からない誤答（人）",
    "読みと点が合わない（人）",
    "気づき",
]


def item_rows(analysis: Analysis) -> Iterator[Row]:
    """設問分析."""
    for line in analysis.items:
        item = line.item
        yield [
            item.label, item.section, item.aspect, item.full, hundred(line.rate), hundred(line.share),
            _rounded(line.discrimination), _rounded(line.with_rest),
            "" if line.with_rest is None else rest_word(line), hundred(line.blank), line.unknown, line.clash, remark(line),
        ]  # fmt: skip


def answer_rows(analysis: Analysis) -> Iterator[Row]:
    """解答の内訳."""
    for line in analysis.items:
        for one in line.choices:
            yield [
                line.item.label, one.text or "（空らん）", "正" if one.right else "誤", one.count,
                _rounded(one.upper), _rounded(one.lower), _rounded(one.mean_total),
            ]  # fmt: skip


def sp_sheet(analysis: Analysis, names: Mapping[str, Named]) -> Sheet:
    """S–P表; the last lines give the questions' counts and indices. An index that cannot be computed stays empty."""
    view = sp_view(analysis.results, analysis.sp, names)
    rows: list[Row] = [
        [row.number, row.name, *(cell.sign for cell in row.cells), row.count, _index(row.index), row.word]
        for row in view.rows
    ]
    rows.append(["", "正答数", *(column.count for column in view.columns)])
    rows.append(["", "注意係数", *(_index(column.index) for column in view.columns)])
    header = ["番", "氏名", *(column.label for column in view.columns), "正答数", "注意係数", "見方"]
    return Sheet("S-P表", header, rows, [6, 18, *([6] * len(view.columns)), 8, 10, 12], decimals="0.00")


def summary_rows(analysis: Analysis) -> Iterator[Row]:
    """まとめと分布."""
    spread, trust, results = analysis.spread, analysis.reliability, analysis.results
    yield ["集計した人数", spread.n]
    yield ["欠席", results.absent]
    yield ["採点が終わっていない", results.waiting]
    yield ["平均点", _rounded(spread.mean)]
    yield ["標準偏差", _rounded(spread.deviation)]
    yield ["最低点", spread.least]
    yield ["第1四分位", _rounded(spread.lower)]
    yield ["中央値", _rounded(spread.median)]
    yield ["第3四分位", _rounded(spread.upper)]
    yield ["最高点", spread.most]
    yield ["KR-20（正誤）", _rounded(trust.kr20)]
    yield ["α係数（得点）", _rounded(trust.alpha)]
    yield ["測定の標準誤差", _rounded(trust.error)]
    yield ["差異量", _rounded(analysis.sp.apart)]
    yield ["差異量の偶然との比", _rounded(analysis.sp.disparity)]
    for bar in spread.bars:
        yield [f"{bar.low}–{bar.high}点の人数", bar.count]
    for rate in (*analysis.aspects, *analysis.sections):
        yield [f"{rate.name} の平均得点率(%)", hundred(rate.mean)]


def _index(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def named_papers(analysis: Analysis, names: Mapping[str, Named]) -> list[tuple[Named, Paper]]:
    """Papers with their names in class order."""
    return sorted(((names[paper.pupil], paper) for paper in analysis.results.papers), key=lambda one: order(one[0]))
