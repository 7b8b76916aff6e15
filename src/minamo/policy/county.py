"""郡の定めの読み取り (county file): TOML shaped like the model policy, read whole or refused with its line and field.

name = "水上野郡の共通の定め"
agreed_on = 2026-12-01
members = ["480441", "480442"]      # 教育委員会コード; a town is of one county
[limits]
reauth_minutes = 10
[[clause]]
n = "2.5.14"
title = "郡の研修"
text = "郡で合同の研修を行います。"
who = ["教職員"]
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from minamo.access.api import LIMITS, checked
from minamo.policy.clauses import WHO
from minamo.policy.rules.layers import LayerError, check

KNOWN = ("name", "agreed_on", "members", "limits", "clause")
OF_CLAUSE = ("n", "title", "text", "who")
LONGEST_NAME = 60


@dataclass(frozen=True)
class CountyFile:
    """郡の定め as its file says it: clauses as a layer, numbers, the towns it is for."""

    name: str
    agreed_on: dt.date
    members: tuple[str, ...]
    clauses: Mapping[str, Mapping[str, Any]]
    limits: Mapping[str, int]
    at: Mapping[str, str]  # 「3行目：」 by the name of a field or a number


class CountyFileError(ValueError):
    """The file cannot be taken; one sentence for each mistake, each with its line where there is one."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join([*mistakes, "何も変えていません。"]))
        self.mistakes = mistakes


def read_county(text: str, below: Mapping[str, Mapping[str, Any]]) -> CountyFile:
    """The file; `below` is the model policy. Raises CountyFileError with every mistake at once."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = f"{place[1]}行目：" if place else "終わりのほう："
        raise CountyFileError(
            [f"{line}TOML として読めません。かぎかっこや引用符が閉じているかを確かめてください。"]
        ) from error
    lines = text.splitlines()
    mistakes = [*_of_head(data, lines), *_of_limits(data, lines), *_of_clauses(data, lines, below)]
    if mistakes:
        raise CountyFileError(mistakes)
    clauses = {
        row["n"]: {"title": row["title"], "text": row["text"], "who": row.get("who", ["全員"])}
        for row in data.get("clause", ())
    }
    limits = data.get("limits", {})
    at = {name: _at(lines, name) for name in (*KNOWN, *limits)}
    return CountyFile(data["name"].strip(), data["agreed_on"], tuple(data["members"]), clauses, limits, at)


def _of_head(data: Mapping[str, Any], lines: list[str]) -> Iterator[str]:
    for name in data.keys() - set(KNOWN):
        yield f"{_at(lines, name)}「{name}」という項目はありません。書けるのは {'、'.join(KNOWN)} です。"
    title = data.get("name")
    if not (isinstance(title, str) and 0 < len(title.strip()) <= LONGEST_NAME):
        yield f"{_at(lines, 'name')}name に、名称を{LONGEST_NAME}字までで書いてください。"
    if type(data.get("agreed_on")) is not dt.date:
        yield f"{_at(lines, 'agreed_on')}agreed_on に、合意した日を 2026-12-01 のように（引用符なしで）書いてください。"
    members = data.get("members")
    if not (
        isinstance(members, list) and members and all(isinstance(m, str) and re.fullmatch(r"\d{6}", m) for m in members)
    ):
        yield f'{_at(lines, "members")}members に、教育委員会コード（6けた）を ["480441", …] のように書いてください。'
    elif len(set(members)) != len(members):
        yield f"{_at(lines, 'members')}members に、同じコードが二度あります。"


def _of_limits(data: Mapping[str, Any], lines: list[str]) -> Iterator[str]:
    limits = data.get("limits", {})
    if not isinstance(limits, dict):
        yield f"{_at(lines, 'limits')}limits は [limits] の下に、名前 = 数 の形で書いてください。"
        return
    for name, value in limits.items():
        if name not in LIMITS:
            yield f"{_at(lines, name)}limits の「{name}」という数値はありません。書けるのは {'、'.join(LIMITS)} です。"
        elif type(value) is not int:
            yield f"{_at(lines, name)}limits の {name} は、整数で書いてください。"
        else:
            try:
                checked({name: value})
            except ValueError as error:
                yield f"{_at(lines, name)}limits の {name}：{error}"


def _of_clauses(data: Mapping[str, Any], lines: list[str], below: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    rows = data.get("clause", [])
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        yield f"{_at(lines, 'clause')}条文は [[clause]] の下に書いてください。"
        return
    heads = [place for place, line in enumerate(lines, start=1) if line.strip().startswith("[[clause]]")]
    seen: set[str] = set()
    for place, row in zip(heads, rows, strict=False):
        at = f"{place}行目からの条文："
        if unknown := row.keys() - set(OF_CLAUSE):
            yield f"{at}「{min(unknown)}」という項目はありません。書けるのは {'、'.join(OF_CLAUSE)} です。"
        if not all(isinstance(row.get(name), str) for name in ("n", "title", "text")):
            yield f"{at}n（番号）、title（見出し）、text（文）を、引用符で囲んで書いてください。"
            continue
        who = row.get("who", ["全員"])
        if not (isinstance(who, list) and who and all(one in WHO for one in who)):
            yield f"{at}who は {'、'.join(WHO)} の中から選んでください。"
        if row["n"] in seen:
            yield f"{at}{row['n']} が二度あります。"
        seen.add(row["n"])
        try:
            check(below, {row["n"]: {"title": row["title"], "text": row["text"]}}, below)
        except LayerError as error:
            yield f"{at}{error}"


def _at(lines: list[str], name: str) -> str:
    """「12行目：」 where the name is set; nothing when it is missing."""
    for place, line in enumerate(lines, start=1):
        if re.match(rf"\s*(?:\[+\s*)?{re.escape(name)}\b", line):
            return f"{place}行目："
    return ""
