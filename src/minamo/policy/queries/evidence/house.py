"""しくみから数える証拠: what the rules, the edition in force and the database itself say. One or two queries each."""

from collections.abc import Sequence

from django.db import connection

from minamo.access.api import LIMITS, overlay_rules, policies
from minamo.audit.api import decisions_under
from minamo.policy.links import number_of
from minamo.policy.queries.evidence.base import EDITIONS, Asked, Evidence, trail_way
from minamo.policy.queries.texts import document, limits_of, model_text, public_policy, text_in
from minamo.policy.queries.ways import Way
from minamo.policy.rules.text import Text
from minamo.tenancy.api import Municipality

TEXT = Way("いまの条文を見る", "policy-text")
REVISIONS = Way("改正と版を見る", "policy-revisions", "board")
TABLE = Way("ゼロトラストの対応表を見る", "policy-zero-trust")


def rules(asked: Asked) -> Evidence:
    """How the clauses of the text in force are kept, and whether every rule stands under one of them."""
    text = _text(asked)
    house = policies().rules
    without = [rule.id for rule in house if number_of(rule.clause) not in text.clauses]
    kept = document(text).kept
    sentence = (
        f"規則 {len(house)} のうち {len(house) - len(without)} が、いまの条文によります。"
        f"条文は、仕組みが守るもの {kept['rules'] + kept['code']}、人が守るもの {kept['people']} です。"
    )
    return Evidence(sentence, not without, (TEXT,))


def layers(asked: Asked) -> Evidence:
    """What the county and the town each say in the issue in force."""
    issue = asked.issue
    if issue is None:
        return Evidence("まだ施行した版がありません。郡の定めも、町の定めも効いていません。", None, (TEXT,))
    county = issue.county
    ground = (
        f"郡の定め（条文 {len(county.clauses)}、数値 {len(county.limits)}）"
        if county
        else "手本の規程（郡の定めは取り入れていません）"
    )
    return Evidence(
        f"第{issue.number}版は、{ground}を土台に、町が条文 {len(issue.own)} と数値 {len(issue.limits)} を定めています。",
        ways=(TEXT, REVISIONS),
    )


def published(asked: Asked) -> Evidence:
    """Whether what anybody can read is the issue in force. Two queries more."""
    issue = asked.issue
    shown = public_policy(Municipality.objects.values_list("code", flat=True).get(pk=asked.municipality))
    if issue is None or shown is None:
        return Evidence("まだ施行した版がないので、だれでも読める画面には何も出ていません。", False, (TEXT,))
    return Evidence(
        f"だれでも読める画面に、第{shown['number']}版の {len(shown['clauses'])} の条文と、{len(shown['editions'])} の版が出ています。",
        shown["number"] == issue.number,
        (EDITIONS,),
    )


def limits(asked: Asked) -> Evidence:
    """Which numbers the town has set itself, and whether all lie within their bounds."""
    issue = asked.issue
    values = limits_of(issue.limits if issue else {})
    own = [limit.label for name, limit in LIMITS.items() if values[name] != limit.default]
    outside = [name for name, limit in LIMITS.items() if not limit.lower <= values[name] <= limit.upper]
    said = f"手本とちがうのは {len(own)}（{'、'.join(own)}）です。" if own else "どれも手本のとおりです。"
    return Evidence(f"数値の定めは {len(values)} あり、{said}", not outside, (TEXT,))


def sign_in_limits(asked: Asked) -> Evidence:
    """How long a sign-in of the staff lasts here today. That it ends then is for the tests: a number judges nothing."""
    issue = asked.issue
    values = limits_of(issue.limits if issue else {})
    return Evidence(
        f"いまの定めでは、サインインは {values['session_hours']} 時間、操作がないときは {values['idle_minutes']} 分で終わります。",
        ways=(TEXT,),
    )


def overlays(asked: Asked) -> Evidence:
    """What the town's own rules close, and how often they did."""
    issue = asked.issue
    own = overlay_rules(issue.overlay) if issue else ()
    if not own:
        return Evidence("町が加えた規則はありません。", ways=(REVISIONS,))
    opens = [rule.id for rule in own if rule.permits]
    closed = decisions_under(asked.municipality, asked.since, [rule.id for rule in own]).get("deny", 0)
    return Evidence(
        f"町が加えた規則は {len(own)} で、過去90日に {closed:,} 件を断りました。",
        not opens,
        (REVISIONS, trail_way(asked, outcome="deny")),
    )


def walls(asked: Asked) -> Evidence:
    """How many tables with rows of a municipality the database walls off by itself, for everybody who connects as the application."""
    with connection.cursor() as cursor:
        cursor.execute(_WALLS, [list(PUBLIC_TABLES)])
        found: Sequence[tuple[str, bool]] = cursor.fetchall()
    open_ = [table for table, walled in found if not walled]
    sentence = f"自治体の行のある表 {len(found)} のうち {len(found) - len(open_)} に、データベースの壁があります。"
    return Evidence(sentence, not open_, (TABLE,))


# The names of the sealed trees, which stand on every checkpoint that is given away: all towns' are for everybody.
PUBLIC_TABLES = ("audit_log",)
# Tables of the application that have a municipality in every row, and whether the connected role is under a wall there.
_WALLS = """
    SELECT c.relname, row_security_active(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'municipality_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL (%s)
"""


def _text(asked: Asked) -> Text:
    return text_in(asked.issue) if asked.issue else model_text()
