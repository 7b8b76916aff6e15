"""例外: ask for one, grant or refuse it (somebody else), revoke it at once. Its end comes by itself: nobody has to do anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Resource, authorise
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.api import SchoolClass
from minamo.policy.actions.registers import read, write
from minamo.policy.clauses import model
from minamo.policy.links import links_of
from minamo.policy.models import ExceptionGrant
from minamo.policy.models.registers import EXCEPTION
from minamo.policy.queries.exceptions import days_of
from minamo.policy.refusals import Refused, gathered, require_length
from minamo.policy.rules.exceptions import COMING, IN_FORCE, REQUESTED, TEMPLATES, state_of, wrong_days
from minamo.tenancy.api import current_posts, school_card

TYPED = ("reason", "instead", "begins", "ends")


def place_of(actor: Actor, town: UUID, school: UUID | None) -> Resource:
    """An exception as the policy sees it, before there is one."""
    values = {"municipality": town, "school": school, "requester": actor.account_id, "person": None}
    return Resource("ExceptionGrant", "new", values, EXCEPTION)


def request(*, actor: Actor, town: UUID, school: UUID | None, sent: Mapping[str, str]) -> ExceptionGrant:
    """願い出る. Nothing opens before somebody else has granted it. Raises Denied, Refused at a field."""
    decision = authorise(actor, "exception:request", place_of(actor, town, school))
    about, days, words = gathered(
        lambda: _linked(actor, town, school, sent) if sent.get("template") else _kept_by_people(actor, town, school, sent),
        lambda: _days(actor, sent), lambda: read(ExceptionGrant, ("reason", "instead"), sent),
    )  # fmt: skip
    row = ExceptionGrant.objects.create(
        municipality_id=town, school_id=school, requester_id=actor.account_id, requested_by=actor.label,
        requested_at=actor.now, **about, **days, **words,
    )  # fmt: skip
    write(actor, row, "requested", decision, "exception:request")
    return row


def grant(*, actor: Actor, row: ExceptionGrant, text: str = "") -> ExceptionGrant:
    """認める: from its first day (today: from the next request) to its last. Raises Denied, Refused (not waiting)."""
    decision = authorise(actor, "exception:grant", row)
    locked = _locked(row, actor, {REQUESTED}, "もう認めたか、断ったか、終わりの日を過ぎています。")
    locked.granter_id, locked.granted_by, locked.granted_at = actor.account_id, actor.label, actor.now
    locked.save(update_fields=["granter", "granted_by", "granted_at"])
    write(actor, locked, "granted", decision, "exception:grant", text=_word(text))
    return locked


def refuse(*, actor: Actor, row: ExceptionGrant, text: str) -> ExceptionGrant:
    """認めない, with a word why. Raises Denied, Refused (not waiting, no word)."""
    decision = authorise(actor, "exception:grant", row)
    locked = _locked(row, actor, {REQUESTED}, "もう認めたか、断ったか、終わりの日を過ぎています。")
    if not text.strip():
        raise Refused("認めないわけと、代わりにできることを書いてください。", "text")
    locked.refused_at = actor.now
    locked.save(update_fields=["refused_at"])
    write(actor, locked, "refused", decision, "exception:grant", text=_word(text))
    return locked


def revoke(*, actor: Actor, row: ExceptionGrant, text: str = "") -> ExceptionGrant:
    """取り消す (or take back what was only asked for): closed from the next request on; open screens that rest on it end within
    seconds (access/streams.py watches the facts of their actor).

    Raises Denied, Refused when it is over already.
    """
    decision = authorise(actor, "exception:revoke", row)
    locked = _locked(row, actor, {REQUESTED, COMING, IN_FORCE}, "もう終わっています。")
    locked.revoked_at = actor.now
    locked.save(update_fields=["revoked_at"])
    write(actor, locked, "revoked", decision, "exception:revoke", text=_word(text))
    return locked


def _days(actor: Actor, sent: Mapping[str, str]) -> dict[str, Any]:
    values = read(ExceptionGrant, ("begins", "ends"), sent)
    if wrong := wrong_days(values["begins"], values["ends"], actor.today):
        raise Refused(wrong[1], wrong[0])
    return values


@dataclass(frozen=True)
class _Person:
    account_id: UUID
    label: str


def _linked(actor: Actor, town: UUID, school: UUID | None, sent: Mapping[str, str]) -> dict[str, Any]:
    """A link of a template: who, and for which school or class of the school."""
    template = TEMPLATES.get(sent["template"])
    if template is None:
        raise Refused("例外の種類を選んでください。", "template")
    if school is None:
        raise Refused("この例外は、学校ごとに願い出ます。学校を選んでください。", "template")
    person, scope = gathered(
        lambda: _for_whom(actor, town, sent), lambda: _scope(actor, school, sent) if template.for_class else
        {"scope": f"{school_card(school).short_name}の児童生徒"},
    )  # fmt: skip
    return {"template": sent["template"], "clause": template.clause, **person, **scope}


def _for_whom(actor: Actor, town: UUID, sent: Mapping[str, str]) -> dict[str, Any]:
    person = _person(actor, town, sent.get("person", ""))
    if person is None:
        raise Refused("だれのための例外かを選んでください。", "person")
    return {"person_id": person.account_id, "person_label": person.label}


def _scope(actor: Actor, school: UUID, sent: Mapping[str, str]) -> dict[str, Any]:
    """The class of the school it is for."""
    key = id_of(sent.get("school_class", ""))
    year = SchoolYear.of(actor.today).year
    found = SchoolClass.objects.filter(pk=key, school=school, kind="homeroom", year=year).first() if key else None
    if found is None:
        raise Refused("どの学級のことかを選んでください。", "school_class")
    return {"school_class": found, "scope": f"{school_card(school).short_name} {found.title}"}


def _kept_by_people(actor: Actor, town: UUID, school: UUID | None, sent: Mapping[str, str]) -> dict[str, Any]:
    """About a clause that people keep: the register only says that it is not kept for a while."""
    number, scope = gathered(lambda: _clause(sent), lambda: read(ExceptionGrant, ("scope",), sent)["scope"])
    person = _person(actor, town, sent.get("person", ""))
    return {"scope": scope, "clause": number, "person_id": person.account_id if person else None,
            "person_label": person.label if person else ""}  # fmt: skip


def _clause(sent: Mapping[str, str]) -> str:
    number = sent.get("clause", "")
    if number not in model().clauses:
        raise Refused("どの条文の例外かを選んでください。", "clause")
    if links_of(number).kept != "people":
        raise Refused("この条文は仕組みが守っているので、台帳に載せても開きません。種類から選んでください。", "clause")
    return number


def _person(actor: Actor, town: UUID, key: str) -> _Person | None:
    """Somebody with a post in the municipality today, or None. An exception never reaches beyond the municipality."""
    wanted = id_of(key) if key else None
    cards = current_posts(actor.today, municipality_id=town, account_ids=[wanted]) if wanted else []
    return _Person(cards[0].account_id, cards[0].label) if cards else None


def _locked(row: ExceptionGrant, actor: Actor, states: set[str], otherwise: str) -> ExceptionGrant:
    locked = ExceptionGrant.objects.select_for_update().get(pk=row.pk)
    if state_of(days_of(locked), actor.today) not in states:
        raise Refused(f"この例外は、{otherwise}画面を開き直してください。")
    return locked


def _word(text: str) -> str:
    require_length(text.strip(), "text", 400)
    return text.strip()
