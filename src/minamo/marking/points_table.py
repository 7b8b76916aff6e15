"""点数表: a test's points as a table a teacher keeps in Excel, to Results. Pure; refuses the whole table or nothing.

Heading: 番, 氏名, ようす, then one column per question. Rows whose 番 is empty and whose 氏名 is 配点, 観点, 大問 or 正答 speak of the
questions; all others are pupils. An empty cell is an answer that is not marked yet; 欠席 under ようす is no zero.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from minamo.kernel.names import fold_search
from minamo.kernel.tables import Cell, Row, Sheet, Table
from minamo.marking.analysis.values import Item, Paper, Results

NUMBER, NAME, STATE = "番", "氏名", "ようす"
FULL, ASPECT, SECTION, KEY = "配点", "観点", "大問", "正答"
ABOUT = (FULL, ASPECT, SECTION, KEY)
AWAY = ("欠席", "欠")
MOST_QUESTIONS, MOST_POINTS = 120, 200
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Place:
    """名簿の一人, as the table must name the pupil."""

    pupil: str
    number: int | None
    name: str


class TableRefused(ValueError):
    """点数表を受け取れない理由: each with its line and what to do; nothing was taken."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems[:MOST_SHOWN])
        self.more = max(0, len(problems) - MOST_SHOWN)


def template(roster: Sequence[Place], questions: int = 20) -> Sheet:
    """書き込む用紙: the class with empty cells, to be filled in Excel."""
    labels = [f"問{at}" for at in range(1, questions + 1)]
    rows: list[list[Cell]] = [[None, about, None, *([2] * questions if about == FULL else [])] for about in ABOUT]
    rows += [[place.number, place.name] for place in roster]
    return Sheet("点数表", [NUMBER, NAME, STATE, *labels], rows, [6, 18, 8, *([7] * questions)])


def read_points(table: Table, roster: Sequence[Place], group: str) -> Results:
    """点数表を読む. Raises TableRefused with every problem found."""
    problems: list[str] = []
    columns = _columns(table, problems)
    about = {row.values[columns[NAME]].strip(): row for row in table.rows if _is_about(row, columns)} if columns else {}
    if columns and FULL not in about:
        problems.append(
            f"「{FULL}」の行がありません。氏名の列に「{FULL}」と書いた行に、設問ごとの満点を入れてください。"
        )
    if problems:
        raise TableRefused(problems)
    items = _items(table, columns, about, problems)
    if problems:
        raise TableRefused(problems)
    rows = [row for row in table.rows if not _is_about(row, columns) and any(value.strip() for value in row.values)]
    papers = dict(_papers(rows, columns, items, {place.number: place for place in roster}, group, problems))
    missing = [place for place in roster if place.pupil not in papers]
    if not problems and missing:
        problems += [
            f"{place.number or '—'}番 {place.name}さんの行がありません。休んだ人は「ようす」に欠席と書いてください。"
            for place in missing
        ]
    if problems:
        raise TableRefused(problems)
    return Results(tuple(items), tuple(papers[place.pupil] for place in roster))


def _columns(table: Table, problems: list[str]) -> dict[str, int]:
    """Where 番, 氏名 and ようす stand; problems when they do not, or when questions have no names of their own."""
    heads = [head.strip() for head in table.header]
    problems += [
        f"見出しに「{name}」の列がありません。「用紙をダウンロード」の形に合わせてください。"
        for name in (NUMBER, NAME)
        if name not in heads
    ]
    questions = [head for head in heads if head and head not in (NUMBER, NAME, STATE)]
    if not questions:
        problems.append("設問の列がありません。見出しに設問の名前（問1 など）を入れてください。")
    if len(questions) > MOST_QUESTIONS:
        problems.append(f"設問が{len(questions)}あります。{MOST_QUESTIONS}までに分けてください。")
    problems += [
        f"見出し「{name}」が2つあります。設問の名前を変えてください。"
        for name in dict.fromkeys(questions)
        if heads.count(name) > 1
    ]
    return {} if problems else {name: heads.index(name) for name in (NUMBER, NAME, STATE) if name in heads}


def _is_about(row: Row, columns: Mapping[str, int]) -> bool:
    return not row.values[columns[NUMBER]].strip() and row.values[columns[NAME]].strip() in ABOUT


def _questions(table: Table) -> Iterator[tuple[int, str]]:
    for at, head in enumerate(table.header):
        if head.strip() and head.strip() not in (NUMBER, NAME, STATE):
            yield at, head.strip()


def _items(table: Table, columns: Mapping[str, int], about: Mapping[str, Row], problems: list[str]) -> list[Item]:
    items = []
    for order, (at, label) in enumerate(_questions(table), start=1):
        full = whole_number(about[FULL].values[at])
        if full is None or not 1 <= full <= MOST_POINTS:
            problems.append(f"{about[FULL].record}行目 {label}：配点は1から{MOST_POINTS}までの整数で入れてください。")
            continue
        texts = {name: about[name].values[at].strip()[:40] if name in about else "" for name in (SECTION, ASPECT, KEY)}
        items.append(Item(f"q{order}", label[:40], full, texts[SECTION], texts[ASPECT], texts[KEY]))
    return items


def _papers(
    rows: Sequence[Row], columns: Mapping[str, int], items: Sequence[Item], roster: Mapping[int | None, Place], group: str,
    problems: list[str],
) -> Iterator[tuple[str, Paper]]:  # fmt: skip
    seen: dict[str, int] = {}
    questions = [at for at in range(len(rows[0].values)) if at not in columns.values()] if rows else []
    for row in rows:
        number, name = whole_number(row.values[columns[NUMBER]]), row.values[columns[NAME]].strip()
        place = roster.get(number) if number is not None else None
        if place is None:
            problems.append(
                f"{row.record}行目：{row.values[columns[NUMBER]].strip() or '（空）'}番は、この学級の名簿にありません。"
            )
            continue
        if name and fold_search(name) != fold_search(place.name):
            problems.append(
                f"{row.record}行目：{number}番は{place.name}さんですが、表では「{name}」です。番号か氏名を直してください。"
            )
        if place.pupil in seen:
            problems.append(f"{row.record}行目：{number}番が{seen[place.pupil]}行目にもあります。")
        seen[place.pupil] = row.record
        state = row.values[columns[STATE]].strip() if STATE in columns else ""
        if state in AWAY:
            yield place.pupil, Paper(place.pupil, (), group=group, absent=True)
            continue
        yield place.pupil, Paper(place.pupil, tuple(_points(row, questions, items, problems)), group=group)


def _points(row: Row, questions: Sequence[int], items: Sequence[Item], problems: list[str]) -> Iterator[int | None]:
    for at, item in zip(questions, items, strict=False):
        text = row.values[at].strip()
        points = whole_number(text)
        if text and (points is None or points > item.full):
            problems.append(
                f"{row.record}行目 {item.label}：「{text[:12]}」は入れられません。0から{item.full}までの整数か、空けておいてください。"
            )
            points = None
        yield points


def whole_number(text: str) -> int | None:
    """0以上の整数, full width and Excel's 3.0 too; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix(".0")
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= 6 else None
