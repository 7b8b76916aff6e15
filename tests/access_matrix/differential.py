"""Three machines asked the same: Cedar, the SQL made from Cedar's text, and PostgreSQL's row-level security.

Generated actors over generated rows in real tables. For every (actor, action, row): Cedar's decision, the row filtered by
the compiled condition with the scope wide open, and the same under the actor's own scope must agree; and what the scope
alone shows must be what WALLS, written by hand, says. Rows that look the same to the policy are decided once.
"""

import datetime as dt
import random
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cedarpy import pst
from django.utils import timezone

from minamo.access.actor import Actor, purpose_of
from minamo.access.api import DEFAULTS, policies, registered, resource_type, set_scope
from minamo.access.compile import visible_q
from minamo.access.editions import rules_for
from minamo.access.pdp import decide
from minamo.access.relations import RELATION_TYPES, RELATIONS
from minamo.kernel.ids import new_id
from minamo.policy.overlays import TEMPLATES, text_of

SCHOOL = frozenset({"school"})
SCHOOL_AND_HOME = frozenset({"school", "home"})


@dataclass(frozen=True)
class Wall:
    """Who sees a table's rows of his municipalities by the scope alone: `sides`, and on the learning side nobody, all, or a child's own
    (by the named field). `given_back`: outside the school only what has gone home, of which the policy knows nothing."""

    sides: frozenset[str]
    learner: str = "nobody"
    given_back: bool = False


WALLS: Mapping[str, Wall] = {
    "Pupil": Wall(SCHOOL_AND_HOME, "pk"),
    "SchoolClass": Wall(SCHOOL_AND_HOME, "all"),
    "School": Wall(SCHOOL_AND_HOME, "all"),
    "Municipality": Wall(SCHOOL_AND_HOME, "all"),
    "Notice": Wall(SCHOOL_AND_HOME),
    "Mark": Wall(SCHOOL_AND_HOME, "pupil_id"),
    "StaffMember": Wall(SCHOOL_AND_HOME),
    "Membership": Wall(SCHOOL),
    "Terminal": Wall(SCHOOL),
    "Asset": Wall(SCHOOL),
    "ExceptionGrant": Wall(SCHOOL),
    "Assessment": Wall(SCHOOL),
    "Sitting": Wall(SCHOOL),
    "Result": Wall(SCHOOL_AND_HOME, "all", given_back=True),
    "ResultPaper": Wall(SCHOOL_AND_HOME, "pupil_id", given_back=True),
    "Incident": Wall(SCHOOL),
    "PolicyRevision": Wall(SCHOOL),
    "Emergency": Wall(SCHOOL),
    "FormerPupil": Wall(SCHOOL),
    "Trail": Wall(SCHOOL),
}
WITHOUT_ROWS: Mapping[str, str] = {
    "Own": "what belongs to the account that asks: decided of an id, never filtered in SQL",
    "Question": "a pair of person and record that is asked about: there is no table of it",
}


class Town:
    """Rows to decide about, in two municipalities with three schools each; `scale` times as many children."""

    def __init__(self, rng: random.Random, scale: int = 1) -> None:
        from minamo.tenancy.models import Municipality, School

        self.rng = rng
        self.municipalities = [new_id(), new_id()]
        set_scope(municipalities=self.municipalities, side="school")
        for number, key in enumerate(self.municipalities):
            Municipality.objects.create(id=key, code=f"8800{number:02d}", name="町", board_name="教委")
        self.schools = [(new_id(), key) for key in self.municipalities for _ in range(3)]
        School.objects.bulk_create(
            School(
                id=school, municipality_id=town, code=f"B1990000{n:05d}", name="校", short_name="校", kind="elementary"
            )
            for n, (school, town) in enumerate(self.schools)
        )
        self.people = self._people()
        self.classes = self._classes()
        self.pupils = self._pupils(360 * scale)
        self.rows: dict[str, list[Any]] = {
            "Pupil": self.pupils, "SchoolClass": self.classes, "School": self._all("tenancy", "School"),
            "Notice": self._notices(300 * scale), "Mark": self._marks(200 * scale),
            "Municipality": list(Municipality.objects.filter(pk__in=self.municipalities)),
            "StaffMember": self._staff(40), "Membership": self._posts(80), "Terminal": self._terminals(60),
            "Asset": self._assets(60), "ExceptionGrant": self._exceptions(80), "FormerPupil": self._former(60),
            "Emergency": self._emergencies(60), "Incident": self._incidents(80), "PolicyRevision": self._revisions(60),
            "Trail": self._trail(80), **self._tests(40),
        }  # fmt: skip

    def _all(self, app: str, name: str) -> list[Any]:
        from django.apps import apps

        return list(apps.get_model(app, name).objects.filter(municipality__in=self.municipalities))

    def _people(self) -> list[uuid.UUID]:
        """A few, whom the actors sometimes are."""
        from minamo.access.models import Account

        made = Account.objects.bulk_create(
            Account(login_id=str(uuid.uuid4()), kind="staff", label="先生") for _ in range(4)
        )
        return [account.pk for account in made]

    def _classes(self) -> list[Any]:
        from minamo.people.models import SchoolClass

        rows = [
            SchoolClass(municipality_id=town, school_id=school, year=2026, kind="homeroom", title="組", grades=["P1"])
            for school, town in self.schools
            for _ in range(4)
        ]
        return SchoolClass.objects.bulk_create(rows)

    def _pupils(self, count: int) -> list[Any]:
        from minamo.people.models import Pupil

        rows = []
        for _ in range(count):
            klass = self.rng.choice(self.classes)
            rows.append(
                Pupil(municipality_id=klass.municipality_id, school_id=klass.school_id, grade="P1", search_key="x",
                      homeroom=klass if self.rng.random() < 0.9 else None)
            )  # fmt: skip
        return Pupil.objects.bulk_create(rows)

    def _notices(self, count: int) -> list[Any]:
        from minamo.access.models import Account
        from minamo.attendance.models import Notice

        sender = Account.objects.create(login_id=str(uuid.uuid4()), kind="guardian", label="差出人")
        now = timezone.now()
        return Notice.objects.bulk_create(
            Notice(municipality_id=p.municipality_id, school_id=p.school_id, pupil=p, homeroom_id=p.homeroom_id,
                   kind="absent", reason="sick", begins=now.date(), ends=now.date(), channel="app", sender=sender,
                   sender_label="母", key=uuid.uuid4(), written_at=now, received_at=now)
            for p in self.rng.sample(self.pupils, k=min(count, len(self.pupils)))
        )  # fmt: skip

    def _marks(self, count: int) -> list[Any]:
        from minamo.access.models import Account
        from minamo.attendance.models import Mark

        teacher = Account.objects.create(login_id=str(uuid.uuid4()), kind="staff", label="先生")
        now = timezone.now()
        return Mark.objects.bulk_create(
            Mark(municipality_id=p.municipality_id, school_id=p.school_id, pupil=p, day=dt.date(2026, 11, 24),
                 code="PRESENT", marked_by=teacher, marked_by_label="先生", marked_at=now)
            for p in self.rng.sample(self.pupils, k=count)
        )  # fmt: skip

    def _staff(self, count: int) -> list[Any]:
        from minamo.access.models import Account
        from minamo.people.models import StaffMember

        people = Account.objects.bulk_create(
            Account(login_id=str(uuid.uuid4()), kind="staff", label="先生") for _ in range(count)
        )
        return StaffMember.objects.bulk_create(
            StaffMember(municipality_id=self.rng.choice(self.municipalities), account=account, search_key="x")
            for account in people
        )

    def _posts(self, count: int) -> list[Any]:
        from minamo.access.models import Account
        from minamo.tenancy.models import Membership

        holders = Account.objects.bulk_create(
            Account(login_id=str(uuid.uuid4()), kind="staff", label="先生") for _ in range(count)
        )
        places = self.rng.choices(self.schools, k=count)
        begins = dt.date(2026, 4, 1)
        return Membership.objects.bulk_create(
            Membership(municipality_id=town, school_id=school, account=holder, post="teacher", begins=begins)
            for holder, (school, town) in zip(holders, places, strict=True)
        )

    def _terminals(self, count: int) -> list[Any]:
        from minamo.access.models import Account, Terminal

        owner = Account.objects.create(login_id=str(uuid.uuid4()), kind="staff", label="先生")
        places = self.rng.choices(self.schools, k=count)
        return Terminal.objects.bulk_create(
            Terminal(municipality_id=town, school_id=school, label="端末", registered_by=owner,
                     registered_at=timezone.now())
            for school, town in places
        )  # fmt: skip

    def _assets(self, count: int) -> list[Any]:
        from minamo.policy.models import Asset

        places = self.rng.choices(self.schools, k=count)
        return Asset.objects.bulk_create(
            Asset(municipality_id=town, school_id=self.rng.choice([school, None]), name="紙", grade="II")
            for school, town in places
        )

    def _exceptions(self, count: int) -> list[Any]:
        """For and by a few people, whom the actors sometimes are."""
        from minamo.policy.models import ExceptionGrant

        places = self.rng.choices(self.schools, k=count)
        today = dt.date(2026, 11, 24)
        return ExceptionGrant.objects.bulk_create(
            ExceptionGrant(
                municipality_id=town, school_id=school, clause="6.1", scope="", reason="", instead="", begins=today,
                ends=today, requester_id=self.rng.choice(self.people), requested_at=timezone.now(),
                person_id=self.rng.choice([*self.people, None]),
            )
            for school, town in places
        )  # fmt: skip

    def _former(self, count: int) -> list[Any]:
        """Left from a school of the other municipality as often as from one of their own."""
        from minamo.people.models import FormerPupil

        places = self.rng.choices(self.schools, k=count)
        return FormerPupil.objects.bulk_create(
            FormerPupil(municipality_id=town, school_id=school, pupil=pupil, grade="P1", search_key="x",
                        last_day=dt.date(2026, 9, 30))
            for (school, town), pupil in zip(places, self.rng.sample(self.pupils, k=count), strict=True)
        )  # fmt: skip

    def _emergencies(self, count: int) -> list[Any]:
        from minamo.access.models import Emergency

        now = timezone.now()
        return Emergency.objects.bulk_create(
            Emergency(account_id=self.rng.choice(self.people), municipality_id=pupil.municipality_id, school_id=pupil.school_id,
                      pupil_id=pupil.pk, reason="あ" * 20, opened_at=now, expires_at=now + dt.timedelta(hours=1), due=now.date())
            for pupil in self.rng.sample(self.pupils, k=count)
        )  # fmt: skip

    def _incidents(self, count: int) -> list[Any]:
        from minamo.policy.models import Incident

        places = self.rng.choices(self.schools, k=count)
        return Incident.objects.bulk_create(
            Incident(municipality_id=town, school_id=self.rng.choice([school, None]), kind="lost", summary="紛失",
                     known_at=timezone.now(), reporter_id=self.rng.choice(self.people))
            for school, town in places
        )  # fmt: skip

    def _revisions(self, count: int) -> list[Any]:
        """By some of a few people, none of whom may approve what was in their hands."""
        from minamo.policy.models import Revision

        now = timezone.now()
        return Revision.objects.bulk_create(
            Revision(municipality_id=self.rng.choice(self.municipalities), title="改正", author_id=self.people[0],
                     hands=self.rng.sample(self.people, k=self.rng.randint(0, 3)), created_at=now, changed_at=now)
            for _ in range(count)
        )  # fmt: skip

    def _trail(self, count: int) -> list[Any]:
        from minamo.audit.models import Entry

        places = self.rng.choices(self.schools, k=count)
        Entry.objects.bulk_create(
            Entry(municipality_id=town, school_id=self.rng.choice([school, None]), actor_kind="staff", action="pupil:read",
                  resource_type="Pupil", outcome="allow", rules=[], policy_digest="0")
            for school, town in places
        )  # fmt: skip
        return list(Entry.objects.filter(municipality_id__in=self.municipalities))

    def _tests(self, count: int) -> dict[str, list[Any]]:
        """Tests of a few authors, written by a class each; half of the results have gone home, one of them was taken back."""
        from minamo.marking.models import Assessment, Release, Result, ResultPaper, Sitting

        now, day = timezone.now(), dt.date(2026, 11, 24)
        classes = self.rng.choices(self.classes, k=count)
        assessments = Assessment.objects.bulk_create(
            Assessment(municipality_id=klass.municipality_id, school_id=klass.school_id, title="テスト", year=2026, width=1, height=1,
                       audience=self.rng.choice(["author", "school"]), author_id=self.rng.choice(self.people), made_at=now,
                       key=uuid.uuid4())
            for klass in classes
        )  # fmt: skip
        sittings = Sitting.objects.bulk_create(
            Sitting(municipality_id=test.municipality_id, school_id=test.school_id, assessment=test, school_class=klass, held_on=day,
                    audience=self.rng.choice(["class", "school"]), opened_by_id=self.people[0], opened_at=now)
            for test, klass in zip(assessments, classes, strict=True)
        )  # fmt: skip
        results = Result.objects.bulk_create(
            Result(municipality_id=klass.municipality_id, school_id=klass.school_id, school_class=klass, title="テスト", held_on=day,
                   items=[], key=uuid.uuid4(), settled_by_id=self.people[0], settled_at=now)
            for klass in classes
        )  # fmt: skip
        given = self.rng.sample(results, k=count // 2)
        Release.objects.bulk_create(
            Release(municipality_id=result.municipality_id, result=result, review_until=day, released_by_id=self.people[0],
                    released_at=now, withdrawn_at=now if result is given[0] else None)
            for result in given
        )  # fmt: skip
        papers = ResultPaper.objects.bulk_create(
            ResultPaper(municipality_id=result.municipality_id, result=result, pupil=pupil)
            for result in results
            for pupil in self.rng.sample([p for p in self.pupils if p.municipality_id == result.municipality_id], k=3)
        )
        self.given_back = {result.pk for result in given[1:]}
        return {"Assessment": assessments, "Sitting": sittings, "Result": results, "ResultPaper": papers}


@dataclass
class Outcome:
    """How many decisions were compared, how many of them allowed, how many asked ones by an open emergency, and what disagreed."""

    decisions: int = 0
    allowed: int = 0
    by_emergency: int = 0
    asked: int = 0
    mismatches: list[str] = field(default_factory=list)
    cedar_cpu_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def allowed_share(self) -> float:
        """Part of the decisions that allow."""
        return self.allowed / max(1, self.decisions)


OVERLAID = 0.2  # of the actors are under one of the overlays a board can choose
MANY = 40  # more children than anybody has, and few enough for the engine to stay quick
# Kinds of people and sides: mostly such that there is something to see.
PEOPLE = (
    [("staff", "school")] * 20 + [("guardian", "home")] * 3 + [("system", "school")] * 2
    + [("pupil", "learning"), ("staff", "learning"), ("staff", "home"), ("guardian", "school"), ("visitor", "school")]
)  # fmt: skip


def some_actor(town: Town, rng: random.Random) -> Actor:
    """An actor with random relations in random circumstances, biased towards having something to see."""
    pools: dict[str, list[uuid.UUID]] = {
        "Municipality": town.municipalities,
        "School": [school for school, _ in town.schools],
        "SchoolClass": [klass.pk for klass in town.classes],
        "Pupil": [pupil.pk for pupil in town.pupils],
    }
    kind, side = rng.choice(PEOPLE)
    relations = {}
    for name in RELATIONS:
        pool = pools[RELATION_TYPES[name]]
        share = 0.9 if name == "municipalities" else rng.choice([0.0, 0.3, 0.8])
        held = [str(key) for key in pool if rng.random() < share]
        relations[name] = frozenset(rng.sample(held, min(len(held), MANY)))
    relations["selves"] = frozenset([str(rng.choice(pools["Pupil"]))]) if kind == "pupil" else frozenset()
    now = timezone.now()
    return Actor(
        account_id=rng.choice([uuid.uuid4(), *town.people]), kind=kind, label="", side=side, device_id=None, strength=rng.choice([1] + [2] * 9),
        device_state=rng.choice(["trusted"] * 12 + ["approved"] * 6 + ["none", "registered", "quarantined", "lost"]),
        posture=rng.choice(["good"] * 4 + ["unknown"] * 4 + ["bad"]),
        device_proved_at=now - dt.timedelta(minutes=rng.choice([0, 1, 2, 3, 5, 6])),
        authenticated_at=now - dt.timedelta(minutes=rng.choice([0, 1, 14, 15, 16, 900])), today=now.date(), now=now,
        relations=relations, purpose=purpose_of(relations), network=rng.choice(["school", "home", "other"]),
        posture_source=rng.choice(["self", "mdm", "proxy", "none"]),
        limits={**DEFAULTS, "reauth_minutes": rng.choice([5, 15, 15, 60])},
        overlays=(text_of(rng.choice(TEMPLATES), "880000"),) if rng.random() < OVERLAID else (),
    )  # fmt: skip


def compare(town: Town, rng: random.Random, decisions: int) -> Outcome:
    """Ask the three machines until at least so many decisions were compared. Needs a transaction."""
    outcome = Outcome()
    began = time.process_time()
    rules = policies()
    while outcome.decisions < decisions:
        actor = some_actor(town, rng)
        name = rng.choice(list(town.rows))
        if name == "Municipality" or len(town.rows[name]) < 50:
            name = rng.choice(list(town.rows))  # few rows: asked less often
        action = rng.choice([a for a, types in rules.resource_names.items() if name in types])
        if actor.purpose == "emergency" and rng.random() < 0.03:
            name, action = "Pupil", "pupil:contacts"  # one action of many, and the only one an emergency opens
        _compare_one(town, actor, name, action, outcome)
    outcome.cpu_s = time.process_time() - began
    return outcome


def _compare_one(town: Town, actor: Actor, name: str, action: str, outcome: Outcome) -> None:
    rows = town.rows[name]
    keys = [row.pk for row in rows]
    set_scope(municipalities=town.municipalities, side="school")
    by_sql = _found(type(rows[0]), keys, visible_q(actor, action, resource_type(name)))
    own = next(iter(actor.ids("selves")), "")
    set_scope(municipalities=sorted(actor.ids("municipalities")), side=actor.side, self_id=own)
    by_wall = _found(type(rows[0]), keys)
    by_both = _found(type(rows[0]), keys, visible_q(actor, action, resource_type(name)))
    decided: dict[Any, bool] = {}
    bare = _names_the_row(actor, action)
    for row in rows:
        resource = registered()[name].entity_of(row)
        held = (tuple(value) if isinstance(value, list) else value for value in resource.values.values())
        group = (*held, row.pk if bare else None)
        if group not in decided:
            before = time.process_time()
            decision = decide(actor, action, resource)
            outcome.cedar_cpu_s += time.process_time() - before
            outcome.asked += 1
            decided[group] = decision.allowed
            outcome.by_emergency += "access.emergency" in decision.rules
            if decision.alarm:
                outcome.mismatches.append(f"{action} on {name}: alarm {decision.alarm}")
        outcome.decisions += 1
        outcome.allowed += decided[group]
        wall = _wall_shows(town, actor, name, row)
        said, known = (
            decided[group],
            wall or WALLS[name].given_back,
        )  # what has not gone home is hidden by the wall alone
        answers = (said, row.pk in by_sql, row.pk in by_both)
        if answers != (said, said, said and wall) or wall != (row.pk in by_wall) or (said and not known):
            outcome.mismatches.append(f"{action} on {name} {row.pk} by {actor}: cedar, sql, rls {answers}, wall {wall}")


def _found(model: Any, keys: list[Any], *conditions: Any) -> set[Any]:
    found: Iterable[Any] = model._default_manager.filter(*conditions, pk__in=keys).values_list("pk", flat=True)
    return set(found)


def _wall_shows(town: Town, actor: Actor, name: str, row: Any) -> bool:
    """What WALLS says about the scope alone."""
    municipality = row.pk if name == "Municipality" else row.municipality_id
    if str(municipality) not in actor.ids("municipalities"):
        return False
    wall = WALLS[name]
    if wall.given_back and actor.side != "school":
        result = row.result_id if name == "ResultPaper" else row.pk
        if result not in town.given_back:
            return False
    if actor.side != "learning":
        return actor.side in wall.sides
    return wall.learner == "all" or (
        wall.learner != "nobody" and str(getattr(row, wall.learner)) in actor.ids("selves")
    )


def _names_the_row(actor: Actor, action: str) -> bool:
    """Whether a rule for the action speaks of the resource itself and not only of its attributes."""
    return any(_bare(rule.template) for rule in rules_for(actor.overlays).for_action(action).rules)


def _bare(node: object) -> bool:
    match node:
        case pst.Var(name="resource"):
            return True
        case pst.GetAttr(base=pst.Var(name="resource")) | pst.HasAttr(base=pst.Var(name="resource")):
            return False
        case tuple():
            return any(_bare(item) for item in node)
    fields = getattr(node, "__dataclass_fields__", {})
    return any(_bare(getattr(node, name)) for name in fields)
