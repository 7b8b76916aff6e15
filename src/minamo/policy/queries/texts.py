"""規程を読む: the text in force of a municipality, by part and chapter; what a clause hangs together with."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.access.api import DEFAULTS, LIMITS
from minamo.policy.clauses import PARTS, base_texts, chapter_of, model
from minamo.policy.links import KEPT, links_of
from minamo.policy.models import CountyLayer, Issue, Revision
from minamo.policy.rules.archive import before
from minamo.policy.rules.layers import ClauseText, order, resolve
from minamo.policy.rules.text import Text
from minamo.policy.rules.whence import Layers


@dataclass(frozen=True)
class Line:
    """条文 as shown: numbers filled in, what the town's overlay closes there, how it is kept."""

    number: str
    title: str
    text: str
    notes: tuple[str, ...]
    who: tuple[str, ...]
    kept: str
    kept_label: str


@dataclass(frozen=True)
class ChapterPage:
    """章 with its lines."""

    number: str
    title: str
    part: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Document:
    """規程文書: everything a reader sees."""

    chapters: tuple[ChapterPage, ...]

    @property
    def parts(self) -> list[tuple[str, list[ChapterPage]]]:
        """編 with their chapters."""
        return [(part, [c for c in self.chapters if c.part == part]) for part in PARTS]

    @property
    def count(self) -> int:
        """条文の数."""
        return sum(len(chapter.lines) for chapter in self.chapters)

    @property
    def kept(self) -> Mapping[str, int]:
        """How many clauses are kept by rules, by code, by people."""
        kinds = [line.kept for chapter in self.chapters for line in chapter.lines]
        return {kind: kinds.count(kind) for kind in KEPT}


def document(text: Text) -> Document:
    """A text as a document."""
    grouped: dict[str, list[Line]] = {}
    for number in sorted(text.clauses, key=order):
        clause, kept = text.clauses[number], links_of(number).kept
        title, words, *notes = text.words[number]
        line = Line(number, title, words, tuple(notes), tuple(clause.get("who", ("全員",))), kept, KEPT[kept])
        grouped.setdefault(chapter_of(number), []).append(line)
    return Document(tuple(_chapter(number, lines) for number, lines in grouped.items()))


def _chapter(number: str, lines: Iterable[Line]) -> ChapterPage:
    known = model().chapters.get(number)
    first = int(number.split(".")[0])
    part = known.part if known else PARTS[min(first, 3) - 1]
    return ChapterPage(number, known.title if known else "町の定め", part, tuple(lines))


def issue_in_force(municipality: UUID) -> Issue | None:
    """いまの版, with the county's layer it lies on. One query."""
    return (
        Issue.objects.select_related("county")
        .filter(municipality=municipality, activated_at__isnull=False, ended_at__isnull=True)
        .first()
    )


def newest_issue(municipality: UUID) -> Issue | None:
    """いちばん新しい版: the last one decided that still counts, in force or coming, with the county's layer it lies on; what a draft is
    begun from. One query."""
    rows = Issue.objects.select_related("county").filter(municipality=municipality, ended_at__isnull=True)
    return rows.order_by("-number").first()


def county_layer(municipality: UUID) -> CountyLayer | None:
    """郡の層, the newest; whether the town has adopted it its issue says. One query."""
    return CountyLayer.objects.filter(municipality=municipality).order_by("-agreed_on", "-id").first()


def text_below(county: CountyLayer | None) -> tuple[dict[str, ClauseText], Mapping[str, int]]:
    """The ground of a town's layer: the model policy under the clauses of the county's layer it lies on, and that layer's numbers."""
    if county is None:
        return resolve(base_texts(), ()), {}
    return resolve(base_texts(), (county.clauses,)), county.limits


def base_digest() -> str:
    """The words of the model policy of this software, as a digest."""
    return hashlib.sha256(json.dumps(base_texts(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def text_in(issue: Issue) -> Text:
    """An issue as a text that can be compared."""
    return Text(issue.number, issue.clauses, limits_of(issue.limits), issue.overlay)


def text_replaced(issue: Issue) -> Text:
    """What the issue took the place of, as it has kept it."""
    return before(text_in(issue), issue.replaced)


def layers_of(of: Issue | Revision | None) -> Layers:
    """What the town and its county say each in an issue or a draft; nothing without one. A query where the county is not loaded."""
    if of is None:
        return Layers()
    own = of.own if isinstance(of, Issue) else of.clauses
    return Layers(own, of.limits, of.county.clauses, of.county.limits) if of.county else Layers(own, of.limits)


def model_text() -> Text:
    """What a town's first edition is measured against: the model policy."""
    return Text(0, base_texts(), limits_of({}))


def public_text(found: Mapping[str, Any]) -> Text:
    """What `public_policy` found, as a text."""
    return Text(found["number"], found["clauses"], limits_of(found["limits"]), found["overlay"])


def limits_of(own: Mapping[str, int]) -> dict[str, int]:
    """All numbers, the town's own over the defaults."""
    return {**DEFAULTS, **own}


def limits_in_words(values: Mapping[str, int]) -> list[tuple[str, str, str, bool]]:
    """(name, label, value with unit, whether it differs from the model policy)."""
    return [
        (name, limit.label, f"{values[name]}{limit.unit}", values[name] != limit.default)
        for name, limit in LIMITS.items()
    ]


def public_policy(code: str, number: int | None = None) -> dict[str, Any] | None:
    """公開する規程 of a municipality by its code, for anybody: the edition in force, or a former one by its number; None when there
    is none. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT policy_public(%s, %s)", [code, number])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    found: dict[str, Any] = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    for one in (found, *found["editions"], *([found["coming"]] if found["coming"] else [])):
        one["effective_on"] = dt.date.fromisoformat(one["effective_on"])
        for moment in ("published_at", "activated_at", "ended_at"):
            one[moment] = dt.datetime.fromisoformat(one[moment]) if one.get(moment) else None
    return found
