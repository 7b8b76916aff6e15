"""学籍のデモ: guardians for every imported pupil. All people are fictional; phones are from numbers nobody has."""

import random
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

from django.db.models import Count

from minamo.access.api import Account
from minamo.kernel.names import fold_search
from minamo.people.models import ClassStaff, Guardian, GuardianLink, Household, Pupil

SEED = 8
MOTHERS = (
    "陽子 ようこ", "恵 めぐみ", "真由美 まゆみ", "香織 かおり", "由紀 ゆき", "直美 なおみ", "美穂 みほ", "智子 ともこ", "裕子 ゆうこ",
    "久美子 くみこ", "彩 あや", "麻衣 まい", "沙織 さおり", "千尋 ちひろ", "理恵 りえ", "優子 ゆうこ", "綾 あや", "奈々 なな",
)  # fmt: skip
FATHERS = (
    "修 おさむ", "剛 つよし", "健 けん", "誠 まこと", "隆 たかし", "浩 ひろし", "大輔 だいすけ", "翔 しょう", "亮 りょう", "学 まなぶ",
    "拓也 たくや", "直樹 なおき", "和也 かずや", "哲 さとし", "聡 さとし", "俊介 しゅんすけ",
)  # fmt: skip


def load(municipality: UUID) -> int:
    """Give every pupil without a guardian a household with one or two, and accounts to the first guardians.

    Siblings of one family name in different grades sometimes share a household, also across schools. Returns how many
    guardians were made.
    """
    rng = random.Random(SEED)
    families = list(_families(municipality, rng))
    made = [_household(municipality, family, rng) for family in families]
    Household.objects.bulk_create([home for home, _, _ in made])
    Guardian.objects.bulk_create([guardian for _, guardians, _ in made for guardian in guardians])
    GuardianLink.objects.bulk_create([link for _, _, links in made for link in links])
    give_accounts(municipality)
    return sum(len(guardians) for _, guardians, _ in made)


def _families(municipality: UUID, rng: random.Random) -> Iterable[list[Pupil]]:
    """Pupils without guardians, grouped into families."""
    lonely = Pupil.objects.filter(municipality_id=municipality, guardian_links__isnull=True).order_by(
        "family", "student_number"
    )
    by_name: dict[str, list[Pupil]] = defaultdict(list)
    for pupil in lonely:
        by_name[pupil.family].append(pupil)
    for pupils in by_name.values():
        pupils.sort(key=lambda p: (p.grade, p.student_number))
        family = [pupils[0]]
        for before, after in pairwise(pupils):
            if before.grade != after.grade and len(family) < 3 and rng.random() < 0.35:
                family.append(after)
            else:
                yield family
                family = [after]
        yield family


def _household(
    municipality: UUID, family: list[Pupil], rng: random.Random
) -> tuple[Household, list[Guardian], list[GuardianLink]]:
    child = family[0]
    home = Household(
        municipality_id=municipality,
        postal_code=f"000-01{rng.randrange(100):02d}",
        address=f"架空県大字{rng.choice('東西南北')}窪{rng.randrange(1, 2900)}番地",
        phone=f"0990-{rng.randrange(20, 30)}-{rng.randrange(10000):04d}",
    )
    parents = [("母", rng.choice(MOTHERS))] + ([("父", rng.choice(FATHERS))] if rng.random() < 0.8 else [])
    guardians = [_guardian(municipality, home, child, name, rng) for _, name in parents]
    links = [
        GuardianLink(
            municipality_id=municipality, pupil=pupil, guardian=guardian, relation=relation, contact_order=order
        )
        for pupil in family
        for order, (guardian, (relation, _)) in enumerate(zip(guardians, parents, strict=True), start=1)
    ]
    return home, guardians, links


def _guardian(municipality: UUID, home: Household, child: Pupil, name: str, rng: random.Random) -> Guardian:
    given, kana = name.split()
    number = rng.randrange(10**8)
    return Guardian(
        municipality_id=municipality, household=home, family=child.family, given=given, family_kana=child.family_kana,
        given_kana=kana, official_family=child.official_family, official_given=given,
        search_key=fold_search(f"{child.family}{given} {child.family_kana}{kana}"),
        phone=f"090-{number // 10000:04d}-{number % 10000:04d}", email=f"g{number}@example.net",
    )  # fmt: skip


def give_accounts(municipality: UUID) -> int:
    """Accounts (without a password) for guardians who may be told about their children; returns how many."""
    rows = list(
        Guardian.objects.filter(municipality_id=municipality, account__isnull=True, institution=False)
        .exclude(restrictions__kind="contact")
        .filter(links__contact_order__lte=2)
        .distinct()
    )
    for guardian in rows:
        account = Account(
            login_id=f"g-{str(guardian.pk)[-12:]}", kind=Account.Kind.GUARDIAN, label=guardian.display_name[:120]
        )
        account.set_unusable_password()
        guardian.account = account
    Account.objects.bulk_create([guardian.account for guardian in rows if guardian.account is not None])
    Guardian.objects.bulk_update(rows, ["account"], batch_size=500)
    return len(rows)


def homeroom_teachers(school: UUID) -> list[tuple[UUID, str, UUID, str]]:
    """担任 of a school: account, label, class and title, in the order of the classes."""
    rows = ClassStaff.objects.filter(school_class__school_id=school, school_class__kind="homeroom", primary=True)
    found = rows.order_by("school_class__position", "school_class__title").values_list(
        "account_id", "account__label", "school_class_id", "school_class__title"
    )
    return list(found)


def guardian_with_most_children(class_id: UUID) -> tuple[UUID, str, int] | None:
    """A guardian with an account and as many children as possible, one of them in the class."""
    here = GuardianLink.objects.filter(
        pupil__homeroom_id=class_id, guardian__account__isnull=False, contact_order=1
    ).values_list("guardian_id", flat=True)
    return (
        Guardian.objects.filter(pk__in=list(here))
        .annotate(children=Count("links"))
        .order_by("-children", "search_key")
        .values_list("account_id", "account__label", "children")
        .first()
    )


def pupil_of(class_id: UUID) -> tuple[UUID, str] | None:
    """A pupil of the class with an account."""
    return (
        Pupil.objects.filter(homeroom_id=class_id, account__isnull=False)
        .order_by("attendance_number")
        .values_list("account_id", "account__label")
        .first()
    )
