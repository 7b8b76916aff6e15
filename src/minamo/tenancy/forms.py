"""学校の設定の用紙: times as a person writes them (8:15, 8時15分, ８：１５)."""

import re
import unicodedata
from typing import Any

from django import forms

_SPOKEN = re.compile(r"^(\d{1,2})\s*(?::|時)\s*(\d{1,2})?\s*分?$")


class ClockField(forms.TimeField):
    """時刻: 全角 and 「8時15分」 are read too."""

    def to_python(self, value: Any) -> Any:
        """A time of day; ValidationError with what to write."""
        text = unicodedata.normalize("NFKC", str(value or "")).strip()
        if found := _SPOKEN.match(text):
            text = f"{found[1]}:{found[2] or '00'}"
        return super().to_python(text)


def _clock(label: str) -> ClockField:
    return ClockField(
        label=label,
        error_messages={"invalid": "時刻は 8:15 のように入れてください。", "required": "時刻を入れてください。"},
    )


class SchoolForm(forms.Form):
    """学校の設定."""

    notice_deadline = _clock("欠席連絡の締切")
    first_time = _clock("はじめ")
    last_time = _clock("おわり")
    phone = forms.RegexField(
        r"^[0-9０-９+() ー－‐-]{0,20}$", label="学校の電話", required=False,
        error_messages={"invalid": "電話番号は数字とハイフンで入れてください。"},
    )  # fmt: skip
    terms = forms.TypedChoiceField(
        label="学期", choices=[("2", "2学期制"), ("3", "3学期制")], coerce=int,
        error_messages={"invalid_choice": "2学期制か3学期制かを選んでください。", "required": "学期を選んでください。"},
    )  # fmt: skip
