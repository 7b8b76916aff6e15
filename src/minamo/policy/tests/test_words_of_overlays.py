"""上乗せの言葉: what an overlay closes stands beside its clause wherever the clause is read; differences say it in words first."""

import pytest

from minamo.access.api import overlay_rules
from minamo.policy import proving
from minamo.policy.actions import revisions
from minamo.policy.models import Issue
from minamo.policy.overlays import TEMPLATES, text_of
from minamo.policy.queries.acknowledged import mine
from minamo.policy.rules.closings import closings
from minamo.policy.rules.words import difference

EXPORT = text_of(TEMPLATES[-1], "990011")
NIGHT = text_of(TEMPLATES[0], "990011")
NOTE = "この町では、名簿の書き出しは校長・教頭だけが行います。"
BY_HAND = """// @ja("見えない言葉") forbid
@id("overlay.990011-own")
@clause("6.5 名簿の書き出し")
@ja("「\\"夜\\"」は forbid です。")
forbid (principal, action == Action::"pupil:export", resource) when { context.hour >= 23 };
"""


@pytest.mark.parametrize("text", ["", *(text_of(t, "990011") for t in TEMPLATES), EXPORT + NIGHT, BY_HAND + EXPORT])
def test_the_words_are_those_the_engine_reads(text):
    assert [(one.clause, one.sentence) for one in closings(text)] == [
        (r.clause, r.sentence) for r in overlay_rules(text)
    ]


def test_a_note_says_that_it_holds_here():
    assert closings(EXPORT)[0].note == NOTE
    assert closings(NIGHT)[0].note == "この町では、夜のあいだは、重要性分類Ⅱ以上の情報を開けません。"


def closes(board, text=EXPORT):
    return lambda row: revisions.set_overlay(actor=board, revision=row, text=text)


@pytest.fixture
def closed(issued, board):
    """A second edition that only closes the export, after a first."""
    issued()
    return issued(closes(board), title="書き出しをしぼる")


@pytest.mark.django_db
def test_the_note_stands_beside_the_clause_everywhere(closed, client, client_for, world):
    place, public = f"/municipalities/{world.municipality('A')}/policy/", "/policy/990011/"
    teacher = client_for("a1-teacher")
    for asks, page in ((teacher, f"{place}text/"), (teacher, f"{place}clauses/6.5/"), (teacher, f"{place}editions/2/"),
                       (client, public), (client, f"{public}editions/2/")):  # fmt: skip
        text = asks.get(page).content.decode()
        assert f'clause-note">{NOTE}' in text, page
        assert "forbid" not in text.split("（Cedar）")[0], page
    assert "forbid" not in client.get(public).content.decode() + client.get(f"{public}editions/2/").content.decode()
    assert NOTE not in client.get(f"{public}editions/1/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["policy.pdf", "editions/2/policy.pdf"])
def test_the_note_is_printed(closed, client, name):
    import pypdfium2

    found = pypdfium2.PdfDocument(client.get(f"/policy/990011/{name}").content)
    text = "".join(page.get_textpage().get_text_bounded() for page in found)
    assert NOTE in text.replace("\r\n", "").replace(" ", "")


@pytest.mark.django_db
def test_the_draft_shows_it_and_folds_the_rules(board, town, client_for, issued):
    issued()
    row = revisions.start_revision(actor=board, town=town, title="しぼる", reason="試験のために改めます。")
    closes(board)(row)
    text = client_for("a-board").get(f"/policy-revisions/{row.pk}/").content.decode()
    words, _, rest = text.partition("規則の違い（Cedar）")
    assert f"加える：</span>\n{NOTE}</ins>" in words or f"{NOTE}</ins>" in words
    assert "6.5" in words and "forbid (" not in words and "forbid (" in rest
    assert "<details><summary>規則の違い（Cedar）</summary>" in text


@pytest.mark.django_db
def test_what_an_overlay_closes_is_read_like_any_changed_clause(issued, read, board, other, town, actor_for):
    teacher = actor_for("a1-teacher")
    read(teacher, issued())
    second = issued(closes(board))
    assert second.changed == ["6.5"] and mine(teacher, second) == ["6.5"]
    read(teacher, second)
    third = issued(lambda row: revisions.set_overlay(actor=board, revision=row, text=""))
    assert third.changed == ["6.5"] and mine(teacher, third) == []  # words she has read before
    assert Issue.objects.get(number=2).replaced["clauses"].keys() == {"6.5"}


def test_the_operators_command_loses_nothing_by_an_overlay():
    """It is under no edition of a town; whoever is under it and loses stands in the list of the losers."""
    base, _ = proving.side_of({}, "")
    found = proving.here((base, ""), (base, EXPORT))
    assert {"6.5"} == {duty["clause"] for duty in found["duties"]}
    assert {"pupil:export"} == {change["action"] for change in found["changes"] if not change["gained"]}


def test_a_number_goes_and_comes_with_what_it_counts():
    pieces = [
        (p.kind, p.text) for p in difference("最後に確かめてから15分のあいだ。", "最後に確かめてから60分のあいだ。")
    ]
    assert ("out", "15分") in pieces and ("in", "60分") in pieces


@pytest.mark.django_db
def test_what_goes_and_what_comes_are_told_apart_without_colour(issued, board, client_for):
    issued()
    issue = issued(lambda row: revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60))
    text = client_for("a-board").get(f"/policy-revisions/{issue.revision_id}/").content.decode()
    assert (
        text.count('15分</del><span class="to" aria-hidden="true"> → </span><ins>') == 3
    )  # the number, 2.6.7 and 4.10
    assert "</del><ins>" not in text and "削る：</span>15分" in text and "加える：</span>60分" in text
