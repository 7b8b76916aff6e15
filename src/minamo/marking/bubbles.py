"""マーク欄の置き方: where the circles of a question stand on a printed sheet: in the part of its box without print. Pure."""

from PIL import Image

from minamo.marking.inscribing import free_part
from minamo.marking.setup import fitting
from minamo.marking.sheet_values import Asked
from minamo.marking.vision.bubbles import Bubbles


def bubbles_on(page: Image.Image, asked: Asked) -> Bubbles | None:
    """On a page of the blank (gray, 200 dpi): beside its print where they fit there, else over the whole box."""
    free = free_part(page, asked.box)
    return (fitting(free, asked.alphabet) if free else None) or fitting(asked.box, asked.alphabet)
