"""Two people at one form: what others have written since it was opened stays, and where both changed the same the second one chooses."""

import re

import pytest

from minamo.access.api import set_scope
from minamo.policy.actions import assets, incidents, inspections, services
from minamo.policy.models import Asset, IncidentEntry, OutsideService
from minamo.policy.queries.inspections import newest_answers
from minamo.policy.rules.inspections import asked
from minamo.policy.rules.together import together
from minamo.policy.tests.test_assets import OWN
from minamo.policy.tests.test_assets import TYPED as ASSET
from minamo.policy.tests.test_outside import TYPED as SERVICE
from minamo.tenancy.models import School

BASE = {"a": "1", "b": "1"}


@pytest.mark.parametrize(
    ("typed", "now", "values", "clashes"),
    [
        (BASE, BASE, BASE, ()),
        ({"a": "2", "b": "1"}, BASE, {"a": "2", "b": "1"}, ()),
        (BASE, {"a": "2", "b": "1"}, {"a": "2", "b": "1"}, ()),
        ({"a": "1", "b": "3"}, {"a": "2", "b": "1"}, {"a": "2", "b": "3"}, ()),
        ({"a": "2", "b": "3"}, {"a": "2", "b": "1"}, {"a": "2", "b": "3"}, ()),
        ({"a": "3", "b": "1"}, {"a": "2", "b": "2"}, {"a": "3", "b": "2"}, ("a",)),
    ],
)
def test_what_one_has_changed_is_taken_and_what_both_have_is_asked(typed, now, values, clashes):
    found = together(typed, now, BASE)
    assert (found.values, found.clashes) == (values, clashes)


def test_a_field_of_which_nobody_knows_what_it_was_clashes_where_it_differs():
    assert together({"a": "1", "b": "2"}, {"a": "1", "b": "1"}, {}).clashes == ("b",)


def seen(page):
    """What the form of the page (the one with a name for it) has seen."""
    return re.findall(r'name="seen" value="([^"]+)"', page.content.decode())[-1]


def shown(page, name):
    """What stands in a field."""
    return re.search(rf'name="{name}"[^>]*?value="([^"]*)"', page.content.decode())[1]


@pytest.fixture
def papers(board, town):
    """A line of the board's register of assets."""
    return assets.add(actor=board, town=town.pk, school=None, sent=ASSET)


@pytest.fixture
def site(board, town):
    """A line of the register of services."""
    return services.add(actor=board, town=town, sent=SERVICE)


@pytest.mark.parametrize(("kind", "typed", "field", "word"), [("papers", ASSET, "kept_for", "保存期間"), ("site", SERVICE, "contact", "連絡先")])  # fmt: skip
def test_a_form_opened_before_somebody_wrote_undoes_nothing(client_for, request, town, kind, typed, field, word):
    row = request.getfixturevalue(kind)
    page = f"/policy-{'assets' if kind == 'papers' else 'services'}/{row.pk}/"
    one, stale = client_for("a-board"), client_for("a-board")
    before = seen(stale.get(page))
    assert one.post(page, typed | {"verb": "change", field: "10年", "seen": before}).status_code == 302
    assert stale.post(page, typed | {"verb": "change", "place": "新しい書庫", "seen": before}).status_code == 302
    set_scope(municipalities=[town.pk], side="school")
    row.refresh_from_db()
    assert (getattr(row, field), row.place) == ("10年", "新しい書庫")
    changed = row.entries.order_by("-at", "-id").first().changes
    assert [label for label, *_ in changed] and word not in str(changed)


def test_who_changed_the_same_is_told_and_a_second_press_is_a_decision(client_for, board, papers, town):
    page, stale = f"/policy-assets/{papers.pk}/", client_for("a-board")
    before = seen(stale.get(page))
    assets.change(actor=board, asset=papers, sent=ASSET | {"kept_for": "10年", "owner": "課長"})
    mine = ASSET | {"verb": "change", "kept_for": "3年", "seen": before}
    answer = stale.post(page, mine)
    said = answer.content.decode()
    assert answer.status_code == 422 and f"この画面を開いたあとに、{board.label}が「10年」に変えました" in said
    assert shown(answer, "kept_for") == "3年" and shown(answer, "owner") == "課長"
    set_scope(municipalities=[town.pk], side="school")
    papers.refresh_from_db()
    assert papers.kept_for == "10年"
    assert stale.post(page, mine | {"owner": shown(answer, "owner"), "seen": seen(answer)}).status_code == 302
    set_scope(municipalities=[town.pk], side="school")
    papers.refresh_from_db()
    assert (papers.kept_for, papers.owner) == ("3年", "課長")


def test_a_refusal_of_a_stale_form_forgets_nothing(client_for, board, papers, town):
    """Bad input first, the clash after it: the form still says what it has seen."""
    page, stale = f"/policy-assets/{papers.pk}/", client_for("a-board")
    before = seen(stale.get(page))
    assets.change(actor=board, asset=papers, sent=ASSET | {"kept_for": "10年"})
    answer = stale.post(page, ASSET | {"verb": "change", "place": "", "seen": before})
    assert answer.status_code == 422 and seen(answer) == before
    assert stale.post(page, ASSET | {"verb": "change", "place": "金庫", "seen": seen(answer)}).status_code == 302
    set_scope(municipalities=[town.pk], side="school")
    papers.refresh_from_db()
    assert (papers.kept_for, papers.place) == ("10年", "金庫")


def test_nobody_confirms_what_she_has_not_seen(client_for, board, papers, town):
    page, stale = f"/policy-assets/{papers.pk}/", client_for("a-board")
    before = seen(stale.get(page))
    assets.change(actor=board, asset=papers, sent=ASSET | {"kept_for": "10年"})
    answer = stale.post(page, {"verb": "confirm", "seen": before})
    assert answer.status_code == 422 and f"{board.label}が変えました" in answer.content.decode()
    set_scope(municipalities=[town.pk], side="school")
    assert [entry.kind for entry in papers.entries.all()] == ["added", "changed"]
    assert stale.post(page, {"verb": "confirm", "seen": seen(answer)}).status_code == 302


def test_own_data_completed_by_two_is_decided_once(client_for, board, town):
    page = f"/municipalities/{town.pk}/policy/assets/minamo/Mark/"
    one, stale = client_for("a-board"), client_for("a-board")
    before = seen(stale.get(page))
    assert one.post(page, OWN | {"kept_for": "10年", "seen": seen(one.get(page))}).status_code == 302
    answer = stale.post(page, OWN | {"kept_for": "3年", "seen": before})
    assert answer.status_code == 422 and "「10年」に変えました" in answer.content.decode()
    set_scope(municipalities=[town.pk], side="school")
    assert Asset.objects.get(table="Mark").kept_for == "10年"
    assert stale.post(page, OWN | {"kept_for": "3年", "seen": seen(answer)}).status_code == 302
    set_scope(municipalities=[town.pk], side="school")
    assert Asset.objects.get(table="Mark").kept_for == "3年"


def test_a_service_is_checked_as_it_is_written_down_at_last(client_for, board, site, town):
    """The end of a contract and its beginning, each from another form: together they must still make sense."""
    page, stale = f"/policy-services/{site.pk}/", client_for("a-board")
    before = seen(stale.get(page))
    services.change(actor=board, service=site, sent=SERVICE | {"contract_begins": "2027-01-01"})
    answer = stale.post(page, SERVICE | {"verb": "change", "contract_ends": "2026-12-31", "seen": before})
    assert answer.status_code == 422 and "始まりより後" in answer.content.decode()
    set_scope(municipalities=[town.pk], side="school")
    assert str(OutsideService.objects.get(pk=site.pk).contract_ends) == "2027-03-31"


class TestAssessments:
    @pytest.fixture
    def lost(self, actor_for, town, world):
        """A memory stick, reported by a teacher of a1."""
        return incidents.report(actor=actor_for("a1-teacher"), town=town, kind="lost", school=world.school("a1"))

    def newest(self, lost, town):
        set_scope(municipalities=[town.pk], side="school")
        return IncidentEntry.objects.filter(incident=lost, kind="assessed").order_by("-at", "-id").first().detail

    def test_a_form_opened_before_the_head_assessed_takes_no_deadline_away(self, client_for, lost, town):
        page, head, officer = f"/incidents/{lost.pk}/", client_for("a1-head"), client_for("a-board")
        before = seen(officer.get(page))
        told = {"verb": "assess", "leaked": "1", "sensitive": "1", "people": "35", "seen": seen(head.get(page))}
        assert head.post(page, told).status_code == 302
        assert (
            officer.post(page, {"verb": "assess", "cause": "置き忘れ", "people": "", "seen": before}).status_code == 302
        )
        found = self.newest(lost, town)
        assert (found["leaked"], found["sensitive"], found["people"], found["cause"]) == (True, True, 35, "置き忘れ")
        assert "速報の期限は" in head.get(page).content.decode()

    def test_two_numbers_are_asked_about_and_the_deadline_stands_meanwhile(self, client_for, actor_for, lost, town):
        page, head, officer = f"/incidents/{lost.pk}/", client_for("a1-head"), client_for("a-board")
        assert head.post(page, {"verb": "assess", "leaked": "1", "people": "120", "cause": "不明"}).status_code == 302
        before = seen(officer.get(page))
        assert head.post(page, {"verb": "assess", "leaked": "1", "people": "150", "cause": "盗難", "seen": before}).status_code == 302  # fmt: skip
        answer = officer.post(page, {"verb": "assess", "leaked": "1", "people": "3", "cause": "不明", "seen": before})
        said = answer.content.decode()
        assert answer.status_code == 422 and f"{actor_for('a1-head').label}が「150人」に変えました" in said
        assert (
            shown(answer, "people") == "3" and ">盗難</textarea>" in said and self.newest(lost, town)["people"] == 150
        )
        typed = {"verb": "assess", "leaked": "1", "people": "3", "cause": "盗難", "seen": seen(answer)}
        assert officer.post(page, typed).status_code == 302
        assert self.newest(lost, town)["people"] == 3

    def test_a_mark_that_was_taken_away_on_purpose_is_away(self, client_for, lost, town):
        page, head = f"/incidents/{lost.pk}/", client_for("a1-head")
        assert head.post(page, {"verb": "assess", "leaked": "1", "sensitive": "1", "people": "1"}).status_code == 302
        assert head.post(page, {"verb": "assess", "leaked": "1", "people": "1", "seen": seen(head.get(page))}).status_code == 302  # fmt: skip
        assert self.newest(lost, town)["sensitive"] is False


class TestInspections:
    @pytest.fixture
    def begun(self, actor_for, system_for, world):
        """The self-inspection of a1: its page, its row, two clauses that people answer."""
        system_for("A")
        school = School.objects.get(pk=world.school("a1"))
        row = inspections.begin(actor=actor_for("a1-head"), place=school)
        return f"/schools/{school.pk}/policy/inspections/{row.pk}/", row, asked(row.lines)[:2]

    def answers(self, row, town):
        set_scope(municipalities=[town.pk], side="school")
        return {n: (a.verdict, a.note, a.answered_by) for n, a in newest_answers(row).items()}

    def test_an_old_page_makes_nothing_good_that_somebody_found_bad(self, client_for, actor_for, begun, town):
        page, row, (one, two) = begun
        head, vice = client_for("a1-head"), client_for("a1-head")
        assert head.post(page, {f"v-{one}": "done", "verb": "save"}).status_code == 302
        before = seen(head.get(page))
        found = {f"v-{one}": "not", f"n-{one}": "鍵がない", "seen": before, "verb": "save"}
        assert vice.post(page, found).status_code == 302
        mine = {f"v-{one}": "done", f"n-{one}": "", f"v-{two}": "partly", "seen": before, "verb": "save"}
        assert head.post(page, mine).status_code == 302
        label = actor_for("a1-head").label
        assert self.answers(row, town) == {one: ("not", "鍵がない", label), two: ("partly", "", label)}

    def test_two_answers_to_one_clause_are_shown_where_they_stand(self, client_for, begun, town):
        page, row, (one, two) = begun
        head, vice = client_for("a1-head"), client_for("a1-head")
        before = seen(head.get(page))
        assert (
            vice.post(page, {f"v-{one}": "not", f"n-{one}": "鍵がない", "seen": before, "verb": "save"}).status_code
            == 302
        )
        mine = {f"v-{one}": "done", f"v-{two}": "done", "verb": "finish", "summary": "よい", "seen": before}
        answer = head.post(page, mine)
        said = answer.content.decode()
        assert answer.status_code == 422 and f"{one}を、ほかの人が変えました" in said
        assert "「できていない、鍵がない」に変えました" in said and two not in self.answers(row, town)
        assert re.search(rf'name="v-{re.escape(one)}" value="done"[^>]* checked', said)
        assert head.post(page, mine | {"verb": "save", "seen": seen(answer)}).status_code == 302
        assert self.answers(row, town)[one][0] == "done"

    def test_a_page_that_saw_another_round_has_seen_nothing(self, client_for, begun, town):
        page, row, (one, _) = begun
        head = client_for("a1-head")
        assert head.post(page, {f"v-{one}": "not", "verb": "save"}).status_code == 302
        assert head.post(page, {f"v-{one}": "done", "seen": "elsewhere", "verb": "save"}).status_code == 422
        assert self.answers(row, town)[one][0] == "not"
