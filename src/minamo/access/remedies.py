"""道 (the lawful way on): what somebody can do about a refusal, found by asking the engine again under better circumstances.

If even a fresh, strong, proved sign-in on a trusted device would be refused, that refusal is the answer; nobody is sent
through a proof that cannot help.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from minamo.access.actor import Actor
from minamo.access.enforce import Denied
from minamo.access.pdp import NOBODY, Decision, decide
from minamo.access.policyset import Rule, policies
from minamo.access.resources import Resource, resource_type

KNOWN_DEVICE = "access.wall-known-device"
PERSON = (
    "access.wall-second-factor",
    "access.wall-reauthentication",
    "access.wall-mark-person",
    "access.wall-keys-person",
)
POSTURE = "access.wall-bad-posture"
DEVICE_PROOF = ("access.wall-device-proof", "access.wall-mark-device")
ACT = ("access.wall-act", "access.wall-act-device")
OTHER_DEVICE = ("access.wall-learning-side", "access.wall-home-side", "access.wall-staff-on-school-device")
BLOCKED_DEVICE = "access.wall-lost-device"
NOT_FOR_PERSONS = frozenset({"access.system", "access.emergency"})  # permits nobody has by a post or a relation
TROUBLE = "いま判断の仕組みがはたらいていないため、何も開きません。少したっても続くときは、情報担当に知らせてください。"
STOPPED = "このアカウントは止められているため、サインインできず、何も見られません。"
STEP_UP = ("device", "posture", "person", "proof", "act")  # ways that lead to the very thing that was refused
WALLS = frozenset({KNOWN_DEVICE, POSTURE, *PERSON, *DEVICE_PROOF})  # what those ways can lift
FINAL = frozenset({"ask", "own"})  # ways on which the same person, however she proves herself, does not get further
# The way on in one sentence, for who reads no page: scripts show it as it is. The page says the same with links.
WORDS = {
    "act": "この端末の鍵か本人を確かめると、続けられます。",
    "device": "この端末を届け出て、校長・教頭か教育委員会の承認を受けると、使えます。",
    "posture": "ブラウザを更新して開き直すと、この端末は自分の状態を報告し直します。",
    "person": "本人を確かめると、続けられます。",
    "proof": "この端末の鍵を確かめると、続けられます。",
    "other-device": "校務用の端末で開き直してください。",
    "own": "自分の連絡や記録は、ホームから見られます。",
    "blocked": "見つかった端末は、校長・教頭か教育委員会が台帳で承認し直すと、また使えます。",
    "emergency": "命や安全にかかわるときは、児童生徒の画面から「緊急の閲覧」を始められます。",
    "no-post": "職が続いているはずのときは、校長か教育委員会に、職の登録を確かめてもらってください。",
    "ask": "業務で必要なときは、校長か教育委員会に相談してください。",
}


@dataclass(frozen=True)
class Refusal:
    """断りの説明: the clause that counts, and the way on: act, device, posture, person, proof, other-device, own, blocked, emergency,
    no-post, stopped, trouble, ask. Where no wall stands but nothing permits it, `openers` are the rules that would, and the clause is
    theirs."""

    clause: str
    sentence: str
    way: str
    about: str = ""
    openers: tuple[Rule, ...] = ()

    @property
    def told(self) -> str:
        """The refusal in one line of text: what is refused, by which clause, and the way on."""
        named = f"（規程 {self.clause}）" if self.clause and f"規程 {self.clause}" not in self.sentence else ""
        return f"{self.sentence}{named}{WORDS.get(self.way, '')}"

    @property
    def final(self) -> bool:
        """Whether it is the rules that say no: what was sent need not be kept to be sent again."""
        return self.way in FINAL


def openers(action: str) -> tuple[Rule, ...]:
    """The rules by which a person may do this, in the order of the policy."""
    return tuple(rule for rule in policies().for_action(action).permits if rule.id not in NOT_FOR_PERSONS)


def explain(actor: Actor, action: str, resource: Resource, decision: Decision) -> Refusal:
    """Why it was refused and what helps."""
    if not actor.active:
        return Refusal("", STOPPED, "stopped")
    if decision.alarm:
        return Refusal("", TROUBLE, "trouble")
    if actor.kind == "staff" and not actor.ids("municipalities") and not set(OTHER_DEVICE) & set(decision.rules):
        return _by_default(action, "no-post")
    best = decide(at_best(actor), action, resource)
    of_nobody = resource.id == NOBODY and not set(best.rules)  # a list: whose rows they are is not known yet
    if not best.allowed and not of_nobody:
        urgent = "emergency" in policies().groups(action) and decide(at_best(actor), "emergency:open", resource).allowed
        way = "emergency" if urgent else _hopeless_way(actor, best)
        return replace(_refusal(best, way) if best.rules else _by_default(action, way), about=resource.id)
    for way, rules in (
        ("act", ACT),
        ("device", (KNOWN_DEVICE,)),
        ("posture", (POSTURE,)),
        ("person", PERSON),
        ("proof", DEVICE_PROOF),
    ):
        for rule in rules:
            if rule in decision.rules:
                return Refusal(policies().rule(rule).clause, policies().rule(rule).sentence, way)
    return _refusal(decision, _hopeless_way(actor, decision))


def hidden_by_the_device(actor: Actor, action: str) -> Denied | None:
    """The refusal of a member of staff at a pupil's or a family's device, where the database hides the row itself: without
    it the page would only say that there is nothing. It is the same for rows that do not exist. None when the device is
    not the reason."""
    return None if actor.kind != "staff" or actor.side == "school" else _behind(OTHER_DEVICE, actor, action)


def hidden_until_proved(actor: Actor, action: str) -> Denied | None:
    """The refusal of a list none of whose rows opens before a proof: a page without them would say that there are none."""
    return _behind(WALLS, actor, action) if actor.kind == "staff" else None


def closed_by_the_device(actor: Actor, action: str) -> Denied | None:
    """The refusal of the staff that this device, not the person, is the reason for; None where a proof would do or nothing stands."""
    return (
        _behind((BLOCKED_DEVICE, *OTHER_DEVICE, KNOWN_DEVICE, POSTURE), actor, action)
        if actor.kind == "staff"
        else None
    )


def _behind(walls: Iterable[str], actor: Actor, action: str) -> Denied | None:
    """The refusal by one of these walls, when it stands before whatever row there may be."""
    towns = actor.uuids["municipalities"]
    for name in _named_by(action):
        kind = resource_type(name)
        values = {key: towns[0] if key == "municipality" and len(towns) == 1 else _nothing(a.entity)
                  for key, a in kind.attributes.items()}  # fmt: skip
        resource = Resource(name, NOBODY, values, kind)
        decision = decide(actor, action, resource)
        if set(walls) & set(decision.rules):
            return Denied(decision, action, resource)
    return None


def _named_by(action: str) -> list[str]:
    """The kinds of record an action is about, the one it is named after first: `pupil:read` is about a pupil, not about a former one."""
    named = action.partition(":")[0]
    return sorted(policies().resource_names[action], key=lambda name: (name.lower() != named, name))


def without_a_post(actor: Actor, action: str) -> Denied | None:
    """The refusal of a member of staff whose posts have all ended, for whom the database shows no row of any municipality: the
    same for rows that do not exist. None for everybody else (ADR 0035)."""
    if actor.kind != "staff" or actor.ids("municipalities"):
        return None
    name = _named_by(action)[0]
    kind = resource_type(name)
    resource = Resource(name, NOBODY, {key: _nothing(a.entity) for key, a in kind.attributes.items()}, kind)
    return Denied(decide(actor, action, resource), action, resource)


def _nothing(entity: str | None) -> str | None:
    return "" if entity is None else None


def at_best(actor: Actor) -> Actor:
    """The same person with everything a proof, a registration or a mended device could give. A lost device stays lost."""
    state = actor.device_state if actor.device_state in {"lost", "quarantined"} else "trusted"
    return replace(
        actor,
        strength=max(actor.strength, 2),
        authenticated_at=actor.now,
        device_proved_at=actor.now,
        act_proved_at=actor.now,
        device_state=state,
        posture="good",
    )


def at_worst(actor: Actor) -> Actor:
    """The same person on an unknown device that is said to be in a bad state, long after a sign-in with one factor: what is
    allowed even so rests on who he is alone."""
    return replace(
        actor, strength=1, authenticated_at=None, device_proved_at=None, device_state="none", posture="bad",
        posture_source="none",
    )  # fmt: skip


def _hopeless_way(actor: Actor, decision: Decision) -> str:
    """Without a wall in the way nothing permits it: somebody in charge has to be asked. Families have no business there on
    any device."""
    if BLOCKED_DEVICE in decision.rules:
        return "blocked"
    if actor.kind in {"guardian", "pupil"}:
        return "own"
    return "other-device" if set(OTHER_DEVICE) & set(decision.rules) else "ask"


def _by_default(action: str, way: str) -> Refusal:
    """Nothing permits it: the answer is who may, and by which clauses."""
    found = openers(action)
    clauses = tuple(dict.fromkeys(rule.clause for rule in found))
    if not clauses:
        return Refusal("", "これは、校務支援システムの運用だけが行います。", way)
    return Refusal(
        clauses[0], f"これができるのは、規程 {'、'.join(clauses)} に当てはまる人だけです。", way, openers=found
    )


def _refusal(decision: Decision, way: str) -> Refusal:
    walls = [rule for rule in (BLOCKED_DEVICE, *OTHER_DEVICE) if rule in decision.rules]
    if walls:
        rule = policies().rule(walls[0])
        return Refusal(rule.clause, rule.sentence, way)
    return Refusal(decision.clause, decision.sentence, way)
