"""記録を読む: pages of the trail, newest first, by keyset so that page 1,000 costs what page 1 costs."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from minamo.access.api import Actor, device_names, policies
from minamo.audit.models import Entry
from minamo.audit.names import LABELS, label, names_of, words
from minamo.audit.private import FIELD, LOST, open_private
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import JST

PAGE = 50
EXPORT_LIMIT = 20_000
# What an action is called on screen: the verb of the action after the noun's name; unknown ones show their code.
NOUNS = {
    "own": "アカウント", "pupil": "学籍", "people": "名簿", "class": "学級", "staff": "教職員", "notice": "欠席連絡",
    "register": "出席簿", "attendance": "出欠", "calendar": "行事予定", "roster": "取り込み", "audit": "操作記録", "school": "学校",
    "membership": "発令", "municipality": "自治体", "policy": "規程",
}  # fmt: skip
VERBS = {
    "read": "見た", "list": "一覧を見た", "contacts": "連絡先を見た", "protected": "秘匿の住所を見た", "edit": "訂正した", "export": "書き出した",
    "family": "家庭から見た", "self": "本人が見た", "manage": "変えた", "send": "連絡した", "change": "なおした", "take-call": "電話を書き込んだ",
    "mark": "記録した", "close": "月締めをした", "board": "けさの画面を見た", "closure": "臨時休業を登録した", "call": "電話を記録した",
    "codes": "区分を変えた", "import": "名簿を取り込んだ", "guardians": "保護者一覧を取り込んだ", "sign-in": "サインインした",
    "sign-out": "サインアウトした", "password": "パスワードを変えた", "enrol": "異動を登録した", "invite": "登録コードを発行した", "join": "登録した",
    "withdraw": "取り消した", "correct": "なおした", "draft": "起案した", "revise": "案をすすめた", "approve": "承認した", "activate": "施行した",
    "acknowledge": "確認した", "remind": "まだの人に知らせた", "mark-learning": "学習用の端末にした", "register-device": "端末を届け出た", "report-device": "端末の状態を報告した",
    "device-trusted": "端末が鍵を証明した", "lost-device": "端末を紛失にした", "keys": "本人確認の鍵を変えた", "prove": "本人を確かめた", "witness": "立ち会いを断られた", "erase": "鍵を消した",
    "pace": "続けて使いすぎた", "codes-shown": "回復コードを見た", "news": "お知らせを確かめた",
    "report": "管理ツールの報告を取り込んだ", "county": "郡の定めを置いた",
}  # fmt: skip
# What private words are called (private.py).
WORDS = {"reason": "理由", "note": "ことば", "before": "前", "after": "後", "restriction": "制限"}
OUTCOMES = {"allow": "できた", "deny": "断られた", "error": "異常"}


@dataclass(frozen=True)
class Filters:
    """絞り込み as asked for."""

    first: dt.date | None = None
    last: dt.date | None = None
    person: str = ""
    noun: str = ""
    outcome: str = ""
    pupil: UUID | None = None
    number: int | None = None
    clauses: tuple[str, ...] = ()
    before: tuple[dt.datetime, int] | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filters":
        """Read from a query string; what makes no sense is left out."""
        return cls(
            _date(query.get("first", "")), _date(query.get("last", "")), query.get("person", "").strip()[:60],
            query.get("noun", "") if query.get("noun", "") in NOUNS else "",
            query.get("outcome", "") if query.get("outcome", "") in OUTCOMES else "",
            id_of(query.get("pupil", "")), _number(query.get("number", "")), _clauses(query.get("clause", "")), _cursor(query.get("before", "")),
        )  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row for the screen. `pupil` is set when the viewer may see the child; `on` names what the row is about."""

    at: dt.datetime
    who: str
    what: str
    on: str
    pupil: UUID | None
    outcome: str
    outcome_label: str
    clauses: str
    device: str
    number: int  # what a verification calls the row
    words: str  # what the row says of a child: "" nothing, "kept" (encrypted), "lost" (there was no key)


def page_of(actor: Actor, where: Q, filters: Filters, limit: int = PAGE) -> tuple[list[Line], str]:
    """A page of lines and the cursor of the next one (empty at the end). One query, one for the devices, and one for each
    kind of name."""
    rows = list(_filtered(Entry.objects.visible_to(actor).filter(where), filters)[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return _lines(actor, rows[:limit]), f"{last.at.isoformat()}~{last.id}" if last else ""


def _lines(actor: Actor, rows: list[Entry]) -> list[Line]:
    about = [("Pupil", str(row.pupil_id)) for row in rows if row.pupil_id]
    about += [(row.resource_type, row.resource_id) for row in rows]
    names = names_of(actor, about)
    devices = device_names(row.device_id for row in rows if row.device_id)
    return [_line(row, names, devices) for row in rows]


def _filtered(rows: QuerySet[Entry], filters: Filters) -> QuerySet[Entry]:
    """Conditions in the order the indexes like."""
    if filters.first:
        rows = rows.filter(at__gte=dt.datetime.combine(filters.first, dt.time(), JST))
    if filters.last:
        rows = rows.filter(at__lt=dt.datetime.combine(filters.last + dt.timedelta(days=1), dt.time(), JST))
    if filters.number is not None:
        rows = rows.filter(id=filters.number)
    if filters.pupil:
        rows = rows.filter(pupil_id=filters.pupil)
    if filters.noun:
        rows = rows.filter(action__startswith=f"{filters.noun}:")
    if filters.clauses:
        used = Cast("rules", ArrayField(TextField()))  # as the column is; the lookup would compare it with varchar
        rows = rows.alias(used=used).filter(used__overlap=_rules_under(filters.clauses))
    if filters.outcome:
        rows = rows.filter(outcome=filters.outcome)
    if filters.person:
        rows = rows.filter(actor_label__icontains=filters.person)
    if filters.before:
        at, number = filters.before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=number))
    return rows.order_by("-at", "-id")


def _clauses(text: str) -> tuple[str, ...]:
    """「4.1、4.2」: numbers of clauses as somebody types them; empty for what is none."""
    found = [part for part in re.split(r"[,、\s]+", unicodedata.normalize("NFKC", text)) if part][:20]
    return tuple(found) if all(re.fullmatch(r"\d{1,3}(\.\d{1,3})+", part) for part in found) else ()


def _rules_under(clauses: Iterable[str]) -> list[str]:
    """Ids of the rules that stand under one of the clauses today."""
    wanted = set(clauses)
    return [rule.id for rule in policies().rules if rule.clause.split(" ", 1)[0] in wanted]


def _line(row: Entry, names: Mapping[tuple[str, str], str], devices: Mapping[UUID, str]) -> Line:
    child = names.get(("Pupil", str(row.pupil_id)), "") if row.pupil_id else ""
    own = names.get((row.resource_type, row.resource_id), "")
    on = (
        label(row.resource_type, own)
        if row.resource_type == "Pupil" or not row.pupil_id
        else (f"{label(row.resource_type, own)}（{child or '児童生徒'}）")
    )
    return Line(row.at, row.actor_label or "（サインイン前）", spoken(row.action) + _which_keys(row), on, row.pupil_id if child else None,
                row.outcome, OUTCOMES[row.outcome], "、".join(dict.fromkeys(_clause(rule) for rule in row.rules)),
                devices.get(row.device_id, "") if row.device_id else "", row.id,
                "kept" if FIELD in row.detail else "lost" if LOST in row.detail else "")  # fmt: skip


def row_with_words(school: UUID, number: int) -> Entry | None:
    """A row of a school that holds private words, as far as the second wall lets it be seen. One query."""
    return Entry.objects.filter(school_id=school, id=number, detail__has_key=FIELD).first()


@dataclass(frozen=True)
class Said:
    """What a row says of one child: label → text; None when the child's key has been destroyed."""

    name: str
    words: dict[str, str] | None


def said_in(actor: Actor, row: Entry) -> list[Said]:
    """秘匿した内容 of a row, children in the order they were written; a child the actor may not see stays 「児童生徒」.

    Raises Unreadable when the row was tampered with, KeyTrouble when this host lacks the key that wraps.
    """
    assert row.municipality_id is not None  # private words are never written without one
    opened = open_private(entry=row.id, municipality=row.municipality_id, detail=row.detail)
    names = names_of(actor, [("Pupil", str(pupil)) for pupil in opened])
    return [
        Said(
            names.get(("Pupil", str(pupil)), LABELS["Pupil"]),
            None if values is None else {WORDS.get(key, key): text for key, text in values.items()},
        )
        for pupil, values in opened.items()
    ]


def line_of(actor: Actor, row: Entry) -> Line:
    """One row as the page of the trail shows it."""
    return _lines(actor, [row])[0]


def _which_keys(row: Entry) -> str:
    """（認証アプリ を加えた）: of a change of keys, which; rows from before name the kinds in allauth's words."""
    if row.action != "own:keys":
        return ""
    done = (("added", "を加えた"), ("removed", "を外した"), ("renamed", "に名前を変えた"))
    parts = [f"{'・'.join(map(str, names))}{verb}" for key, verb in done if (names := (row.detail or {}).get(key))]
    return f"（{'、'.join(parts)}）" if parts else ""


def spoken(action: str) -> str:
    """「出席簿　記録した」 rather than register:mark; an action without such a verb is called what its room calls it."""
    noun, _, verb = action.partition(":")
    if noun not in NOUNS or verb not in VERBS:
        return words().actions.get(action, f"{NOUNS.get(noun, noun)}　{VERBS.get(verb, verb)}")
    return f"{NOUNS.get(noun, noun)}　{VERBS.get(verb, verb)}"


def _clause(rule_id: str) -> str:
    """The clause of a rule as it stands today; a rule of an older policy shows its id."""
    try:
        return policies().rule(rule_id).clause
    except KeyError:
        return rule_id


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    """A number of a row as somebody types it, 「１，８７」 included."""
    digits = text.strip().replace(",", "").replace("，", "")
    return int(digits) if digits.isdecimal() and len(digits) <= 18 else None


def _cursor(text: str) -> tuple[dt.datetime, int] | None:
    at, _, number = text.rpartition("~")
    try:
        return dt.datetime.fromisoformat(at), int(number)
    except ValueError:
        return None


def export_rows(actor: Actor, where: Q, filters: Filters) -> list[tuple[Any, ...]]:
    """Rows for a spreadsheet, at most EXPORT_LIMIT."""
    lines, _ = page_of(actor, where, filters, EXPORT_LIMIT)
    return [
        (line.at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S"), line.who, line.what, line.on,
         str(line.pupil or ""), line.outcome_label, line.clauses, line.device, line.number)
        for line in lines
    ]  # fmt: skip
