"""自己点検と監査: figures of the day, answers of people, an end by name that nothing changes any more; and who may."""

import datetime as dt

import pytest

from minamo.access.api import Denied, set_scope
from minamo.policy.actions import inspections as verbs
from minamo.policy.actions import revisions
from minamo.policy.clauses import model
from minamo.policy.links import links_of
from minamo.policy.models import Inspection, InspectionAnswer
from minamo.policy.queries.evidence import Asked, evidence_for, evidence_of
from minamo.policy.queries.inspections import inspection_page, inspections_due
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.refusals import Refused
from minamo.policy.rules.inspections import asked, concerns, counts, missing, renewed, standing
from minamo.tenancy.models import School
from tests.fixtures.world import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(world, system_for):
    system_for("A")
    return School.objects.get(pk=world.school("a1"))


@pytest.fixture
def open_round(school, actor_for):
    """The self-inspection of a1, just begun by its head."""
    return verbs.begin(actor=actor_for("a1-head"), place=school)


def all_done(row, verdict="done"):
    return {f"v-{number}": verdict for number in asked(row.lines)}


def test_rules():
    lines = [
        {"number": "1.1", "kept": "people"},
        {"number": "1.2", "kept": "rules"},
        {"number": "1.3", "kept": "people"},
    ]
    assert asked(lines) == ["1.1", "1.3"] and missing(lines, ["1.3"]) == ["1.1"]
    assert counts(lines, {"1.1": "not", "1.2": "done"}) == {"machine": 1, "done": 0, "partly": 0, "not": 1}
    assert (
        concerns(["CISO"], school=False) and not concerns(["CISO"], school=True) and concerns(["教職員"], school=True)
    )


@pytest.mark.parametrize(
    ("today", "since", "finished", "self_", "audit"),
    [
        ("2026-12-31", 2026, (), "calm", "never"),
        ("2027-01-01", 2026, (), "due", "due"),
        ("2027-03-31", 2026, (2026,), "calm", "calm"),
        ("2027-04-01", 2026, (), "overdue", "overdue"),
        ("2027-04-01", 2026, (2026,), "calm", "calm"),
        ("2028-01-10", 2026, (2026,), "due", "due"),
        ("2028-04-01", 2026, (2026,), "overdue", "overdue"),
        ("2028-04-01", 2026, (2026, 2028), "calm", "calm"),
        ("2027-02-01", None, (), "due", "calm"),  # without a policy there is nothing an audit could measure
        ("2026-11-24", None, (), "calm", "calm"),
    ],
)
def test_how_something_yearly_stands(today, since, finished, self_, audit):
    day = dt.date.fromisoformat(today)
    assert standing(day, since=since, finished=finished, audit=False).value == self_
    assert standing(day, since=since, finished=finished, audit=True).value == audit


def test_the_figures_are_those_of_the_evidence(open_round, world, actor_for):
    """What stands in a round is what the page of the clause says, counted together."""
    assert {line["number"] for line in open_round.lines} <= set(model().clauses)
    town = Asked(world.municipality("A"), "", TODAY, open_round.figures_at)
    names = {number: clause.evidence for number, clause in model().clauses.items()}
    together = evidence_for(town, names)
    for number in ("4.1", "4.9", "6.1", "10.6", "10.7", "2.13.3"):
        alone = evidence_of(Asked(town.municipality, number, TODAY, town.now), names[number])
        assert (together[number].sentence, together[number].good) == (alone.sentence, alone.good), number
    kept = {line["number"]: line["kept"] for line in open_round.lines}
    assert all(links_of(number).kept == kind for number, kind in kept.items())


def test_a_school_sees_its_own_figures(open_round, world, actor_for):
    lines = {line["number"]: line for line in open_round.lines}
    assert "情報資産 0 件" in lines["10.6"]["evidence"], "minamo's own data are the board's"
    assert "2.8.3" not in lines, "contractors are looked at by the board"


def test_many_figures_are_few_statements(world, system_for, count_queries):
    actor = system_for("A")
    asked_for = Asked(world.municipality("A"), "", TODAY, actor.now)
    with count_queries() as found:
        evidence_for(asked_for, {number: clause.evidence for number, clause in model().clauses.items()})
    assert len(found) <= 23, found.statements


def test_from_the_beginning_to_the_record(client_for, school, world):
    head = client_for("a1-head")
    home = f"/schools/{school.pk}/policy/inspections/"
    assert "まだ点検の記録はありません" in head.get(home).content.decode()
    answer = head.post(home, {"kind": "self"})
    page = answer["Location"]
    assert head.post(home, {"kind": "self"})["Location"] == page, "an open round is gone on with"
    set_scope(municipalities=[world.municipality("A")], side="school")
    row = Inspection.objects.get()
    first = asked(row.lines)[0]
    assert head.post(page, {f"v-{first}": "partly", f"n-{first}": "来月なおす", "verb": "c1-1"}).status_code == 302
    assert "来月なおす" in head.get(page).content.decode()
    refused = head.post(page, {"verb": "finish", "summary": "よい"})
    assert (
        refused.status_code == 422
        and "まだ答えていない条文" in refused.content.decode()
        and "よい" in refused.content.decode()
    )
    assert head.get(f"{page}record.pdf").status_code == 404
    assert head.post(page, all_done(row) | {"verb": "finish", "summary": ""}).status_code == 422
    assert head.post(page, {"verb": "figures"}).status_code == 302
    assert head.post(page, {"verb": "finish", "summary": "鍵の管理を直す（教頭、4月まで）"}).status_code == 302
    set_scope(municipalities=[world.municipality("A")], side="school")
    row.refresh_from_db()
    assert (row.finished_by, row.finisher_id) == ("原澤 校長", world.account("a1-head"))
    assert {line["verdict"] for line in row.lines if line["kept"] == "people"} == {"done"}
    assert head.get(f"{page}record.pdf").content.startswith(b"%PDF")
    assert "原澤 校長 が終えました" in head.get(page).content.decode()
    assert head.post(page, all_done(row, "not")).status_code == 422, "a finished record does not change"
    assert InspectionAnswer.objects.filter(verdict="not").count() == 0


def test_answers_stand_beside_the_former_and_the_newest_counts(open_round, school, actor_for):
    first = asked(open_round.lines)[0]
    for verdict in ("not", "not", "done"):
        verbs.answer(actor=actor_for("a1-head"), place=school, row=open_round, sent={f"v-{first}": verdict})
    assert list(InspectionAnswer.objects.filter(clause=first).values_list("verdict", flat=True)) == ["not", "done"]
    page = inspection_page(open_round)
    assert (page.answered, page.counts["done"], page.counts["not"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("sent", "field"), [({"v": "often"}, "v"), ({"n": "ひとことだけ"}, "v"), ({"v": "done", "n": "あ" * 301}, "n")]
)
def test_bad_answers_are_told(open_round, school, actor_for, sent, field):
    first = asked(open_round.lines)[0]
    with pytest.raises(Refused) as refused:
        verbs.answer(
            actor=actor_for("a1-head"), place=school, row=open_round, sent={f"{k}-{first}": v for k, v in sent.items()}
        )
    assert refused.value.field == f"{field}-{first}"


def test_an_audit_is_of_the_town_and_names_who_audits(client_for, board, town, school, actor_for):
    home = f"/municipalities/{town.pk}/policy/inspections/"
    client = client_for("a-board")
    assert client.post(home, {"kind": "audit", "auditor": " "}).status_code == 422
    assert client.post(home, {"kind": "nonsense"}).status_code == 422
    answer = client.post(home, {"kind": "audit", "auditor": "県の監査人 山田"})
    assert answer.status_code == 302 and "県の監査人 山田" in client.get(answer["Location"]).content.decode()
    with pytest.raises(Refused, match="教育委員会の画面"):
        verbs.begin(actor=actor_for("a1-head"), place=school, kind="audit", auditor="だれか")
    set_scope(municipalities=[town.pk], side="school")
    row = Inspection.objects.get(kind="audit")
    assert row.school_id is None and len(row.lines) == len(model().clauses)


def test_nobody_of_the_board_audits_the_board(board, town, client_for, world):
    for name in ("".join(board.label.split()), f"{board.label}（教育委員会）"):
        with pytest.raises(Refused, match="自分たちの監査はできません"):
            verbs.begin(actor=board, place=town, kind="audit", auditor=name)
    assert not Inspection.objects.filter(kind="audit").exists()


def test_a_round_begun_by_mistake_is_withdrawn_and_stays(board, town, client_for, world):
    first = verbs.begin(actor=board, place=town, kind="audit", auditor="県の監査人 山田")
    home = f"/municipalities/{world.municipality('A')}/policy/inspections/"
    client = client_for("a-board")
    assert "この監査を取りやめる" in client.get(f"{home}{first.pk}/").content.decode()
    assert client_for("a1-head").post(f"{home}{first.pk}/", {"verb": "withdraw"}).status_code == 403
    assert client.post(f"{home}{first.pk}/", {"verb": "withdraw"}).status_code == 302
    text = client.get(f"{home}{first.pk}/").content.decode()
    assert "取りやめました" in text and 'value="finish"' not in text
    assert "取りやめました" in client.get(home).content.decode()
    set_scope(municipalities=[town.pk], side="school")
    first.refresh_from_db()
    assert first.withdrawn_by and first.finished_at is None
    with pytest.raises(Refused, match="取りやめてあります"):
        verbs.finish(actor=board, place=town, row=first, summary="x")
    second = verbs.begin(actor=board, place=town, kind="audit", auditor="監査法人 佐藤")
    assert second.pk != first.pk and second.auditor == "監査法人 佐藤"


def test_what_is_missing_is_said_in_clauses_and_the_keys_begin_there(client_for, open_round, world):
    page = f"/schools/{world.school('a1')}/policy/inspections/{open_round.pk}/"
    text = client_for("a1-head").post(page, {"verb": "finish", "summary": "x"}).content.decode()
    left = len(asked(open_round.lines))
    alert = text.partition('<div class="alert bad"')[2].partition(">")[0]
    assert f"まだ答えていない条文が{left}条あります" in text and "autofocus" in alert


def test_who_may(client_for, open_round, school, world, actor_for, town):
    page = f"/schools/{school.pk}/policy/inspections/{open_round.pk}/"
    for who, status in (("a1-head", 200), ("a-board", 200), ("a1-teacher", 403), ("a2-head", 403), ("b1-head", 404),
                        ("takahashi-mother", 403)):  # fmt: skip
        assert client_for(who).get(page).status_code in {status, 404 if status == 403 else status}, who
    elsewhere = f"/schools/{world.school('a2')}/policy/inspections/{open_round.pk}/"
    assert client_for("a2-head").get(elsewhere).status_code == 404
    with pytest.raises(Refused, match="ほかの所"):
        verbs.answer(actor=actor_for("a-board"), place=town, row=open_round, sent={})
    with pytest.raises(Denied):
        verbs.begin(actor=actor_for("a2-head"), place=school)


def test_who_is_signed_out_sees_nothing(client, open_round, school):
    assert client.get(f"/schools/{school.pk}/policy/inspections/{open_round.pk}/").status_code == 302


def test_it_is_due_from_january_on(open_round, school, actor_for, world):
    january = dt.date(2027, 1, 8)
    assert inspections_due(actor_for("a1-head")) == []
    head = actor_for("a1-head", today=january)
    assert [one.place for one in inspections_due(head)] == [school.pk]
    assert [(one.kind, one.is_school) for one in inspections_due(actor_for("a-board", today=january))] == [
        ("self", False)
    ]
    assert inspections_due(actor_for("a1-teacher", today=january)) == []
    actor = actor_for("a1-head")
    verbs.answer(actor=actor, place=school, row=open_round, sent=all_done(open_round))
    verbs.finish(actor=actor, place=school, row=open_round, summary="よい")
    assert inspections_due(actor_for("a1-head", today=january)) == []


def test_an_audit_that_was_never_made_is_said_to_the_board_and_on_its_page(
    issued, actor_for, client_for, world, town, board
):
    """From the first day of the policy on; and as late when a whole school year has gone by without one."""
    home = f"/municipalities/{world.municipality('A')}/policy/inspections/"
    never = "管内の監査が、まだ一度も行われていません"
    assert never not in client_for("a-board").get(home).content.decode(), "no policy is in force yet"
    issued()
    (line,) = [one for one in waiting_for(actor_for("a-board")) if one.group == "inspections"]
    assert (line.title, line.url, line.late) == (f"監査：{never}", home, False)
    assert never in client_for("a-board").get(home).content.decode()
    assert never in client_for("a-board").get("/policy-waiting/").content.decode()
    for who in ("a1-head", "a1-teacher", "b-board"):
        assert not [one for one in waiting_for(actor_for(who)) if "監査" in one.title], who
    june = dt.date(2027, 6, 1)
    lines = {one.title: one.late for one in waiting_for(actor_for("a-board", today=june)) if one.group == "inspections"}
    assert lines == {f"監査：{never}": True, "自己点検：教育委員会の点検が、まだ一度も行われていません": True}
    (head,) = [one for one in waiting_for(actor_for("a1-head", today=june)) if one.group == "inspections"]
    assert head.late and head.title.endswith("の点検が、まだ一度も行われていません")


def test_an_audit_is_said_again_when_its_year_has_gone(issued, actor_for, board, town):
    issued()
    row = verbs.begin(actor=board, place=town, kind="audit", auditor="監査法人 佐藤")
    titles = [one.title for one in waiting_for(actor_for("a-board")) if one.group == "inspections"]
    assert titles == ["監査：管内の監査が、まだ一度も行われていません"], "begun is not made"
    verbs.answer(actor=board, place=town, row=row, sent=all_done(row))
    verbs.finish(actor=board, place=town, row=row, summary="よい")
    asked_for = Asked(town.pk, "2.13.2", board.today, board.now)
    assert evidence_of(asked_for, "audit").good is True
    assert [one for one in waiting_for(actor_for("a-board")) if "監査" in one.title] == []
    later = actor_for("a-board", today=dt.date(2028, 4, 2))
    (line,) = [one for one in waiting_for(later) if "監査" in one.title]
    assert line.late and line.title == "監査：管内の監査が、2026年度のあと行われていません"
    gone = Asked(town.pk, "2.13.2", later.today, later.now)
    assert evidence_of(gone, "audit").good is False


def test_pages_are_few_statements(client_for, open_round, school, town, count_queries):
    board = client_for("a-board")
    for path in (f"/municipalities/{town.pk}/policy/inspections/", f"/schools/{school.pk}/policy/inspections/",
                 f"/schools/{school.pk}/policy/inspections/{open_round.pk}/"):  # fmt: skip
        board.get(path)
        with count_queries() as found:
            assert board.get(path).status_code == 200
        assert len(found) <= 12, (path, found.statements)


@pytest.fixture
def revised(issued, school, actor_for, board, world):
    """An edition in force, a round of a1 begun and answered in whole, then a new edition: one clause in other words, one more. The round,
    (numbers of the changed and of the new clause)."""
    issued()
    row = verbs.begin(actor=actor_for("a1-head"), place=school)
    set_scope(municipalities=[world.municipality("A")], side="school")
    verbs.answer(actor=actor_for("a1-head"), place=school, row=row, sent=all_done(row))
    changed = asked(row.lines)[0]

    def change(draft):
        for number, text in ((changed, "職員室の鍵は金庫に入れます。"), (NEW, "来校者に名札を渡します。")):
            revisions.write_clause(actor=board, revision=draft, number=number, title="鍵", text=text, who=["教職員"])

    issued(change, title="鍵の改正")
    return row, changed


NEW = "2.4.91"


def test_a_record_holds_only_answers_to_sentences_that_were_asked(revised, school, actor_for, client_for, world):
    row, changed = revised
    head, page = client_for("a1-head"), f"/schools/{school.pk}/policy/inspections/{row.pk}/"
    form = all_done(row) | {"figures": row.figures_at.isoformat(), "verb": "finish", "summary": "よい"}
    refused = head.post(page, form)
    text = refused.content.decode()
    assert refused.status_code == 422 and "条文が変わりました" in text and "よい" in text
    assert f"新しい条文 {NEW}" in text and f"ことばが変わった条文 {changed}" in text
    for number in (changed, NEW):
        field = text.partition(f'name="v-{number}"')[2].partition(f'name="n-{number}"')[0]
        assert field and "checked" not in field, "the old answer does not stand at the new words"
    assert "ことばが変わりました。読み直して" in text
    set_scope(municipalities=[world.municipality("A")], side="school")
    row = Inspection.objects.get(pk=row.pk)
    assert row.finished_at is None
    shown = {line.data["number"]: line for chapter in inspection_page(row).chapters for line in chapter.lines}
    assert shown[changed].data["text"] == "職員室の鍵は金庫に入れます。" and not shown[changed].verdict
    assert {n for n, line in shown.items() if line.people and not line.verdict} == {changed, NEW}
    assert "条文が変わりました" in head.get(page).content.decode()
    again = {f"v-{changed}": "not", f"v-{NEW}": "partly", "verb": "finish", "summary": "よい"}
    assert head.post(page, again | {"figures": row.figures_at.isoformat()}).status_code == 302
    set_scope(municipalities=[world.municipality("A")], side="school")
    lines = {line["number"]: line for line in Inspection.objects.get(pk=row.pk).lines}
    assert (lines[changed]["verdict"], lines[NEW]["verdict"]) == ("not", "partly")
    assert all(line.get("verdict") for line in lines.values() if line["kept"] == "people")


def test_figures_taken_anew_ask_again_only_where_the_words_differ(revised, school, actor_for, client_for, world):
    row, changed = revised
    old = row.figures_at
    head, page = client_for("a1-head"), f"/schools/{school.pk}/policy/inspections/{row.pk}/"
    assert head.post(page, {"verb": "figures"}).status_code == 302
    text = head.get(page).content.decode()
    assert f"{changed}、{NEW} に、答えてください" in text
    stale = head.post(page, {f"v-{changed}": "done", "figures": old.isoformat(), "verb": "save"})
    assert stale.status_code == 422 and "この画面を開いたあとに、条文が変わりました" in stale.content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert inspection_page(Inspection.objects.get(pk=row.pk)).answered == len(asked(row.lines)) - 1
    other = verbs.answer(actor=actor_for("a1-head"), place=school, row=row, sent={f"v-{changed}": "done"})
    assert other == 1, "the same answer to other words is another answer"


def test_words_that_change_twice_are_asked_twice():
    old = [{"number": "1.1", "text": "甲", "kept": "people"}, {"number": "1.2", "text": "乙", "kept": "people"}]
    first = renewed(old, [old[0] | {"text": "丙"}, old[1]], {"1.1": "a", "1.2": "b"}, "1")
    assert first.reworded == ["1.1"] and first.lines == [{**old[0], "text": "丙", "since": "1", "void": "a"}, old[1]]
    same = renewed(first.lines, [old[0] | {"text": "丙"}, old[1]], {"1.1": "c", "1.2": "b"}, "2")
    assert not same.changed and same.lines == first.lines
    gone = renewed(first.lines, [old[0] | {"text": "甲"}], {"1.1": "c", "1.2": "b"}, "3")
    assert (gone.reworded, gone.gone, gone.lines[0]["void"]) == (["1.1"], ["1.2"], "c")
