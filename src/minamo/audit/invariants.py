"""What the clauses on the trail mean (規程の9章), as claims about every request."""

from minamo.access.api import Invariant, duty, wall

ACTIONS = {
    "audit:read": "操作記録を見る",
    "audit:words": "操作記録の秘匿した内容を読む",
    "audit:erase": "操作記録の秘匿した内容を読めなくする",
}
RESOURCES = {"Trail": "操作記録"}

INVARIANTS: list[Invariant] = [
    wall("audit.read", "9.1", "操作記録を見るのは、その学校の校長・教頭と教育委員会だけ",
         ("audit:read",), lambda r: r.by("heads", "boards")),
    wall("audit.not-any-teacher", "9.1", "教職員というだけでは、操作記録を見られない",
         ("audit:read",), lambda r: r.implies(r.only_post("serves"), r.kind("system"))),
    duty("audit.read-own", "9.1", "校長・教頭は自校の、教育委員会は管内の操作記録を見られる",
         ("audit:read",), lambda r: r.staff("heads", "boards")),
    wall("audit.words", "9.1", "操作記録の秘匿した内容を読むのは、その学校の校長・教頭だけ（教育委員会もできない）",
         ("audit:words",), lambda r: r.by("heads")),
    duty("audit.words-own", "9.1", "校長・教頭は、自校の操作記録の秘匿した内容を読める",
         ("audit:words",), lambda r: r.staff("heads")),
    wall("audit.erase", "9.2", "操作記録の秘匿した内容を読めなくできるのは、その自治体の教育委員会だけ（校長もできない）",
         ("audit:erase",), lambda r: r.by("boards")),
    duty("audit.erase-own", "9.2", "教育委員会は、操作記録の秘匿した内容を読めなくできる",
         ("audit:erase",), lambda r: r.staff("boards")),
]  # fmt: skip
