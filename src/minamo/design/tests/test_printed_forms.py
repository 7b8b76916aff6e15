"""帳票: rare characters stay text, fonts come from the environment, pages are counted."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
import pytest
import typst

from minamo.design.typst import printable, render_pdf

RARE = ["𠮷田", "山﨑", "髙橋", "渡邉󠄂", "葛󠄀城"]
SOURCE = """#import "/design/typst/base.typ": *
#let data = json(bytes(sys.inputs.data))
#show: form
#for (at, name) in data.names.enumerate() { if at > 0 { pagebreak() }; [#name] }
#ruby("よしだ", "吉田")
"""


@pytest.fixture
def form() -> Iterator[Path]:
    """A form inside the package (Typst reads nothing outside its root), where templates of rooms live."""
    with TemporaryDirectory(dir=Path(__file__).parent) as folder:
        path = Path(folder, "form.typ")
        path.write_text(SOURCE)
        yield path


@pytest.mark.parametrize("standard", [None, "a-2b"])
def test_names_of_every_kind_stay_text(form: Path, standard: str | None) -> None:
    made = pypdfium2.PdfDocument(render_pdf(form, {"names": RARE}, pdf_standard=standard))
    texts = [page.get_textpage().get_text_range() for page in made]
    assert len(texts) == len(RARE)
    for name, text in zip(RARE, texts, strict=True):
        assert name in text
    assert "吉田" in texts[-1]


def test_the_fonts_are_those_of_the_environment(form: Path) -> None:
    made = render_pdf(form, {"names": ["阿部"]})
    assert b"NotoSansCJKjp" in made


def test_a_mistake_in_a_form_is_told(form: Path) -> None:
    form.write_text("#nothing-of-that-name")
    with pytest.raises(typst.TypstError, match="unknown variable"):
        render_pdf(form, {})


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("鞄😀を忘れた👍🏽👨‍👩‍👧", "鞄〔絵文字〕を忘れた〔絵文字〕"), ("✅済み❗", "✓済み！"), ("🇯🇵☎①②🈁♨", "〔絵文字〕☎①②🈁♨"),
     ("葛󠄀城 𠮷田 が〰", "葛󠄀城 𠮷田 が〰"), ("雨☔️の日", "雨〔絵文字〕の日")],
)  # fmt: skip
def test_an_emoji_is_a_sign_or_a_word(form: Path, typed: str, printed: str) -> None:
    assert printable({"names": [typed], "more": (1, None)}) == {"names": [printed], "more": [1, None]}
    text = pypdfium2.PdfDocument(render_pdf(form, {"names": [typed]}))[0].get_textpage().get_text_range()
    assert "絵文字" in text or "絵文字" not in printed
