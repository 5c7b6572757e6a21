"""Every icon that is shipped is drawn somewhere, and none is asked for that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from switchyard.resources import resource

APP = Path(__file__).parents[2] / "app" / "switchyard"


def test_no_icon_is_shipped_for_nothing() -> None:
    words = {word for path in APP.rglob("*.py") for word in re.findall(r"[\"']([a-z-]+)[\"']", path.read_text("utf-8"))}
    shipped = {path.stem for path in resource("icons").glob("*.svg")}
    assert shipped <= words
