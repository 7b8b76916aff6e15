"""読んで確認する画面, part by part; the register of who has, and the button that reminds the others."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from minamo.access.api import Actor, slow_down
from minamo.kernel.schoolyear import JST, jst_date
from minamo.kernel.tables import write_csv
from minamo.policy.actions.reading import acknowledge
from minamo.policy.actions.reminders import remind
from minamo.policy.models import Issue
from minamo.policy.queries.acknowledged import Reader, register
from minamo.policy.queries.course import course, differences, reasons
from minamo.policy.queries.texts import issue_in_force, text_in
from minamo.policy.quiz.asked import Quiz, quiz_of
from minamo.policy.quiz.choosing import answer
from minamo.policy.quiz.ground import Answer, Ground, Question
from minamo.policy.quiz.rounds import spoken
from minamo.policy.refusals import Refused
from minamo.policy.views.frame import back, page, tried
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import schools_of

BOARD = "教育委員会"
HEADER = (
    "氏名", "職", "学校", "関わる条文の数", "まだの条文の数", "期限", "確認した時刻", "はじめに正しかった問い", "問いの数", "最後に知らせた時刻",
    "まだの条文", "読んだ条文（第何版を、いつ）",
)  # fmt: skip


def reading(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """自分の職に関わる条文を、短い部ごとに読み、問いに答えて確認する."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue = issue_in_force(municipality_id)
    if issue is None:
        return redirect("policy-text", municipality_id=municipality_id)
    way = course(actor, issue)
    numbers = way.waiting[0].left if way.waiting else ()
    quiz = quiz_of(actor, issue, numbers, way.standing)

    def deed() -> HttpResponse:
        _same_question(request, issue, numbers, quiz)
        done = acknowledge(actor=actor, issue=issue, numbers=numbers, answers=_believed(request, quiz))
        word = "again" if done is None else "part" if way.left > len(numbers) else "all"
        return back("policy-reading", word, municipality_id=municipality_id)

    done, refused = tried(request, deed)
    if done is not None:
        return done
    text = text_in(issue)
    context: dict[str, Any] = {
        "town": request.loaded.row, "issue": issue, "refused": refused, "quiz": quiz, "way": way,  # type: ignore[attr-defined]
        "chosen": _believed(request, quiz) if refused else {}, "missed": _missed(quiz, Ground.of(issue)),
        "numbers": ",".join(numbers), "clauses": [(n, text.words[n]) for n in numbers], "reasons": reasons(issue, way),
        "changed": differences(issue, way, numbers),
        "tabs": tabs(actor, municipality_id, "text"),
    }  # fmt: skip
    return page(request, "policy/reading.html", context)


def _same_question(request: HttpRequest, issue: Issue, numbers: Sequence[str], quiz: Quiz) -> None:
    """Raises Refused when the form was made for another edition, another part, or questions answered since."""
    if request.POST.get("issue") != str(issue.number):
        raise Refused("読んでいるあいだに、別の版が施行されました。いまの版の条文を読んでください。")
    if request.POST.get("numbers", "") != ",".join(numbers):
        raise Refused("この部は、もう確認が済んでいます。次の部は下にあります。")
    if request.POST.get("round", "0") != str(len(quiz.rounds)):
        raise Refused("この問いには、もう答えています。下の問いに答えてください。")


def _believed(request: HttpRequest, quiz: Quiz) -> Mapping[str, bool]:
    """What was answered, question by question; one without an answer is left out."""
    asked = enumerate(quiz.asked)
    return {q.key: request.POST[f"q{place}"] == "yes" for place, q in asked if f"q{place}" in request.POST}


def _missed(quiz: Quiz, ground: Ground) -> list[tuple[Question, Answer]]:
    """What was answered wrong in the last round, with what is right."""
    keys = quiz.rounds[-1].wrong if quiz.rounds else ()
    return [(one, answer(one.key, ground)) for one in spoken(keys, ground)]


def acknowledged_town(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """管内の確認の状況."""
    return _register(request, municipality_id, None)


def acknowledged_school(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """自校の確認の状況."""
    return _register(request, request.loaded.row.municipality_id, school_id)  # type: ignore[attr-defined]


def reminders_town(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """管内のまだの人に知らせる."""
    return _remind(request, municipality_id, None)


def reminders_school(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """自校のまだの人に知らせる."""
    return _remind(request, request.loaded.row.municipality_id, school_id)  # type: ignore[attr-defined]


def _remind(request: HttpRequest, municipality: UUID, school: UUID | None) -> HttpResponse:
    def deed() -> HttpResponse:
        remind(actor=request.actor, place=request.loaded.row)  # type: ignore[attr-defined]
        if school is not None:
            return back("policy-acknowledged-school", "told", school_id=school)
        return back("policy-acknowledged", "told", municipality_id=municipality)

    done, refused = tried(request, deed)
    return done or _register(request, municipality, school, refused)


def _register(
    request: HttpRequest, municipality: UUID, school: UUID | None, refused: Refused | None = None
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue: Issue | None = issue_in_force(municipality)
    readers = register(issue, actor.today, school=school) if issue else []
    names = {s.school_id: s.short_name for s in schools_of(actor)}
    if request.GET.get("as") == "csv":
        order = [None, *names]
        by_place = sorted(readers, key=lambda r: order.index(r.school_ids[0]) if r.school_ids[0] in names else 0)
        return slow_down(request, "export") or _csv(by_place, names)
    last = max((r.reminded for r in readers if r.reminded), key=lambda row: row.at, default=None)
    waiting = [r for r in readers if not r.standing.done]
    rested = [r for r in waiting if r.reminded is None or jst_date(r.reminded.at) < actor.today]
    context = {
        "issue": issue, "readers": readers, "twice": _several(readers) if school is None else 0, "places": _places(readers, names, school), "names": names, "done_count": len(readers) - len(waiting), "waiting": waiting,
        "to_tell": len(rested), "last": last, "refused": refused, "tabs": tabs(actor, municipality, "read"),
        "today": actor.today, "place": {"school_id": school} if school else {"municipality_id": municipality},
    }  # fmt: skip
    return page(request, "policy/acknowledged.html", context)


def _places(
    readers: Sequence[Reader], names: Mapping[UUID, str], school: UUID | None
) -> list[tuple[str, list[Reader]]]:
    """The people of each school, school by school in the order of the list, the board before all; who serves at two stands in both, as
    each of them counts. Of one school: its people."""
    if school is not None:
        return [("", list(readers))] if readers else []
    of: dict[UUID | None, list[Reader]] = {None: [], **{key: [] for key in names}}
    for reader in readers:
        for key in dict.fromkeys(key if key in names else None for key in reader.school_ids):
            of[key].append(reader)
    return [(names[key] if key else BOARD, people) for key, people in of.items() if people]


def _several(readers: Sequence[Reader]) -> int:
    """How many stand in more than one place."""
    return sum(len(reader.school_ids) > 1 for reader in readers)


def _served(reader: Reader, names: Mapping[UUID, str]) -> str:
    return "・".join(dict.fromkeys(names.get(key, BOARD) if key else BOARD for key in reader.school_ids))


def _csv(readers: Sequence[Reader], names: Mapping[UUID, str]) -> HttpResponse:
    rows = [
        (r.label, "・".join(r.posts), _served(r, names), r.standing.concerns,
         len(r.standing.left), r.due.isoformat() if r.due else "", _time(r.standing.read_at) if r.standing.done else "",
         r.standing.right, r.standing.asked, _time(r.reminded.at) if r.reminded else "", "、".join(r.standing.left),
         "／".join(f"第{one.edition}版 {_time(one.at)}：{'、'.join(one.numbers)}" for one in r.sittings))
        for r in readers
    ]  # fmt: skip
    response = HttpResponse(write_csv(rows, HEADER).content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="acknowledged.csv"'
    return response


def _time(at: dt.datetime | None) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M") if at else ""
