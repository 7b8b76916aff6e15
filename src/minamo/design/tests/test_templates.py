"""Layouts and macros: each renders, is strict about its input, and carries neither inline script nor inline style."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from django.test import RequestFactory

from minamo.design import bundle

ROOM = Path(__file__).parents[1]
TEMPLATES = sorted((ROOM / "jinja2").rglob("*.html"))
IMPORTS = "".join(f'{{% import "design/macros/{name}.html" as {name} %}}' for name in
                  ("ui", "icons", "choice", "page", "table", "dialog", "chart"))  # fmt: skip
USES = {
    "icons.icon": ('icons.icon("search", "さがす")', 'aria-label="さがす"'),
    "icons.icon, silent": ('icons.icon("bell")', 'aria-hidden="true"'),
    "choice.radio_cards": (
        'choice.radio_cards("kind", "種類", [("absent", "欠席", ""), ("late", "遅刻", "あとから登校")], "late")',
        'value="late" checked',
    ),
    "choice.check_list": ('choice.check_list("kids", "だれの", [("1", "結愛さん"), ("2", "大翔さん")], ["2"])', 'value="2" checked'),
    "choice.date_field": (
        'choice.date_field("day", "日付", "2026-11-24", help="登校する日", error="過ぎた日です。")',
        'aria-describedby="day-error day-help" aria-invalid="true"',
    ),
    "page.breadcrumb": ('page.breadcrumb([("名簿", "/p/"), ("阿部 湊", "/p/1/")])', 'aria-current="page">阿部 湊'),
    "page.levels": ('page.levels([{"label": "規程", "url": "/p/", "active": true, "pages": [{"label": "条文", "url": "/p/", "active": true}, {"label": "版", "url": "/i/", "active": false}]}], "部屋")', 'aria-label="規程の画面"><a href="/p/" aria-current="page">条文'),
    "page.tabs": ('page.tabs([{"label": "記録", "url": "/r/", "active": true}, {"label": "家族", "url": "/f/"}], "児童")', 'aria-current="page">記録'),
    "page.avatar": ('page.avatar("𠮷田 紬")', ">𠮷<"),
    "page.print_head": ('page.print_head("中央小学校", "出席簿", "令和8年11月")', "paper-head"),
    "page.notice": ('page.notice("取り込めません", "何も変わっていません。", "12行目を直してください。")', 'role="alert"'),
    "chart.columns": ('chart.columns("点数の分布", [("0–9", 0), ("10–19", 4)], mark=(0.5, "平均 10.0"))', 'aria-label="点数の分布。10–19 4人"'),
    "chart.columns, table": ('chart.columns("点数の分布", [("0–9", 0)])', '<th scope="row">0–9</th><td class="n">0</td>'),
    "chart.rates": ('chart.rates("観点", [("知識・技能", 0.755, 0.5), ("態度", none, none)], others="学級")', '<td class="n">75.5%</td>'),
    "chart.rates, nothing": ('chart.rates("観点", [("態度", none, none)])', '<td class="n">—</td>'),
    "dialog.opener": ('dialog.opener("くわしく", "more", key="m")', 'data-opens="more"'),
    "dialog.savestate": ("dialog.savestate()", 'role="status"'),
}  # fmt: skip
CALLS = {
    "page.page_head": ('page.page_head("名簿", "28人")', "印刷", '<div class="acts">印刷</div>'),
    "page.card": ('page.card("けさの動き")', "なかみ", "<h2>けさの動き</h2>"),
    "page.kid_card": ('page.kid_card("結愛さん", "中央小", "登校しました 8:02", "good")', "なかみ", 'class="state good"'),
    "dialog.dialog": ('dialog.dialog("more", "くわしく")', "なかみ", 'aria-labelledby="more-title"'),
    "dialog.confirm": ('dialog.confirm("28人に送ります。", "送る")', "<form></form>", 'data-yes="送る"'),
}  # fmt: skip


def draw(source: str, **context: object) -> str:
    """Render a piece of template."""
    return str(engines["jinja2"].from_string(source).render(context))


@pytest.mark.parametrize("name", USES)
def test_a_macro_renders(name: str) -> None:
    call, expected = USES[name]
    assert expected in draw(IMPORTS + "{{ " + call + " }}")


@pytest.mark.parametrize("name", CALLS)
def test_a_macro_with_a_body_renders(name: str) -> None:
    call, body, expected = CALLS[name]
    drawn = draw(f"{IMPORTS}{{% call {call} %}}{body}{{% endcall %}}")
    assert expected in drawn
    assert body in drawn


def test_every_macro_of_the_newer_files_is_exercised_here() -> None:
    """A macro added without a line above fails."""
    exercised = {name.split(",")[0] for name in (*USES, *CALLS)} | {"table.data_table"}
    for room in ("icons", "choice", "page", "table", "dialog"):
        source = (ROOM / "jinja2" / "design" / "macros" / f"{room}.html").read_text()
        assert {f"{room}.{macro}" for macro in re.findall(r"{% macro ([a-z]\w*)", source)} <= exercised


def test_a_list_shows_rows_or_says_what_will_be_here() -> None:
    source = (
        IMPORTS + '{% call(row) table.data_table("名簿", [("番", "", "no"), ("氏名", "kana", "")], rows, sort="kana", '
        'empty=("まだ名簿がありません", "取り込むとここに出ます。")) %}<td>{{ row }}</td>{% endcall %}'
    )
    filled, nothing = draw(source, rows=["阿部 湊", "<b>"]), draw(source, rows=[])
    assert "<td>阿部 湊</td>" in filled
    assert "<td>&lt;b&gt;</td>" in filled
    assert 'aria-sort="ascending"' in filled
    assert "まだ名簿がありません" in nothing
    assert "<table" not in nothing


@pytest.mark.parametrize("layout", ["staff", "family", "plain", "projector"])
def test_the_living_page_draws_in_every_layout(layout: str) -> None:
    request = RequestFactory().get("/design/", {"layout": layout})
    page = engines["jinja2"].get_template("design/catalogue.html").render({"layout": layout}, request)
    assert 'lang="ja"' in page
    assert f'class="{layout}"' in page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_nothing_inline(path: Path) -> None:
    """The content policy has no 'unsafe-inline'."""
    source = path.read_text()
    assert not re.search(r"<style\b|\sstyle=|\son\w+=|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", source))


def test_every_icon_is_known_by_name() -> None:
    source = (ROOM / "jinja2" / "design" / "macros" / "icons.html").read_text()
    listed = re.search(r"Names: (.*?)\n-#}", source, re.DOTALL)
    assert listed
    names = re.findall(r'^  "(\w+)": ', source, re.MULTILINE)
    assert sorted(listed[1].split()) == sorted(names)


def test_the_stylesheet_stands_in_its_layers() -> None:
    made = bundle.css().content.decode()
    assert made.startswith("@layer tokens, base, layout, components, pages, print;")
    opened = re.findall(r"^@layer (\w+) \{$", made, re.MULTILINE)
    assert opened == ["tokens", "base", "layout", "components", "print"]
    assert made.count("{") == made.count("}")
    assert ".choice " in made


def test_elements_stand_after_those_they_build_on() -> None:
    made = bundle.js().content.decode()
    assert made.index('define("m-switch"') < made.index('customElements.get("m-switch")')
    assert not re.search(r"^\s*(import|export) ", made, re.MULTILINE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_static_file_named_is_there(path: Path) -> None:
    """The wheel of django-htmx names its files by version; a name of last year is a page without htmx."""
    for name in re.findall(r"static\('([^']+)'\)", path.read_text()):
        assert finders.find(name), name


@pytest.mark.parametrize(("twin", "place"), [("locks.request(", "sealed.js"), ("300_000", "refusal.js")])
def test_whoever_waits_in_line_does_so_by_one_rule(twin: str, place: str) -> None:
    """Taking turns between windows and the pause after a refusal stand once, in the bundle of every page."""
    scripts = [path for path in ROOM.parent.rglob("static/**/*.js") if twin in path.read_text()]
    assert [path.relative_to(ROOM / "static" / "design" / "js").as_posix() for path in scripts] == [place]
