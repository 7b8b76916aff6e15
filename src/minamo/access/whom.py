"""だれについて (whom): the people a head or the board can ask about, by name or login ID: staff of the municipality the record belongs
to, also with a post there that has ended or is to come, and children and guardians of the places the one who asks answers for, as
far as he may read who they are. Who has a stopped account is found like anybody else.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Replace

from minamo.access.actor import Actor
from minamo.access.emergencies import pupil_model
from minamo.access.explain import people
from minamo.access.models import Account
from minamo.access.resources import Resource
from minamo.kernel.ids import id_of

MOST, READ = 20, 400  # people shown to choose from; accounts of the place looked at for them
DAYS = 6  # other days a person is looked at on: a career has more, the nearest tell


@dataclass(frozen=True)
class Term:
    """担当の期間: a post of somebody in the municipality that does not hold today, in words (中央小の校長)."""

    post: str
    begins: dt.date
    ends: dt.date | None
    over: bool

    @property
    def day(self) -> dt.date:
        """The day of it that is nearest to today."""
        return self.ends if self.over and self.ends else self.begins


@dataclass(frozen=True)
class Whom:
    """A person that can be asked about. `known`: the one who asks may read who it is (`about` tells one from another); somebody who is
    not stands under the login ID that was typed. `terms`: posts that have ended or are to come, the nearest first."""

    actor: Actor
    known: bool
    about: str = ""
    terms: tuple[Term, ...] = ()

    def elsewhen(self) -> list[tuple[Term, Actor]]:
        """The same person with what was or will be held on the nearest day of each of these terms; all else as it is today. One query
        for each day."""
        days = {
            day: people([self.actor.account_id], day, self.actor.now, stopped=True)
            for day in {t.day for t in self.terms}
        }
        return [
            (term, replace(found, today=self.actor.today, active=True))
            for term in self.terms
            for found in days[term.day]
        ]


def people_called(actor: Actor, words: str, resource: Resource) -> list[Whom]:
    """Whom the words can mean, at their best: one with this login ID, or people with this name. More than MOST say that the words
    have to be plainer. Five queries."""
    name = words.replace(" ", "").replace("　", "")
    here = Q(pk__in=_posts(_place(resource)).values("account"))
    staff = Account.objects.alias(plain=_plain("label")).filter(
        Q(login_id=words) | here & Q(kind="staff", plain__contains=name)
    )
    families = _families(actor, Q(plain__contains=name) | Q(account__login_id=words))
    first = staff.order_by("label", "pk").values_list("pk", flat=True)[:READ]
    found = _here(actor, [*first, *families], resource, families)
    return sorted(found, key=lambda one: (one.actor.label, one.about))[: MOST + 1]


def person_chosen(actor: Actor, account: UUID, resource: Resource) -> list[Whom]:
    """The one that was chosen from the list, which named nobody the actor may not know. Four queries."""
    families = _families(actor, Q(account=account))
    return [one for one in _here(actor, [account], resource, families) if one.known]


def _here(actor: Actor, ids: Iterable[UUID], resource: Resource, families: dict[UUID, str]) -> list[Whom]:
    """Those of the municipality the record belongs to, today or by a post of another time, and the families; a guardian who is shut out
    belongs nowhere else. Two queries."""
    place = _place(resource)
    asked = set(ids)
    terms = _terms(place, asked, actor.today)
    return [
        Whom(
            one,
            one.kind == "staff" or one.account_id in families,
            families.get(one.account_id, ""),
            terms.get(one.account_id, ()),
        )
        for one in people(asked, actor.today, actor.now, stopped=True)
        if place in one.ids("municipalities") or one.account_id in families or one.account_id in terms
    ]


def _place(resource: Resource) -> str:
    """The municipality the record belongs to."""
    return str(resource.id if resource.name == "Municipality" else resource.values.get("municipality"))


def _posts(place: str) -> QuerySet[Any]:
    """Every post in the municipality, of whatever time. (tenancy lies above; its table is asked by name.)"""
    posts: QuerySet[Any] = apps.get_model("tenancy", "Membership")._default_manager.all()
    number = id_of(place)
    return posts.none() if number is None else posts.filter(municipality=number)


def _terms(place: str, accounts: set[UUID], today: dt.date) -> dict[UUID, tuple[Term, ...]]:
    """Posts in the municipality that do not hold today, the nearest first. One query."""
    if not accounts:
        return {}
    posts = _posts(place).filter(account__in=accounts)
    posts = posts.filter(Q(ends__lt=today) | Q(begins__gt=today)).select_related("school")
    found: dict[UUID, list[Term]] = {}
    for row in posts:
        post = f"{row.school.short_name}の{row.get_post_display()}" if row.school else row.get_post_display()
        found.setdefault(row.account_id, []).append(Term(post, row.begins, row.ends, row.begins <= today))
    return {key: tuple(sorted(terms, key=lambda t: abs(t.day - today))[:DAYS]) for key, terms in found.items()}


def _families(actor: Actor, wanted: Q) -> dict[UUID, str]:
    """児童生徒と保護者: of the places the actor answers for, children whose record and guardians whose contacts he may read, with what
    tells them apart. Two queries, none for who answers for no place."""
    heads, boards = actor.uuids["heads"], actor.uuids["boards"]
    if not (heads or boards):
        return {}
    answered = Q(school_id__in=heads) | Q(municipality_id__in=boards)
    children = pupil_model()._default_manager
    own = children.visible_to(actor).filter(answered).alias(plain=_plain("account__label")).filter(wanted)  # type: ignore[attr-defined]
    close = children.visible_to(actor, "pupil:contacts").filter(answered)  # type: ignore[attr-defined]
    guardians = apps.get_model("people", "Guardian")._default_manager.filter(links__pupil__in=close.values("pk"))
    guardians = guardians.alias(plain=_plain("account__label")).filter(wanted).order_by("links__pupil_id")
    child = Concat(F("links__pupil__family"), Value(" "), F("links__pupil__given"))
    found = {key: title or "" for key, title in own.values_list("account_id", "homeroom__title")[:READ]}
    parents = guardians.annotate(child=child).values_list("account_id", "child")[:READ]
    return found | {key: f"{name} さんの保護者" for key, name in parents}


def _plain(label: str) -> Replace:
    """A name without its spaces."""
    return Replace(Replace(label, Value(" ")), Value("　"))
