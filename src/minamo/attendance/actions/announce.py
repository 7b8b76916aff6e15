"""知らせる: tell the open screens of a class and of its school that something changed. Ids only."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from minamo.kernel import live


def announce(school_id: UUID, class_id: UUID | None, day: dt.date, what: str, pupils: Sequence[UUID] = ()) -> None:
    """One event to the class's registers and one to the school's screens. Several pupils at once are said as none:
    the screens then fetch the whole table. `what` is notice, mark, call, closure or health."""
    pupil = str(pupils[0]) if len(pupils) == 1 else ""
    if class_id is not None:
        live.publish(f"class:{class_id}", "register", pupil=pupil, day=day, what=what)
    live.publish(f"school:{school_id}", "attendance", pupil=pupil, day=day, homeroom=class_id or "", what=what)
