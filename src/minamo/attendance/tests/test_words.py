"""出欠に添えられた言葉 (clause 7.3): for the school's own staff; the board sees marks, kinds and numbers."""

import re
from collections.abc import Callable
from uuid import uuid4

import pypdfium2 as pdfium
import pytest
from django.http import HttpResponse
from django.test import Client

from tests.fixtures.world import TODAY, World

pytestmark = pytest.mark.django_db
WORDS = ("のどが赤くはれています", "38.7", "体調不良", "留守番電話に残した言葉", "家で転んだ", "父の入院と聞いた")


@pytest.mark.parametrize("page", ["/classes/{klass}/register/", "/classes/{klass}/register/?part=table",
                                  "/schools/{school}/morning/", "/schools/{school}/board/",
                                  "/classes/{klass}/months/2026/11/",
                                  "/classes/{klass}/months/2026/11/print/", "/schools/{school}/months/2026/11/",
                                  "/classes/{klass}/register/2026-11-24/rows/{hana}/"])  # fmt: skip
def test_the_board_sees_marks_but_not_what_was_said(page: str, world: World, client_for: Callable[..., Client]) -> None:
    """Clause 7.3: reasons, symptoms, 健康観察, notes and calls are for the school's own staff."""
    mother = client_for("takahashi-mother")
    sent = {"pupil": [str(world.pupil("hana"))], "kind": "late", "reason": "sick", "when": TODAY.isoformat(),
            "key": str(uuid4()), "text": WORDS[0], "temperature": WORDS[1], "arrives_at": "10:45"}  # fmt: skip
    assert mother.post("/notices/", sent).status_code == 302
    teacher = client_for("a1-homeroom")
    school, klass = world.school("a1"), world.klass("a1-1")
    register = f"/classes/{klass}/register/"
    seen = {"health": str(world.pupil("sora")), "item": ["FEVER"], "temperature": "38.7", "health_note": WORDS[4],
            "note": WORDS[4]}  # fmt: skip
    assert teacher.post(register, {"set": f"{world.pupil('sora')}:late"}).status_code == 302
    assert teacher.post(register, seen).status_code in {200, 302}
    call = {"pupil": str(world.pupil("sora")), "outcome": "no_answer", "note": WORDS[3]}
    teacher.post(f"/schools/{school}/calls/", call)
    changed = {"set": f"{world.pupil('sora')}:absent", "reason": WORDS[5]}
    assert teacher.post(register, changed).status_code == 302
    notice = re.search(r"/notices/([0-9a-f-]{36})/", mother.get("/notices/").content.decode())
    assert notice and mother.post(f"{notice[0]}corrections/", sent | {"arrives_at": "10:50"}).status_code == 302
    path = page.format(klass=klass, school=school, hana=world.pupil("hana"))
    own, seen_by_board = teacher.get(register).content.decode(), client_for("a-board").get(path)
    assert seen_by_board.status_code == 200
    who = re.search(r"花さんの連絡を訂正：[^（]*（([^）・]+)", own)
    assert who, "the school sees who corrected"
    text = text_of(seen_by_board)
    assert [word for word in (*WORDS, "10:45", "10:50", "（母）", who[1]) if word in text] == []
    assert WORDS[0] in own and "10:50" in own and WORDS[4] in own
    month = teacher.get(f"/classes/{klass}/months/2026/11/").content.decode()
    assert WORDS[5] in month, "the school reads why its own register was corrected"


def text_of(answer: HttpResponse) -> str:
    """The words of a page or of a printed form."""
    if answer.headers["Content-Type"] != "application/pdf":
        return answer.content.decode()
    return "\n".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(answer.content))
