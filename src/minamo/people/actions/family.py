"""保護者の登録・変更・制限, one at a time from the pupil's page. Nothing is deleted: a link or a restriction ends.

What changed stands in the trail by field; values of phones and addresses never do.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Actor, authorise
from minamo.kernel import live
from minamo.kernel.names import clean_name_input, fold_search
from minamo.people.actions.record import account_of, locked, record
from minamo.people.homes import homes_of, protects_address
from minamo.people.models import Guardian, GuardianLink, Household, Pupil, Restriction
from minamo.people.rules import Refused

NOTE_LENGTH = 2000  # as a list of guardians may bring (interop/guardians/columns.py)


@dataclass(frozen=True)
class GuardianEntry:
    """保護者1人ぶんの入力."""

    family: str
    given: str
    family_kana: str
    given_kana: str
    relation: str
    phone: str
    email: str
    contact_order: int
    custody: str
    address: str = ""
    postal_code: str = ""
    same_home: bool = False


def add_guardian(*, actor: Actor, pupil_id: UUID, entry: GuardianEntry) -> GuardianLink:
    """保護者を登録する. They live in the pupil's household only when that was said: nobody guesses the home of parents who may
    live apart. Raises Denied, Refused."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    _check(entry)
    home = _home(pupil, entry) if entry.same_home or entry.address.strip() else None
    guardian = Guardian(municipality_id=pupil.municipality_id, household=home)
    _fill(guardian, entry)
    guardian.save()
    link = GuardianLink.objects.create(
        municipality_id=pupil.municipality_id, pupil=pupil, guardian=guardian, relation=entry.relation,
        contact_order=entry.contact_order, custody=entry.custody, begins=actor.today,
    )  # fmt: skip
    record(actor, "pupil:edit", pupil, decision, "guardian-add", guardian=guardian.id)
    return link


def change_guardian(*, actor: Actor, pupil_id: UUID, link_id: UUID, entry: GuardianEntry) -> GuardianLink:
    """保護者の内容・続柄・連絡の順番を変える; for brothers and sisters as well. Raises Denied, Refused."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    _check(entry)
    link = _link(pupil, link_id)
    guardian = Guardian.objects.select_for_update().get(pk=link.guardian_id)
    _fill(guardian, entry)
    if entry.address:
        guardian.household = _home(pupil, entry)
    guardian.save()
    link.relation, link.contact_order, link.custody = entry.relation, entry.contact_order, entry.custody
    link.save(update_fields=["relation", "contact_order", "custody"])
    record(actor, "pupil:edit", pupil, decision, "guardian-change", guardian=guardian.id)
    return link


def end_link(*, actor: Actor, pupil_id: UUID, link_id: UUID) -> GuardianLink:
    """この子の保護者でなくなった: from today on the account sees the child no more. Raises Denied, Refused."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    link = _link(pupil, link_id)
    link.ends = actor.today - dt.timedelta(days=1)
    link.begins = min(link.begins, link.ends) if link.begins else None
    link.save(update_fields=["begins", "ends"])
    record(actor, "pupil:edit", pupil, decision, "guardian-end", guardian=link.guardian_id)
    _revoke(link.guardian)
    return link


def note_home(*, actor: Actor, pupil_id: UUID, home_id: UUID, note: str, was: str) -> Household:
    """世帯の備考を書き換える; brothers and sisters of the home share it. `was` is what the writer had before her. Where the child's address
    is protected it is for who may see that. Raises Denied, Refused."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:edit", pupil)
    if protects_address(pupil, actor.today):
        authorise(actor, "pupil:protected", pupil)
    if home_id not in {one.household.pk for one in homes_of(pupil, actor.today)}:
        raise Refused("この世帯は見つかりません。開き直してください。")
    home = Household.objects.select_for_update().get(pk=home_id)
    text = one_kind_of_line(note)
    if one_kind_of_line(home.note) not in {one_kind_of_line(was), text}:
        raise Refused(f"ほかの人が備考を書き換えました。いまの備考は「{home.note}」です。", "note")
    if len(text) > NOTE_LENGTH:
        raise Refused(f"備考は{NOTE_LENGTH}字までです。", "note")
    if text != home.note:
        home.note = text
        home.save(update_fields=["note"])
        record(actor, "pupil:edit", pupil, decision, "home-note", home=home.id)
    return home


def one_kind_of_line(text: str) -> str:
    """Without what a browser makes of the ends of lines."""
    return text.replace("\r\n", "\n").strip()


def restrict(
    *,
    actor: Actor,
    pupil_id: UUID,
    kind: str,
    guardian_id: UUID | None,
    begins: dt.date,
    ends: dt.date | None,
    ground: str,
) -> Restriction:
    """制限を登録する (支援措置・この保護者に知らせない). For heads: `pupil:restrict`. Raises Denied, Refused."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:restrict", pupil)
    if kind == Restriction.Kind.CONTACT and guardian_id is None:
        raise Refused("知らせない保護者を選んでください。")
    if not ground.strip():
        raise Refused("根拠（文書名や申し出の日など）を書いてください。")
    if ends is not None and ends < begins:
        raise Refused("終わりの日が、始まりの日より前です。")
    guardian = GuardianLink.objects.get(pupil=pupil, guardian_id=guardian_id).guardian if guardian_id else None
    made = Restriction.objects.create(
        municipality_id=pupil.municipality_id, pupil=pupil, guardian=guardian, kind=kind, begins=begins, ends=ends,
        ground=ground.strip(), entered_by_id=account_of(actor),
    )  # fmt: skip
    record(actor, "pupil:restrict", pupil, decision, "restrict", {"restriction": made.get_kind_display()})
    if guardian is not None:
        _revoke(guardian)
    return made


def lift_restriction(*, actor: Actor, pupil_id: UUID, restriction_id: UUID) -> Restriction:
    """制限を終える: it ended yesterday; the row stays. Raises Denied, Refused."""
    pupil = locked(pupil_id)
    decision = authorise(actor, "pupil:restrict", pupil)
    row = Restriction.objects.select_for_update().filter(pk=restriction_id, pupil=pupil).first()
    if row is None:
        raise Refused("この制限は見つかりません。開き直してください。")
    row.ends = actor.today - dt.timedelta(days=1)
    row.begins = min(row.begins, row.ends)
    row.save(update_fields=["begins", "ends"])
    record(actor, "pupil:restrict", pupil, decision, "lift", {"restriction": row.get_kind_display()})
    return row


def _check(entry: GuardianEntry) -> None:
    if not (entry.family.strip() or entry.given.strip()):
        raise Refused("保護者の氏名を入れてください。")
    if not entry.relation.strip():
        raise Refused("続柄を入れてください。")


def _fill(guardian: Guardian, entry: GuardianEntry) -> None:
    """Write the entry onto the row; the official layer is what was typed."""
    family, given = clean_name_input(entry.family), clean_name_input(entry.given)
    guardian.family, guardian.given = family, given
    guardian.official_family, guardian.official_given = family, given
    guardian.family_kana, guardian.given_kana = clean_name_input(entry.family_kana), clean_name_input(entry.given_kana)
    guardian.phone, guardian.email = entry.phone.strip(), entry.email.strip()
    guardian.search_key = fold_search(f"{family}{given} {guardian.family_kana}{guardian.given_kana}")


def _home(pupil: Pupil, entry: GuardianEntry) -> Household | None:
    """A household of one's own for an address of one's own, else the one of the family."""
    if entry.address.strip():
        return Household.objects.create(
            municipality_id=pupil.municipality_id,
            address=clean_name_input(entry.address),
            postal_code=entry.postal_code.strip(),
        )
    if pupil.household_id is not None:
        return pupil.household
    first = pupil.guardian_links.select_related("guardian__household").order_by("contact_order").first()
    return first.guardian.household if first else None


def _link(pupil: Pupil, link_id: UUID) -> GuardianLink:
    link = (
        GuardianLink.objects.select_for_update(of=("self",))
        .select_related("guardian")
        .filter(pk=link_id, pupil=pupil)
        .first()
    )
    if link is None:
        raise Refused("この保護者は見つかりません。開き直してください。")
    return link


def _revoke(guardian: Guardian) -> None:
    """Open streams of the person end; the next request finds the relation gone anyway."""
    if guardian.account_id is not None:
        live.publish(f"account:{guardian.account_id}", "revoked")
