"""出欠に添えられた言葉 (clause 7.3): for the school's own staff; the board sees marks, kinds and numbers."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from tests.fixtures.world import TODAY, World

pytestmark = pytest.mark.django_db
WORDS = ("のどが赤くはれています", "38.7", "体調不良", "留守番電話に残した言葉", "家で転んだ")


@pytest.mark.parametrize("page", ["/classes/{klass}/register/", "/classes/{klass}/register/?part=table",
                                  "/schools/{school}/morning/", "/schools/{school}/board/",
                                  "/classes/{klass}/months/2026/11/"])  # fmt: skip
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
    path = page.format(klass=klass, school=school)
    board = client_for("a-board").get(path)
    assert board.status_code == 200
    text = board.content.decode()
    assert [word for word in (*WORDS, "10:45", "（母）") if word in text] == []
    own = client_for("a1-homeroom").get(register).content.decode()
    assert WORDS[0] in own and "10:45" in own and WORDS[4] in own
