"""名簿の取り込みのまとめ書き: classes, people, stays and places written in bulk, for interop only.

Every verb asks for `roster:import` on the municipality, writes with few statements, and counts rows. The import itself
appends the summary to the trail; what concerns one child (転入・転出・氏名訂正) is appended here, child by child.
"""

from minamo.people.actions.roster.persons import (
    change_people,
    disable_accounts,
    give_accounts,
    import_pupils,
    import_staff,
    known_people,
    logins_in_use,
    numbers_in_use,
)
from minamo.people.actions.roster.places import import_classes, import_seats, import_teaching, teaching_accounts
from minamo.people.actions.roster.stays import import_leavings, import_stays, place_pupils, receive_pupil
from minamo.people.actions.roster.values import (
    RosterClass,
    RosterLeaving,
    RosterPerson,
    RosterPlace,
    RosterSeat,
    RosterStay,
    RosterTeaching,
    may_import,
    note,
)

__all__ = [
    "RosterClass",
    "RosterLeaving",
    "RosterPerson",
    "RosterPlace",
    "RosterSeat",
    "RosterStay",
    "RosterTeaching",
    "change_people",
    "disable_accounts",
    "give_accounts",
    "import_classes",
    "import_leavings",
    "import_pupils",
    "import_seats",
    "import_staff",
    "import_stays",
    "import_teaching",
    "known_people",
    "logins_in_use",
    "may_import",
    "note",
    "numbers_in_use",
    "place_pupils",
    "receive_pupil",
    "teaching_accounts",
]
