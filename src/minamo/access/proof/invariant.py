"""不変条件 (invariant): a sentence of the policy as a claim about every possible request, written from its meaning.

A **wall** (壁) says what must be true whenever something is allowed. A **duty** (務め) says who must be allowed, in
ordinary circumstances: walls alone would be kept by a policy that allows nothing. A room lists its own in `INVARIANTS` of
its `invariants.py`, next to its rules but without looking at them; `ACTIONS` and `RESOURCES` there are its words.

    wall("attendance.close-heads", "7.5", "出席簿の月締めができるのは、その学校の校長・教頭だけ", CLOSE,
         lambda r: r.by("heads"))

Nothing here needs the solver; claims are built when something is proved.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from minamo.access.proof.request import Request, Term

Claim = Callable[["Request"], "Term"]

# 前提: what every proof takes for true of real requests; one place in the code guarantees each.
FACTS = {
    "self": "学校・学級・自治体の「自分自身」を指す項目は、そのもの自身（資源の型の宣言から）",
    "ages": "経過時間は0以上、時刻は0〜23時（access/pdp.py がそう作る）",
    "limits": "数値の定めは、決められた上限と下限の間（access/limits.py が確かめる）",
    "long": "数は64ビットに収まる",
}


@dataclass(frozen=True)
class Invariant:
    """One claim. `actions` are names of actions or of their groups; empty means every action."""

    id: str
    clause: str
    sentence: str
    kind: Literal["wall", "duty"]
    actions: tuple[str, ...]
    claim: Claim
    ordinary: bool = True

    def about(self, action: str, groups: frozenset[str]) -> bool:
        """Whether it speaks about the action."""
        return not self.actions or bool({action, *groups} & set(self.actions))


def wall(invariant_id: str, clause: str, sentence: str, actions: Iterable[str], claim: Claim) -> Invariant:
    """壁: whenever one of the actions is allowed, the claim holds."""
    return Invariant(invariant_id, clause, sentence, "wall", tuple(actions), claim)


def duty(
    invariant_id: str, clause: str, sentence: str, actions: Iterable[str], when: Claim, *, ordinary: bool = True
) -> Invariant:
    """務め: whenever `when` holds in ordinary circumstances (`ordinary=False`: in all), each of the actions is allowed."""
    return Invariant(invariant_id, clause, sentence, "duty", tuple(actions), when, ordinary)


@dataclass(frozen=True)
class Words:
    """What the rooms call their actions (動作) and resource types (対象)."""

    actions: Mapping[str, str]
    resources: Mapping[str, str]


def collected() -> tuple[tuple[Invariant, ...], Words]:
    """The invariants and words of all installed rooms, in the order of INSTALLED_APPS (ValueError for a repeated id)."""
    from importlib import import_module
    from importlib.util import find_spec

    from django.apps import apps

    found: list[Invariant] = []
    actions: dict[str, str] = {}
    resources: dict[str, str] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("minamo.") and find_spec(f"{config.name}.invariants"):
            module = import_module(f"{config.name}.invariants")
            found += module.INVARIANTS
            actions |= module.ACTIONS
            resources |= module.RESOURCES
    if len({one.id for one in found}) != len(found):
        raise ValueError("two invariants share an id")
    return tuple(found), Words(actions, resources)
