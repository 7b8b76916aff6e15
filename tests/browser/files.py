"""Files that go into a page and come out of it."""

import base64
from pathlib import Path
from typing import Any

CARRIED = """([name, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: "application/pdf" }));
    return data;
}"""
FETCHED = """async (link) => {
    const answer = await fetch(link), kind = answer.headers.get("content-type");
    if (kind !== "application/pdf") throw new Error(`${answer.status} ${kind}`);
    return btoa([...new Uint8Array(await answer.arrayBuffer())].map((one) => String.fromCharCode(one)).join(""));
}"""


def dropped(page: Any, where: str, path: Path) -> None:
    """A PDF let go over a part of the page, as a hand with a mouse does it."""
    carried = page.evaluate_handle(CARRIED, [path.name, base64.b64encode(path.read_bytes()).decode()])
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(where, event, {"dataTransfer": carried})


def fetched(page: Any, link: str) -> bytes:
    """A PDF that a link of this page gives its reader, who proves her device as the page does. Raises when it is none."""
    return base64.b64decode(page.evaluate(FETCHED, link))
