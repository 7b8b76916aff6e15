"""上の部屋の口: rooms above say which facts rest on an enrolment, before it is taken back, what of theirs there is to see
about a child, and who was at school on a day."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Resource
from minamo.people.models import Pupil
from minamo.people.rules import Stay


@dataclass(frozen=True, slots=True)
class TakenBack:
    """取り消す異動: the days on which the pupil no longer belongs to a school, and the classes whose days change.

    `since` is when the movement was entered: what was settled before it does not rest on it.
    """

    pupil_id: UUID
    lost: Sequence[Stay]
    class_ids: Sequence[UUID]
    from_day: dt.date
    since: dt.datetime


# Says what stands in the way and what to do, one sentence each; nothing when nothing does.
Obstacles = Callable[[TakenBack], list[str]]
_OFFERED: list[Obstacles] = []


def offer_obstacles(obstacles: Obstacles) -> None:
    """A room names the facts of its own that rest on an enrolment. Offering twice is offering once."""
    if obstacles not in _OFFERED:
        _OFFERED.append(obstacles)


def obstacles_of(taken: TakenBack) -> list[str]:
    """じゃまになる事実 of all rooms."""
    return [sentence for obstacles in _OFFERED for sentence in obstacles(taken)]


@dataclass(frozen=True, slots=True)
class Seen:
    """見られるもの: an action of another room on something about a child, for the panel 「誰が見られるか」.

    `about` makes the thing as the policy sees it (a register, a notice, a test of this child), none in particular.
    """

    label: str
    action: str
    about: Callable[[Pupil], Resource]


_SEEN: list[Seen] = []


def offer_seen(*things: Seen) -> None:
    """A room names what of its own can be seen about a child. Offering twice is offering once."""
    _SEEN.extend(thing for thing in things if thing not in _SEEN)


def seen_elsewhere() -> tuple[Seen, ...]:
    """What the rooms above show about a child, in their order."""
    return tuple(_SEEN)


HERE, PARTLY, AWAY = "here", "partly", "away"  # 出席, 遅刻・早退, 欠席・出席停止・忌引など


@dataclass(frozen=True, slots=True)
class Presence:
    """その日いたか: what the register says of a pupil on a day, and in words with their source (出席簿では欠席)."""

    standing: str
    said: str


# Says it for pupils of a school (municipality, school, pupils, day); one of whom it knows nothing is left out.
Register = Callable[[UUID, UUID, Sequence[UUID], dt.date], Mapping[UUID, Presence]]
_REGISTER: list[Register] = []


def offer_register(register: Register) -> None:
    """The room that keeps the register lets others ask, so that who was away is written once."""
    _REGISTER[:] = [register]


def presence_of(municipality: UUID, school: UUID, pupils: Sequence[UUID], day: dt.date) -> Mapping[UUID, Presence]:
    """その日いたか, as the register has it. The caller may read the register of the school."""
    return _REGISTER[0](municipality, school, pupils, day) if _REGISTER else {}
