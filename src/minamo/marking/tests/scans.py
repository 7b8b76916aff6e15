"""Shared by the tests of the scans: an open scope, a pile sent and read in this process."""

import re
import uuid
from typing import Any

from django.utils import timezone

from minamo.access.api import set_scope, system_actor
from minamo.kernel import files
from minamo.marking import scanning
from minamo.marking.models import Pile, ScanPage, Sitting
from tests.fixtures.world import TODAY, World


def begins(text: str) -> str:
    """Where the keys begin on a page: the tag that has the focus (one and no other) and the words that follow it."""
    found = re.findall(r"<[^<>]* autofocus[^<>]*>[^<]*", text)
    assert len(found) == 1, found
    return str(found[0])


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
