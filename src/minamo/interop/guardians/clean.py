"""一つのセルを読む: phones, postal codes, mails, dates as schools' spreadsheets have them. Pure; nothing is guessed in silence.

Each function returns the usable value and codes of what a person may want to know (see FLAGS in flags.py).
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from minamo.kernel.names import fold_search, grapheme_len, graphemes
from minamo.kernel.tables.writing import FORMULA_STARTS
from minamo.kernel.wareki import DateTextError, parse_date

# Old carriers allowed dots anywhere in the local part; such addresses still receive mail.
_CARRIER = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_MAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+"
)
_INSTITUTION = re.compile(r"法人|学園|施設|ホーム|児童相談|センター|会社")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_LOST = re.compile("[?\ufffd〓]")
_MOBILE = ("70", "80", "90")


@dataclass(frozen=True)
class Cleaned:
    """A cell's usable value and what was noticed."""

    value: str
    flags: tuple[str, ...] = ()


def trimmed(text: str) -> Cleaned:
    """Outer white space away, with the flag TRIM when there was any."""
    stripped = text.strip(" \t\r\n\u3000")
    return Cleaned(stripped, ("TRIM",) if stripped != text and stripped else ())


def visible(text: str) -> Cleaned:
    """Without what nobody sees: control characters (line breaks stay), direction marks, zero-width spaces. Joiners, which
    some names need, and variation selectors stay. Flagged INVISIBLE."""
    seen = _UNSEEN.sub("", text)
    return Cleaned(seen, ("INVISIBLE",) if seen != text else ())


def is_lost(text: str) -> bool:
    """Whether a character was lost on the way: ?, the replacement character, or a 〓 put in its place."""
    return bool(_LOST.search(text))


def phone(text: str) -> Cleaned:
    """A phone number with hyphens. A mobile without its leading zero is completed, flagged PHONE_ZERO_LOST; what is no
    number gives nothing and PHONE_INVALID."""
    plain = re.sub(r"[‐‑–—―−ー]", "-", unicodedata.normalize("NFKC", text).strip())
    digits = re.sub(r"\D", "", plain)
    if not plain:
        return Cleaned("")
    flags: tuple[str, ...] = ()
    if len(digits) == 10 and digits.startswith(_MOBILE):
        digits, flags = f"0{digits}", ("PHONE_ZERO_LOST",)
    if not digits.startswith("0") or len(digits) not in {10, 11} or re.search(r"[A-Za-z]", plain):
        return Cleaned("", ("PHONE_INVALID",))
    if len(digits) == 11:
        return Cleaned(f"{digits[:3]}-{digits[3:7]}-{digits[7:]}", flags)
    hyphened = plain if plain.count("-") == 2 and not flags else f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return Cleaned(hyphened, flags)


def postal(text: str) -> Cleaned:
    """NNN-NNNN; digits that a spreadsheet cut off in front come back as zeros, flagged POSTAL_ZERO_LOST."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    if not digits:
        return Cleaned("")
    if len(digits) > 7:
        return Cleaned("", ("POSTAL_INVALID",))
    flags = ("POSTAL_ZERO_LOST",) if len(digits) < 7 else ()
    digits = digits.zfill(7)
    return Cleaned(f"{digits[:3]}-{digits[3:]}", flags)


def mail(text: str) -> Cleaned:
    """An address. Full width becomes half width; old carriers' addresses are kept; what cannot receive mail is not taken."""
    stripped = text.strip(" \t\r\n\u3000")
    if not stripped:
        return Cleaned("")
    plain = unicodedata.normalize("NFKC", stripped)
    flags: tuple[str, ...] = ("MAIL_FULLWIDTH",) if plain != stripped else ()
    if _MAIL.fullmatch(plain):
        return Cleaned(plain, flags)
    if _CARRIER.fullmatch(plain):
        return Cleaned(plain, (*flags, "MAIL_NONRFC"))
    return Cleaned("", (*flags, "MAIL_INVALID"))


def birth(text: str, known: dt.date | None) -> tuple[dt.date | None, tuple[str, ...]]:
    """A date of birth against the roster's. The roster is never rewritten: what differs is only flagged."""
    if not text.strip():
        return None, ()
    try:
        parsed = parse_date(text, allow_serial=True)
        flags = {"SERIAL": "DOB_EXCEL_SERIAL", "ERA_OVERRUN": "DOB_ERA_OVERRUN"}
        noticed = tuple(flags[note] for note in parsed.notes if note in flags)
    except DateTextError as error:
        if error.code != "ERA_MISSING":
            return None, ("DOB_INVALID",)
        parsed, noticed = _by_roster(text, known), ("DOB_ERA_MISSING",)
    if parsed is None:
        return None, ("DOB_INVALID",)
    if known is not None and parsed.date != known:
        return parsed.date, (*noticed, "DOB_MISMATCH")
    return parsed.date, noticed


def _by_roster(text: str, known: dt.date | None):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """A year without an era: the era that gives the roster's day, otherwise 平成 (no pupil was born before)."""
    readings = []
    for era in ("平成", "令和"):
        try:
            readings.append(parse_date(text, default_era=era))
        except DateTextError:
            continue
    return next((r for r in readings if r.date == known), readings[0] if readings else None)


def is_excel_error(text: str) -> bool:
    """#N/A and its like: what a spreadsheet shows where it has no value."""
    return text.strip() in {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run this cell."""
    return text.lstrip(" \u3000").startswith(FORMULA_STARTS) and not re.fullmatch(r"[+\-]?[\d\-() ]+", text.strip())


def is_institution(name: str, relation: str) -> bool:
    """施設: a guardian that is no person."""
    return relation.endswith(("施設長", "園長", "法人")) or bool(_INSTITUTION.search(name))


def split_name(text: str, families: tuple[str, ...]) -> tuple[str, str]:
    """Family and given name of a guardian, byte-exact. Without a space the pupil's family name tells where to cut."""
    parts = re.split(r"[ \u3000]+", text.strip(" \u3000"))
    if len(parts) > 1:
        return " ".join(parts[:-1]), parts[-1]
    letters = list(graphemes(parts[0]))
    for family in families:
        length = grapheme_len(family.replace(" ", ""))
        head = "".join(letters[:length])
        if family and fold_search(head) == fold_search(family) and len(letters) > length:
            return head, "".join(letters[length:])
    return parts[0], ""
