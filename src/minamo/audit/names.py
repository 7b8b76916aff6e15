"""対象の名 (names of what a row is about): each room says what its nouns are called, asked once per kind and page.

A name is shown only to who may see the thing itself: the rooms answer through `visible_to`, the rest stays "児童生徒".
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from minamo.access.api import Actor, Words, collected
from minamo.kernel.ids import id_of

Namer = Callable[[Actor, Sequence[UUID]], Mapping[UUID, str]]
# 種類 as the rows store it → how it is called; a kind nobody has named shows as "記録".
LABELS = {
    "Pupil": "児童生徒", "FormerPupil": "学籍を離れた児童生徒", "SchoolClass": "学級", "School": "学校", "Municipality": "自治体", "Notice": "欠席連絡", "Mark": "出欠の記録",
    "Own": "アカウント", "Device": "端末", "Trail": "操作記録", "TrayRow": "確認待ちの行", "StaffMember": "教職員",
    "Membership": "発令", "ImportRun": "取り込み", "Closure": "臨時休業", "Invitation": "登録コード", "Guardian": "保護者",
    "BreakGlass": "緊急の閲覧", "Edition": "規程の版",
}  # fmt: skip
_namers: dict[str, Namer] = {}


def offer_names(resource_type: str, namer: Namer) -> None:
    """Called at start by the room that owns the noun."""
    _namers[resource_type] = namer


def names_of(actor: Actor, things: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Names of (kind, id) as far as the actor may see them. One query per kind that has a name."""
    wanted: dict[str, dict[UUID, str]] = defaultdict(dict)
    for kind, text in things:
        if kind in _namers and (key := id_of(text)) is not None:
            wanted[kind][key] = text
    found: dict[tuple[str, str], str] = {}
    for kind, keys in wanted.items():
        for key, name in _namers[kind](actor, list(keys)).items():
            found[kind, keys[key]] = name
    return found


@lru_cache(maxsize=1)
def words() -> Words:
    """What the rooms call their actions and nouns."""
    return collected()[1]


def label(kind: str, name: str = "") -> str:
    """「学級　3年1組」, or the kind alone."""
    called = LABELS.get(kind) or words().resources.get(kind, "記録")
    return f"{called}　{name}" if name else called
