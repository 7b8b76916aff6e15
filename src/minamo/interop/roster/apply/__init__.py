"""書き込み: a plan made real in the running transaction, all or nothing. Which row stands for which sourcedId is decided
here; the rooms' own verbs write."""

from minamo.interop.roster.apply.people import write_people
from minamo.interop.roster.apply.seats import write_posts, write_seats, write_teaching
from minamo.interop.roster.apply.state import Applying
from minamo.interop.roster.apply.town import write_classes, write_town
from minamo.interop.roster.stored import write_stored
from minamo.kernel.live import publish

__all__ = ["Applying", "write"]


def write(run: Applying) -> None:
    """Write everything, in the order the references need."""
    write_town(run)
    write_classes(run)
    write_people(run)
    write_seats(run)
    write_teaching(run)
    write_posts(run)
    _remember(run)


def _remember(run: Applying) -> None:
    """Which row stands for which sourcedId, for the next file; and a word to the open lists of the schools."""
    for name in ("users", "demographics"):
        for sid in run.merged.after[name]:
            if (name, sid) not in run.targets and (run.merged.created[name] or run.merged.updated[name]):
                run.target("users", sid)
                run.targets[name, sid] = run.targets["users", sid]
    write_stored(run.municipality_id, run.merged, run.stored, run.targets, run.actor.now)
    for school in sorted({event.school for event in run.plan.events}):
        if school in run.merged.after["orgs"]:
            publish(f"school:{run.target('orgs', school)}", "people", what="roster")
