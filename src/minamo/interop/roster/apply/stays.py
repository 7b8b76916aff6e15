"""在籍を書く: where a stay begins, where it goes on in another grade or school, who leaves."""

from minamo.interop.roster.apply.state import Applying
from minamo.interop.roster.stays import codes, first_stay, leaving, next_stay
from minamo.interop.roster.values import PupilValue
from minamo.kernel.schoolyear import SchoolYear
from minamo.people.api import roster_import as people


def write_stays(run: Applying, fresh: dict[str, PupilValue], returning: dict[str, PupilValue]) -> None:
    """在籍の始まりと続き: of pupils new here (`fresh`), back again (`returning`), or changed."""
    code = dict(codes(run.merged.before["orgs"], run.merged.after["orgs"]))
    stays = [first_stay(sid, value, code[value.school]) for sid, value in fresh.items()]
    stays += [first_stay(sid, value, code[value.school], former=True) for sid, value in returning.items()]
    places = {run.target("users", sid): run.place(value) for sid, value in returning.items()}
    for sid, (was, now) in run.plan.pupils.changed.items():
        if run.target("users", sid) not in run.people_here:
            continue
        stay = next_stay(sid, was, now, run.merged.day_of("roles", sid), code.__getitem__)
        stays += [stay] if stay else []
        if (was.school, was.grade, was.homeroom, was.number) != (now.school, now.grade, now.homeroom, now.number):
            places[run.target("users", sid)] = run.place(now)
    people.place_pupils(actor=run.actor, municipality_id=run.municipality_id, places=places)
    name = {sid: org.get("name", "") for sid, org in {**run.merged.before["orgs"], **run.merged.after["orgs"]}.items()}
    people.import_stays(
        actor=run.actor, municipality_id=run.municipality_id,
        known=[run.target("users", stay.user) for stay in stays if stay.user not in fresh],
        stays=[
            people.RosterStay(
                run.target("users", s.user), run.target("orgs", s.school), s.grade, SchoolYear.of(s.begins).year,
                s.begins, s.begin_kind, s.end_kind, name.get(s.former_school or "", ""),
                name[s.school] if s.former_school else "",
            )
            for s in stays
        ],
    )  # fmt: skip


def write_leavers(run: Applying) -> None:
    """転出・卒業・離任."""
    code = dict(codes(run.merged.before["orgs"], run.merged.after["orgs"]))
    gone = {sid: (value, day) for sid, (value, day) in run.plan.pupils.gone.items()}
    for sid, value in run.plan.pupils.new.items():
        gone |= {sid: (value, value.leaves)} if value.leaves else {}
    for sid, (was, now) in run.plan.pupils.changed.items():
        gone |= {sid: (now, now.leaves)} if now.leaves and now.leaves != was.leaves else {}
    people.import_leavings(
        actor=run.actor, municipality_id=run.municipality_id,
        leavings=[
            people.RosterLeaving(run.target("users", sid), day, leaving(value, day, code[value.school]))
            for sid, (value, day) in gone.items()
        ],
    )  # fmt: skip
    people.disable_accounts(
        actor=run.actor, municipality_id=run.municipality_id,
        account_ids=[run.accounts[sid] for sid in run.plan.staff.gone if sid in run.accounts],
    )  # fmt: skip
