"""Forms of 学籍: they read what was typed and say what cannot be read; what may be done is decided by the actions."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from minamo.kernel.names import PersonName
from minamo.kernel.wareki import DateTextError, format_wareki, parse_date
from minamo.people.actions.edit import NAME_FIELDS
from minamo.people.models import Pupil

DATE_HELP = "例：令和8年4月1日、R8.4.1、2026-04-01"
Choices = Sequence[tuple[str, str]]


class DayField(forms.Field):
    """日付: any reasonable way of writing it, 和暦 or 西暦."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> dt.date | None:
        """Read the text. Raises ValidationError with the sentence for the person."""
        if value in self.empty_values or isinstance(value, dt.date):
            return value or None
        try:
            return parse_date(str(value)).date
        except DateTextError as error:
            raise forms.ValidationError(error.message_ja) from error

    def prepare_value(self, value: Any) -> Any:
        """A date is shown the way documents have it."""
        return format_wareki(value) if isinstance(value, dt.date) else value


class NameForm(forms.Form):
    """氏名の三層. Outer blanks are trimmed by the action, nothing else; strip=False keeps the official layer exact."""

    official_family = forms.CharField(label="姓（正式・戸籍や住民票の字）", max_length=100, required=False, strip=False)
    official_given = forms.CharField(label="名（正式）", max_length=100, required=False, strip=False)
    official_middle = forms.CharField(label="ミドルネーム（正式）", max_length=100, required=False, strip=False)
    family = forms.CharField(label="姓（ふだん表示する字）", max_length=100, required=False, strip=False)
    given = forms.CharField(label="名（ふだん表示する字）", max_length=100, required=False, strip=False)
    middle = forms.CharField(label="ミドルネーム", max_length=100, required=False, strip=False)
    family_kana = forms.CharField(label="せい（ふりがな）", max_length=100, required=False, strip=False)
    given_kana = forms.CharField(label="めい（ふりがな）", max_length=100, required=False, strip=False)
    middle_kana = forms.CharField(label="みどるねーむ（ふりがな）", max_length=100, required=False, strip=False)
    sex = forms.ChoiceField(label="性別", choices=[("", "未確認"), *Pupil.Sex.choices], required=False)
    birth_date = DayField(label="生年月日", required=False, help_text=DATE_HELP)
    student_number = forms.CharField(label="学籍番号", max_length=40, required=False)

    def person_name(self) -> PersonName:
        """The name as a value; an official layer left empty is the displayed one."""
        values = {field: self.cleaned_data[field].strip(" \u3000") for field in NAME_FIELDS}
        for part in ("family", "given", "middle"):
            values[f"official_{part}"] = values[f"official_{part}"] or values[part]
        return PersonName(**values)


class EditForm(NameForm):
    """学籍の訂正."""

    applies_from = DayField(label="いつから", help_text="この日からの内容として残します。")
    reason = forms.CharField(label="理由", max_length=200, help_text="例：戸籍の届け出、入力の誤り")

    field_order = ("family", "given", "middle", "family_kana", "given_kana", "middle_kana")  # as on the page

    def changes(self) -> dict[str, Any]:
        """The record's fields (not the day and the reason)."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"applies_from", "reason"}}


class ArriveForm(NameForm):
    """入学・編入学・転入学."""

    kind = forms.ChoiceField(
        label="種類", choices=[("transfer_in", "転入学"), ("entrance", "入学"), ("admission", "編入学")]
    )
    on = DayField(label="受け入れの日", help_text=DATE_HELP)
    grade = forms.ChoiceField(label="学年")
    grade_note = forms.CharField(
        label="学年が違うわけ（生年月日どおりでないときだけ）",
        max_length=120,
        required=False,
        help_text="例：就学猶予、原級留置、帰国",
    )
    previous_school = forms.CharField(label="前の学校（または国・施設）", max_length=120, required=False)
    homeroom = forms.ChoiceField(label="学級", required=False)
    former = forms.UUIDField(required=False, widget=forms.HiddenInput)

    # The order of the page: the first field with an error is the one that gets the focus.
    field_order = ("kind", "on", "grade", "grade_note", "previous_school", "homeroom", "family", "given", "family_kana",
                   "given_kana", "sex", "birth_date", "student_number")  # fmt: skip

    def __init__(self, *arguments: Any, homerooms: Choices, grades: Choices, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["grade"].choices = grades  # type: ignore[attr-defined]
        self.fields["homeroom"].choices = [("", "あとで決める"), *homerooms]  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """転学・退学・卒業."""

    kind = forms.ChoiceField(
        label="種類", choices=[("transfer_out", "転学"), ("withdrawal", "退学"), ("graduation", "卒業")]
    )
    on = DayField(
        label="転学先が受け入れる日（退学・卒業はその日）", help_text="転学日は、受け入れる日の前日になります。"
    )
    last_attended = DayField(label="最後に登校した日", required=False)
    to_school = forms.ChoiceField(label="自治体の中の転学先", required=False)
    next_school = forms.CharField(label="ほかの自治体の転学先・進学先", max_length=120, required=False)

    def __init__(self, *arguments: Any, schools: Choices, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["to_school"].choices = [("", "（ほかの自治体など）"), *schools]  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """学級の変更."""

    to = forms.ChoiceField(label="新しい学級")
    begins = DayField(label="いつから")

    def __init__(self, *arguments: Any, classes: Choices, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["to"].choices = classes  # type: ignore[attr-defined]


class TeacherForm(forms.Form):
    """担任・教科担任."""

    account = forms.ChoiceField(label="教職員")
    begins = DayField(label="いつから")
    primary = forms.BooleanField(label="担任（主に受け持つ）", required=False)

    def __init__(self, *arguments: Any, staff: Choices, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["account"].choices = staff  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    """教科の授業・交流学級に入る、離れる."""

    verb = forms.ChoiceField(choices=[("join", "入る"), ("leave", "離れる")], widget=forms.HiddenInput)
    pupil = forms.UUIDField(widget=forms.HiddenInput)
    on = DayField(label="いつから")


class InvitationForm(forms.Form):
    """登録コードの発行."""

    scope = forms.CharField(widget=forms.HiddenInput)


class JoinForm(forms.Form):
    """保護者の登録: the account to be made."""

    login = forms.CharField(label="メールアドレス（またはログインID）", max_length=150)
    password = forms.CharField(
        label="パスワード",
        widget=forms.PasswordInput,
        strip=False,
        help_text="10文字以上。学校や自分の名前と数字だけのものは使えません。",
    )
    again = forms.CharField(label="パスワード（もう一度）", widget=forms.PasswordInput, strip=False)

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", "パスワードが一致しません。")
        return cleaned


def first_errors(form: forms.Form) -> Iterable[str]:
    """One sentence per field that could not be read."""
    return [str(errors[0]) for errors in form.errors.values()]
