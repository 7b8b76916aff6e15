"""What other rooms use of 学籍 (people): values of rosters, classes, children and contacts.

`Pupil` and `SchoolClass` are here for route loaders (`row(Pupil, "pupil_id")`) and `visible_to`; nothing outside this
room writes them.
"""

from minamo.people.actions.guardians import FamilyPerson, FamilyRow, Written, put_families
from minamo.people.actions.looked import looked_back
from minamo.people.class_roster import (
    HomeroomPlace,
    homeroom_places,
    roster_of_class,
    roster_of_class_between,
    roster_of_school,
    roster_of_school_between,
)
from minamo.people.models import Pupil, SchoolClass
from minamo.people.ports import (
    AWAY,
    HERE,
    PARTLY,
    Presence,
    Seen,
    TakenBack,
    offer_obstacles,
    offer_register,
    offer_seen,
    presence_of,
)
from minamo.people.queries.accounts import FamilyAccount, families_called, family_account
from minamo.people.queries.readable import Readable, readable_among
from minamo.people.roster import (
    Child,
    ClassCard,
    Contact,
    GuardianToNotify,
    PupilCard,
    RosterPupil,
    children_of,
    class_card,
    contacts_of,
    guardians_to_notify,
    homeroom_teachers,
    homerooms_of,
    pupil_card,
    pupil_cards,
    teachers_of,
)
from minamo.people.roster_names import NamedPupil, named_pupils, names_of_pupils, readings_of_staff
from minamo.people.shown import at_the_school, of_places, own_children, pupils_of_classes

__all__ = [
    "Child", "ClassCard", "Contact", "GuardianToNotify", "Pupil", "PupilCard", "RosterPupil", "SchoolClass",
    "children_of", "class_card", "contacts_of", "guardians_to_notify", "homeroom_teachers", "homerooms_of", "pupil_card", "pupil_cards",
    "roster_of_class", "roster_of_class_between", "roster_of_school", "roster_of_school_between", "teachers_of",
]  # fmt: skip

# --- 名簿の取り込み (roster import): bulk verbs for interop ---
from minamo.people.actions import roster as roster_import

__all__ += ["roster_import"]

__all__ += [
    "AWAY",
    "HERE",
    "PARTLY",
    "FamilyAccount",
    "FamilyPerson",
    "FamilyRow",
    "HomeroomPlace",
    "NamedPupil",
    "Presence",
    "Readable",
    "Seen",
    "TakenBack",
    "Written",
    "at_the_school",
    "families_called",
    "family_account",
    "homeroom_places",
    "looked_back",
    "named_pupils",
    "names_of_pupils",
    "of_places",
    "offer_obstacles",
    "offer_register",
    "offer_seen",
    "own_children",
    "presence_of",
    "pupils_of_classes",
    "put_families",
    "readable_among",
    "readings_of_staff",
]
