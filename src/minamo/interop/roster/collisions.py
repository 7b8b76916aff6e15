"""ほかとの重なり: what would clash with rows outside the file: logins, e-mail, numbers, school codes, other towns."""

from uuid import UUID

from minamo.interop.roster.merge import Merged, Stored
from minamo.interop.roster.plan import Plan
from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.stored import pupils_by_master
from minamo.interop.roster.values import PersonValue
from minamo.people.api import roster_import as people


def check_collisions(
    plan: Plan, merged: Merged, stored: Stored, municipality_id: UUID | None, findings: Findings
) -> None:
    """Note clashes at the row that would cause them. Few queries, whatever the size of the file."""
    persons: dict[str, PersonValue] = {sid: value.person for sid, value in plan.pupils.new.items()}
    persons |= {sid: now.person for sid, (_, now) in plan.pupils.changed.items()}
    persons |= plan.staff.new | {sid: now for sid, (_, now) in plan.staff.changed.items()}
    new = {
        sid: v.person for sid, v in plan.pupils.new.items() if v.person.master_id and sid not in stored.get("users", {})
    }
    masters = pupils_by_master({p.master_id: p.birth_date for p in new.values() if p.master_id})
    here = {sid: known.target for sid, known in stored.get("users", {}).items()}
    here |= {sid: masters[p.master_id][0] for sid, p in new.items() if p.master_id in masters}
    for sid, person in new.items():
        if person.master_id in masters and not masters[person.master_id][2]:
            message = "同じ userMasterIdentifier で生年月日の違う児童生徒がいます。"
            _fault(merged, findings, sid, "userMasterIdentifier", "other_person", message)
    _logins(persons, here, merged, findings)
    if municipality_id is not None:
        _numbers(plan, persons, here, municipality_id, merged, findings)
    _kinds(plan, merged, findings)


def _logins(persons: dict[str, PersonValue], here: dict[str, UUID], merged: Merged, findings: Findings) -> None:
    """Logins and addresses are unique in the whole house; those of people who change theirs now come free."""
    used = people.logins_in_use([p.login_id for p in persons.values()], [p.email for p in persons.values()])
    if not used:
        return
    own = {key: person.account_id for key, person in people.known_people(here.values()).items()}
    moving = {own[here[sid]] for sid in persons if here.get(sid) in own}
    for sid, person in persons.items():
        keys = {"username": f"login:{person.login_id.casefold()}", "email": f"mail:{person.email.casefold()}"}
        for column, key in keys.items():
            holder = used.get(key)
            if holder is not None and holder not in moving:
                _fault(merged, findings, sid, column, "in_use", "ほかの人がすでに使っています。")


def _numbers(
    plan: Plan, persons: dict[str, PersonValue], here: dict[str, UUID], municipality_id: UUID, merged: Merged,
    findings: Findings,
) -> None:  # fmt: skip
    pupils = {sid: persons[sid] for sid in (*plan.pupils.new, *plan.pupils.changed)}
    used = people.numbers_in_use(municipality_id, [p.number for p in pupils.values()])
    moving = {here[sid] for sid in pupils if sid in here}
    for sid, person in pupils.items():
        holder = used.get(person.number)
        if holder is not None and holder != here.get(sid) and holder not in moving:
            _fault(merged, findings, sid, "identifier", "in_use", "この学籍番号は、ほかの児童生徒が使っています。")


def _kinds(plan: Plan, merged: Merged, findings: Findings) -> None:
    for sid in plan.pupils.new.keys() & plan.staff.gone.keys() | plan.staff.new.keys() & plan.pupils.gone.keys():
        message = "児童生徒と教職員は入れ替えられません。別の sourcedId にしてください。"
        _fault(merged, findings, sid, "sourcedId", "kind_changed", message)


def _fault(merged: Merged, findings: Findings, sid: str, column: str, code: str, message: str) -> None:
    findings.refuse(_problem(merged, sid, column, code, message))


def _problem(merged: Merged, sid: str, column: str, code: str, message: str) -> Problem:
    row = merged.places["users"].get(sid)
    return Problem(code, "users.csv", message, row.record if row else None, row.line if row else None, column)
