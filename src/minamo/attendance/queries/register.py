"""朝の出席簿の見せ方: the rows and the counts of one class on one day, made from its facts without a query."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.attendance.queries.classday import Register, place_of
from minamo.attendance.queries.day import Call, DayFacts, Health, Marked
from minamo.attendance.queries.words import Word
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
FIXED = frozenset({Source.CALENDAR, Source.CLOSURE, Source.ENROLMENT})  # nothing is recorded for the child on the day


def clock(moment: dt.datetime) -> str:
    """8:20 in Japanese time."""
    local = moment.astimezone(JST)
    return f"{local.hour}:{local.minute:02d}"


@dataclass(slots=True)
class Row:
    """One child on the screen. `pressed` is the button that is on (`other` with `other_label`, `other_tone`); `seen` and
    `health_seen` are the moments of the records shown, which a later press names."""

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
    seen: str
    health_seen: str


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
        state.source is Source.NOTICE, health_text(facts, health, () if state.source in FIXED else words), " ".join(health.items) if health else "",
        f"{health.temperature:.1f}" if health and health.temperature is not None else "", health.note if health else "",
        health is not None and any(not facts.codes.health[i].well for i in health.items if i in facts.codes.health),
        tags, text, mark.note if mark else "", state.notice_id if state.conflict else "", mark.code if mark else "",
        mark is not None, _fixed(facts, state), touch.at.isoformat() if (touch := facts.touched(key)) else "",
        health.at.isoformat() if health else "",
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


def health_text(facts: DayFacts, health: Health | None, words: Sequence[Word] = ()) -> str:
    """健康観察 in one line; without one, the temperature the family told."""
    if health is None:
        speaking = (w.temperature for w in words if w.fact.speaks_of(facts.day))
        told = next((warm for warm in speaking if warm is not None), None)
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
    """Tags and text of the last column. A day without lessons says nothing: a notice is about days with lessons."""
    if state.source in FIXED:
        return [], ""
    tags: list[tuple[str, str]] = []
    texts: list[str] = []
    said = speaking_notice(facts.day, [word.fact for word in words], facts.codes.codes)
    word = next((w for w in words if said and w.fact.id == said[0].id), None)
    if word:
        tags += [("warn", "食い違い")] if state.conflict else _word_tags(facts, state, word, now)
        if mark and not agree(mark.code, state.notice_code, facts.codes.codes):
            tags += _decision_tags(word, state)
            texts.append(_both_sides(facts, word, mark))
        if not state.conflict:
            texts.append(_word_text(word))
        changed_tags, changed_texts = _changed(facts, word, now)
        tags, texts = tags + changed_tags, texts + changed_texts
    for gone in words:
        if (change := gone.left(facts.day)) is not None and change.late:
            what = "締切後に取り消し" if change.withdraws else "締切後の訂正"
            tags.append(("warn", f"{what} {when(change.at, now)}"))
            texts.append(f"前は {change.before.brief(facts.day)}")
            texts += [] if gone.fact.withdrawn else [f"いまは {gone.said.brief(facts.day)}"]
    if without_word(state, started=started, codes=facts.codes.codes):
        tags.append(("bad", "連絡なし"))
    if calls and not word:
        last = calls[-1]
        to = f"{last.to}へ" if last.to else ""
        texts.append(f"{clock(last.at)} {to}電話（{OUTCOMES[last.outcome]}）{last.note}")
    return tags, "　".join(part for part in texts if part)


def _both_sides(facts: DayFacts, word: Word, mark: Marked) -> str:
    """どちらも残る: what the family said and what the teacher recorded, each with its time."""
    label = facts.codes.codes[mark.code].short_label if mark.code in facts.codes.codes else mark.code
    return f"保護者 {KINDS[word.fact.kind]} {clock(word.fact.changed_at)}／先生 {label} {clock(mark.at)}"


def _decision_tags(word: Word, state: DayState) -> list[tuple[str, str]]:
    """食い違いの決着, with its time."""
    if state.conflict or not word.resolutions:
        return []
    last = max(word.resolutions, key=lambda r: r.decided_at)
    side = "連絡" if last.holds == "notice" else "先生の記録"
    return [("line", f"{side}を採りました {clock(last.decided_at)}")]


def _changed(facts: DayFacts, word: Word, now: dt.datetime) -> tuple[list[tuple[str, str]], list[str]]:
    """連絡の訂正: after the deadline in plain sight, with what it said before; earlier ones with their time alone."""
    if not word.changes:
        return [], []
    last = word.changes[-1]
    if not last.late:
        return [("line", f"訂正 {when(last.at, now)}")], []
    return [("warn", f"締切後の訂正 {when(last.at, now)}")], [f"前は {last.before.brief(facts.day)}"]


def when(at: dt.datetime, now: dt.datetime) -> str:
    """8:33 of today, 11/20 8:33 of another day."""
    local = at.astimezone(JST)
    same = local.date() == now.astimezone(JST).date()
    return clock(at) if same else f"{local.month}/{local.day} {clock(at)}"


def _word_tags(facts: DayFacts, state: DayState, word: Word, now: dt.datetime) -> list[tuple[str, str]]:
    tags = []
    fact = word.fact
    at = clock(fact.received_at)
    same_day = fact.received_at.astimezone(JST).date() == now.astimezone(JST).date()
    if same_day and now - fact.changed_at < FRESH:
        tags.append(("live", "いま届きました"))
    code = facts.codes.codes.get(state.notice_code)
    if code and code.counts is Counts.EXCUSED and fact.ends > fact.begins:
        tags.append(("stop", f"{word.said.days} {code.short_label}"))
    else:
        phone = "電話 " if word.channel == "phone" else ""
        tags.append(("line", f"{phone}{word.sender} {at}" if same_day else f"{phone}{word.sender}"))
        if fact.ends > fact.begins:
            tags.append(("line", f"{fact.ends.month}/{fact.ends.day}まで"))
    if word.late:
        tags.append(("warn", "締切後"))
    return tags


def _word_text(word: Word) -> str:
    reason = REASONS.get(word.fact.reason, "") if word.shown else ""
    parts = [*word.said.times, reason, word.text]
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
