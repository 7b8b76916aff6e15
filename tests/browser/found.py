"""Which browser the browser tests will use; says aloud when there is none and how to get one."""

import os
import shutil
import sys

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")


def browser() -> str | None:
    """Path of a Chromium or Chrome (MINAMO_BROWSER overrides), or None."""
    named = os.environ.get("MINAMO_BROWSER")
    if named:
        return shutil.which(named)
    return next((path for name in CANDIDATES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    if browser() is None:
        sys.stderr.write(
            "水面 ブラウザの試験は飛ばします: Chromium か Chrome が見つかりません。\n"
            "     入れ方の例: sudo apt-get install chromium fonts-noto-cjk（または MINAMO_BROWSER=/path/to/chrome）\n"
        )
        sys.exit(1)
