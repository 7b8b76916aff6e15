"""事故: report, write on, assess, count who is affected. Entries are only added."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Decision, authorise
from minamo.audit.api import append, noun
from minamo.kernel.ids import new_id
from minamo.kernel.schoolyear import jst_date
from minamo.kernel.wareki import format_wareki
from minamo.people.api import FamilyAccount
from minamo.policy.models import Incident, IncidentEntry
from minamo.policy.queries.affected import affected_by, counted_until, families_named, family_of
from minamo.policy.queries.incidents import accounts_of, incident_of
from minamo.policy.refusals import Overtaken, Refused, overtaken, require_length
from minamo.policy.rules.incidents import (
    MARKS,
    REPORTS,
    WORDS,
    Times,
    affected_words,
    kind_of,
    last_handed_in,
    moment_words,
    open_steps,
    shown_words,
    times_of,
    wrong_sending,
    wrong_time,
)
from minamo.policy.rules.together import UNOPENED, together
from minamo.tenancy.api import Municipality

SUMMARY, PAGE, WORD, MOST_PEOPLE, LOOKED_FOR = 2000, 120, 1000, 10_000_000, 60
WRITTEN = ("note", "closed")
LONGEST, MOMENT = dt.timedelta(days=366), dt.timedelta(minutes=10)


class Repeated(Refused):
    """さっきと同じ知らせ: the first one has arrived; nothing new was written."""


def report(
    *, actor: Actor, town: Municipality, kind: str, summary: str = "", school: UUID | None = None, page: str = "",
    key: UUID | None = None, known_at: dt.datetime | None = None, happened_at: dt.datetime | None = None, again: bool = False,
) -> Incident:  # fmt: skip
    """事故を知らせる: one tap is enough; known since now when nothing else is said. `key` makes a second tap of the same form
    the same incident.

    Raises Denied, Refused (kind, school one does not serve, length, times), Repeated (the same kind of the same person a moment
    ago, from a form fetched anew; `again` says that it is another incident).
    """
    decision = authorise(actor, "incident:report", town)
    _check_report(actor, kind, summary, school)
    times = Times(known_at or actor.now, happened_at)
    _check_times(times, actor.now)
    Municipality.objects.select_for_update().get(pk=town.pk)
    former = Incident.objects.filter(pk=key).first() if key else None
    if former is not None and former.reporter_id == actor.account_id:
        return former
    if not again:
        _not_again(actor, town, kind, school)
    values: dict[str, Any] = {"id": key} if key and former is None else {}
    row = Incident.objects.create(
        **values, municipality=town, school_id=school, kind=kind, summary=summary.strip(), known_at=times.known_at,
        happened_at=times.happened_at, reporter_id=actor.account_id, reporter_label=actor.label, page=page[:PAGE],
    )  # fmt: skip
    _write(actor, row, "reported", decision, "incident:report", text=_said(times) if known_at or happened_at else "",
           detail=times.detail())  # fmt: skip
    return row


def _not_again(actor: Actor, town: Municipality, kind: str, school: UUID | None) -> None:
    """Going back and tapping again fetches a new form with a new key: say that the first one has arrived, and ask."""
    recent = Incident.objects.filter(
        municipality=town, kind=kind, reporter_id=actor.account_id,
        entries__kind=IncidentEntry.Kind.REPORTED, entries__at__gt=actor.now - MOMENT,
    )  # fmt: skip
    if recent.exists():
        raise Repeated(
            "同じ種類の事故を、いま知らせたばかりです。新しくは知らせていません。別の事故なら、もう一度押してください。",
            "kind",
        )


def _check_times(times: Times, now: dt.datetime) -> None:
    if found := wrong_time(times, now):
        raise Refused(found[1], found[0])


def _said(times: Times) -> str:
    happened = moment_words(times.happened_at) if times.happened_at else "分かりません"
    return f"知った時刻：{moment_words(times.known_at)}　起きた時刻：{happened}"


def _check_report(actor: Actor, kind: str, summary: str, school: UUID | None) -> None:
    if kind not in Incident.Kind.values:
        raise Refused("何があったかを、一つ選んでください。", "kind")
    require_length(summary, "summary", SUMMARY)
    if school is not None and str(school) not in {str(post["school"]) for post in actor.posts if post.get("school")}:
        raise Refused("自分の勤める学校を選んでください。", "school")


def written_already(*, actor: Actor, incident: Incident, key: UUID | None) -> bool:
    """もう書いた: whether the person has written this very entry before: a button pressed twice, a form sent again. Waits for one that is
    being written. `key` is that of the form as it was filled in; every verb below gives it to its entry.

    Raises Denied, Refused (a key of somebody else's entry).
    """
    authorise(actor, "incident:manage", incident)
    if key is None:
        return False
    Incident.objects.select_for_update().get(pk=incident.pk)
    former = IncidentEntry.objects.filter(pk=key).first()
    if former is not None and (former.incident_id, former.actor_id) != (incident.pk, actor.account_id):
        raise Refused("画面を開き直して、もう一度残してください。")
    return former is not None


def write_entry(
    *, actor: Actor, incident: Incident, kind: str, text: str = "", key: UUID | None = None
) -> IncidentEntry:
    """記録を足す: a note, or the end.

    Raises Denied, Refused (closed already, nothing written, something still to be done before the end).
    """
    decision, entries = _taken(actor, incident)
    if kind not in WRITTEN:
        raise Refused("書くことを選んでください。", "kind")
    if kind == "note" and not text.strip():
        raise Refused("したこと、分かったことを書いてください。", "text")
    require_length(text, "text", SUMMARY)
    missing = open_steps(entries)
    if kind == "closed" and missing:
        raise Refused(f"{'と'.join(missing)}が済んでから終えてください。", "kind")
    return _write(actor, incident, kind, decision, text=text.strip(), key=key)


def hand_in(
    *, actor: Actor, incident: Incident, report: str, sent_on: dt.date, text: str = "", key: UUID | None = None
) -> IncidentEntry:
    """速報・確報を出した: with the day of sending, one after the other.

    Raises Denied, Refused (closed already, not due, days that cannot be, 確報 before 速報, length).
    """
    decision, entries = _taken(actor, incident)
    if report not in REPORTS:
        raise Refused("速報か確報かを選んでください。", "report")
    _check_handed_in(REPORTS[report], open_steps(entries))
    times = times_of(Times(incident.known_at, incident.happened_at), entries)
    if problem := wrong_sending(report, sent_on, entries, jst_date(times.known_at), actor.today):
        raise Refused(problem, "sent_on")
    require_length(text, "sent_note", WORD)
    said = f"出した日：{format_wareki(sent_on)}"
    return _write(actor, incident, report, decision, text=f"{said}\n{text.strip()}".strip(),
                  detail={"sent_on": sent_on.isoformat()}, key=key)  # fmt: skip


def take_back(*, actor: Actor, incident: Incident, report: str, why: str, key: UUID | None = None) -> IncidentEntry:
    """報告の記録を取り消す: it was not sent, or on another day; its deadline counts again. The last one first. Both stay in the timeline.

    Raises Denied, Refused (closed already, not the last that stands, no reason, length).
    """
    decision, entries = _taken(actor, incident)
    if not report or last_handed_in(entries) != report:
        raise Refused("取り消せるのは、最後に残した速報か確報です。記録は変えていません。", "report")
    _check_why(why, "back_why", "どうして取り消すかを書いてください（例：まだ出していなかった）。")
    text = f"{REPORTS[report]}を出したという記録を取り消しました。\nわけ：{why.strip()}"
    return _write(actor, incident, "withdrawn", decision, text=text, detail={"report": report}, key=key)


def _check_why(why: str, field: str, ask: str) -> None:
    if not why.strip():
        raise Refused(ask, field)
    require_length(why, field, WORD)


def correct_kind(*, actor: Actor, incident: Incident, kind: str, why: str, key: UUID | None = None) -> IncidentEntry:
    """種類を正す: what was tapped in a hurry. What was said before stays in the timeline.

    Raises Denied, Refused (closed already, no kind, nothing changed, no reason, length).
    """
    decision, entries = _taken(actor, incident)
    former = kind_of(incident.kind, entries)
    if kind not in Incident.Kind.values:
        raise Refused("何があったかを、一つ選んでください。", "kind")
    if kind == former:
        raise Refused("種類はいまのままです。正しい種類を選んでください。", "kind")
    _check_why(why, "kind_why", "どうして正すかを書いてください（例：見つかったので、もう少しでに直す）。")
    text = f"{Incident.Kind(former).label} → {Incident.Kind(kind).label}\nわけ：{why.strip()}"
    return _write(actor, incident, "kind", decision, text=text, detail={"kind": kind, "former": former}, key=key)


def _check_handed_in(name: str, missing: list[str]) -> None:
    """A report counts as handed in only while it is due, so that no deadline goes away unseen."""
    if "見立て" in missing:
        raise Refused(
            f"まだ{name}の記録は残していません。先に見立てを残してください。期限は見立てで決まります。", "kind"
        )
    if name not in missing:
        raise Refused(
            f"{name}は、もう出したことになっているか、いまの見立てでは要りません。記録は変えていません。", "kind"
        )


def correct_times(
    *,
    actor: Actor,
    incident: Incident,
    known_at: dt.datetime,
    happened_at: dt.datetime | None,
    why: str,
    key: UUID | None = None,
) -> IncidentEntry:
    """時刻を正す: since when it was known and when it happened. The deadlines follow; what was said before stays in the timeline.

    Raises Denied, Refused (closed already, times that cannot be, no reason, nothing changed).
    """
    decision, entries = _taken(actor, incident)
    former, times = times_of(Times(incident.known_at, incident.happened_at), entries), Times(known_at, happened_at)
    _check_times(times, actor.now)
    _check_why(why, "why", "どうして正すかを書いてください（例：金曜に担任が気づいていた）。")
    if _said(times) == _said(former):
        raise Refused("時刻はいまのままです。正す時刻を入れてください。", "known_at")
    text = f"{_said(times)}\n前の記録では、{_said(former)}\nわけ：{why.strip()}"
    return _write(
        actor, incident, "times", decision, text=text, detail=times.detail() | {"former": former.detail()}, key=key
    )


def assess(*, actor: Actor, incident: Incident, values: Mapping[str, str], key: UUID | None = None) -> IncidentEntry:
    """見立てる: what leaked, how many people, and the words of the report. The newest assessment counts; what it says and the form's
    writer has not touched since the one she saw (`seen` in the values) stays.

    Raises Denied, Refused (closed already, number, length), Overtaken.
    """
    decision, _ = _taken(actor, incident)
    people = values.get("people", "").strip()
    if people and (not people.isdecimal() or int(people[:12]) > MOST_PEOPLE):
        raise Refused("人数を数字で入れてください。まだ分からないときは、空けてください。", "people")
    words = {name: values.get(name, "").strip() for name in WORDS}
    for name, text in words.items():
        require_length(text, name, WORD)
    detail = {**{name: name in values for name in MARKS}, "people": int(people) if people else None, **words}
    return _write(
        actor, incident, "assessed", decision, detail=_beside(incident, detail, values.get("seen", "")), key=key
    )


def _beside(incident: Incident, detail: dict[str, Any], seen: str) -> dict[str, Any]:
    """An assessment beside those written since its form was opened. Raises Overtaken where both changed the same."""
    rows = list(incident.entries.filter(kind=IncidentEntry.Kind.ASSESSED).order_by("-at", "-id"))
    if not seen or not rows or str(rows[0].pk) == seen:
        return detail
    blank = {name: None if name == "people" else "" if name in WORDS else False for name in detail}
    base = next((row.detail for row in rows if str(row.pk) == seen), blank if seen == UNOPENED else {})
    now = {name: rows[0].detail.get(name, blank[name]) for name in detail}
    found = together(detail, now, {name: base.get(name, blank[name]) for name in detail} if base else {})
    if found.clashes:
        says = shown_words(now)
        clashes = {name: overtaken(rows[0].actor_label, says[name]) for name in found.clashes}
        raise Overtaken(clashes, found.values)
    return dict(found.values)


def find_families(*, actor: Actor, incident: Incident, words: str) -> list[FamilyAccount]:
    """保護者・児童生徒を探す, whose operations are to be counted. That it was asked is a row in the trail: it names people.

    Raises Denied, Refused (closed already, nothing to look for).
    """
    decision, _ = _taken(actor, incident)
    if not words.strip():
        raise Refused("名前か、サインインのIDを入れてください。", "who")
    found = families_named(incident, words.strip()[:LOOKED_FOR])
    append(
        actor=actor, action="incident:manage", resource_type="Incident", resource_id=str(incident.pk),
        municipality=incident.municipality_id, school=incident.school_id, rules=decision.rules,
        detail={"kind": "families", "found": [str(one.account_id) for one in found]},
    )  # fmt: skip
    return found


def count_affected(
    *, actor: Actor, incident: Incident, account: UUID, since: dt.datetime, until: dt.datetime, key: UUID | None = None
) -> IncidentEntry:
    """影響を受けた人を数える: whose records an account has opened in a time, as the trail has it. The minute of `until` counts whole, as
    far as it has passed: a form knows no seconds.

    Raises Denied, Refused (closed already, an account without operations here, times to come, the wrong way round or too far
    apart).
    """
    decision, _ = _taken(actor, incident)
    family = family_of(incident, account)
    if family is None and account not in {known for known, _ in accounts_of(incident_of(actor, incident))}:
        raise Refused("その人の操作の記録は、ここにはありません。一覧から選んでください。", "account")
    if until > actor.now:
        raise Refused("終わりは、いまより後にできません。", "until")
    if until <= since:
        raise Refused("終わりは、始まりより後にしてください。", "until")
    if until - since > LONGEST:
        raise Refused("一年より長くは数えられません。分けて数えてください。", "since")
    found = affected_by(incident, account, since, counted_until(until, actor.now))
    uncounted = {noun(kind): number for kind, number in found.uncounted.items()}
    text = (
        f"{family.name if family else found.label}の操作（{moment_words(since)}から{moment_words(until)}まで）では、"
        + affected_words(
            len(found.opened),
            len(found.possible),
            uncounted,
            family=family is not None,
            school=incident.school_id is not None,
        )
    )
    detail = {
        "account": str(account), "since": since.isoformat(), "until": until.isoformat(),
        "opened": sorted(map(str, found.opened)), "listed": sorted(map(str, found.possible - found.opened)),
        "possible": len(found.possible), "rows": found.rows, "uncounted": dict(found.uncounted),
    }  # fmt: skip
    return _write(actor, incident, "affected", decision, text=text, detail=detail, key=key)


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
    detail: Mapping[str, Any] | None = None, key: UUID | None = None,
) -> IncidentEntry:  # fmt: skip
    entry = IncidentEntry.objects.create(
        id=key or new_id(), municipality_id=row.municipality_id, incident=row, kind=kind, text=text, detail=dict(detail or {}),
        actor_id=actor.account_id, actor_label=actor.label, at=actor.now,
    )  # fmt: skip
    append(
        actor=actor, action=action, resource_type="Incident", resource_id=str(row.pk), municipality=row.municipality_id,
        school=row.school_id, rules=decision.rules, detail={"kind": kind},
    )  # fmt: skip
    return entry
