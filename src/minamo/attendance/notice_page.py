"""連絡の画面の言葉 (words of a notice's page): what it says, how it came to say so, and what can be tapped."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from minamo.attendance.models import Notice
from minamo.attendance.notice_content import KINDS, REASONS, SYMPTOMS, LessonDays
from minamo.attendance.queries.family import clock
from minamo.curriculum.api import national_holiday
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_ja

_DAY = dt.timedelta(days=1)
_SLOW = dt.timedelta(minutes=2)  # from here on 書いた時刻 is worth saying
_MOST_NAMED = 6  # days said one by one


def next_weekday(day: dt.date) -> dt.date:
    """The next day that is neither weekend nor holiday; schools' own days off are known to the family."""
    day += _DAY
    while day.weekday() >= 5 or national_holiday(day):
        day += _DAY
    return day


def day_choices(today: dt.date) -> list[tuple[str, str, str]]:
    """(value, large text, small text) of the days one can tap: today, the next school day, a period."""
    after = next_weekday(today)
    named = "あした" if after == today + _DAY else "つぎの日"
    return [
        (today.isoformat(), "きょう", format_ja(today)), (after.isoformat(), named, format_ja(after)),
        ("period", "日を選ぶ", "期間・先の日"),
    ]  # fmt: skip


def days_in_words(notice: Notice, days: LessonDays) -> str:
    """授業のある日 of a period in a sentence, closures with their name; empty for a single day."""
    if notice.begins == notice.ends:
        return ""
    count = f"{len(days.open)}日"
    said = (
        f"授業のある日は {_listed(days.open)} の{count}です"
        if len(days.open) <= _MOST_NAMED
        else f"授業のある日は{count}です"
    )
    shut = "・".join(f"{_short(first)}{f'〜{_short(last)}' if last != first else ''}は{name}"
                    for first, last, name in _runs(days))  # fmt: skip
    return f"{said}（{shut}）。" if shut else f"{said}。"


def shown_from(notice: Notice, days: LessonDays, today: dt.date) -> dt.date | None:
    """担任の画面に出る日: today when the notice stands on the register now, otherwise the first coming day with lessons;
    None when there is none any more or the notice was withdrawn."""
    return None if notice.withdrawn_at else next((day for day in days.open if day >= today), None)


def shown_in_words(day: dt.date | None, today: dt.date) -> str:
    """担任の画面に、いま出ているか、いつ出るか; empty when it will not."""
    if day is None:
        return ""
    return (
        "担任の先生の画面に、いま出ています。" if day == today else f"{format_ja(day)}の朝、担任の先生の画面に出ます。"
    )


def _runs(days: LessonDays) -> list[tuple[dt.date, dt.date, str]]:
    """(first, last, name) of closed days that no day with lessons parts."""
    runs: list[tuple[dt.date, dt.date, str]] = []
    for day, name in days.closed:
        if runs and runs[-1][2] == name and not any(runs[-1][1] < taught < day for taught in days.open):
            runs[-1] = (runs[-1][0], day, name)
        else:
            runs.append((day, day, name))
    return runs


def _listed(days: Iterable[dt.date]) -> str:
    return "・".join(_short(day) for day in days)


def _short(day: dt.date) -> str:
    return f"{day.month}/{day.day}（{'月火水木金土日'[day.weekday()]}）"


def facts_of(row: Notice) -> list[tuple[str, str]]:
    """What stands on the page of a notice; what nobody wrote is left out."""
    late = row.received_at - row.written_at > _SLOW
    told = [
        ("学校", f"{row.school.short_name} {row.homeroom.title if row.homeroom else ''}".strip()),
        ("登校の予定", row.arrives_at.isoformat("minutes") if row.arrives_at else ""),
        ("下校の予定", row.leaves_at.isoformat("minutes") if row.leaves_at else ""),
        ("伝えたいこと", row.text), ("症状", "・".join(SYMPTOMS.get(code, code) for code in row.symptoms)),
        ("体温", "" if row.temperature is None else f"{row.temperature}℃"),
        ("登校できそうな日", format_ja(row.returns_on) if row.returns_on else ""),
        ("書いた時刻", _moment(row.written_at) if late else ""), ("届いた時刻", _moment(row.received_at)),
        ("差出人", row.sender_label), ("書き込んだ人", row.entered_by_label),
    ]  # fmt: skip
    return [(term, text) for term, text in told if text]


def history_of(row: Notice) -> list[tuple[str, str]]:
    """Earlier contents, newest first: when, who, and what it said before."""
    found = []
    for change in row.changes.order_by("-changed_at"):
        before = change.before
        was = f"前は「{_content(before)}」"
        late = "・締切の後" if change.after_deadline else ""
        found.append(
            (_moment(change.changed_at), f"{change.get_kind_display()}（{change.changed_by_label}{late}）{was}")
        )
    return found


def _content(before: Mapping[str, Any]) -> str:
    """An earlier content (Content.as_json) in words: 欠席 体調不良 11月24日（火）."""
    first, last = (dt.date.fromisoformat(before[name]) for name in ("begins", "ends"))
    parts = [
        KINDS[before["kind"]], REASONS[before["reason"]], format_ja(first) + (f"〜{format_ja(last)}" if last != first else ""),
        f"{_hour(before['arrives_at'])}ごろ登校" if before["arrives_at"] else "",
        f"{_hour(before['leaves_at'])}に下校" if before["leaves_at"] else "", before["text"],
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def _hour(text: str) -> str:
    return text.removeprefix("0")


def _moment(at: dt.datetime) -> str:
    return f"{format_ja(at.astimezone(JST).date())} {clock(at)}"


def values_of(row: Notice, today: dt.date) -> dict[str, Any]:
    day = row.begins.isoformat()
    tapped = row.begins == row.ends and day in {value for value, _, _ in day_choices(today)}
    return {
        "kind": row.kind, "reason": row.reason, "text": row.text, "symptoms": row.symptoms,
        "when": day if tapped else "period",
        "begins": row.begins.isoformat(), "ends": row.ends.isoformat(),
        "temperature": "" if row.temperature is None else str(row.temperature),
        "arrives_at": row.arrives_at.isoformat("minutes") if row.arrives_at else "",
        "leaves_at": row.leaves_at.isoformat("minutes") if row.leaves_at else "",
        "returns_on": row.returns_on.isoformat() if row.returns_on else "",
    }  # fmt: skip
