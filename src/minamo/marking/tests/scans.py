"""Shared by the tests of the scans: an open scope, a pile sent and read in this process."""

import copy
import pickle
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from minamo.access.api import set_scope, system_actor
from minamo.kernel import files
from minamo.marking import cutting, scanning
from minamo.marking import pile as piles_read
from minamo.marking.cutting import Cut, Cutters, Exams, Task
from minamo.marking.models import Pile, ScanPage, Sitting
from minamo.marking.sheet_values import Blank
from minamo.marking.views.setup import new
from minamo.marking.vision.align import Alignment, Scanned
from minamo.marking.vision.template import Template
from tests.fixtures.world import TODAY, World


def begins(text: str) -> str:
    """Where the keys begin on a page: the tag that has the focus (one and no other) and the words that follow it."""
    found = re.findall(r"<[^<>]* autofocus[^<>]*>[^<]*", text)
    assert len(found) == 1, found
    return str(found[0])


_laid: dict[bytes, Alignment] = {}
_blanks: dict[bytes, Blank] = {}
_cuts: dict[tuple[object, ...], Cut] = {}


class CutOnce(Cutters):
    """Cuts and reads a page of a file once for the same test: blank, questions, numbers and codes of the class."""

    def __init__(self, exams: Exams) -> None:
        self.exams = exams
        plain = [(exam.blank.read_bytes(), replace(exam, blank=Path()), strip) for exam, strip in exams]
        self.about = sha256(pickle.dumps(plain)).digest()

    @cached_property
    def really(self) -> Cutters:
        return Cutters(self.exams)

    def cut(self, task: Task) -> Cut:
        key = (self.about, sha256(task.path.read_bytes()).digest(), replace(task, path=Path()))
        if key not in _cuts:
            _cuts[key] = self.really.cut(task)
        return copy.deepcopy(_cuts[key])


def seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The eye's own work is done once for the same picture and the same blank, for tests about what becomes of pages afterwards: nothing
    on a sheet depends on another page, nor on what was read before (test_vision_align, test_scan_reading)."""

    def once(way: Callable[..., Alignment]) -> Callable[..., Alignment]:
        def known(template: Template, *more: Any) -> Alignment:
            page: Scanned = more[-1]
            pictures = (
                template.work,
                template.mask,
                page.work,
                page.small,
                *(x for x in more if isinstance(x, np.ndarray)),
            )
            plain = [way.__name__, template.size, page.size, *(x for x in more[:-1] if not isinstance(x, np.ndarray))]
            key = sha256(repr(plain).encode())
            for picture in pictures:
                key.update(np.ascontiguousarray(picture))
            if key.digest() not in _laid:
                _laid[key.digest()] = way(template, *more)
            return _laid[key.digest()]

        return known

    def apart_once(name: str, work: Callable[[Path], Blank], path: Path) -> Blank:
        content = path.read_bytes()
        if content not in _blanks:
            _blanks[content] = kept(name, work, path)
        return _blanks[content]

    kept = new.apart
    monkeypatch.setattr(new, "apart", apart_once)
    monkeypatch.setattr(cutting, "Cutters", CutOnce)
    monkeypatch.setattr(piles_read, "lay", once(piles_read.lay))
    monkeypatch.setattr(piles_read, "lay_printed", once(piles_read.lay_printed))


def see_all(world: World) -> None:
    """Open both municipalities."""
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")


def sent(world: World, content: bytes, name: str = "scan.pdf", sitting: uuid.UUID | None = None) -> Pile:
    """A pile that has arrived and is not read."""
    from tests.fixtures.piles import SITTING

    see_all(world)
    return Pile.objects.create(
        municipality_id=world.municipality("A"), sitting_id=sitting or SITTING, content=files.keep(content), filename=name,
        source="browser", sent_by_id=world.account("a1-homeroom"), sent_by_label="原澤 美咲", sent_at=timezone.now(),
    )  # fmt: skip


def read(world: World, pile: Pile) -> int:
    """Read it as the worker does."""
    done = scanning.read_pile(world.municipality("A"), pile.pk)
    see_all(world)
    return done


def pages(pile: Pile) -> list[ScanPage]:
    """Its pages in order."""
    return list(ScanPage.objects.filter(pile=pile).order_by("index"))


def system(world: World) -> Any:
    """The operator."""
    town = world.municipality("A")
    return system_actor(town, now=timezone.now(), today=TODAY)


def sitting() -> Sitting:
    """The sitting of 5年1組."""
    from tests.fixtures.piles import SITTING

    return Sitting.objects.select_related("assessment", "school_class", "school").get(pk=SITTING)
