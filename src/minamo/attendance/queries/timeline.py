"""けさの動き (timeline of a class's day): what happened, each as it was when it happened, newest first.

A later correction is a line of its own and changes no earlier one. Many children marked at one stroke are one line.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from minamo.access.api import Actor
from minamo.attendance.notice_content import KINDS
from minamo.attendance.queries.classday import Register
from minamo.attendance.queries.day import Correction, DayFacts
from minamo.attendance.queries.register import OUTCOMES, clock
from minamo.attendance.queries.words import Change, Word
from minamo.kernel.schoolyear import JST

LIMIT = 12
Event = tuple[dt.datetime, str]
Names = Mapping[str, str]


def timeline_of(register: Register, actor: Actor, limit: int = LIMIT) -> list[tuple[str, str]]:
    """けさの動き as (time, sentence)."""
    facts = register.facts
    names = {str(pupil.pupil_id): pupil.display_name for pupil in register.roster}
    events: list[Event] = []
    for key, words in facts.words.items():
        for word in words:
            events += _word_events(names[key], word)
            events += _decisions(key, names[key], word, facts, actor)
    for key, calls in facts.calls.items():
        if key in names:
            events += [(c.at, f"{names[key]}さんの家に電話（{OUTCOMES[c.outcome]}・{c.by}）") for c in calls]
    events += [*_marks(facts, names, actor), *_corrections(facts, names, actor)]
    today = [event for event in events if event[0].astimezone(JST).date() == facts.day]
    return [(clock(at), text) for at, text in sorted(today, reverse=True)[:limit]]


def _word_events(name: str, word: Word) -> Iterable[Event]:
    how = "電話で" if word.channel == "phone" else ""
    versions = word.versions
    late = "（締切後）" if word.late else ""
    yield word.fact.received_at, f"{name}さんの{word.sender}から{how}{KINDS[versions[0].kind]}の連絡{late}"
    for change, after in zip(word.changes, versions[1:], strict=True):
        if change.withdraws:
            yield change.at, f"{name}さんの{KINDS[change.before.kind]}の連絡を取り消し{_aside(change)}"
        else:
            became = change.before.became(after)
            yield change.at, f"{name}さんの連絡を訂正{f'：{became}' if became else ''}{_aside(change)}"


def _aside(change: Change) -> str:
    parts = [part for part in (change.by, "締切後" if change.late else "") if part]
    return f"（{'・'.join(parts)}）" if parts else ""


def _decisions(pupil: str, name: str, word: Word, facts: DayFacts, actor: Actor) -> Iterable[Event]:
    """食い違いの決着, with how the day counts since."""
    corrections = facts.corrections.get(pupil, ())
    for made in word.resolutions:
        changed = next((c for c in corrections if c.at == made.decided_at), None)
        how = f"：「{_label(facts, changed.before)}」→「{_label(facts, changed.after)}」" if changed else ""
        side = "連絡" if made.holds == "notice" else "先生の記録"
        yield made.decided_at, f"{name}さんの{side}を採りました{how}（{_whom(made.by, actor)}）"


def _marks(facts: DayFacts, names: Names, actor: Actor) -> Iterable[Event]:
    """記録: each mark when it was made, also one that has been corrected since."""
    strokes: dict[tuple[dt.datetime, str, str], list[str]] = defaultdict(list)
    for key in names:
        past, mark = facts.corrections.get(key, []), facts.marks.get(key)
        if mark is not None and not any(c.at == mark.at for c in past):
            strokes[mark.at, mark.code, "あなた" if mark.by == str(actor.account_id) else mark.label].append(key)
        replaced: dict[dt.datetime, Correction] = {}
        for correction in past:  # oldest first: the first to replace a mark knows what it was
            if correction.before_at is not None and not any(c.at == correction.before_at for c in past):
                replaced.setdefault(correction.before_at, correction)
        for at, correction in replaced.items():
            if mark is None or mark.at != at:
                strokes[at, correction.before, _whom(correction.before_by, actor)].append(key)
    for (at, code, by), keys in strokes.items():
        yield at, f"{_who(keys, names)}を「{_label(facts, code)}」に（{by}）"


def _corrections(facts: DayFacts, names: Names, actor: Actor) -> Iterable[Event]:
    """記録の訂正: from what to what, by whom."""
    settled = {(key, r.decided_at) for key, words in facts.words.items() for word in words for r in word.resolutions}
    strokes: dict[tuple[dt.datetime, str, str, str], list[str]] = defaultdict(list)
    for key in names:
        for c in facts.corrections.get(key, ()):
            if (key, c.at) not in settled:
                strokes[c.at, c.before, c.after, _whom(c.by, actor)].append(key)
    for (at, before, after, by), keys in strokes.items():
        who, old, new = _who(keys, names), _label(facts, before), _label(facts, after)
        if not after:
            yield at, f"{who}の「{old}」を取り消し（{by}）"
        else:
            yield at, f"{who}を{f'「{old}」から' if before else ''}「{new}」に（{by}）"


def _who(keys: Sequence[str], names: Names) -> str:
    return f"{names[keys[0]]}さん" if len(keys) == 1 else f"{len(keys)}人"


def _whom(label: str, actor: Actor) -> str:
    return "あなた" if label == actor.label[:60] else label


def _label(facts: DayFacts, code: str) -> str:
    return facts.codes.codes[code].short_label if code in facts.codes.codes else code
