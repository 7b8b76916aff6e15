"""Where the eye and the keyboard begin on a page that says no: at the first field in error, and nowhere else."""

from minamo.design.jinja import environment

FORM = """{% import "design/macros/ui.html" as ui %}{% import "design/macros/choice.html" as choice %}
{{ choice.radio_cards("kind", "種類", [("a", "ア", ""), ("b", "イ", "")], error=first) }}
{{ ui.field("title", "題名", error="入れてください。") }}{{ ui.textarea("words", "本文", error="短くしてください。") }}"""


def page(first: str) -> str:
    from django.template import engines

    made = environment(loader=engines["jinja2"].env.loader)  # type: ignore[attr-defined]
    return made.from_string(FORM).render(first=first)


def test_the_first_field_in_error_gets_the_focus_and_no_other() -> None:
    for _ in range(2):  # the second rendering begins anew
        text = page("")
        assert text.count(" autofocus") == 1
        assert 'id="f-title"' in text.split(" autofocus")[0] and 'id="f-words"' not in text.split(" autofocus")[0]


def test_of_a_choice_it_is_the_first_answer_that_can_have_it() -> None:
    text = page("選んでください。")
    assert text.count(" autofocus") == 1
    assert '<input type="radio" name="kind" value="a" autofocus>' in text
