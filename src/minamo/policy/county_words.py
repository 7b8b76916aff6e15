"""郡の定めを言葉で: what a county's file would do or has done, line by line, for the operator."""

from collections.abc import Iterator

from minamo.access.api import LIMITS
from minamo.policy.actions.county import Member, Weighed
from minamo.policy.clauses import base_texts
from minamo.policy.queries.texts import limits_of


def weighed_in_words(found: Weighed, *, kept: bool) -> Iterator[str]:
    """Name and day, clauses, numbers, what is proved, town by town, and what to do now."""
    yield f"{found.file.name}（郡 {found.county}、合意 {found.file.agreed_on}）"
    yield from _clauses(found)
    yield from _numbers(found)
    measured = "手本の規程と、いまの定め" if found.former else "手本の規程"
    yield f"証明　{measured}でできないことは、この定めでもできません（規則が読む数値について、すべての求め）。"
    for member in found.members:
        yield from _member(member)
    if kept:
        yield f"{len(found.members)}つの町に置きました。町の規程は変わっていません。教育委員会のホームと規程の部屋に、取り入れるのを待っていると出ます。"
    else:
        yield "まだ何も変えていません。置くには --apply を付けてください。置いても、町が取り入れるまで、町の規程は変わりません。"


def _clauses(found: Weighed) -> Iterator[str]:
    base, before = base_texts(), dict(found.former.clauses) if found.former else {}
    for number, clause in found.file.clauses.items():
        if before.get(number) == dict(clause):
            word = "前と同じ"
        else:
            word = "変える" if number in base or number in before else "加える"
        yield f"  条文（{word}）　{number} {clause['title']}"
    for number in before.keys() - found.file.clauses.keys():
        word = "手本の文に戻す" if number in base else "なくす"
        yield f"  条文（{word}）　{number} {before[number]['title']}"


def _numbers(found: Weighed) -> Iterator[str]:
    before = limits_of(found.former.limits if found.former else {})
    for name, value in found.file.limits.items():
        limit = LIMITS[name]
        change = (
            f"{before[name]}{limit.unit} → {value}{limit.unit}"
            if before[name] != value
            else f"{value}{limit.unit}のまま"
        )
        yield f"  数値　{limit.label}　{change}"


def _member(member: Member) -> Iterator[str]:
    stands = f"第{member.edition}版" if member.edition else "まだ版がありません"
    lies = f"「{member.lies_on.name}」の上" if member.lies_on else "郡の定めは、まだ取り入れていません"
    yield f"  {member.town.code} {member.town.name}　{stands}、{lies}"
    for name, value in member.stricter.items():
        yield f"    取り入れると　{LIMITS[name].label}が {value}{LIMITS[name].unit} になります。"
    if member.kept:
        yield f"    町の文のまま残る条文　{'、'.join(member.kept)}"
