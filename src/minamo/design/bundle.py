"""一つにまとめたCSSとJS (bundles): the component files in a fixed order as one response; no bundler, no build step."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

STATIC = Path(__file__).parent / "static" / "design"
LAYERS = "@layer tokens, base, layout, components, pages, print;\n"


@dataclass(frozen=True)
class Bundle:
    """Content and the fingerprint that stands in its URL."""

    content: bytes
    fingerprint: str


def _bundle(text: str) -> Bundle:
    content = text.encode()
    return Bundle(content, hashlib.sha256(content).hexdigest()[:12])


def css() -> Bundle:
    """The stylesheet; read anew for each page while developing."""
    return _css.__wrapped__() if settings.DEBUG else _css()


@lru_cache(maxsize=1)
def _css() -> Bundle:
    """Tokens, base, layouts, components (by name) and print, each in its cascade layer."""
    parts = [LAYERS]
    for layer, files in (
        ("tokens", [STATIC / "tokens.css"]),
        ("base", [STATIC / "base.css"]),
        ("layout", [STATIC / "layout.css"]),
        ("components", sorted((STATIC / "components").glob("*.css"))),
        ("print", [STATIC / "print.css"]),
    ):
        body = "\n".join(path.read_text() for path in files)
        parts.append(f"@layer {layer} {{\n{body}\n}}\n")
    return _bundle("".join(parts))


def js() -> Bundle:
    """The custom elements; read anew for each page while developing."""
    return _js.__wrapped__() if settings.DEBUG else _js()


@lru_cache(maxsize=1)
def _js() -> Bundle:
    """The custom elements as one ES module; each file is an IIFE-free module without imports or exports."""
    parts = [f"{{\n{path.read_text()}\n}}\n" for path in sorted((STATIC / "js").glob("*.js"))]
    return _bundle("".join(parts))
