"""What a web process loads: every worker of the web holds its own copy, so the libraries that look at pictures, make books
and print stay out until somebody asks for them (the eye and the reader: only in workers and processes of their own)."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Of the extra `marking`, then what only downloads and uploads need, then the solver of the proof.
HEAVY = (
    "cv2", "numpy", "onnxruntime", "sklearn", "scipy", "pypdfium2", "pikepdf", "zxingcpp", "PIL", "pillow_heif", "openpyxl", "typst", "z3",
)  # fmt: skip

LOADING = """
import json, sys
import minamo.config.asgi
from django.urls import get_resolver
print(json.dumps({"routes": len(get_resolver().url_patterns), "loaded": sorted(sys.modules)}))
"""


def loaded(code: str) -> dict[str, object]:
    """What a fresh process says that runs the code with the project's settings."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "minamo.config.settings"}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    found: dict[str, object] = json.loads(answer.stdout.splitlines()[-1])
    return found


def test_the_web_loads_no_library_that_looks_at_pictures() -> None:
    found = loaded(LOADING)
    modules = found["loaded"]
    assert isinstance(modules, list) and "minamo.marking.views.setup.new" in modules
    assert isinstance(found["routes"], int) and found["routes"] > 150
    assert [name for name in HEAVY if name in modules] == []


def test_the_eye_runs_in_one_thread() -> None:
    """Whoever opens OpenCV through the eye has set it to one thread, whichever part comes first."""
    parts = sorted(
        path.stem for path in (ROOT / "src/minamo/marking/vision").glob("*.py") if "import cv2" in path.read_text()
    )
    assert "align" in parts and "markers" in parts
    code = f"""
import importlib, json, sys
import cv2
seen = {{}}
for part in {parts!r}:
    for name in [name for name in sys.modules if name.startswith("minamo.")]:
        del sys.modules[name]
    cv2.setNumThreads(4)
    importlib.import_module("minamo.marking.vision." + part)
    seen[part] = cv2.getNumThreads()
print(json.dumps(seen))
"""
    assert loaded(code) == dict.fromkeys(parts, 1)
