"""保存できる文字: no text of a request holds U+0000, which no column of the database takes; asked once, for every route."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

NUL, ESCAPED = "\0", b"\\u0000"


def require_storable(request: HttpRequest) -> None:
    """Raises SuspiciousOperation (the page 400) for a query, a form or a JSON body with U+0000 in it."""
    json = request.content_type == "application/json" and (ESCAPED in request.body or b"\0" in request.body)
    if json or any(
        NUL in text
        for values in (request.GET, request.POST)
        for name, texts in values.lists()
        for text in (name, *texts)
    ):
        raise SuspiciousOperation("U+0000 in a text")
