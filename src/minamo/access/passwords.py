"""パスワードの言葉 (context-specific words, ASVS 6.1.2): what everybody tries first at this place is no password, however it is dressed up."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError

# What the product, its places and its people are called, folded.
WORDS = frozenset({
    "minamo", "みなも", "ミナモ", "水面", "school", "gakkou", "gakko", "学校", "がっこう", "kyoiku", "kyouiku", "教育委員会", "教育", "koumu", "校務",
     "sensei", "teacher", "先生", "せんせい", "hogosha", "保護者", "jidou", "児童", "seito", "生徒", "password", "pass", "パスワード", "admin", "qwerty",
})  # fmt: skip
LEFT = 5  # letters that must be one's own
TOO_PLAIN = (
    "だれもが思いつく言葉（minamo、学校、パスワード、自分の名前など）と数字だけです。自分だけの言葉を足してください。"
)


class NotOfThisPlace:
    """Django's validator: refuses what consists of words of this place, of the own name and ID, of digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when nothing of one's own is left."""
        typed = left = _folded(password)
        for word in sorted({*WORDS, *_own(user)}, key=len, reverse=True):
            left = left.replace(word, " ")
        if left != typed and sum(letter.isalpha() for letter in left) < LEFT:
            raise ValidationError(TOO_PLAIN, code="of-this-place")

    def get_help_text(self) -> str:
        """What a good password is."""
        return "学校やシステムの名前、自分の名前と数字だけのパスワードは使えません。"


def _own(user: Any) -> set[str]:
    """The words of the account: of its name, of its ID and its address before the @; a single letter is none."""
    said = [getattr(user, "label", ""), *(getattr(user, name, "").partition("@")[0] for name in ("login_id", "email"))]
    return {word for text in said for word in re.split(r"[\W_]+", _folded(text)) if len(word) > 1}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
