"""事故: report, write on, assess, count who is affected. Entries are only added."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Decision, authorise
from minamo.audit.api import append
from minamo.kernel.schoolyear import JST
from minamo.policy.models import Incident, IncidentEntry
from minamo.policy.queries.affected import affected_by
from minamo.policy.refusals import Refused
from minamo.policy.rules.incidents import MARKS, WORDS, open_steps
from minamo.tenancy.api import Municipality

SUMMARY, PAGE, WORD, MOST_PEOPLE = 2000, 120, 1000, 10_000_000
WRITTEN = ("note", "preliminary", "final", "closed")
LONGEST = dt.timedelta(days=366)


def report(
    *, actor: Actor, town: Municipality, kind: str, summary: str = "", school: UUID | None = None, page: str = "",
    key: UUID | None = None,
) -> Incident:  # fmt: skip
    """事故を知らせる: one tap is enough. `key` makes a second tap of the same form the same incident.

    Raises Denied, Refused (kind, school one does not serve, length).
    """
    decision = authorise(actor, "incident:report", town)
    _check_report(actor, kind, summary, school)
    Municipality.objects.select_for_update().get(pk=town.pk)
    former = Incident.objects.filter(pk=key).first() if key else None
    if former is not None and former.reporter_id == actor.account_id:
        return former
    values: dict[str, Any] = {"id": key} if key and former is None else {}
    row = Incident.objects.create(
        **values, municipality=town, school_id=school, kind=kind, summary=summary.strip(), known_at=actor.now,
        reporter_id=actor.account_id, reporter_label=actor.label, page=page[:PAGE],
    )  # fmt: skip
    _write(actor, row, "reported", decision, "incident:report")
    return row


def _check_report(actor: Actor, kind: str, summary: str, school: UUID | None) -> None:
    if kind not in Incident.Kind.values:
        raise Refused("何があったかを、一つ選んでください。", "kind")
    if len(summary) > SUMMARY:
        raise Refused(f"{SUMMARY}字までにしてください。いまは{len(summary)}字です。", "summary")
    if school is not None and str(school) not in {str(post["school"]) for post in actor.posts if post.get("school")}:
        raise Refused("自分の勤める学校を選んでください。", "school")


def write_entry(*, actor: Actor, incident: Incident, kind: str, text: str = "") -> IncidentEntry:
    """記録を足す: a note, that the preliminary or the final report was handed in, or the end.

    Raises Denied, Refused (closed already, nothing written, something still to be done before the end).
    """
    decision, entries = _taken(actor, incident)
    if kind not in WRITTEN:
        raise Refused("書くことを選んでください。", "kind")
    if kind == "note" and not text.strip():
        raise Refused("したこと、分かったことを書いてください。", "text")
    if len(text) > SUMMARY:
        raise Refused(f"{SUMMARY}字までにしてください。いまは{len(text)}字です。", "text")
    missing = open_steps(entries)
    if kind == "closed" and missing:
        raise Refused(f"{'と'.join(missing)}が済んでから終えてください。", "kind")
    return _write(actor, incident, kind, decision, text=text.strip())


def assess(*, actor: Actor, incident: Incident, values: Mapping[str, str]) -> IncidentEntry:
    """見立てる: what leaked, how many people, and the words of the report. The newest assessment counts.

    Raises Denied, Refused (closed already, number, length).
    """
    decision, _ = _taken(actor, incident)
    people = values.get("people", "").strip() or "0"
    if not people.isdecimal() or int(people[:12]) > MOST_PEOPLE:
        raise Refused("人数を数字で入れてください。", "people")
    words = {name: values.get(name, "").strip() for name in WORDS}
    for name, text in words.items():
        if len(text) > WORD:
            raise Refused(f"{WORD}字までにしてください。いまは{len(text)}字です。", name)
    detail = {**{name: name in values for name in MARKS}, "people": int(people), **words}
    return _write(actor, incident, "assessed", decision, detail=detail)


def count_affected(
    *, actor: Actor, incident: Incident, account: UUID, since: dt.datetime, until: dt.datetime
) -> IncidentEntry:
    """影響を受けた人を数える: whose records an account has opened in a time, as the trail has it.

    Raises Denied, Refused (closed already, times the wrong way round or too far apart).
    """
    decision, _ = _taken(actor, incident)
    if until <= since:
        raise Refused("終わりは、始まりより後にしてください。", "until")
    if until - since > LONGEST:
        raise Refused("一年より長くは数えられません。分けて数えてください。", "since")
    found = affected_by(incident, account, since, until)
    times = f"{since.astimezone(JST):%Y-%m-%d %H:%M}から{until.astimezone(JST):%Y-%m-%d %H:%M}まで"
    text = (
        f"{found.label}の操作（{times}）では、一人ずつ開いた児童生徒は{len(found.opened)}人、"
        f"一覧で見えたかもしれない人を合わせると最大{len(found.possible)}人です。"
    )
    detail = {
        "account": str(account), "since": since.isoformat(), "until": until.isoformat(),
        "opened": sorted(map(str, found.opened)), "possible": len(found.possible), "rows": found.rows,
    }  # fmt: skip
    return _write(actor, incident, "affected", decision, text=text, detail=detail)


def _taken(actor: Actor, incident: Incident) -> tuple[Decision, list[tuple[str, dict[str, Any]]]]:
    """Authorise and lock; the entries so far."""
    decision = authorise(actor, "incident:manage", incident)
    Incident.objects.select_for_update().get(pk=incident.pk)
    entries = [(entry.kind, entry.detail) for entry in incident.entries.order_by("at", "id")]
    if any(kind == "closed" for kind, _ in entries):
        raise Refused("この事故の対応は終わっています。新しく分かったことは、新しく知らせてください。")
    return decision, entries


def _write(
    actor: Actor, row: Incident, kind: str, decision: Decision, action: str = "incident:manage", *, text: str = "",
    detail: Mapping[str, Any] | None = None,
) -> IncidentEntry:  # fmt: skip
    entry = IncidentEntry.objects.create(
        municipality_id=row.municipality_id, incident=row, kind=kind, text=text, detail=dict(detail or {}),
        actor_id=actor.account_id, actor_label=actor.label, at=actor.now,
    )  # fmt: skip
    append(
        actor=actor, action=action, resource_type="Incident", resource_id=str(row.pk), municipality=row.municipality_id,
        school=row.school_id, rules=decision.rules, detail={"kind": kind},
    )  # fmt: skip
    return entry
