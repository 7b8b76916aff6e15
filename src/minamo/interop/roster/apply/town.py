"""自治体・学校・学級を書く: the places, before anybody can sit in them."""

from collections.abc import Iterable

from minamo.interop.roster.apply.state import Applying
from minamo.people.api import roster_import as people
from minamo.tenancy import api as tenancy


def write_town(run: Applying) -> None:
    """自治体と学校."""
    town = run.plan.town
    if town is not None and run.plan.town_changed:
        tenancy.import_municipality(
            actor=run.actor, municipality_id=run.municipality_id, code=town.code, name=town.name,
            board_name=town.board_name,
        )  # fmt: skip
    for sid, org in run.merged.after["orgs"].items():
        if org.get("type") == "district":
            run.targets["orgs", sid] = run.municipality_id
    codes = tenancy.schools_by_code(run.municipality_id) if run.plan.schools.new else {}
    for sid, school in run.plan.schools.new.items():
        if school.code in codes:  # the school was here before its roster
            run.targets["orgs", sid] = codes[school.code]
    rows = {
        sid: tenancy.RosterSchool(
            run.target("orgs", sid), value.code, value.name, value.short_name, value.kind, value.position
        )
        for sid, value in (*run.plan.schools.new.items(), *((s, c[1]) for s, c in run.plan.schools.changed.items()))
    }
    new = [row for sid, row in rows.items() if sid in run.plan.schools.new and row.code not in codes]
    changed = [row for row in rows.values() if row not in new]
    tenancy.import_schools(actor=run.actor, municipality_id=run.municipality_id, new=new, changed=changed)


def write_classes(run: Applying) -> None:
    """学級."""

    def rows(sids: Iterable[str]) -> list[people.RosterClass]:
        values = {**run.plan.classes.new, **{s: c[1] for s, c in run.plan.classes.changed.items()}}
        return [
            people.RosterClass(
                run.target("classes", sid), run.target("orgs", values[sid].school),
                {
                    "year": values[sid].year, "kind": values[sid].kind, "title": values[sid].title,
                    "grades": list(values[sid].grades), "special_needs": values[sid].special_needs,
                    "subjects": list(values[sid].subjects), "subject_codes": list(values[sid].subject_codes),
                    "position": values[sid].position,
                },
            )
            for sid in sids
        ]  # fmt: skip

    # A class that was taken out of the roster and is back again is still here.
    back = [sid for sid in run.plan.classes.new if sid in run.stored.get("classes", {})]
    people.import_classes(
        actor=run.actor, municipality_id=run.municipality_id,
        new=rows(sid for sid in run.plan.classes.new if sid not in back),
        changed=rows([*run.plan.classes.changed, *back]),
    )  # fmt: skip
