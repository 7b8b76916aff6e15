"""答えのまとまりの仕事: answers to one question that look alike, over all papers of a sitting that have an owner."""

from uuid import UUID

import cv2
import numpy as np

from minamo.access.api import system_scope
from minamo.kernel import clock, files
from minamo.kernel.live import publish
from minamo.marking.cutting import slices
from minamo.marking.models import Binding, Grouping
from minamo.marking.queries.marks import with_seconds
from minamo.marking.reading.groups import group_answers


def group(town: UUID, sitting: UUID, question: str) -> int:
    """まとめる: returns how many bundles. Pages without a picture of the question are left out; nothing is marked."""
    with system_scope(town):
        bound = Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=False)
        order = bound.select_related("page").order_by("page__pile__sent_at", "page__index")
        rows = [(one.page, one.page.holder(question)) for one in with_seconds(order)]
    pictures = {}
    for page, holder in rows:
        try:
            data = slices(files.read(holder.crops), holder.places, question) if holder.crops else b""
        except files.UNREADABLE:  # the picture is gone or damaged: the page is left out, its marking says so
            continue
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
        if picture is not None:
            pictures[page.pk] = picture
    keys = list(pictures)
    bundles = [[str(keys[at]) for at in one.members] for one in group_answers(list(pictures.values()))] if keys else []
    with system_scope(town):
        Grouping.objects.update_or_create(
            sitting_id=sitting, question=question,
            defaults={"municipality_id": town, "bundles": bundles, "pages": len(keys), "made_at": clock.now()},
        )  # fmt: skip
        publish(f"sitting:{sitting}", "scan", sitting=sitting)
    return len(bundles)
