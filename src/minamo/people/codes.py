"""登録コード (invitation codes): twelve characters nobody misreads and one that catches a slip of the pen. Pure.

The alphabet has 31 characters (no 0/O, 1/I/L), a prime number, so the weighted sum modulo 31 finds every single wrong
character and every swap of two neighbours. Twelve random characters are 59 bits.
"""

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


class MistypedCode(ValueError):
    """The text cannot be a code: wrong length, a character that is never used, or a check character that disagrees."""


def check_character(body: str) -> str:
    """検査文字 of twelve characters (KeyError for characters outside the alphabet)."""
    total = sum(_VALUE[character] * (position + 2) for position, character in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def new_code() -> str:
    """A new code as it is printed: `4K7M-PQ2R-XY9Z-C`."""
    return printed("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def printed(body: str) -> str:
    """Twelve characters in groups of four, with the check character."""
    return "-".join([body[0:4], body[4:8], body[8:12], check_character(body)])


def read_code(text: str) -> str:
    """What a person typed, as printed: width, case, blanks and hyphens do not matter. Raises MistypedCode."""
    folded = unicodedata.normalize("NFKC", text).upper()
    plain = "".join(character for character in folded if character.isalnum())
    if len(plain) != LENGTH + 1 or any(character not in _VALUE for character in plain):
        raise MistypedCode
    if check_character(plain[:LENGTH]) != plain[LENGTH]:
        raise MistypedCode
    return printed(plain[:LENGTH])
