"""Which browser the browser tests will use; says aloud when there is none and how to get one."""

import os
import shutil
import sys

WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
"""The same engine without a browser around it: two fifths less to compute, but nothing goes on behind closed pages."""


def browser(*, whole: bool = False) -> str | None:
    """Path of a Chromium or Chrome (MINAMO_BROWSER overrides), the lighter shell first unless a `whole` one is asked for, or None."""
    named = os.environ.get("MINAMO_BROWSER")
    if named:
        return shutil.which(named)
    return next((path for name in (() if whole else SHELLS) + WHOLE if (path := shutil.which(name))), None)


if __name__ == "__main__":
    if browser() is None:
        sys.stderr.write(
            "水面 ブラウザの試験は飛ばします: Chromium か Chrome が見つかりません。\n"
            "     入れ方の例: sudo apt-get install chromium chromium-headless-shell fonts-noto-cjk（または MINAMO_BROWSER=/path/to/chrome）\n"
        )
        sys.exit(1)
