"""確認の知らせ: people who have something left to read are told, by a head or the board once a day at most, and by themselves before
and at their day. The mails are sent by a job (jobs.py)."""

from collections.abc import Iterable
from uuid import UUID

from minamo.access.api import Actor, Decision, authorise
from minamo.audit.api import append
from minamo.kernel import jobs
from minamo.kernel.schoolyear import jst_date
from minamo.policy.models import Issue, Reminder
from minamo.policy.queries.acknowledged import Reader, register
from minamo.policy.queries.texts import issue_in_force
from minamo.policy.refusals import Refused
from minamo.policy.rules.reading import reminder_due
from minamo.tenancy.api import Municipality, School


def remind(*, actor: Actor, place: Municipality | School) -> list[Reminder]:
    """まだの人に知らせる: everybody of a school or of the municipality who has something left, except whoever was told today.

    Raises Denied, Refused (nothing in force, everybody has read, all were told today)."""
    school = place if isinstance(place, School) else None
    decision = authorise(actor, "acknowledgement:school" if school else "acknowledgement:town", place)
    municipality = school.municipality_id if school else place.pk
    issue = issue_in_force(municipality)
    if issue is None:
        raise Refused("まだ施行した版がありません。だれにも知らせていません。")
    Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)  # pressed twice: the second finds who was told
    late = [r for r in register(issue, actor.today, school=school.pk if school else None) if not r.standing.done]
    if not late:
        raise Refused("まだの人はいません。だれにも知らせていません。")
    told = [reader for reader in late if not _told_today(actor, reader)]
    if not told:
        raise Refused("まだの人には、きょう、もう知らせています。知らせるのは一日に一度までです。")
    return _write(actor, issue, told, Reminder.Kind.ASKED, decision, school.pk if school else None)


def remind_by_itself(*, actor: Actor, issue: Issue) -> list[Reminder]:
    """期限の前と当日の知らせ, of everybody who is due one and has not had it. Asked again it writes nothing. Raises Denied."""
    decision = authorise(actor, "acknowledgement:town", issue.municipality)
    Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    told = Reminder.objects.filter(municipality=issue.municipality_id)  # under whichever edition
    had = set(told.values_list("account", "kind", "due_on"))
    found: list[Reminder] = []
    readers = [reader for reader in register(issue, actor.today) if not reader.standing.done]
    for kind in (Reminder.Kind.BEFORE, Reminder.Kind.DUE):
        now = [
            r for r in readers if reminder_due(r.due, actor.today) == kind and (r.account_id, kind, r.due) not in had
        ]
        if now:
            found += _write(actor, issue, now, kind, decision, None)
    return found


def _told_today(actor: Actor, reader: Reader) -> bool:
    return reader.reminded is not None and jst_date(reader.reminded.at) >= actor.today


def _write(
    actor: Actor, issue: Issue, readers: Iterable[Reader], kind: str, decision: Decision, school: UUID | None
) -> list[Reminder]:
    rows = Reminder.objects.bulk_create(
        Reminder(
            municipality_id=issue.municipality_id, issue=issue, account_id=reader.account_id, kind=kind, due_on=reader.due,
            at=actor.now, by_label=actor.label,
        )
        for reader in readers
    )  # fmt: skip
    append(
        actor=actor, action="policy:remind", resource_type="PolicyIssue", resource_id=str(issue.pk),
        municipality=issue.municipality_id, school=school, rules=decision.rules, detail={"kind": kind, "people": len(rows)},
    )  # fmt: skip
    jobs.defer("policy.tell_readers", municipality=str(issue.municipality_id))
    return rows
