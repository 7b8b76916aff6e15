"""What the clauses on the school calendar mean, as claims about every request."""

from minamo.access.api import Invariant, duty, wall

ACTIONS = {"calendar:read": "行事予定を見る", "calendar:edit": "行事予定を変える"}
RESOURCES: dict[str, str] = {}

INVARIANTS: list[Invariant] = [
    wall("curriculum.read", "8.1", "行事予定を見るのは、その学校の教職員と教育委員会だけ",
         ("calendar:read",), lambda r: r.by("serves", "boards")),
    wall("curriculum.edit", "8.2", "行事予定を変えるのは、その学校の校長・教頭・教務主任だけ",
         ("calendar:edit",), lambda r: r.by("heads", "coordinators")),
    duty("curriculum.read-own", "8.1", "教職員は自校の、教育委員会は管内の行事予定を見られる",
         ("calendar:read",), lambda r: r.staff("serves", "boards")),
    duty("curriculum.edit-own", "8.2", "校長・教頭・教務主任は、自校の行事予定を変えられる",
         ("calendar:edit",), lambda r: r.staff("heads", "coordinators")),
]  # fmt: skip
