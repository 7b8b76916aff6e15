"""What comes in as a phone's picture is kept as evidence and handed on as pixels: from every door to every page that shows it."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from minamo.kernel import files
from minamo.marking.models import Assessment, Pile
from minamo.marking.tests.evil import evil_jpeg, told
from minamo.marking.tests.scans import pages, read, see_all
from minamo.marking.tests.test_bare import streams
from tests.fixtures import piles
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
HERE = f"/marking/sittings/{piles.SITTING}/"


@pytest.fixture
def teacher(world: World, client_for: Callable[..., Client], settings: Any) -> Client:
    """The homeroom teacher of the class of the test."""
    settings.MARKING_PROCESSES = 0
    see_all(world)
    piles.a_class(world, 2)
    piles.a_sitting(world, timezone.now())
    return client_for("a1-homeroom")


def picture_of(answer: Any, kind: str, form: str) -> None:
    """A picture drawn by us, under our headers."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    image = Image.open(io.BytesIO(answer.content))
    assert image.format == form
    assert (len(image.getexif()), told(answer.content)) == (0, [])
    assert {"comment", "exif", "icc_profile"} & set(image.info) == set()


def test_a_photographed_paper_is_kept_as_it_is_and_shown_as_pixels(world: World, teacher: Client) -> None:
    content = evil_jpeg(piles.picture(1))
    assert teacher.post(f"{HERE}upload/", {"files": [SimpleUploadedFile("答案.jpg", content)]}).status_code == 302
    see_all(world)
    pile = Pile.objects.get()
    assert files.read(pile.content) == content, "evidence stays byte for byte"
    read(world, pile)
    (page,) = pages(pile)
    assert page.status == "ok"
    picture_of(teacher.get(f"/marking/pages/{page.pk}/picture/"), "image/jpeg", "JPEG")
    picture_of(teacher.get(f"{HERE}pages/{page.pk}/"), "image/jpeg", "JPEG")
    assert told(files.read(page.crops)) == []


def test_photographs_in_one_go_lose_their_words_before_they_are_kept(world: World, teacher: Client) -> None:
    photos = [SimpleUploadedFile(f"{n}.jpg", evil_jpeg(piles.picture(n))) for n in (1, 2)]
    assert teacher.post(f"{HERE}upload/", {"files": photos}).status_code == 302
    see_all(world)
    assert told(files.read(Pile.objects.get().content)) == []


def test_a_photographed_blank_is_shown_and_printed_as_pixels(world: World, teacher: Client) -> None:
    content = evil_jpeg(np.asarray(piles.sheet().page))
    form = {
        "file": SimpleUploadedFile("用紙.jpg", content),
        "title": "写真の用紙",
        "subject": "社会",
        "key": str(uuid.uuid4()),
    }
    made = teacher.post(f"/marking/schools/{world.school('a1')}/new/", form)
    assert made.status_code == 302
    picture_of(teacher.get(f"{made['Location']}sheet/"), "image/png", "PNG")
    see_all(world)
    row = Assessment.objects.get(title="写真の用紙")
    opened = teacher.post(
        f"/marking/classes/{world.klass('a1-1')}/sittings/", {"assessment": str(row.pk), "held_on": "2026-11-24"}
    )
    found = re.search(r"/marking/sittings/([0-9a-f-]+)/", opened.headers.get("Location", ""))
    assert found is not None
    printed = teacher.get(f"/marking/sittings/{found.group(1)}/sheets/")
    assert printed.headers["Content-Type"] == "application/pdf"
    assert told(streams(printed.content)) == []


def test_a_page_that_calls_itself_a_picture_is_refused_at_the_door(world: World, teacher: Client) -> None:
    markup = b"<html><script>alert(1)</script></html>"
    for name, content in (
        ("a.jpg", markup),
        ("a.svg", b"<svg onload='alert(1)'/>"),
        ("a.html", markup),
        ("a.gif", b"GIF89a" + markup),
    ):
        answer = teacher.post(f"{HERE}upload/", {"files": [SimpleUploadedFile(name, content)]})
        assert answer.status_code == 422
    see_all(world)
    assert not Pile.objects.exists()
