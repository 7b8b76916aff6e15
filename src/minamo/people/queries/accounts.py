"""家庭のアカウント: of guardians and pupils of a place, to choose from when an incident asks whom an account could see. Callers are
authorised; the people are those in scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from minamo.audit.api import Within
from minamo.kernel.names import fold_search
from minamo.people.models import GuardianLink, Pupil
from minamo.people.queries.pupils import search_q

CHILDREN = 4  # of one guardian, as many as a search reads at most for each it shows
PUPIL = "児童生徒本人"


@dataclass(frozen=True, slots=True)
class FamilyAccount:
    """家庭のアカウント: `name` as it is written down (a pupil's is not), `said` tells the person with the child, for a list."""

    account_id: UUID
    name: str
    said: str


def families_called(words: str, within: Within, most: int) -> list[FamilyAccount]:
    """保護者と児童生徒 of the place (with a school: whose children belong or have belonged to it) whose accounts have ever signed in, by
    their name, the child's, or the login ID; `most` and no more. Two queries, none for words that say nothing."""
    folded = [part for word in words.split() if (part := fold_search(word))]
    if not folded:
        return []
    child, person = Q(), Q()
    for part in folded:
        child &= Q(pupil__search_key__contains=part)
        person &= Q(guardian__search_key__contains=part)
    links = _links(within).filter(child | person | Q(guardian__account__login_id=words))
    pupils = _pupils(within).filter(search_q(words) | Q(account__login_id=words))
    return [*_guardians(links[: most * CHILDREN]), *map(_pupil, pupils[:most])][:most]


def family_account(account: UUID, within: Within) -> FamilyAccount | None:
    """The account, if it is one of a family of the place that has ever signed in. Two queries at most."""
    found = _guardians(_links(within).filter(guardian__account=account))
    pupil = None if found else _pupils(within).filter(account=account).first()
    return found[0] if found else _pupil(pupil) if pupil else None


def _at(within: Within, pupil: str) -> Q:
    """Children of the place, also those who have left it."""
    if within.school:
        return Q(**{f"{pupil}enrolments__school": within.school})
    return Q(**{f"{pupil}municipality": within.municipality})


def _pupils(within: Within) -> "QuerySet[Pupil]":
    rows = Pupil.objects.filter(_at(within, ""), account__devices__isnull=False)
    return rows.order_by("family_kana", "given_kana", "id").distinct()


def _links(within: Within) -> "QuerySet[GuardianLink]":
    rows = GuardianLink.objects.filter(_at(within, "pupil__"), guardian__account__devices__isnull=False)
    order = ("guardian__family_kana", "guardian__given_kana", "guardian__account", "pupil__birth_date", "pk")
    return rows.select_related("guardian", "pupil").order_by(*order).distinct()


def _guardians(links: Iterable[GuardianLink]) -> list[FamilyAccount]:
    """One for each account, with the children it is there for."""
    names: dict[UUID, str] = {}
    children: dict[UUID, list[str]] = {}
    for link in links:
        account = link.guardian.account_id
        assert account is not None  # only accounts that have signed in are asked for
        names[account] = link.guardian.display_name
        children.setdefault(account, []).append(link.pupil.display_name)
    return [
        FamilyAccount(key, names[key], f"{names[key]}（{'、'.join(dict.fromkeys(of))}の保護者）")
        for key, of in children.items()
    ]


def _pupil(row: Pupil) -> FamilyAccount:
    assert row.account_id is not None
    return FamilyAccount(row.account_id, PUPIL, f"{row.display_name}（本人）")
