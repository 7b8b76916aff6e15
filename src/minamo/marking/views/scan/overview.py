"""実施の見渡し: what it is, what needs me now, what can I do."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers
from minamo.design.jinja import url
from minamo.kernel import live
from minamo.marking.actions.links import share_sitting
from minamo.marking.actions.piles import go_on, stop_pile
from minamo.marking.models import Pile
from minamo.marking.queries.scans import Overview, overview
from minamo.marking.views.scan.frame import actor_of, sitting_of

SETTLE = 3  # the last step


@dataclass(frozen=True)
class Step:
    """歩み: one of the four, with its number and whether it is the one for now."""

    label: str
    number: str
    note: str
    state: str  # done | now | later
    href: str


@dataclass(frozen=True)
class Wait:
    """待っているもの: a place where something waits besides the one that is first."""

    words: str
    label: str
    href: str


def sitting(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """見渡し."""
    row, actor = sitting_of(request), actor_of(request)
    seen = overview(row, actor.now)
    manages, result = offers(actor, "sitting:manage", row), result_address(seen, actor)
    context = {
        "row": row, "seen": seen, "manages": manages, "steps": steps(seen, manages), "primary": primary(seen, manages, result), "waits": waits(seen, manages),
        "sections": sections(seen), "sent": request.GET.get("sent", ""), "again": request.GET.get("again", ""),
        "done": request.GET.get("done", ""), "removed": request.GET.get("removed", ""), "removal": getattr(row, "removal", None),
        "may_read": offers(actor, "assessment:read", row.assessment),
    }  # fmt: skip
    return render(request, "marking/scan_sitting.html", context)


def stream(request: HttpRequest, sitting_id: UUID) -> HttpResponseBase:
    """いまの動き of the sitting."""
    return live.response(f"sitting:{sitting_id}", ends_on=f"device:{actor_of(request).device_id}")


def audience(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """校内の先生と分けて採点する, or not."""
    wanted = "school" if request.POST.get("audience") == "school" else "class"
    share_sitting(actor=actor_of(request), sitting=sitting_of(request), audience=wanted)
    return redirect("marking-sitting", sitting_id=sitting_id)


def stop(request: HttpRequest, pile_id: UUID) -> HttpResponse:
    """読み取りをやめる."""
    pile: Pile = request.loaded.row  # type: ignore[attr-defined]
    stop_pile(actor=actor_of(request), pile=pile)
    return redirect("marking-sitting", sitting_id=pile.sitting_id)


def again(request: HttpRequest, pile_id: UUID) -> HttpResponse:
    """続きを読む."""
    pile: Pile = request.loaded.row  # type: ignore[attr-defined]
    go_on(actor=actor_of(request), pile=pile)
    return redirect("marking-sitting", sitting_id=pile.sitting_id)


def result_address(seen: Overview, actor: Actor) -> str:
    """結果の画面 of a sitting that is settled, for who may read it."""
    if seen.final is None or not offers(actor, "result:read", seen.final.result):
        return ""
    return url("marking-result", result_id=seen.final.result_id)


def steps(seen: Overview, manages: bool) -> list[Step]:
    """四つの歩み: 送る → 確かめる → 採点する → 確定する."""
    numbers, step, key = seen.counts, seen.step, seen.sitting.pk
    now = {
        "upload": 0,
        "wait": 0,
        "tray": 1,
        "check": 1,
        "setup": 2,
        "mark": 2,
        "second": 2,
        "settle": SETTLE,
        "settled": SETTLE + 1,
    }[step]
    waiting, may_settle = seen.to_mark - seen.marked, step in {"mark", "second"}  # also with answers left open, by name
    check_note = "、".join(
        words for words, count in ((f"見てほしい {numbers.tray}ページ", numbers.tray), (f"だれのか {numbers.open}枚", numbers.open)) if count
    )  # fmt: skip
    rows = [
        ("答案を送る", f"{numbers.pages}ページ", f"{len(seen.roster)}人の学級", url("marking-upload", sitting_id=key)),
        ("ページを確かめる", f"{numbers.bound}人分", check_note or (f"欠席 {len(seen.absent)}人" if numbers.bound else ""),
         url("marking-tray" if numbers.tray else "marking-check", sitting_id=key)),
        ("採点する", f"{seen.marked} / {seen.to_mark}", f"2回目 {seen.seconds[0]} / {seen.seconds[1]}" if seen.seconds[1] else f"{len(seen.chips)}問",
         url("marking-progress", sitting_id=key) if numbers.bound and seen.chips else ""),
        ("確定する", "", _final_note(seen) or (f"採点待ち {waiting}" if may_settle and waiting else ""), url("marking-settlement", sitting_id=key)),
    ]  # fmt: skip
    return [
        Step(label, number, note, "done" if at < now else "now" if at == now else "later",
             href if manages and (at <= now or (at == SETTLE and may_settle)) else "")
        for at, (label, number, note, href) in enumerate(rows)
    ]  # fmt: skip


def _final_note(seen: Overview) -> str:
    if seen.final is None:
        return ""
    return "返却ずみ" if seen.final.released else "返却はまだ"  # type: ignore[attr-defined]


def primary(seen: Overview, manages: bool, result: str) -> tuple[str, str, str]:
    """いちばん先にすること: label, address, key; empty when there is nothing to press."""
    key = seen.sitting.pk
    if seen.step == "settled":
        return ("結果を見る", result, "r") if result else ("", "", "")
    if seen.step == "mark":
        open_one = next(chip for chip in seen.chips if chip.done < chip.of)
        return ("採点する", url("marking-question", sitting_id=key, question=open_one.id), "m")
    if seen.step == "second":
        return ("みんなの進みぐあい", url("marking-progress", sitting_id=key), "m")
    if not manages:
        return ("", "", "")
    return {
        "upload": ("答案を送る", url("marking-upload", sitting_id=key), "u"),
        "tray": (f"{seen.counts.tray}ページを見る", url("marking-tray", sitting_id=key), "t"),
        "check": ("だれの答案か確かめる", url("marking-check", sitting_id=key), "c"),
        "setup": ("設問を決める", url("marking-assessment", assessment_id=seen.sitting.assessment_id), "s"),
        "settle": ("結果を確定する", url("marking-settlement", sitting_id=key), "s"),
    }.get(seen.step, ("", "", ""))


def waits(seen: Overview, manages: bool) -> list[Wait]:
    """ほかに待っているもの, in the order of the way: a tray that is not empty keeps nobody from owners and marking."""
    key, found, step = seen.sitting.pk, [], seen.step
    if step == "settled":  # nothing changes until the settlement is taken back
        return []
    if manages and seen.changed:
        words = [f"配点や採点のめやすが変わりました。{seen.changed}の採点が、いまの設定と合っていません"]
        found.append(Wait(words[0], "変わる点を見る", url("marking-changes", sitting_id=key)))
    if manages and seen.counts.tray and step != "tray":
        found.append(Wait(f"見てほしいページ {seen.counts.tray}ページ", "見る", url("marking-tray", sitting_id=key)))
    if manages and step != "check" and (seen.counts.open or (seen.missing and seen.counts.bound)):
        words = [f"だれのか決まっていない答案 {seen.counts.open}枚"] if seen.counts.open else []
        words += [f"答案も欠席の記録もない人 {seen.missing}人"] if seen.missing and seen.counts.bound else []
        found.append(Wait("、".join(words), "だれの答案か確かめる", url("marking-check", sitting_id=key)))
    if step not in {"mark", "second", "settle", "setup"} and seen.chips and seen.marked < seen.to_mark:
        words = [f"まだ採点していないこたえ {seen.to_mark - seen.marked}"]
        found.append(Wait(words[0], "採点する", url("marking-progress", sitting_id=key)))
    return found


def sections(seen: Overview) -> list[tuple[str, list[object]]]:
    """設問のチップ by 大問, in the order of the sheet."""
    found: dict[str, list[object]] = {}
    for chip in seen.chips:
        found.setdefault(chip.section, []).append(chip)
    return list(found.items())
