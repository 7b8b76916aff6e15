"""列の対応: which heading means which field. Synonyms first, then what this municipality chose before."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "student_number": ("学籍番号", ("学籍番号", "児童番号", "生徒番号", "児童生徒番号", "番号id")),
    "name": ("児童生徒の氏名", ("氏名", "児童氏名", "生徒氏名", "児童生徒氏名", "名前", "児童名")),
    "kana": ("ふりがな", ("ふりがな", "フリガナ", "氏名かな", "かな", "よみ", "児童かな")),
    "grade": ("学年", ("学年", "年")),
    "class": ("組", ("組", "学級", "クラス")),
    "number": ("出席番号", ("出席番号", "番", "出席番", "名簿番号")),
    "birth": ("生年月日", ("生年月日", "誕生日")),
    "postal": ("郵便番号", ("郵便番号", "〒")),
    "address": ("住所", ("住所", "現住所", "自宅住所")),
    "guardian1_name": ("保護者1の氏名", ("保護者1氏名", "保護者氏名", "保護者名", "保護者1", "保護者")),
    "guardian1_relation": ("保護者1の続柄", ("保護者1続柄", "続柄", "保護者続柄")),
    "guardian1_phone": ("保護者1の電話", ("保護者1電話", "電話", "電話番号", "携帯電話", "保護者電話", "保護者1携帯")),
    "guardian1_mail": ("保護者1のメール", ("保護者1メール", "メール", "メールアドレス", "保護者メール")),
    "guardian2_name": ("保護者2の氏名", ("保護者2氏名", "保護者2")),
    "guardian2_relation": ("保護者2の続柄", ("保護者2続柄",)),
    "guardian2_phone": ("保護者2の電話", ("保護者2電話", "保護者2携帯")),
    "guardian2_mail": ("保護者2のメール", ("保護者2メール",)),
    "guardian2_address": ("保護者2の住所", ("保護者2住所", "保護者2住所別居の場合", "別居保護者住所")),
    "emergency": ("緊急連絡先", ("緊急連絡先", "緊急連絡先電話", "緊急時連絡先")),
    "note": ("備考", ("備考", "メモ", "特記事項", "その他")),
}
OUTSIDE = "outside"  # what a row has beyond the columns of its heading
# The longest text each field can hold.
LONGEST: dict[str, int] = {
    "postal": 40, "address": 200, "guardian1_name": 100, "guardian1_relation": 20, "guardian1_mail": 254,
    "guardian2_name": 100, "guardian2_relation": 20, "guardian2_mail": 254, "guardian2_address": 200, "note": 2000,
}  # fmt: skip
_HEADING = 120
REQUIRED = ("name", "guardian1_name")


def plain(heading: str) -> str:
    """A heading without width, spaces, brackets and case; of a very long one the beginning."""
    return re.sub(r"[\s（）()・:：_＿\-]", "", unicodedata.normalize("NFKC", heading)).casefold()[:_HEADING]


_SYNONYMS = {plain(word): field for field, (_, words) in FIELDS.items() for word in words}


def guess(header: Sequence[str], remembered: Mapping[str, str]) -> dict[str, int]:
    """Field → column. What was chosen for a heading before wins; a field is taken once, from the left."""
    found: dict[str, int] = {}
    for position, heading in enumerate(header):
        field = remembered.get(plain(heading)) or _SYNONYMS.get(plain(heading))
        if field and field in FIELDS and field not in found:
            found[field] = position
    return found


def missing(columns: Mapping[str, int]) -> list[str]:
    """Labels of required fields without a column."""
    return [FIELDS[field][0] for field in REQUIRED if field not in columns]


def repeated(header: Sequence[str]) -> list[tuple[str, int, int]]:
    """Headings that stand twice and mean something, with both columns (from 1): which one counts cannot be known."""
    seen: dict[str, int] = {}
    found = []
    for position, heading in enumerate(header, start=1):
        key = plain(heading)
        if key in _SYNONYMS and key in seen:
            found.append((heading, seen[key], position))
        seen.setdefault(key, position)
    return found


def unknown(header: Sequence[str], columns: Mapping[str, int]) -> list[tuple[int, str]]:
    """Columns nobody claimed, with their headings."""
    taken = set(columns.values())
    return [(position, heading) for position, heading in enumerate(header) if heading.strip() and position not in taken]
