"""Enter in a line of text presses the first button of its form. Where a form has several acts, that must not be one of them:
such a form begins with `ui.no_default()`. Read from the sources of all templates, so that a new form is asked too."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "minamo"
TEMPLATES = {
    path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.glob("*/jinja2/**/*.html"))
}
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.S)
MACRO = re.compile(r"{%-?\s*macro (\w+)\(.*?%}(.*?){%-?\s*endmacro", re.S)
CALL = re.compile(r"{(?:{|%-?\s*call(?:\([^)]*\))?)\s*(?:\w+\.)?(\w+)\(")
INCLUDE = re.compile(r'{%-?\s*include "([^"]+)"')
SILENT = {
    "hidden",
    "checkbox",
    "radio",
    "file",
    "range",
    "color",
    "submit",
    "button",
    "reset",
}  # no line of text in them
GUARD = "ui.no_default()"
# Forms whose lines are what the first button keeps (and not a note beside a decision): Enter keeps them. That button says nothing else.
KEPT_BY_ENTER = ("interop/jinja2/interop/guardians_tray.html", "people/jinja2/people/family.html")
BODIES = {name: body for text in TEMPLATES.values() for name, body in MACRO.findall(text)}


def lines_of_text(source: str, depth: int = 0) -> bool:
    """Whether a piece of a template holds a field in which Enter submits; macros and includes are followed."""
    if "as_widget" in source:
        return True
    for field in re.findall(r"<input\b[^>]*>", source):
        found = re.search(r'type="([^"]*)"', field)
        if found is None or found[1] not in SILENT:
            return True
    if depth > 3:
        return False
    inside = [BODIES[name] for name in CALL.findall(source) if name in BODIES and name != "check"]
    inside += [
        TEMPLATES[key] for name in INCLUDE.findall(source) for key in TEMPLATES if key.endswith(f"jinja2/{name}")
    ]
    return any(lines_of_text(each, depth + 1) for each in inside)


def acts(source: str) -> list[str]:
    """What the submit buttons of a form say to the server; a button in a loop counts twice."""
    looped = "".join(re.findall(r"{%-?\s*for\b.*?endfor", source, re.S))
    return [*_buttons(source), *_buttons(looped)]


def _buttons(source: str) -> list[str]:
    found = [tag for tag in re.findall(r"<button\b[^>]*>", source) if not re.search(r'type="(button|reset)"', tag)]
    found += [call for call in re.findall(r"ui\.button\((.*?)\)\s*}}", source, re.S) if 'type="button"' not in call]
    return [_act(each) for each in found]


def _act(button: str) -> str:
    said = re.search(r'name="([^"]+)"[ ,]+value=("[^"]*"|[^,)]*)', button)
    return f"{said[1]}={said[2]}" if said else ""


def several_acts() -> dict[str, str]:
    """Forms to the server with a line of text and more than one act, by template and place."""
    found = {}
    for name, text in TEMPLATES.items():
        for form in FORM.finditer(text):
            source = form[0]
            said = acts(source)
            many = len(set(said)) > 1 or len([act for act in said if act]) > 1
            if many and 'method="post"' in source and lines_of_text(source):
                found[f"{name}:{text.count(chr(10), 0, form.start()) + 1}"] = source
    return found


FORMS = several_acts()


def test_the_walk_finds_the_forms_it_is_for() -> None:
    """Buttons side by side, in a loop, and a text field that a macro brings."""
    assert {"exception", "incidents", "inspection", "revision", "emergencies", "morning_lists", "family"} <= {
        place.rsplit("/", 1)[1].split(".")[0] for place in FORMS
    }


@pytest.mark.parametrize("place", FORMS)
def test_enter_in_a_line_of_text_does_none_of_several_acts(place: str) -> None:
    """The guard stands before every button; or the first one keeps the lines of the form and has no name."""
    source = FORMS[place]
    first = re.search(r"<button\b|ui\.button\(.*?\)\s*}}", source)
    assert first is not None
    if place.startswith(KEPT_BY_ENTER):
        assert "name=" not in first[0]
        return
    assert GUARD in source[: first.start()], f"{place}: start this form with {{{{ {GUARD} }}}}"
