"""What the clauses on taking lists in mean, as claims about every request."""

from minamo.access.api import Invariant, duty, wall

ACTIONS = {"roster:import": "名簿を取り込む", "roster:guardians": "保護者一覧を取り込む"}
RESOURCES: dict[str, str] = {}
TAKERS = ("heads", "coordinators", "clerks", "boards")

INVARIANTS: list[Invariant] = [
    wall("interop.import", "8.3", "名簿を取り込むのは、その自治体の教育委員会だけ",
         ("roster:import",), lambda r: r.by("boards")),
    wall("interop.guardians", "8.4", "保護者一覧を取り込むのは、その学校の校長・教頭・教務主任・事務職員と教育委員会だけ",
         ("roster:guardians",), lambda r: r.by(*TAKERS)),
    duty("interop.import-own", "8.3", "教育委員会は、名簿を取り込める",
         ("roster:import",), lambda r: r.staff("boards")),
    duty("interop.guardians-own", "8.4", "校長・教頭・教務主任・事務職員と教育委員会は、保護者一覧を取り込める",
         ("roster:guardians",), lambda r: r.staff(*TAKERS)),
]  # fmt: skip
