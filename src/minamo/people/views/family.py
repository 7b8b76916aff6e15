"""保護者と制限の画面 of one pupil."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from minamo.access.api import Reach, offers, reach
from minamo.kernel.ids import id_of
from minamo.people.actions import family as verbs
from minamo.people.forms import DATE_HELP, DayField
from minamo.people.homes import Home, homes_of, protects_address
from minamo.people.models import GuardianLink, Pupil, Restriction
from minamo.people.views.frame import UNREADABLE, actor_of, attempt, loaded, page

PHONE = re.compile(r"0\d{1,4}-?\d{1,4}-?\d{3,4}")


class GuardianForm(forms.Form):
    """保護者1人."""

    link = forms.UUIDField(required=False, widget=forms.HiddenInput)
    family = forms.CharField(label="姓", max_length=100, required=False, strip=False)
    given = forms.CharField(label="名", max_length=100, required=False, strip=False)
    family_kana = forms.CharField(label="せい（ふりがな）", max_length=100, required=False)
    given_kana = forms.CharField(label="めい（ふりがな）", max_length=100, required=False)
    relation = forms.CharField(label="続柄", max_length=20, required=False)
    phone = forms.CharField(label="電話", max_length=20, required=False)
    email = forms.EmailField(label="メールアドレス", required=False)
    contact_order = forms.IntegerField(label="連絡の順番", min_value=1, max_value=9, initial=1)
    custody = forms.ChoiceField(label="親権", choices=GuardianLink.Custody.choices, required=False)
    postal_code = forms.CharField(label="郵便番号（別居のとき）", max_length=8, required=False)
    address = forms.CharField(label="住所（別居のとき）", max_length=200, required=False)

    def clean_phone(self) -> str:
        """A phone number, or nothing."""
        phone: str = self.cleaned_data["phone"].strip()
        if phone and not PHONE.fullmatch(phone):
            raise forms.ValidationError("電話番号は 090-0000-0000 のように入れてください。")
        return phone

    def entry(self) -> verbs.GuardianEntry:
        """The cleaned form as the action wants it."""
        return verbs.GuardianEntry(**{k: v for k, v in self.cleaned_data.items() if k != "link"})


class NewGuardianForm(GuardianForm):
    """保護者を加える: where they live is asked, not assumed."""

    home = forms.ChoiceField(
        label="住まい", choices=[("", "選んでください"), ("same", "子どもと同じ"), ("other", "別・わからない")],
        error_messages={"required": "子どもと同じ家か、別かを選んでください。"},
    )  # fmt: skip

    def entry(self) -> verbs.GuardianEntry:
        """The cleaned form as the action wants it."""
        return verbs.GuardianEntry(
            **{k: v for k, v in self.cleaned_data.items() if k not in {"link", "home"}},
            same_home=self.cleaned_data["home"] == "same",
        )


class HomeForm(forms.Form):
    """世帯の備考; `was` is what stood there when the page was opened."""

    home_id = forms.UUIDField(widget=forms.HiddenInput)
    was = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    note = forms.CharField(label="備考", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class RestrictionForm(forms.Form):
    """制限1件."""

    kind = forms.ChoiceField(label="種類", choices=Restriction.Kind.choices)
    guardian = forms.UUIDField(label="どの保護者か", required=False)
    begins = DayField(label="いつから", help_text=DATE_HELP)
    ends = DayField(label="いつまで（決まっていれば）", required=False)
    ground = forms.CharField(label="根拠", max_length=200, required=False)


def family(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """Register and change guardians (POST: with `link` a change, without it a new one; `end` ends the link; `home` is the note of a home)."""
    pupil: Pupil = loaded(request)
    actor = actor_of(request)
    if "home_id" in request.POST:
        return _note(request, pupil)
    link = _named(request, "link")
    form = (GuardianForm if link else NewGuardianForm)(request.POST or None)
    if request.method == "POST":
        if "end" in request.POST:
            if link is None:
                raise Http404
            ended = attempt(form, lambda: verbs.end_link(actor=actor, pupil_id=pupil.pk, link_id=link))
            if ended is not None:
                return redirect("people-family", pupil_id=pupil.pk)
        elif form.is_valid():
            entry = form.entry()
            done = attempt(
                form,
                lambda: (
                    verbs.change_guardian(actor=actor, pupil_id=pupil.pk, link_id=link, entry=entry)
                    if link
                    else verbs.add_guardian(actor=actor, pupil_id=pupil.pk, entry=entry)
                ),
            )
            if done:
                return redirect("people-family", pupil_id=pupil.pk)
    return _page(request, pupil, form, RestrictionForm())


def _note(request: HttpRequest, pupil: Pupil) -> HttpResponse:
    """The note of a home."""
    actor, form = actor_of(request), _home_form(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: verbs.note_home(actor=actor, pupil_id=pupil.pk, **data)) is not None:
            return redirect("people-family", pupil_id=pupil.pk)
    return _page(request, pupil, NewGuardianForm(), RestrictionForm(), form)


def _home_form(sent: QueryDict | None = None, **options: Any) -> HomeForm:
    """Several stand on one page: no field has an id of its own."""
    return HomeForm(sent, auto_id=False, **options)


def restrictions(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """Register a restriction, or end one (`lift`)."""
    pupil: Pupil = loaded(request)
    actor = actor_of(request)
    form = RestrictionForm(request.POST)
    lifted = _named(request, "lift")
    if lifted is not None:
        if attempt(form, lambda: verbs.lift_restriction(actor=actor, pupil_id=pupil.pk, restriction_id=lifted)):
            return redirect("people-family", pupil_id=pupil.pk)
    elif form.is_valid():
        data = form.cleaned_data
        made = attempt(
            form,
            lambda: verbs.restrict(actor=actor, pupil_id=pupil.pk, kind=data["kind"], guardian_id=data["guardian"],
                                   begins=data["begins"], ends=data["ends"], ground=data["ground"]),
        )  # fmt: skip
        if made:
            return redirect("people-family", pupil_id=pupil.pk)
    return _page(request, pupil, NewGuardianForm(), form)


def _named(request: HttpRequest, field: str) -> UUID | None:
    """The row a button of the page names; None when it names none. An id that is no id leads nowhere."""
    text = request.POST.get(field, "")
    found = id_of(text)
    if text and found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, pupil: Pupil, form: GuardianForm, restriction: RestrictionForm, note: HomeForm | None = None
) -> HttpResponse:
    links = list(
        GuardianLink.objects.filter(Q(ends=None) | Q(ends__gte=actor_of(request).today), pupil=pupil)
        .select_related("guardian", "guardian__household")
        .order_by("contact_order")
    )
    bound = form.data.get("link") if form.is_bound else None
    entries = [
        (link, form if bound == str(link.pk) else GuardianForm(initial=_initial(link), prefix=None)) for link in links
    ]
    actor = actor_of(request)
    secret = reach(actor, "pupil:protected", pupil) if protects_address(pupil, actor.today) else Reach(True)
    homes = [] if not secret.now else [(home, _noted(home, note)) for home in homes_of(pupil, actor.today)]
    context: dict[str, Any] = {
        "pupil": pupil, "school": pupil.school, "entries": entries, "new": form if form.is_bound and not bound else NewGuardianForm(initial={"contact_order": min(9, len(links) + 1)}),
        "restriction": restriction, "homes": homes, "secret": secret, "may_restrict": offers(actor_of(request), "pupil:restrict", pupil),
        "restrictions": list(pupil.restrictions.select_related("guardian").order_by("-begins")), "today": actor_of(request).today,
    }  # fmt: skip
    wrong = any(one.is_bound and one.errors for one in (form, restriction, note) if one is not None)
    return page(request, "family", context, UNREADABLE if wrong else 200)


def _noted(home: Home, sent: HomeForm | None) -> HomeForm:
    """The form of a home: as it was sent, with what has been written meanwhile, or as the row says."""
    said = home.household.note
    if sent is None or sent.data.get("home_id") != str(home.household.pk):
        return _home_form(initial={"home_id": home.household.pk, "was": said, "note": said})
    seen = QueryDict(mutable=True)
    seen.update({"home_id": str(home.household.pk), "was": said, "note": sent.data.get("note", "")})
    shown = _home_form(seen)
    shown.full_clean()
    for name, errors in sent.errors.items():
        shown.add_error(None if name == "__all__" else name, list(errors))
    return shown


def _initial(link: GuardianLink) -> dict[str, Any]:
    """What the row says now. An address is not shown again: typing one gives the guardian a household of their own."""
    g = link.guardian
    return {
        "link": link.pk, "family": g.family, "given": g.given, "family_kana": g.family_kana, "given_kana": g.given_kana,
        "relation": link.relation, "phone": g.phone, "email": g.email, "contact_order": link.contact_order, "custody": link.custody,
    }  # fmt: skip
