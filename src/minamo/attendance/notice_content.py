"""連絡の内容と限度 (content of a notice and its limits): pure values; the messages are what a family reads."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from minamo.attendance.codes import HEALTH
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_ja

KINDS = {"absent": "欠席", "late": "遅刻", "early": "早退", "late_early": "遅刻・早退"}
REASONS = {
    "sick": "体調不良", "infection": "感染症", "hospital": "通院", "family": "家庭の都合", "mourning": "忌引",
    "other": "その他",
}  # fmt: skip
SYMPTOMS = {code: label for code, label, well in HEALTH if not well}
AHEAD = dt.timedelta(days=30)
LONGEST = dt.timedelta(days=92)
TEXT_LIMIT = 300
COOLEST, WARMEST = Decimal("34.0"), Decimal("43.0")


class NoticeError(ValueError):
    """The notice cannot be taken like this; the message is for the person who wrote it, `field` the place on the form."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class AlreadyTold(NoticeError):
    """すでに届いている: other notices speak of one of the days; `told` is child → notice, to be corrected, not doubled.

    `unsent` are the children of the same sending of whom nothing is known yet: all or none are taken.
    """

    def __init__(self, text: str, told: Mapping[UUID, UUID], unsent: Sequence[UUID] = ()) -> None:
        super().__init__(text, "begins")
        self.told, self.unsent = dict(told), tuple(unsent)

    @property
    def notice(self) -> UUID:
        """The first of the notices."""
        return next(iter(self.told.values()))


@dataclass(frozen=True, slots=True)
class Hours:
    """来る・帰る時刻として学校が受け取る範囲, both included: the school's own setting."""

    first: dt.time
    last: dt.time


@dataclass(frozen=True, slots=True)
class LessonDays:
    """連絡が話す日: `open` are days with lessons, `closed` days of lessons that a closure takes, with its name."""

    open: tuple[dt.date, ...]
    closed: tuple[tuple[dt.date, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """連絡の内容. `begins` and `ends` are both included; temperature in ℃; `returns_on` is the day of coming back."""

    kind: str
    reason: str
    begins: dt.date
    ends: dt.date
    text: str = ""
    symptoms: tuple[str, ...] = ()
    temperature: Decimal | None = None
    arrives_at: dt.time | None = None
    leaves_at: dt.time | None = None
    returns_on: dt.date | None = None

    def as_json(self) -> dict[str, object]:
        """The content as kept in the history of a notice."""
        return {
            "kind": self.kind, "reason": self.reason, "begins": self.begins.isoformat(), "ends": self.ends.isoformat(),
            "text": self.text, "symptoms": list(self.symptoms),
            "temperature": None if self.temperature is None else str(self.temperature),
            "arrives_at": self.arrives_at.isoformat("minutes") if self.arrives_at else None,
            "leaves_at": self.leaves_at.isoformat("minutes") if self.leaves_at else None,
            "returns_on": self.returns_on.isoformat() if self.returns_on else None,
        }  # fmt: skip


def content_of(
    *,
    kind: str,
    reason: str,
    begins: dt.date,
    ends: dt.date,
    text: str = "",
    symptoms: Sequence[str] = (),
    temperature: Decimal | None = None,
    arrives_at: dt.time | None = None,
    leaves_at: dt.time | None = None,
    returns_on: dt.date | None = None,
) -> Content:
    """The content as it is kept: times that do not belong to the kind are dropped, spaces around the text too."""
    return Content(
        kind, reason, begins, ends, text.strip(), tuple(dict.fromkeys(symptoms)), temperature,
        arrives_at if kind in {"late", "late_early"} else None,
        leaves_at if kind in {"early", "late_early"} else None, returns_on,
    )  # fmt: skip


def check_content(content: Content, *, today: dt.date, earliest: dt.date, hours: Hours) -> None:
    """Raise NoticeError unless the notice can be taken today. `earliest` is the first day it may still speak of."""
    if content.kind not in KINDS:
        raise NoticeError("欠席・遅刻・早退のどれかを選んでください。", "kind")
    if content.reason not in REASONS:
        raise NoticeError("理由を選んでください。", "reason")
    _check_days(content, today, earliest)
    if len(content.text) > TEXT_LIMIT:
        raise NoticeError(f"「伝えたいこと」は{TEXT_LIMIT}字までです。", "text")
    if any(symptom not in SYMPTOMS for symptom in content.symptoms):
        raise NoticeError("この症状は選べません。", "symptoms")
    if content.temperature is not None and not COOLEST <= content.temperature <= WARMEST:
        raise NoticeError("体温は34℃から43℃の間で入れてください。", "temperature")
    for field, time in (("arrives_at", content.arrives_at), ("leaves_at", content.leaves_at)):
        if time and not hours.first <= time <= hours.last:
            raise NoticeError(f"時刻は {hours.first:%-H:%M} から {hours.last:%-H:%M} の間で入れてください。", field)
    if content.arrives_at and content.leaves_at and content.arrives_at >= content.leaves_at:
        raise NoticeError("下校の時刻が、登校の時刻より前になっています。", "leaves_at")


def _check_days(content: Content, today: dt.date, earliest: dt.date) -> None:
    if content.ends < content.begins:
        raise NoticeError("終わりの日が、始まりの日より前になっています。", "ends")
    if content.begins < earliest:
        raise NoticeError(f"{format_ja(content.begins)}は、もう過ぎた日です。学校に電話で伝えてください。", "begins")
    if content.begins > today + AHEAD:
        raise NoticeError(f"連絡できるのは、{AHEAD.days}日先に始まる分までです。", "begins")
    if content.ends - content.begins > LONGEST:
        raise NoticeError("期間が長すぎます（およそ3か月まで）。", "ends")
    if content.returns_on is not None and not content.ends < content.returns_on <= content.ends + LONGEST:
        raise NoticeError("登校する日は、休みの終わりより後の日にしてください。", "returns_on")


def check_school_days(content: Content, days: LessonDays, whose: str = "") -> None:
    """Raise NoticeError when the child has no lessons on any day spoken of. `whose` begins the sentence among several."""
    if days.open:
        return
    of = f"{whose}さんの" if whose else ""
    if content.begins != content.ends:
        raise NoticeError(f"{of}えらんだ期間に、授業のある日がありません。日を確かめてください。", "begins")
    why = days.closed[0][1] if days.closed else "授業のない日"
    raise NoticeError(f"{of}{format_ja(content.begins)}は{why}です。連絡は要りません。", "begins")


def past_deadline(first_day: dt.date, deadline: dt.time, today: dt.date, now: dt.datetime) -> bool:
    """締切後か: whether the first day spoken of has passed the school's 欠席連絡の締切 (a time of day in Japan)."""
    return first_day < today or (first_day == today and now.astimezone(JST).time() > deadline)


def first_day_touched(before: Content, after: Content) -> dt.date:
    """訂正がかかる最初の日: from which day on the two contents say something different."""
    longer = Content(after.kind, after.reason, before.begins, before.ends, after.text, after.symptoms,
                     after.temperature, after.arrives_at, after.leaves_at, after.returns_on)  # fmt: skip
    same_but_days = longer.as_json() | {"returns_on": None} == before.as_json() | {"returns_on": None}
    if same_but_days and before.begins == after.begins:
        return min(before.ends, after.ends) + dt.timedelta(days=1)
    return min(before.begins, after.begins)
