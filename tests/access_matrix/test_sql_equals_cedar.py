"""The list filter and the decision are the same policy: PostgreSQL's answer equals Cedar's, row by row.

Generated actors over generated rows in real tables; at least 100,000 pairs, at least a fifth of them allowed, no
mismatch. The seed is printed when the test fails.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterable
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from minamo.access.actor import RELATIONS, Actor
from minamo.access.api import policies, registered, resource_type, set_scope
from minamo.access.compile import visible_q
from minamo.access.pdp import RELATION_TYPES, decide
from minamo.kernel.ids import new_id

SEED = 20261124
PAIRS = 100_000
ALLOWED_SHARE = 0.20


class Town:
    """Rows to decide about, in two municipalities with three schools each."""

    def __init__(self, rng: random.Random) -> None:
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
        self.classes = self._classes()
        self.pupils = self._pupils(360)
        self.rows = {"Pupil": self.pupils, "SchoolClass": self.classes, "School": self._all("tenancy", "School"),
                     "Notice": self._notices(300), "Mark": self._marks(200)}  # fmt: skip

    def _all(self, app: str, name: str) -> list[Any]:
        from django.apps import apps

        return list(apps.get_model(app, name).objects.filter(municipality__in=self.municipalities))

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
            for p in self.rng.choices(self.pupils, k=count)
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


def some_actor(town: Town, rng: random.Random) -> Actor:
    """An actor with random relations, biased towards having something to see."""
    pools: dict[str, list[uuid.UUID]] = {
        "Municipality": town.municipalities,
        "School": [school for school, _ in town.schools],
        "SchoolClass": [klass.pk for klass in town.classes],
        "Pupil": [pupil.pk for pupil in town.pupils],
    }
    kind, side = rng.choice(
        [("staff", "school")] * 12 + [("guardian", "home")] * 3
        + [("pupil", "learning"), ("staff", "learning"), ("staff", "home"), ("guardian", "school"), ("system", "school")]
    )  # fmt: skip
    relations = {}
    for name in RELATIONS:
        pool = pools[RELATION_TYPES[name]]
        share = 0.9 if name == "municipalities" else rng.choice([0.0, 0.2, 0.6])
        relations[name] = frozenset(str(key) for key in pool if rng.random() < share)
    now = timezone.now()
    return Actor(
        account_id=uuid.uuid4(), kind=kind, label="", side=side, device_id=None, strength=rng.choice([1, 2, 2, 2]),
        device_state=rng.choice(["trusted"] * 8 + ["approved"] * 4 + ["none", "registered", "quarantined", "lost"]),
        device_proved_at=now - dt.timedelta(minutes=rng.choice([0, 1, 2, 3, 5, 6])),
        authenticated_at=now - dt.timedelta(minutes=rng.choice([1, 60, 900])), today=now.date(), now=now,
        relations=relations,
    )  # fmt: skip


def seen_by_sql(actor: Actor, action: str, rows: list[Model]) -> set[Any]:
    """Primary keys PostgreSQL returns for the compiled condition."""
    model = type(rows[0])
    name: str = model.resource_name  # type: ignore[attr-defined]
    condition = visible_q(actor, action, resource_type(name))
    found: Iterable[Any] = model._default_manager.filter(condition, pk__in=[row.pk for row in rows])
    return set(found.values_list("pk", flat=True))  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_sql_equals_cedar_on_100_000_pairs() -> None:
    """Every pair gets the same answer from both machines."""
    rng = random.Random(SEED)
    town = Town(rng)
    pairs = allowed = 0
    mismatches: list[str] = []
    rules = policies()
    while pairs < PAIRS:
        actor = some_actor(town, rng)
        name = rng.choice(list(town.rows))
        action = rng.choice([a for a, types in rules.resource_names.items() if name in types])
        rows = town.rows[name]
        visible = seen_by_sql(actor, action, rows)
        kind = registered()[name]
        for row in rows:
            decision = decide(actor, action, kind.entity_of(row))
            assert not decision.alarm
            pairs += 1
            allowed += decision.allowed
            if decision.allowed != (row.pk in visible):
                mismatches.append(f"{action} on {name}: cedar {decision} sql {row.pk in visible}")
    assert mismatches == [], f"seed {SEED}"
    assert allowed / pairs >= ALLOWED_SHARE, f"only {allowed / pairs:.0%} allowed: the test would prove little"
