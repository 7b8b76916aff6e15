"""事故の進み方: what is known from the entries, what is still to do. Pure functions over (kind, detail) pairs, oldest first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_time, format_wareki
from minamo.policy.rules.deadlines import Assessment, Deadlines, reasons

Entry = tuple[str, Mapping[str, Any]]
KNOWN_BEFORE, HAPPENED_BEFORE = dt.timedelta(days=366), dt.timedelta(days=366 * 20)
MARKS = {
    "leaked": "漏れた、なくした、壊れた・書きかえられた、またはそのおそれがある", "sensitive": "要配慮個人情報（健康・障害・指導の記録など）を含む",
    "property_damage": "財産の被害につながるおそれがある", "improper": "悪意によるおそれがある（不正な閲覧・盗難など）",
}  # fmt: skip
WORDS = {
    "items": "漏れた・なくした、またはそのおそれのある項目", "cause": "原因", "secondary": "二次被害、またはそのおそれ",
    "response": "本人への対応", "published": "公表", "prevention": "再発を防ぐ手だて", "other": "その他",
}  # fmt: skip

REPORTS = {"preliminary": "速報", "final": "確報"}  # in the order in which they go out
NOTHING = "（書いていません）"


def moment_words(at: dt.datetime) -> str:
    """A moment as the records write it: 令和8年11月20日 16:00."""
    local = at.astimezone(JST)
    return f"{format_wareki(local.date())} {format_time(local)}"


def newest(entries: Sequence[Entry], kind: str) -> Mapping[str, Any] | None:
    """The detail of the newest entry of a kind."""
    return next((detail for each, detail in reversed(entries) if each == kind), None)


def assessment_of(detail: Mapping[str, Any] | None) -> Assessment | None:
    """見立て from what was kept; None while nobody has assessed."""
    if detail is None:
        return None
    people = detail.get("people")
    return Assessment(
        **{name: bool(detail.get(name)) for name in MARKS}, people=None if people is None else int(people)
    )


def people_words(people: int | None) -> str:
    """本人の数 in words."""
    return "まだ分かりません" if people is None else f"{people:,}人"


def shown_words(detail: Mapping[str, Any]) -> dict[str, str]:
    """What an assessment says, field by field as its form names them."""
    return {
        **{name: "はい" if detail.get(name) else "いいえ" for name in MARKS},
        "people": people_words(detail.get("people")),
        **{name: str(detail.get(name) or "") or NOTHING for name in WORDS},
    }


def assessed_words(former: Mapping[str, Any] | None, detail: Mapping[str, Any]) -> list[str]:
    """見立てのことば: what an assessment says, and of a later one what it changed, from what to what."""
    new = _said(detail)
    if former is None:
        return [f"{label}：{value}" for label, value in new.items() if value != NOTHING]
    old = _said(former)
    changed = [f"{label}：{old[label]} → {value}" for label, value in new.items() if old[label] != value]
    return changed or ["前の見立てと同じです"]


def _said(detail: Mapping[str, Any]) -> dict[str, str]:
    """Everything an assessment says, label by label: first what follows from it."""
    found = assessment_of(detail) or Assessment()
    grounds = reasons(found)
    said = {"国への報告": f"要る（{'、'.join(grounds)}）" if grounds else "要らない"}
    labels = {**MARKS, "people": "本人の数", **WORDS}
    return said | {labels[name]: text for name, text in shown_words(detail).items()}


@dataclass(frozen=True)
class Times:
    """いつのことか: since when somebody of the municipality knows of it, and when it happened as far as that is known."""

    known_at: dt.datetime
    happened_at: dt.datetime | None = None

    def detail(self) -> dict[str, str | None]:
        """As an entry keeps it."""
        return {
            "known_at": self.known_at.isoformat(),
            "happened_at": self.happened_at.isoformat() if self.happened_at else None,
        }


def times_of(told: Times, entries: Sequence[Entry]) -> Times:
    """The times that count: those of the newest correction, else what was told at first."""
    found = newest(entries, "times")
    if found is None:
        return told
    happened = found.get("happened_at")
    return Times(
        dt.datetime.fromisoformat(found["known_at"]), dt.datetime.fromisoformat(happened) if happened else None
    )


def wrong_time(times: Times, now: dt.datetime) -> tuple[str, str] | None:
    """(field, why) when the times cannot be; None when they can."""
    if times.known_at > now:
        return "known_at", "知った時刻は、いまより後にできません。"
    if now - times.known_at > KNOWN_BEFORE:
        return "known_at", "知った時刻が一年より前です。年を確かめてください。"
    if times.happened_at is not None and times.happened_at > times.known_at:
        return "happened_at", "起きた時刻は、知った時刻より後にできません。"
    if times.happened_at is not None and now - times.happened_at > HAPPENED_BEFORE:
        return "happened_at", "起きた時刻が二十年より前です。年を確かめてください。"
    return None


def kind_of(told: str, entries: Sequence[Entry]) -> str:
    """種類 that counts: that of the newest correction, else what was tapped at first."""
    return str((newest(entries, "kind") or {}).get("kind", told))


def handed_in(entries: Sequence[Entry]) -> dict[str, dt.date | None]:
    """出した報告: those that stand, with the day of sending (None where an older version asked for none). One that was ticked before anybody
    had assessed ends no deadline; one that was taken back was not handed in."""
    first = next((at for at, (kind, _) in enumerate(entries) if kind == "assessed"), len(entries))
    found: dict[str, dt.date | None] = {}
    for kind, detail in entries[first:]:
        if kind in REPORTS:
            found[kind] = dt.date.fromisoformat(detail["sent_on"]) if detail.get("sent_on") else None
        elif kind == "withdrawn":
            found.pop(str(detail.get("report")), None)
    return found


def last_handed_in(entries: Sequence[Entry]) -> str:
    """The report that can be taken back: the last of those that stand; "" for none."""
    stands = handed_in(entries)
    return next((report for report in reversed(REPORTS) if report in stands), "")


def wrong_sending(report: str, sent_on: dt.date, entries: Sequence[Entry], known_on: dt.date, today: dt.date) -> str:
    """Why a report cannot have been sent on this day; "" when it can. 確報 follows 速報, at the earliest on the same day."""
    stands = handed_in(entries)
    if sent_on > today:
        return "出した日は、きょうより後にできません。"
    if sent_on < known_on:
        return "出した日は、知った日より前にできません。知った時刻が違うときは、先に正してください。"
    if report == "final" and "preliminary" not in stands:
        return "先に、速報を出した日を残してください。一度に全部を報告したときは、同じ日で速報と確報を残します。"
    before = stands.get("preliminary") if report == "final" else None
    return "確報を出した日は、速報を出した日より前にできません。" if before and sent_on < before else ""


def affected_words(opened: int, possible: int, uncounted: Mapping[str, int], *, family: bool, school: bool) -> str:
    """影響を受けた人の数 in words. 「最大」 is said only where every operation could be counted; `uncounted` is how many of each noun could
    not, `family` whether it is about an account of a family, `school` whether the incident is one of a school."""
    words = f"一人ずつ開いた児童生徒は{opened}人、一覧などで見えたかもしれない人を合わせると"
    if uncounted:
        kinds = "、".join(f"{noun} {number}件" for noun, number in sorted(uncounted.items()))
        words += (
            f"、数えられたのは{possible}人です。ほかに、だれが見えたかを数えられない操作が{sum(uncounted.values())}件あります（{kinds}）。"
            "その操作で見えた人は、この数に入っていません。"
        )
    else:
        words += f"最大{possible}人です。"
    if family:
        place = "この学校" if school else "この自治体の学校"
        words += f"家庭の画面は開くたびに記録を残さないので、その間に見えたはずの自分の子ども（{place}の子）を数に入れています。"
    return words


def open_steps(entries: Sequence[Entry]) -> list[str]:
    """What is missing before the incident may be closed, in the order in which it is done."""
    found = assessment_of(newest(entries, "assessed"))
    if found is None:
        return ["見立て"]
    if not reasons(found):
        return []
    stands = handed_in(entries)
    return [label for report, label in REPORTS.items() if report not in stands]


def next_deadline(due: Deadlines | None, entries: Sequence[Entry]) -> tuple[str, dt.date] | None:
    """The report that is due next and its last day; None when none is."""
    if due is None:
        return None
    last = {"速報": due.preliminary_last, "確報": due.final}
    return next(((name, last[name]) for name in open_steps(entries) if name in last), None)
