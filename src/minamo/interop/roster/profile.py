"""プロファイル: files, columns in their normative order, types and enumerations (1EdTech OneRoster 1.2 CSV Binding and
its Japan K-12/Schools Profile; the older Japanese profiles by what differs)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAD = "sourcedId! status:status dateLastModified:datetime "
# name[!]:type — `!` marks a required cell; `>file` a reference; `*` before a type a list; (a|b) an enumeration.
COLUMNS: Mapping[str, str] = {
    "academicSessions": LEAD + "title! type!:session startDate!:date endDate!:date parentSourcedId:>academicSessions"
    " schoolYear!:year",
    "orgs": LEAD + "name! type!:org identifier parentSourcedId:>orgs",
    "courses": LEAD + "schoolYearSourcedId:>academicSessions title! courseCode grades:*grade orgSourcedId!:>orgs"
    " subjects:*text subjectCodes:*text",
    "classes": LEAD + "title! grades:*grade courseSourcedId!:>courses classCode classType!:class location"
    " schoolSourcedId!:>orgs termSourcedIds!:*>academicSessions subjects:*text subjectCodes:*text periods:*text",
    "users": LEAD + "enabledUser!:bool username! userIds:*text givenName! familyName! middleName identifier email sms"
    " phone agentSourcedIds:*>users grades:*grade password userMasterIdentifier:uuid preferredGivenName"
    " preferredMiddleName preferredFamilyName primaryOrgSourcedId:>orgs pronouns",
    "roles": LEAD + "userSourcedId!:>users roleType!:roletype role!:role beginDate:date endDate:date"
    " orgSourcedId!:>orgs userProfileSourcedId:>userProfiles",
    "enrollments": LEAD + "classSourcedId!:>classes schoolSourcedId!:>orgs userSourcedId!:>users role!:enrolment"
    " primary:bool beginDate:date endDate:date",
    "demographics": LEAD + "birthDate:date sex:sex americanIndianOrAlaskaNative:bool asian:bool"
    " blackOrAfricanAmerican:bool nativeHawaiianOrOtherPacificIslander:bool white:bool"
    " demographicRaceTwoOrMoreRaces:bool hispanicOrLatinoEthnicity:bool countryOfBirthCode stateOfBirthAbbreviation"
    " cityOfBirth publicSchoolResidenceStatus",
    "userProfiles": LEAD + "userSourcedId!:>users profileType! vendorId! applicationId description credentialType!"
    " username! password",
}  # fmt: skip
JAPANESE: Mapping[str, str] = {
    "classes": "metadata.jp.specialNeeds:bool",
    "users": "metadata.jp.kanaGivenName metadata.jp.kanaFamilyName metadata.jp.kanaMiddleName"
    " metadata.jp.homeClass:>classes metadata.jp.kanaPreferredFamilyName metadata.jp.kanaPreferredGivenName"
    " metadata.jp.kanaPreferredMiddleName",
    "enrollments": "metadata.jp.shussekiNo:number metadata.jp.publicFlg:bool",
}
# Every file a manifest names, in its order; those without columns above are not used here.
FILES = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
    "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
    "userResources", "users",
)  # fmt: skip
USED = tuple(name for name in FILES if name in COLUMNS)
VERSIONS = ("1.2_JP", "1.2.1", "1.2")

ENUMS: Mapping[str, tuple[str, ...]] = {
    "status": ("active", "tobedeleted"),
    "session": ("gradingPeriod", "semester", "schoolYear", "term"),
    "org": ("department", "school", "district", "local", "state", "national"),
    "class": ("homeroom", "scheduled"),
    "roletype": ("primary", "secondary"),
    "role": (
        "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
        "siteAdministrator", "student", "systemAdministrator", "teacher",
    ),
    "enrolment": ("administrator", "proctor", "student", "teacher"),
    "sex": ("male", "female", "unspecified", "other"),
    "grade": ("E1", "E2", "E3", "P1", "P2", "P3", "P4", "P5", "P6", "J1", "J2", "J3", "H1", "H2", "H3"),
}  # fmt: skip
JAPANESE_ENUMS = {
    "session": ("schoolYear",), "org": ("district", "school"),
    "enrolment": ("student", "teacher", "administrator", "guardian"),
}  # fmt: skip
EXTENSIBLE = frozenset({"session", "org", "class", "role", "enrolment", "sex", "roletype"})

# Cells that may be repeated in a message: identifiers, codes, dates. Everything else may be personal and is not.
SHOWN = frozenset(
    [
        "sourcedId",
        "status",
        "dateLastModified",
        "type",
        "startDate",
        "endDate",
        "parentSourcedId",
        "schoolYear",
        "schoolYearSourcedId",
        "courseCode",
        "grades",
        "orgSourcedId",
        "subjects",
        "subjectCodes",
        "courseSourcedId",
        "classType",
        "schoolSourcedId",
        "termSourcedIds",
        "enabledUser",
        "agentSourcedIds",
        "userMasterIdentifier",
        "primaryOrgSourcedId",
        "metadata.jp.homeClass",
        "userSourcedId",
        "roleType",
        "role",
        "beginDate",
        "endDate",
        "userProfileSourcedId",
        "classSourcedId",
        "primary",
        "metadata.jp.shussekiNo",
        "metadata.jp.publicFlg",
        "metadata.jp.specialNeeds",
        "title",
    ]
)
# What never enters the database: a roster is no place for passwords.
SECRET = frozenset({"password"})
# Longest text the nouns hold, by (file, column).
LENGTHS: Mapping[str, int] = {
    "sourcedId": 64, "title": 80, "name": 80, "username": 150, "email": 254, "identifier": 40,
    "givenName": 100, "familyName": 100, "middleName": 100,
    "preferredGivenName": 100, "preferredMiddleName": 100, "preferredFamilyName": 100,
    "metadata.jp.kanaGivenName": 100, "metadata.jp.kanaFamilyName": 100, "metadata.jp.kanaMiddleName": 100,
    "metadata.jp.kanaPreferredFamilyName": 100, "metadata.jp.kanaPreferredGivenName": 100,
    "metadata.jp.kanaPreferredMiddleName": 100,
}  # fmt: skip
ITEM_LENGTHS: Mapping[str, int] = {"subjects": 40, "subjectCodes": 8, "grades": 3}
LONGEST_CELL = 2000
# Where half-width katakana may not stand.
NAMES = frozenset(
    [
        "givenName",
        "familyName",
        "middleName",
        "preferredGivenName",
        "preferredMiddleName",
        "preferredFamilyName",
        "title",
        "name",
        "description",
        "metadata.jp.kanaGivenName",
        "metadata.jp.kanaFamilyName",
        "metadata.jp.kanaMiddleName",
        "metadata.jp.kanaPreferredFamilyName",
        "metadata.jp.kanaPreferredGivenName",
        "metadata.jp.kanaPreferredMiddleName",
    ]
)


@dataclass(frozen=True, slots=True)
class Column:
    """列: name, whether a cell is required, its type, whether it is a list, and the file it refers to."""

    name: str
    required: bool = False
    type: str = "text"
    many: bool = False
    target: str = ""


@dataclass(frozen=True)
class Profile:
    """プロファイル: `japanese` is JP K-12/Schools v1.0 in full; the others are read as leniently as they were written."""

    version: str
    japanese: bool
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def shapes(self, file: str) -> tuple[tuple[Column, ...], ...]:
        """The admissible standard columns, most likely first; `metadata.*` columns may follow them."""
        standard = parse(COLUMNS[file])
        if self.japanese:
            return ((*standard, *parse(JAPANESE.get(file, ""))),)
        if file != "users":
            return (standard,)
        return (standard, _users_of_1_2_0(standard))

    def extension(self, file: str, heading: str) -> Column | None:
        """A Japanese extension column in an older profile (`ShussekiNo` was spelled with a capital)."""
        known = {column.name.casefold(): column for column in parse(JAPANESE.get(file, ""))}
        return known.get(heading.casefold())


def profile_of(version: str) -> Profile | None:
    """The profile a manifest's `oneroster.version` stands for; None when it is not known here."""
    if version not in VERSIONS:
        return None
    japanese = version == "1.2_JP"
    return Profile(version, japanese, {**ENUMS, **(JAPANESE_ENUMS if japanese else {})})


def parse(text: str) -> tuple[Column, ...]:
    """Columns from their short notation."""
    return tuple(_column(word) for word in text.split())


def _column(word: str) -> Column:
    head, _, kind = word.partition(":")
    many = kind.startswith("*")
    kind = kind.removeprefix("*")
    target = kind[1:] if kind.startswith(">") else ""
    return Column(head.rstrip("!"), head.endswith("!"), "reference" if target else kind or "text", many, target)


def _users_of_1_2_0(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """1.2.0 had one column more, `resourceSourcedIds`, after userMasterIdentifier."""
    at = next(i for i, column in enumerate(columns) if column.name == "userMasterIdentifier") + 1
    return (*columns[:at], Column("resourceSourcedIds", many=True), *columns[at:])
