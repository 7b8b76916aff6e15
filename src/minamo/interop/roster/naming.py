"""名簿の呼び名 (pure): short names of schools, the order of classes, and the three layers of a person's name."""

import re

import jaconv

from minamo.interop.roster.merge import Cells
from minamo.kernel.age import Grade
from minamo.kernel.names import PersonName, clean_name_input, fold_search

SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
SHORT_ENDINGS = (("義務教育学校", "義務教育学校"), ("小学校", "小"), ("中学校", "中"))


def short_name(name: str, town: str) -> str:
    """水上野町立中央小学校 → 中央小; a name that is nothing but the town keeps it."""
    short = name.removeprefix(f"{town}立").removeprefix(town) or name
    for ending, brief in SHORT_ENDINGS:
        if short.endswith(ending):
            return short.removesuffix(ending) + brief
    return short


def class_position(grades: tuple[str, ...], title: str, special: bool) -> int:
    """Order in the school: by grade, then by the number of the class; 特別支援学級 last."""
    ordinals = [Grade(grade).ordinal for grade in grades if grade in set(Grade)]
    number = re.search(r"(\d+)組", title)
    return (1000 if special else 0) + 50 * min(ordinals, default=15) + min(int(number[1]) if number else 0, 49)


def names(user: Cells) -> tuple[PersonName, str]:
    """The three layers and the search key. The official layer is exactly what arrived; in the
    others outer spaces go and kana from a Mac are joined."""

    def layer(part: str) -> tuple[str, str, str]:
        official = user.get(f"{part[0].lower()}{part[1:]}Name", "")
        # The middle name of the display layer is not made up from the official one when a preferred name is given.
        preferred = user.get(f"preferred{part}Name", "")
        kana = user.get(f"metadata.jp.kana{part}Name", "")
        preferred_kana = user.get(f"metadata.jp.kanaPreferred{part}Name", "")
        return (
            official,
            clean_name_input(preferred or ("" if part == "Middle" and chosen else plain(official))),
            jaconv.kata2hira(clean_name_input(preferred_kana or ("" if part == "Middle" and chosen_kana else kana))),
        )

    chosen = bool(user.get("preferredFamilyName") or user.get("preferredGivenName"))
    chosen_kana = bool(
        user.get("metadata.jp.kanaPreferredFamilyName") or user.get("metadata.jp.kanaPreferredGivenName")
    )
    family, given, middle = layer("Family"), layer("Given"), layer("Middle")
    name = PersonName(
        family=family[1], given=given[1], middle=middle[1],
        official_family=family[0], official_given=given[0], official_middle=middle[0],
        family_kana=family[2], given_kana=given[2], middle_kana=middle[2],
    )  # fmt: skip
    # The reading of the official name is kept for finding only: 山本アンジェリカ is found as デラ クルス as well.
    parts = (user.get(f"metadata.jp.kana{part}Name", "") for part in ("Family", "Middle", "Given"))
    official_kana = fold_search("".join(parts))
    key = name.search_key
    return name, key if not official_kana or official_kana in key else f"{key} {official_kana}"


def plain(text: str) -> str:
    """The official writing without variation selectors, when no display name was given."""
    return SELECTORS.sub("", text)
