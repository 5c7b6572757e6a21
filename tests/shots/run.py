"""`make shots`: draws every page and state into build/shots, in both themes and two sizes, from real services.

Words given are patterns: `make shots ARGS="local providers$"` draws the pictures of the scenes that match one of them.
`make shots ARGS=--publish` draws the README's pictures alone, and puts them where it shows them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "shots"
PUBLISHED = ROOT / "docs" / "pictures"
SCREEN = {"name": "wide", "x": 0, "y": 0, "width": 3840, "height": 2160}  # no menu is moved for want of room
README = {
    "chat": "everyday-chat-dark-1440x900",
    "nobody-answered": "failing-chat-dark-1440x900",
    "chains": "routing-chains-light-1440x900",
    "welcome": "empty-welcome-light-1440x900",
}


def main(words: list[str]) -> int:
    """Draw at scale 1, then at scale 2 in a process of its own, since Qt reads the scale once; then list them all."""
    screen = PICTURES / "screen.json"
    if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
    os.environ["PYTHON_KEYRING_BACKEND"] = "tests.shots.memory_keyring.MemoryKeyring"
    os.environ["PYTHONPATH"] = str(ROOT)
    PICTURES.mkdir(parents=True, exist_ok=True)
    screen.write_text(json.dumps({"screens": [SCREEN]}), encoding="utf-8")
    publishing = words == ["--publish"]
    if publishing:
        words = [f"^{picture.rsplit('-', 2)[0]}$" for picture in README.values()]
    drawing = [sys.executable, str(Path(__file__).with_name("draw.py")), str(PICTURES), *words]
    for scale in ("1",) if publishing else ("1", "2"):
        done = subprocess.run(drawing, env={**os.environ, "QT_SCALE_FACTOR": scale, "QT_FONT_DPI": "96"}, check=False)
        if done.returncode:
            return done.returncode
    if publishing:
        PUBLISHED.mkdir(exist_ok=True)
        for name, picture in README.items():
            shutil.copyfile(PICTURES / f"{picture}.png", PUBLISHED / f"{name}.png")
    names = sorted(path.name for path in PICTURES.glob("*.png"))
    figures = "".join(
        f'<figure><figcaption>{name}</figcaption><img src="{name}" loading="lazy" width="720"></figure>\n'
        for name in names
    )
    page = f"<!doctype html><meta charset=utf-8><title>Switchyard</title>\n{figures}"
    (PICTURES / "index.html").write_text(page, encoding="utf-8")
    print(f"{len(names)} pictures: {PICTURES / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
