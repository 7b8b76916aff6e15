"""照合: which pupil a row speaks of, and everything a person might want to look at. Pure; the roster is never rewritten."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from minamo.interop.guardians import clean
from minamo.interop.guardians.columns import LONGEST, OUTSIDE
from minamo.interop.guardians.flags import waits
from minamo.kernel.names import clean_name_input, fold_search
from minamo.kernel.tables import Row

MATCH, MATCH_FLAG, REFUSE, IGNORE = "match", "match_flag", "refuse", "ignore"
# Noted in the report, but nothing anybody needs to look at.
QUIET = frozenset({"KANA_BLANK", "FAMILY_NAME_DIFFERS", "TRIM", "MULTILINE_NOTE"})


@dataclass(frozen=True, slots=True)
class Known:
    """A pupil of the school as the roster has it."""

    id: UUID
    student_number: str
    display: tuple[str, ...]  # writings of the whole name; a middle name may stand before or after the given name
    official: tuple[str, ...]
    family: str
    official_family: str
    grade: str
    class_title: str
    number: int | None
    birth: dt.date | None


@dataclass(frozen=True, slots=True)
class Person:
    """A guardian of a row, cleaned."""

    family: str
    given: str
    relation: str
    phone: str
    mail: str
    institution: bool = False
    address: str = ""
    place: str = "guardian1"

    @property
    def name(self) -> str:
        """Family and given name."""
        return f"{self.family} {self.given}".strip()


@dataclass(frozen=True, slots=True)
class Beside:
    """きょうだいの行: an earlier row with the same guardian (`place`) at the same address and another phone."""

    place: str
    record: int
    pupil: Known
    phone: str


@dataclass(frozen=True)
class Outcome:
    """What becomes of one row."""

    record: int
    outcome: str
    flags: tuple[str, ...]
    pupil: UUID | None = None
    student_number: str = ""
    people: tuple[Person, ...] = ()
    postal: str = ""
    address: str = ""
    emergency: str = ""
    note: str = ""
    protected: bool = False
    joint: bool = False
    beside: tuple[Beside, ...] = ()
    first_record: int = 0  # where the same pupil stands already
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether nothing of the row is taken until somebody has decided."""
        return self.outcome == REFUSE or waits(self.flags)


def values_of(row: Row, columns: Mapping[str, int], width: int) -> dict[str, str]:
    """A row by field; what stands beyond the columns of the heading as `outside`."""
    values = {name: row.values[position] if position < len(row.values) else "" for name, position in columns.items()}
    outside = " ".join(text.strip() for text in row.values[width:] if text.strip()) if width else ""
    return values | ({OUTSIDE: outside[:200]} if outside else {})


def outcomes(rows: Sequence[tuple[int, Mapping[str, str]]], roster: Sequence[Known]) -> list[Outcome]:
    """Every row of a file against the roster of the school, in order (siblings are compared with earlier rows)."""
    book = _Book(roster)
    seen: set[tuple[tuple[str, str], ...]] = set()
    found: list[Outcome] = []
    for record, values in rows:
        whole = tuple(sorted(values.items()))
        if whole in seen:
            found.append(Outcome(record, IGNORE, ("DUPLICATE_ROW",), values=values))
            continue
        seen.add(whole)
        found.append(book.read(record, values))
    return found


def read_among(
    rows: Iterable[tuple[int, Mapping[str, str]]], roster: Sequence[Known], wanted: Collection[int]
) -> dict[int, Outcome]:
    """The `wanted` rows (by record) of a list, each read in the context of the rows above it. A row that says the same
    as one above is read like any other: taking it in twice changes nothing."""
    book = _Book(roster)
    return {record: read for record, read in ((r, book.read(r, values)) for r, values in rows) if record in wanted}


class _Book:
    """The roster, ready to be asked; remembers the phones of guardians already read, and in which row."""

    def __init__(self, roster: Sequence[Known]) -> None:
        self.by_number = {pupil.student_number.lstrip("0"): pupil for pupil in roster if pupil.student_number}
        self.by_seat = {(pupil.grade[-1:], _class(pupil.class_title), pupil.number): pupil for pupil in roster}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        for pupil in roster:
            self.by_name[fold_search(pupil.display[0])].append(pupil)
        self.namesakes = {name for name, pupils in self.by_name.items() if len(pupils) > 1}
        self.phones: dict[tuple[str, str], tuple[str, int, Known]] = {}
        self.records: dict[UUID, int] = {}

    def read(self, record: int, given: Mapping[str, str]) -> Outcome:
        """One row, as given; what nobody sees does not count."""
        values = {name: clean.visible(text).value for name, text in given.items()}
        pupil = self._pupil(values)
        if pupil is None:
            return Outcome(record, REFUSE, ("UNKNOWN_PUPIL",), values=given)
        first = self.records.setdefault(pupil.id, record)
        flags = [*(["PUPIL_TWICE"] if first != record else []), *self._identity(pupil, values), *_form(values)]
        flags += ["INVISIBLE"] if values != given else []
        people, more = self._people(pupil, values)
        beside = self._beside(record, pupil, people, values.get("address", ""))
        flags += [*more, *(["SIBLING_CONFLICT"] if beside else [])]
        postal = clean.postal(values.get("postal", ""))
        emergency = clean.phone(values.get("emergency", ""))
        flags += postal.flags + emergency.flags
        note = values.get("note", "")
        protected = bool(re.search(r"支援措置|住所非開示|住所秘匿|ＤＶ|DV", note))
        joint = len(people) > 1 and bool(people[1].address)
        flags += (["ADDRESS_PROTECTED"] if protected else []) + (["JOINT_CUSTODY_TWO_ADDRESSES"] if joint else [])
        if not people:
            flags.append("NO_GUARDIAN")
        elif not (people[0].phone or people[0].mail or emergency.value):
            flags.append("NO_CONTACT")
        unique = tuple(dict.fromkeys(flags))
        return Outcome(
            record, MATCH_FLAG if set(unique) - QUIET else MATCH, unique, pupil.id, pupil.student_number, tuple(people), postal.value,
            clean_name_input(values.get("address", "")), emergency.value, note, protected, joint, beside,
            first if first != record else 0, given,
        )  # fmt: skip

    def _pupil(self, values: Mapping[str, str]) -> Known | None:
        number = unicodedata.normalize("NFKC", values.get("student_number", "")).strip().lstrip("0")
        if number:
            return self.by_number.get(number)
        seat = self.by_seat.get(
            (_digit(values.get("grade", "")), _class(values.get("class", "")), _int(values.get("number", "")))
        )
        name = fold_search(values.get("name", ""))
        if seat is not None and name in {fold_search(writing) for writing in seat.display}:
            return seat
        same = self.by_name.get(name, [])
        return same[0] if len(same) == 1 else None

    def _identity(self, pupil: Known, values: Mapping[str, str]) -> list[str]:
        """Flags about who the row speaks of."""
        flags: list[str] = []
        name = _tight(values.get("name", ""))
        lost = clean.is_lost(name)
        if lost:
            flags.append("CHAR_LOST")
        elif fold_search(name) in self.namesakes:
            flags.append("SAME_NAME")
        elif not values.get("student_number", "").strip():
            flags.append("STUDENT_NO_BLANK")
        if not lost and fold_search(name) not in {
            fold_search(writing) for writing in (*pupil.display, *pupil.official)
        }:
            flags.append("NAME_DIFFERS")
        elif not lost and name not in {_tight(writing) for writing in pupil.official}:
            flags.append("NAME_VARIANT")
        if "kana" in values and not values["kana"].strip():
            flags.append("KANA_BLANK")
        grade = _digit(values.get("grade", ""))
        if grade and grade != pupil.grade[-1:]:
            flags.append("GRADE_STALE")
        flags += clean.birth(values.get("birth", ""), pupil.birth)[1]
        return flags

    def _people(self, pupil: Known, values: Mapping[str, str]) -> tuple[list[Person], list[str]]:
        people: list[Person] = []
        flags: list[str] = []
        for place in ("guardian1", "guardian2"):
            name = clean_name_input(values.get(f"{place}_name", ""))
            if not name:
                continue
            person, noticed = _person(pupil, values, place, name)
            flags += noticed
            people.append(person)
        mails = [person.mail for person in people if person.mail]
        if len(mails) != len(set(mails)):
            flags.append("MAIL_SHARED")
        return people, flags

    def _beside(self, record: int, pupil: Known, people: Sequence[Person], address: str) -> tuple[Beside, ...]:
        """Earlier rows with the same person at the same address and another phone."""
        found = []
        for person in people:
            if person.phone:
                key = (fold_search(person.name), fold_search(address))
                phone, at, sibling = self.phones.setdefault(key, (person.phone, record, pupil))
                if phone != person.phone:
                    found.append(Beside(person.place, at, sibling, phone))
        return tuple(found)


def _person(pupil: Known, values: Mapping[str, str], place: str, name: str) -> tuple[Person, list[str]]:
    relation = values.get(f"{place}_relation", "").strip()
    phone, mail = clean.phone(values.get(f"{place}_phone", "")), clean.mail(values.get(f"{place}_mail", ""))
    flags = [*phone.flags, *mail.flags]
    institution = clean.is_institution(name, relation)
    first = re.split(r"[ \u3000]+", values.get("name", "").strip())[0]
    families = (pupil.official_family, pupil.family, first)
    family, given = (name, "") if institution else clean.split_name(name, families)
    if clean.is_lost(name):
        flags.append("CHAR_LOST")
    elif institution:
        flags.append("GUARDIAN_NOT_PERSON")
    elif fold_search(family) not in {fold_search(f) for f in families if f}:
        flags.append("FAMILY_NAME_DIFFERS")
    elif fold_search(family) == fold_search(pupil.official_family):
        family = pupil.official_family  # the roster knows how the family writes itself
    if not relation:
        flags.append("RELATION_BLANK")
    address = clean_name_input(values.get(f"{place}_address", ""))
    return Person(family, given, relation, phone.value, mail.value, institution, address, place), flags


def _form(values: Mapping[str, str]) -> list[str]:
    """Flags about how the row is typed."""
    flags = [flag for text in values.values() for flag in clean.trimmed(text).flags if "\n" not in text]
    if "\n" in values.get("note", ""):
        flags.append("MULTILINE_NOTE")
    if any(clean.is_formula(text) for text in values.values()):
        flags.append("FORMULA_TEXT")
    if any(len(values.get(name, "")) > longest for name, longest in LONGEST.items()):
        flags.append("TOO_LONG")
    if any(clean.is_excel_error(text) for text in values.values()):
        flags.append("EXCEL_ERROR")
    if any(clean.is_lost(values.get(name, "")) for name in ("address", "guardian2_address")):
        flags.append("CHAR_LOST")
    return flags + (["SHIFTED"] if values.get(OUTSIDE) else [])


def _tight(text: str) -> str:
    return re.sub(r"[ \u3000]+", "", clean_name_input(text))


def _digit(text: str) -> str:
    """The last digit of a grade (学年 3 → "3", 小3 → "3")."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    return digits[-1:]


def _int(text: str) -> int | None:
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))[:9]
    return int(digits) if digits else None


def _class(text: str) -> str:
    """組 as a key: 1年1組, 1組 and 1 are the same, ひまわり学級 and ひまわり are the same."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("学級").removesuffix("組")
    return plain.rsplit("年", 1)[-1]
