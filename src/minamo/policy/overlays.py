"""上乗せの型 (templates of overlays): what a board can close without writing Cedar itself; experts may write it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """上乗せの型. `when` is the Cedar condition with {first} and {last} for its numbers."""

    key: str
    label: str
    sentence: str
    clause: str
    scope: str
    when: str
    asks: tuple[str, str] = ("", "")


TEMPLATES = (
    Template("night", "夜は重要性分類Ⅰ・Ⅱを開かない", "夜のあいだは、重要性分類Ⅱ以上の情報を開けません。", "2.3.3 分類Ⅱの情報",
             'action in [Action::"class1", Action::"class2"]',
             'principal.kind == "staff" && (context.hour < {first} || context.hour >= {last})', ("朝の時刻", "夜の時刻")),
    Template("holiday", "休みの日は重要性分類Ⅰを開かない", "休みの日は、重要性分類Ⅰの情報を開けません。", "2.3.2 分類Ⅰの情報",
             'action in [Action::"class1"]', 'principal.kind == "staff" && context.holiday'),
    Template("posture", "状態の分からない端末では重要性分類Ⅰを開かない",
             "状態に問題がないと報告された端末でだけ、重要性分類Ⅰの情報を開けます。", "2.12.8 端末の状態",
             'action in [Action::"class1"]', 'principal.kind == "staff" && context.posture != "good"'),
    Template("managed", "自己申告だけの端末では重要性分類Ⅰを開かない",
             "管理ツールかプロキシが「問題なし」と報告した端末でだけ、重要性分類Ⅰの情報を開けます。", "2.12.8 端末の状態",
             'action in [Action::"class1"]',
             'principal.kind == "staff" && !(context.posture == "good" && '
             '(context.posture_source == "mdm" || context.posture_source == "proxy"))'),
    Template("export", "名簿の書き出しを校長・教頭だけにする", "この町では、名簿の書き出しは校長・教頭だけが行います。", "6.5 名簿の書き出し",
             'action == Action::"pupil:export"', "!principal.heads.contains(resource.school)"),
)  # fmt: skip


_FIRST, _LAST = 711711, 822822  # stand for the numbers of a template while it is looked for


def text_of(template: Template, code: str, first: int = 7, last: int = 20) -> str:
    """The template as Cedar text with the town's code in its name."""
    when = template.when.replace("{first}", str(first)).replace("{last}", str(last))
    return (
        f'@id("overlay.{code}-{template.key}")\n@clause("{template.clause}")\n@ja("{template.sentence}")\n'
        f"forbid (principal, {template.scope}, resource)\nwhen {{ {when} }};\n"
    )


def written(sent: Mapping[str, str], code: str) -> str:
    """The overlay a form asks for: the ticked templates, then what was written by hand."""
    chosen = [
        text_of(t, code, _hour(sent.get(f"first-{t.key}"), 7), _hour(sent.get(f"last-{t.key}"), 20))
        for t in TEMPLATES
        if sent.get(f"use-{t.key}")
    ]
    own = sent.get("overlay", "").strip()
    return "\n".join([*chosen, *([own] if own else [])])


@dataclass(frozen=True)
class Parted:
    """上乗せを型に分けたもの: which templates stand in it with their numbers, and what was written by hand."""

    ticked: Mapping[str, tuple[int, int]]
    own: str


def parted(overlay: str, code: str) -> Parted:
    """The form again from its overlay: `written` of what this gives is the same rules."""
    ticked: dict[str, tuple[int, int]] = {}
    for template in TEMPLATES:
        pattern = re.escape(text_of(template, code, _FIRST, _LAST).strip())
        pattern = pattern.replace(str(_FIRST), r"(\d+)").replace(str(_LAST), r"(\d+)")
        if (found := re.search(pattern, overlay)) is not None:
            first, last = found.groups() or ("7", "20")
            ticked[template.key] = int(first), int(last)
            overlay = overlay[: found.start()] + overlay[found.end() :]
    return Parted(ticked, overlay.strip())


def _hour(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() and int(text) <= 24 else otherwise
