"""ことば (words): a witness in plain Japanese: who, what, in which circumstances. Only what is unusual is said."""

from collections.abc import Sequence

from minamo.access.proof.holders import TIES
from minamo.access.proof.invariant import Words
from minamo.access.proof.witness import HOLIDAY, Witness
from minamo.access.relations import RELATIONS

KINDS = {"staff": "教職員", "guardian": "保護者", "pupil": "児童生徒", "system": "運用の命令"}
POSTS = {
    "boards": "教育委員会の職員", "heads": "校長・教頭", "coordinators": "教務主任", "nurses": "養護教諭", "clerks": "事務職員",
    "technicians": "情報担当",
    "homerooms": "学級担任", "teaches": "授業の担当者", "serves": "その学校の教職員", "children": "その子の保護者",
    "selves": "本人", "emergencies": "緊急の閲覧を始めた人", "himself": "本人（その記録に名前のある人）", "roll_exceptions": "名簿の例外のある教職員", "contacts_exceptions": "連絡先の例外のある教職員",
    "register_exceptions": "出欠の例外のある教職員",
}  # fmt: skip
NOBODY = {"staff": "担当のない教職員", "guardian": "保護者", "pupil": "児童生徒", "system": "運用の命令"}
EVERYBODY = "教職員みな"
SIDES = {"school": "校務用の端末", "home": "家庭の端末", "learning": "学習用の端末"}
DEVICES = {
    "none": "台帳にない端末", "registered": "承認前の端末", "quarantined": "隔離中の端末", "lost": "紛失した端末",
}  # fmt: skip
ORDINARY_SIDE = {"staff": "school", "guardian": "home", "pupil": "learning", "system": "school"}


def person_in_words(witness: Witness) -> str:
    """Who asks: the kind of account and the posts and relations that touch the resource."""
    actor = witness.actor
    held = [name for name in RELATIONS if name in POSTS and actor.ids(name)]
    implied = {TIES[name] for name in held if name in TIES}
    posts = [POSTS[name] for name in held if name not in implied]
    kind = KINDS.get(actor.kind, f"種類のわからない利用者（{actor.kind}）")
    outside = "" if actor.ids("municipalities") or witness.resource.name == "Own" else "ほかの自治体の"
    return f"{outside}{kind}（{'・'.join(posts)}）" if posts else f"{outside}{kind}（担当なし）"


def holding_in_words(kind: str, holding: frozenset[str]) -> str:
    """Who: one post or relation, or a combination of some."""
    if not holding:
        return NOBODY.get(kind, "種類のわからない利用者")
    words = "＋".join(POSTS[name] for name in POSTS if name in holding)
    return words if kind == "staff" or kind not in KINDS else f"{words}（{KINDS[kind]}）"


def holders_in_words(kind: str, touched: Sequence[frozenset[str]], spared: frozenset[str]) -> list[str]:
    """Everybody of a kind who is touched, in as few words as say it exactly: whoever serves at a school with all its posts is one,
    and those among them who are not touched are named."""
    single = {name for holding in touched if len(holding) == 1 for name in holding}
    joined = [holding_in_words(kind, holding) for holding in touched if len(holding) > 1]
    if kind != "staff":
        return [holding_in_words(kind, holding) for holding in touched]
    if frozenset() in touched:
        return [EVERYBODY + _but(spared), *joined]
    found = []
    for general in dict.fromkeys(TIES.values()):
        tied = {name for name, other in TIES.items() if other == general}
        if general in single:
            found.append(POSTS[general] + _but(frozenset(tied) & spared))
            single -= {general, *tied}
    return [*found, *(POSTS[name] for name in POSTS if name in single), *joined]


def _but(spared: frozenset[str]) -> str:
    names = "・".join(POSTS[name] for name in POSTS if name in spared)
    return f"（{names}を除く）" if names else ""


def request_in_words(witness: Witness, words: Words) -> str:
    """What is asked for, in the room's words."""
    resource = words.resources.get(witness.resource.name, witness.resource.name)
    return f"{words.actions.get(witness.action, witness.action)}（{resource}）"


def circumstances_in_words(witness: Witness) -> str:
    """Unusual circumstances, ending in 「とき、」 or 「で、」; empty when all is as usual."""
    actor = witness.actor
    found: list[str] = []
    if actor.side != ORDINARY_SIDE.get(actor.kind):
        found.append(SIDES.get(actor.side, f"区分のわからない端末（{actor.side}）"))
    if actor.device_state not in {"trusted", "approved"} and actor.kind == "staff":
        found.append(DEVICES.get(actor.device_state, f"状態のわからない端末（{actor.device_state}）"))
    if actor.strength < 2 and actor.kind == "staff":
        found.append("パスワードだけのサインイン")
    if actor.authentication_age > 0:
        found.append(f"本人確認から{actor.authentication_age}分")
    if actor.device_proof_age > 0:
        found.append(f"端末の証明から{actor.device_proof_age}分")
    if actor.act_proof_age > 0:
        found.append(f"その操作のための確認から{actor.act_proof_age}分")
    if actor.posture != "good" and actor.kind == "staff":
        found.append("端末の状態の報告が「問題なし」でない")
    elif actor.posture_source == "self" and actor.kind == "staff":
        found.append("端末の自己申告だけの報告")
    if actor.today == HOLIDAY:
        found.append("休みの日")
    if actor.now.hour != 10:
        found.append(f"{actor.now.hour}時台")
    if actor.purpose != "everyday":
        found.append("緊急の閲覧" if actor.purpose == "emergency" else f"目的が「{actor.purpose}」")
    return "、".join(found) + "のとき、" if found else ""


def witness_in_words(witness: Witness, words: Words) -> str:
    """The whole witness in one line."""
    return f"{person_in_words(witness)}が、{circumstances_in_words(witness)}「{request_in_words(witness, words)}」"
