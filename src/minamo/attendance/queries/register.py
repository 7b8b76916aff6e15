"""朝の出席簿の見せ方: the rows, the counts and the timeline of one class on one day, made from its facts without a query."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.attendance.queries.classday import Register, place_of
from minamo.attendance.queries.day import Call, DayFacts, Health, Marked, Word
from minamo.attendance.rules import (
    Counts,
    DayState,
    Source,
    agree,
    counts_of,
    speaking_notice,
    unentered,
    without_word,
)
from minamo.kernel.schoolyear import JST
from minamo.people.api import RosterPupil

BUTTONS = (("present", "出席"), ("absent", "欠席"), ("late", "遅刻"), ("early", "早退"))
KINDS = {"absent": "欠席", "late": "遅刻", "early": "早退", "late_early": "遅刻・早退"}
REASONS = {
    "sick": "体調不良", "infection": "感染症", "hospital": "通院", "family": "家庭の都合", "mourning": "忌引", "other": "",
}  # fmt: skip
OUTCOMES = {"reached": "つながった", "no_answer": "出ない", "message": "留守番電話", "on_the_way": "登校中"}
FRESH = dt.timedelta(minutes=3)


def clock(moment: dt.datetime) -> str:
    """8:20 in Japanese time."""
    local = moment.astimezone(JST)
    return f"{local.hour}:{local.minute:02d}"


@dataclass(slots=True)
class Row:
    """One child on the screen. `pressed` is the button that is on (`other` with `other_label`, `other_tone`)."""

    pupil_id: UUID
    number: str
    name: str
    kana: str
    grade: str
    pressed: str
    other_label: str
    other_tone: str
    from_notice: bool
    health: str
    health_codes: str
    temperature: str
    health_note: str
    unwell: bool
    tags: list[tuple[str, str]]
    text: str
    note: str
    conflict: str
    code: str
    marked: bool
    fixed: str


@dataclass(frozen=True, slots=True)
class Count:
    """One number of the strip."""

    label: str
    number: int
    kind: str = ""
    note: str = ""


def rows_of(register: Register, now: dt.datetime, only: UUID | None = None) -> list[Row]:
    """The rows of the class (or the one row of `only`)."""
    facts = register.facts
    places = [place_of(pupil) for pupil in register.roster]
    started = facts.started(places)
    return [
        _row(facts, pupil, facts.state(place), started, now)
        for pupil, place in zip(register.roster, places, strict=True)
        if only is None or pupil.pupil_id == only
    ]


def _row(facts: DayFacts, pupil: RosterPupil, state: DayState, started: bool, now: dt.datetime) -> Row:
    key = str(pupil.pupil_id)
    words, calls, mark = facts.words.get(key, []), facts.calls.get(key, []), facts.marks.get(key)
    pressed, label, tone = _pressed(facts, state)
    health = facts.health.get(key)
    tags, text = _said(facts, state, words, calls, mark, started, now)
    tags += _correction_tags(facts, key, mark)
    if mark and mark.note:
        text = f"{text}　{mark.note}" if text else mark.note
    return Row(
        pupil.pupil_id, str(pupil.number or ""), pupil.display_name, pupil.kana, pupil.grade, pressed, label, tone,
        state.source is Source.NOTICE, _health_text(facts, health, words), " ".join(health.items) if health else "",
        f"{health.temperature:.1f}" if health and health.temperature is not None else "", health.note if health else "",
        health is not None and any(not facts.codes.health[i].well for i in health.items if i in facts.codes.health),
        tags, text, mark.note if mark else "", state.notice_id if state.conflict else "", mark.code if mark else "",
        mark is not None, _fixed(facts, state),
    )  # fmt: skip


def _pressed(facts: DayFacts, state: DayState) -> tuple[str, str, str]:
    """(button, label of the fifth button, its tone)."""
    code = facts.codes.codes.get(state.code)
    if code is None or state.source in {Source.CALENDAR, Source.ENROLMENT}:
        return "", "他", ""
    if code.button != "other":
        return code.button, "他", ""
    return "other", code.short_label, "stop" if code.counts is Counts.EXCUSED else "warn" if code.late else "plain"


def _fixed(facts: DayFacts, state: DayState) -> str:
    """Why the day cannot be marked for this child; empty when it can."""
    if state.source is Source.CLOSURE:
        return "臨時休業" if counts_of(state, facts.codes.codes) is Counts.NOT_SCHOOL_DAY else "学級閉鎖"
    return "休業日" if state.source is Source.CALENDAR else ""


def _health_text(facts: DayFacts, health: Health | None, words: Sequence[Word]) -> str:
    if health is None:
        told = next((w.temperature for w in words if w.temperature is not None and not w.fact.withdrawn), None)
        return f"家で {told:.1f}℃" if told is not None else ""
    names = "・".join(facts.codes.health[item].label for item in health.items if item in facts.codes.health)
    warm = f"{health.temperature:.1f}℃" if health.temperature is not None else ""
    return " ".join(part for part in (names, warm, health.note) if part)


def _said(
    facts: DayFacts,
    state: DayState,
    words: Sequence[Word],
    calls: Sequence[Call],
    mark: Marked | None,
    started: bool,
    now: dt.datetime,
) -> tuple[list[tuple[str, str]], str]:
    """Tags and text of the last column."""
    tags: list[tuple[str, str]] = []
    texts: list[str] = []
    said = speaking_notice(facts.day, [word.fact for word in words], facts.codes.codes)
    word = next((w for w in words if said and w.fact.id == said[0].id), None)
    if state.conflict and word and mark:
        label = facts.codes.codes[mark.code].short_label if mark.code in facts.codes.codes else mark.code
        tags.append(("warn", "食い違い"))
        texts.append(f"保護者 {KINDS[word.fact.kind]} {clock(word.fact.changed_at)}／先生 {label} {clock(mark.at)}")
    elif word:
        tags += _word_tags(facts, state, word, now)
        if mark and not agree(mark.code, state.notice_code, facts.codes.codes):
            tags.append(("line", "先生の記録を採りました" if state.code == mark.code else "連絡を採りました"))
        texts.append(_word_text(word))
    tags += [("line", "連絡の取り消し") for w in words if w.fact.withdrawn and w.changes and w.changes[-1][3]]
    if without_word(state, started=started, codes=facts.codes.codes):
        tags.append(("bad", "連絡なし"))
    if calls and not word:
        last = calls[-1]
        to = f"{last.to}へ" if last.to else ""
        texts.append(f"{clock(last.at)} {to}電話（{OUTCOMES[last.outcome]}）{last.note}")
    return tags, "　".join(part for part in texts if part)


def _word_tags(facts: DayFacts, state: DayState, word: Word, now: dt.datetime) -> list[tuple[str, str]]:
    tags = []
    fact = word.fact
    at = clock(fact.received_at)
    same_day = fact.received_at.astimezone(JST).date() == now.astimezone(JST).date()
    if same_day and now - fact.changed_at < FRESH:
        tags.append(("live", "いま届きました"))
    code = facts.codes.codes.get(state.code)
    if code and code.counts is Counts.EXCUSED and fact.ends > fact.begins:
        tags.append(
            ("stop", f"{fact.begins.month}/{fact.begins.day}–{_end(fact.begins, fact.ends)} {code.short_label}")
        )
    else:
        phone = "電話 " if word.channel == "phone" else ""
        tags.append(("line", f"{phone}{word.sender} {at}" if same_day else f"{phone}{word.sender}"))
        if fact.ends > fact.begins:
            tags.append(("line", f"{fact.ends.month}/{fact.ends.day}まで"))
    if word.late:
        tags.append(("warn", "締切後"))
    if word.changes:
        tags.append(("warn" if word.changes[-1][3] else "line", f"訂正 {clock(word.changes[-1][1])}"))
    return tags


def _end(begins: dt.date, ends: dt.date) -> str:
    return str(ends.day) if begins.month == ends.month else f"{ends.month}/{ends.day}"


def _word_text(word: Word) -> str:
    parts = []
    if word.arrives:
        parts.append(f"{word.arrives}ごろ登校")
    if word.leaves:
        parts.append(f"{word.leaves}に早退")
    parts += [REASONS.get(word.fact.reason, "") if word.shown else "", word.text]
    if word.returns:
        parts.append(f"登校は{word.returns.month}/{word.returns.day}から")
    return "　".join(part for part in parts if part)


def _correction_tags(facts: DayFacts, key: str, mark: Marked | None) -> list[tuple[str, str]]:
    """A correction made after the month was closed stays visible on the row."""
    late = [c for c in facts.corrections.get(key, ()) if c.after_closing]
    return [("warn", f"締め後の訂正：{c.reason}" if c.reason else "締め後の訂正") for c in late[-1:]] if mark else []


def counts_of_class(register: Register) -> list[Count]:
    """The strip: 在籍, 出席, 欠席, 遅刻・早退, 出席停止・忌引, 連絡なし."""
    facts = register.facts
    places = [place_of(pupil) for pupil in register.roster]
    started = facts.started(places)
    numbers = dict.fromkeys(("present", "absent", "late", "excused", "silent", "blank"), 0)
    for place in places:
        for name in tally(facts.state(place), facts, started):
            numbers[name] += 1
    return [
        Count("在籍", len(register.roster)),
        Count("出席", numbers["present"], "good", f"未入力 {numbers['blank']}" if numbers["blank"] else ""),
        Count("欠席", numbers["absent"], "bad"),
        Count("遅刻・早退", numbers["late"], "warn"),
        Count("出席停止・忌引", numbers["excused"], "stop"),
        Count("連絡なし", numbers["silent"], "bad"),
    ]


def tally(state: DayState, facts: DayFacts, started: bool) -> Iterable[str]:
    """Which of the morning's numbers a child's state enters."""
    codes = facts.codes.codes
    counts = counts_of(state, codes)
    if unentered(state):
        yield "blank"
    if counts is Counts.PRESENT:
        yield "present"
        if codes[state.code].late or codes[state.code].early:
            yield "late"
    if counts is Counts.ABSENT:
        yield "absent"
    if counts is Counts.EXCUSED:
        yield "excused"
    if without_word(state, started=started, codes=codes):
        yield "silent"


def timeline_of(register: Register, actor_id: UUID, limit: int = 9) -> list[tuple[str, str]]:
    """けさの動き: newest first. Many children marked at one stroke are one line."""
    facts = register.facts
    names = {str(pupil.pupil_id): pupil.display_name for pupil in register.roster}
    events: list[tuple[dt.datetime, str]] = []
    for key, words in facts.words.items():
        events += [event for word in words for event in _word_events(names[key], word)]
    for key, calls in facts.calls.items():
        events += [
            (c.at, f"{names[key]}さんの家に電話（{OUTCOMES[c.outcome]}・{c.by}）") for c in calls if key in names
        ]
    events += _mark_events(facts, names, str(actor_id))
    today = [event for event in events if event[0].astimezone(JST).date() == facts.day]
    return [(clock(at), text) for at, text in sorted(today, reverse=True)[:limit]]


def _word_events(name: str, word: Word) -> Iterable[tuple[dt.datetime, str]]:
    how = "電話で" if word.channel == "phone" else ""
    yield word.fact.received_at, f"{name}さんの{word.sender}から{how}{KINDS[word.fact.kind]}の連絡"
    for kind, at, by, _ in word.changes:
        yield at, f"{name}さんの連絡を{'取り消し' if kind == 'withdrawal' else '訂正'}{f'（{by}）' if by else ''}"


def _mark_events(facts: DayFacts, names: dict[str, str], actor_id: str) -> Iterable[tuple[dt.datetime, str]]:
    strokes: dict[tuple[dt.datetime, str], list[str]] = {}
    for key, mark in facts.marks.items():
        strokes.setdefault((mark.at, mark.code), []).append(key)
    for (at, code), keys in strokes.items():
        by = "あなた" if facts.marks[keys[0]].by == actor_id else facts.marks[keys[0]].label
        label = facts.codes.codes[code].short_label if code in facts.codes.codes else code
        who = f"{names[keys[0]]}さん" if len(keys) == 1 else f"{len(keys)}人"
        yield at, f"{who}を「{label}」に（{by}）"
