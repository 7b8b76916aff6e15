"""情報資産の台帳: minamo's own data from the code, own lines with history, what is due, the files; and who may do which."""

import datetime as dt
import importlib
import io
import uuid

import openpyxl
import pytest
from django.apps import apps
from django.db import connection

from minamo.access.api import Denied, all_routes, policies, set_scope
from minamo.policy.actions import assets as verbs
from minamo.policy.models import Asset, RegisterEntry
from minamo.policy.queries import own_data as module
from minamo.policy.queries.assets import AssetFilter, assets_of, line_of
from minamo.policy.queries.own_data import own_data, tables_outside
from minamo.policy.refusals import Refused
from minamo.policy.rules.deadlines import confirm_by, confirm_due

TYPED = {
    "name": "家庭訪問の地図", "grade": "II", "confidentiality": "3", "integrity": "2", "availability": "1", "owner": "担任",
    "place": "職員室の鍵のかかる棚", "readers": "担任と管理職", "take_out": "ask", "send_out": "no", "means": "",
    "encrypted": "紙なので施錠", "printing": "no", "watermark": "no", "kept_for": "その年度", "disposal": "立ち会って裁断", "note": "",
}  # fmt: skip
OWN = {name: TYPED[name] for name in verbs.DECIDED} | {"kept_for": "5年", "owner": "校長"}


def test_an_asset_not_confirmed_for_a_year_is_due():
    assert confirm_due(dt.date(2025, 11, 24), dt.date(2026, 11, 24))
    assert not confirm_due(dt.date(2025, 11, 25), dt.date(2026, 11, 24))
    assert confirm_due(None, dt.date(2026, 11, 24)) and confirm_by(None) is None
    assert confirm_by(dt.date(2024, 2, 29)) == dt.date(2025, 2, 28)


@pytest.fixture
def home(world):
    return f"/municipalities/{world.municipality('A')}/policy/assets/"


@pytest.fixture
def new(world):
    return f"/schools/{world.school('a1')}/policy/assets/new/"


@pytest.fixture
def maps(actor_for, world):
    """Maps for home visits, on paper, of a1."""
    set_scope(municipalities=[world.municipality("A")], side="school")
    head = actor_for("a1-head")
    return verbs.add(actor=head, town=world.municipality("A"), school=world.school("a1"), sent=TYPED)


def test_the_next_look_has_its_year(client_for, maps, home):
    """The demo's clock and the tests' lie in the same school year; a year from then is the next one."""
    due = confirm_by(maps.confirmed_on)
    assert f"令和{due.year - 2018}年{due.month}月{due.day}日" in client_for("a1-head").get(home).content.decode()


class TestOwnData:
    def test_every_table_of_the_policy_is_listed_and_places_are_not(self):
        kinds = set(own_data())
        assert {"Pupil", "Mark", "Notice", "Trail", "Incident", "Result"} <= kinds
        assert not kinds & {"School", "Municipality", "Own", "Question"}
        assert {
            "HealthObservation",
            "Guardian",
            "Household",
            "Restriction",
            "CallLog",
            "ScanPage",
            "ImportRun",
        } <= kinds
        assert {"Account", "SecondFactor", "SignIn"} <= kinds

    @pytest.mark.django_db
    def test_every_table_of_the_database_stands_on_one_line(self):
        """Asked of the database itself: a table that nobody has put on a line is one the town does not know it keeps."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            )
            there = {name for (name,) in cursor.fetchall()}
        listed = {table for own in own_data().values() for table in own.tables}
        assert there - listed - tables_outside().keys() == set(), "on no line of own_data.toml"
        assert (listed | tables_outside().keys()) - there == set(), "not a table any more"
        assert not listed & tables_outside().keys()
        assert all(why.endswith("。") for why in tables_outside().values())

    def test_what_is_personal_or_secret_is_never_left_out(self):
        """A table with words about somebody, or with what opens an account, is information of the town, whatever else is said of it."""
        models = {model._meta.db_table: model for model in apps.get_models()}
        for table in tables_outside().keys() & models.keys():
            fields = models[table]._meta.get_fields()
            assert not [
                f.name
                for f in fields
                if f.name in {"pupil", "guardian", "person", "municipality", "secret", "password"}
            ]

    @pytest.mark.parametrize(
        ("kind", "grade", "clause"),
        [("HealthObservation", "II", "7.3"), ("Guardian", "II", "6.2"), ("Household", "I", "6.3"), ("Restriction", "I", "6.3"),
         ("CallLog", "II", "7.3"), ("ScanPage", "II", "11.6"), ("ImportRun", "II", "8.3"), ("Account", "II", "4.6"),
         ("SecondFactor", "I", "4.6"), ("PupilKey", "I", "9.1")],
    )  # fmt: skip
    def test_what_is_read_by_actions_on_something_else_is_listed(self, kind, grade, clause):
        own = own_data()[kind]
        assert own.grade == grade and clause in own.clauses and own.tables
        assert len(own.encrypted) <= 60 and len(own.name) <= 80 and len(own.readers_in_words) <= 120, "fits its column"

    def test_a_line_that_says_nothing_is_an_error(self, monkeypatch):
        lines = {"line": [{"kind": "Nonsense", "tables": ["x"]}], "outside": {}}
        for row in ({"kind": "Nonsense", "tables": ["x"]}, {"kind": "Mark", "tables": ["people_pupil"]}):
            lines["line"] = [row]
            monkeypatch.setattr(module, "_written", lambda: lines)
            with pytest.raises(ValueError, match=r"Nonsense|people_pupil"):
                own_data.__wrapped__()

    def test_the_class_is_that_of_the_gravest_reading(self):
        own = own_data()
        assert own["Pupil"].grade == "I", "a protected address is class I"
        assert (own["Mark"].grade, own["StaffMember"].grade, own["ResultPaper"].grade) == ("II", "III", "II")
        assert own["PolicyRevision"].grade == "III", "approving is an act, not a reading"

    def test_readers_are_the_rules_in_force(self):
        for own in own_data().values():
            assert {rule.id for rule in own.readers} <= {rule.id for rule in policies().rules if rule.permits}
            assert own.clauses, own.kind

    def test_they_are_listed_before_anybody_has_written_anything(self, client_for, home, db):
        page = client_for("a1-teacher").get(home).content.decode()
        for own in own_data().values():
            assert own.name in page
        assert "扱い方がまだ" in page

    def test_the_board_decides_and_the_rest_stays_with_the_code(self, client_for, actor_for, home, world):
        board = client_for("a-board")
        page = f"{home}minamo/Mark/"
        assert "扱い方を決める" in board.get(page).content.decode()
        assert board.post(page, OWN | {"kept_for": " "}).status_code == 422
        assert board.post(page, OWN | {"grade": "IV", "name": "別の名"}).status_code == 302
        set_scope(municipalities=[world.municipality("A")], side="school")
        row = Asset.objects.get(table="Mark")
        assert (row.grade, row.name, row.kept_for) == ("II", "出欠", "5年")
        row.grade = "IV"  # whatever stands in the row, the code says the class
        assert line_of(row, row.confirmed_on).grade == "II"
        assert board.post(page, OWN | {"kept_for": "5年（学年末から）"}).status_code == 302
        set_scope(municipalities=[world.municipality("A")], side="school")
        kinds = list(RegisterEntry.objects.filter(asset=row).values_list("kind", flat=True))
        assert kinds == ["added", "confirmed", "changed", "confirmed"]
        assert ["保存期間", "5年", "5年（学年末から）"] in RegisterEntry.objects.get(asset=row, kind="changed").changes
        with pytest.raises(Refused, match="外せません"):
            verbs.retire(actor=actor_for("a-board"), asset=row, text="なくした")

    def test_a_kind_that_is_not_kept_is_not_found(self, client_for, home):
        assert client_for("a-board").get(f"{home}minamo/School/").status_code == 404
        assert client_for("a-board").post(f"{home}minamo/Nonsense/", OWN).status_code == 404


class TestLines:
    def test_a_head_adds_changes_confirms_and_retires(self, client_for, new, world, home):
        head = client_for("a1-head")
        assert head.post(new, TYPED).status_code == 302
        set_scope(municipalities=[world.municipality("A")], side="school")
        row = Asset.objects.get(name="家庭訪問の地図")
        page = f"/policy-assets/{row.pk}/"
        assert head.post(page, TYPED | {"verb": "change"}).status_code == 422  # nothing differs
        assert head.post(page, TYPED | {"verb": "change", "place": "校長室の金庫"}).status_code == 302
        assert head.post(page, {"verb": "confirm"}).status_code == 302
        shown = head.get(page).content.decode()
        assert "職員室の鍵のかかる棚</del>" in shown and "校長室の金庫</ins>" in shown and "見直した" in shown
        assert head.post(page, {"verb": "retire"}).status_code == 422
        assert "裁断裁断" in head.post(page, {"verb": "retire", "text": "裁断" * 201}).content.decode(), (
            "what was typed stays"
        )
        assert head.post(page, {"verb": "retire", "text": "裁断した"}).status_code == 302
        assert head.post(page, {"verb": "confirm"}).status_code == 422
        assert "家庭訪問の地図" not in head.get(home).content.decode()
        assert "家庭訪問の地図" in head.get(f"{home}?gone=1").content.decode()

    def test_what_was_typed_stays(self, client_for, new, world):
        answer = client_for("a1-head").post(new, TYPED | {"grade": "V"})
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert "重要性分類を選んでください" in shown and "家庭訪問の地図" in shown
        set_scope(municipalities=[world.municipality("A")], side="school")
        assert not Asset.objects.exists()

    @pytest.mark.parametrize(("field", "value", "said"), [("name", "", "名称を入れて"), ("owner", "長" * 41, "40字まで"),
                                                          ("take_out", "", "持ち出しを選んで")])  # fmt: skip
    def test_bad_input_is_told_at_its_field(self, actor_for, world, field, value, said):
        with pytest.raises(Refused, match=said) as refused:
            verbs.add(actor=actor_for("a1-head"), town=world.municipality("A"), school=world.school("a1"),
                      sent=TYPED | {field: value})  # fmt: skip
        assert refused.value.field == field

    def test_a_name_stands_once_per_place(self, actor_for, maps, world):
        town, head = world.municipality("A"), actor_for("a1-head")
        with pytest.raises(Refused, match="同じ名称"):
            verbs.add(actor=head, town=town, school=world.school("a1"), sent=TYPED)
        board = actor_for("a-board")
        assert verbs.add(actor=board, town=town, school=None, sent=TYPED)
        with pytest.raises(Refused, match="同じ名称"):
            verbs.add(actor=board, town=town, school=None, sent=TYPED)

    def test_a_line_is_due_after_a_year(self, actor_for, maps):
        assert not line_of(maps, maps.confirmed_on + dt.timedelta(days=364)).due
        assert line_of(maps, confirm_by(maps.confirmed_on)).due

    def test_search_and_filters(self, actor_for, maps, world):
        board, town = actor_for("a-board"), world.municipality("A")

        def names(**sent):
            return [line.name for line in assets_of(board, town, AssetFilter.of(sent)).lines]

        assert names(q="ちず") == [] and names(q="地図 棚") == ["家庭訪問の地図"]
        assert "家庭訪問の地図" in names(grade="II") and "家庭訪問の地図" not in names(grade="I")
        assert names(whose=str(world.school("a1"))) == ["家庭訪問の地図"]
        assert names(whose="board") == [] and "家庭訪問の地図" not in names(whose="own")
        assert "家庭訪問の地図" not in names(due="1")
        assert (
            AssetFilter.of({"q": "地図", "grade": "II", "whose": "nonsense"}).query() == "q=%E5%9C%B0%E5%9B%B3&grade=II"
        )


class TestFiles:
    def test_the_book_holds_the_lines_shown(self, client_for, maps, home):
        answer = client_for("a1-teacher").get(f"{home}book.xlsx?q=地図")
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        assert rows[0][:3] == ("名称", "分類", "機密性") and len(rows) == 2
        assert rows[1][0] == "家庭訪問の地図" and rows[1][9] == "校長の許可で"

    def test_what_is_gone_says_so_and_the_note_goes_along(self, client_for, actor_for, maps, home):
        verbs.change(actor=actor_for("a1-head"), asset=maps, sent=TYPED | {"note": "鍵は教頭"})
        verbs.retire(actor=actor_for("a1-head"), asset=maps, text="裁断した")
        maps.refresh_from_db()
        answer = client_for("a1-teacher").get(f"{home}book.xlsx?q=地図&gone=1")
        head, row = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        line = dict(zip(head, row, strict=True))
        assert line["次の見直し"] == f"{maps.retired_on} になくした" and line["ひとこと"] == "鍵は教頭"

    def test_the_printed_form(self, client_for, maps, home):
        assert client_for("a1-teacher").get(f"{home}print.pdf").content.startswith(b"%PDF")


class TestWho:
    @pytest.mark.parametrize(
        ("who", "reads", "edits"),
        [("a1-head", 200, 302), ("a-board", 200, 302), ("a1-teacher", 200, 403), ("a2-head", 200, 403),
         ("b1-head", 404, 404), ("b-board", 404, 404), ("takahashi-mother", 404, 404)],
    )  # fmt: skip
    def test_a_line(self, client_for, maps, who, reads, edits):
        page = f"/policy-assets/{maps.pk}/"
        assert client_for(who).get(page).status_code == reads
        assert client_for(who).post(page, {"verb": "confirm"}).status_code == edits

    def test_who_is_signed_out_sees_nothing(self, client, maps, home):
        assert client.get(home).status_code == 302 and client.get(f"/policy-assets/{maps.pk}/").status_code == 302

    def test_a_head_adds_nothing_to_another_school_or_the_board(self, actor_for, client_for, world, home):
        town = world.municipality("A")
        for school in (world.school("a2"), None):
            with pytest.raises(Denied):
                verbs.add(actor=actor_for("a1-head"), town=town, school=school, sent=TYPED)
        assert client_for("a1-head").get(f"{home}new/").status_code == 403
        assert client_for("a1-head").get(f"/schools/{world.school('a2')}/policy/assets/new/").status_code == 403
        assert client_for("a1-head").get(f"/schools/{uuid.uuid4()}/policy/assets/new/").status_code == 404

    def test_every_route_of_the_register_is_declared(self):
        assert all_routes()["policy-assets"].actions == {"GET": "asset:list"}


def test_pages_are_few_statements(client_for, maps, home, new, count_queries):
    head = client_for("a1-head")
    for path in (home, new, f"/policy-assets/{maps.pk}/", f"{home}minamo/Pupil/"):
        head.get(path)
        with count_queries() as asked:
            assert head.get(path).status_code == 200
        assert len(asked) <= 12, (path, asked.statements)


def test_all_that_is_missing_is_said_at_once(client_for, new, home):
    answer = client_for("a1-head").post(new, {"note": "覚え"})
    text = answer.content.decode()
    wanted = [name for name in verbs.FIELDS if name not in {"means", "note"}]
    missing = [name for name in wanted if f'id="{name}-error"' not in text]
    assert answer.status_code == 422 and not missing, missing
    assert f"{len(wanted)}か所を直してください" in text and 'value="覚え"' in text
    assert text.count(" autofocus") == 1, "the keys begin at the first of them"
    one = client_for("a1-head").post(new, TYPED | {"name": ""}).content.decode()
    assert "名称を入れてください。 書いたものは残っています。" in one and "か所" not in one


class TestPrinting:
    """印刷 and 透かし are chosen; what older versions took as words stays readable."""

    @pytest.mark.parametrize(
        ("typed", "chosen"),
        [("しない", ("no", "")), ("印刷しない", ("no", "")), ("枚数を記録する", ("count", "")), ("校長の許可", ("ask", "")),
         ("枚数を記録、透かしを入れる", ("count", "yes")), ("透かしあり", ("yes", "yes")), ("枚数を記録し、青い紙に", None), ("しない、してよい", None),
         ("", None)],
    )  # fmt: skip
    def test_words_that_say_a_choice_become_it_and_others_stay(self, typed, chosen):
        module = importlib.import_module("minamo.policy.migrations.0018_printing")
        assert module.chosen(typed) == chosen
        assert dict(module.PRINTING) == dict(Asset.Printing.choices)
        assert dict(module.WATERMARK) == dict(Asset.Watermark.choices)

    def test_words_of_an_older_version_are_read_and_then_chosen(self, client_for, maps, home):
        Asset.objects.filter(pk=maps.pk).update(printing="青い紙にだけ", watermark="")
        head, page = client_for("a1-head"), f"/policy-assets/{maps.pk}/"
        text = head.get(page).content.decode()
        assert "<dt>印刷</dt><dd>青い紙にだけ</dd>" in text and "<dt>透かし</dt><dd>まだ決めていません</dd>" in text
        assert "これまで：青い紙にだけ" in text
        sent = TYPED | {"verb": "change", "seen": ""}
        assert "印刷を選んでください" in head.post(page, sent | {"printing": "青い紙にだけ"}).content.decode()
        assert head.post(page, sent | {"printing": "count", "watermark": "yes"}).status_code == 302
        text = head.get(page).content.decode()
        assert "<dt>印刷</dt><dd>枚数を記録</dd>" in text and "<dt>透かし</dt><dd>入れる</dd>" in text
        assert "これまで：" not in text
        book = openpyxl.load_workbook(io.BytesIO(client_for("a1-head").get(f"{home}book.xlsx").content)).active
        names, *rows = book.iter_rows(values_only=True)
        assert {dict(zip(names, one, strict=True))["透かし"] for one in rows} == {"入れる", "まだ"}, (
            "of minamo's own nobody has decided"
        )
        row = next(dict(zip(names, one, strict=True)) for one in rows if one[0] == TYPED["name"])
        assert (row["印刷"], row["透かし"]) == ("枚数を記録", "入れる")
