"""気になる点のある項目 (pure): at which fields of a row a flag really stands; shown first, marked when it still does."""

from collections.abc import Callable, Mapping, Sequence

from minamo.interop.guardians import clean
from minamo.interop.guardians.columns import LONGEST
from minamo.interop.guardians.flags import ABOUT, DECISIONS
from minamo.interop.guardians.match import Beside

Values = Mapping[str, str]

_HERE: dict[str, Callable[[str, Values], bool]] = {
    "PHONE_ZERO_LOST": lambda name, values: "PHONE_ZERO_LOST" in clean.phone(values[name]).flags,
    "PHONE_INVALID": lambda name, values: "PHONE_INVALID" in clean.phone(values[name]).flags,
    "MAIL_NONRFC": lambda name, values: "MAIL_NONRFC" in clean.mail(values[name]).flags,
    "CHAR_LOST": lambda name, values: clean.is_lost(values[name]),
    "TOO_LONG": lambda name, values: len(values[name]) > LONGEST[name],
    "EXCEL_ERROR": lambda name, values: clean.is_excel_error(values[name]),
    "RELATION_BLANK": lambda name, values: (
        not values[name].strip() and bool(values.get(name.replace("_relation", "_name"), "").strip())
    ),
}


def fields_of(code: str, values: Values, beside: Sequence[Beside] = ()) -> list[str]:
    """The fields of the row that a flag speaks of, in the order of the list; none when it is about no field."""
    about = [name for name in ABOUT.get(code, ()) if name in values]
    if code == "SIBLING_CONFLICT" and beside:
        return [name for name in about if name.removesuffix("_phone") in {one.place for one in beside}]
    here = _HERE.get(code)
    exact = [name for name in about if here(name, values)] if here else []
    return exact or about


def decision(code: str, values: Values) -> str:
    """The words of a choice; where a number was completed, with the number as it would be kept."""
    if code == "PHONE_ZERO_LOST":
        completed = "・".join(clean.phone(values[name]).value for name in fields_of(code, values))
        return f"{DECISIONS[code]}（{completed}）" if completed else DECISIONS[code]
    return DECISIONS[code]
