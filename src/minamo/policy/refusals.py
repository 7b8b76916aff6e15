"""書けない (refusal): what a verb of the room says when a form cannot be taken as it was sent."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")


class Refused(ValueError):
    """書けない: the message says in Japanese what is wrong and what to do; `field` is the field it belongs to, `at` all fields with
    their words where several are wrong."""

    def __init__(self, message: str, field: str = "", at: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.at: Mapping[str, str] = MappingProxyType(dict(at or ({field: message} if field else {})))


class Overtaken(Refused):
    """追い越された: while the form was open somebody else wrote something different into the same fields. `values` are all fields as the
    form has to show them now: what the others wrote where one has typed nothing, what was typed where both did. `what` names the fields
    where the page does not show which they are."""

    def __init__(self, clashes: Mapping[str, str], values: Mapping[str, Any], what: str = "") -> None:
        first, many = next(iter(clashes)), len(clashes) > 1
        said = f"この画面を開いたあとに、{what or f'{len(clashes)}か所'}を、ほかの人が変えました。それぞれの欄に書いてあります。"
        super().__init__(said if many or what else clashes[first], first, clashes)
        self.values: Mapping[str, Any] = MappingProxyType(dict(values))


class Reworded(Overtaken):
    """条文が変わった: what was answered was answered to other words. `said` what has changed; `at` the fields that are asked again, which
    stand empty."""

    def __init__(self, said: str, at: Mapping[str, str], values: Mapping[str, Any]) -> None:
        Refused.__init__(self, said, next(iter(at), ""), at)
        self.values = MappingProxyType(dict(values))


def overtaken(who: str, now: str) -> str:
    """The word at a field that somebody else has changed to `now`."""
    return f"この画面を開いたあとに、{who}が「{now}」に変えました。どちらにするかを決めて、もう一度押してください。"


def require_length(text: str, field: str, most: int, what: str = "") -> None:
    """字数: raises Refused with both numbers for a text of more than `most` characters; `what` is too long, where the field does not say it."""
    if len(text) > most:
        about = f"{what}は" if what else ""
        raise Refused(f"{about}{most}字までにしてください。いまは{len(text)}字です。", field)


def refuse_all(found: Sequence[Refused]) -> None:
    """Raises what was found: one as it is, several as one that says how many, each at its field. Nothing for nothing."""
    if len(found) == 1:
        raise found[0]
    if found:
        at = {field: text for one in reversed(found) for field, text in one.at.items()}
        plain = [str(one) for one in found if not one.at]
        said = f"{len(at)}か所を直してください。どう直すかは、それぞれの欄に書いてあります。" if at else ""
        raise Refused(" ".join([*plain, said]).strip(), next((one.field for one in found if one.field), ""), at)


def gathered(*checks: Callable[[], T]) -> list[T]:
    """All that the checks give. A form is answered once with everything that is wrong in it: raises Refused after the last check."""
    done, found = [], []
    for check in checks:
        try:
            done.append(check())
        except Refused as problem:
            found.append(problem)
    refuse_all(found)
    return done
