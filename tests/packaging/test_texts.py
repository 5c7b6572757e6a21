"""Every text that people are shown can be translated: it is found by what gathers them, and written out whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
GATHER = """
import sys
sys.path.insert(0, {packaging!r})
import texts
from pathlib import Path
found = texts.gather(Path({folder!r}))
unknown = [f"{{text.file}}:{{text.line}}" for text in found if text.source is None or not text.context]
assert not unknown, unknown
texts.write(found, Path({target!r}))
"""
MODULE = """
from x import sentence, translate

TABLE = {1: QT_TRANSLATE_NOOP("Table", "in a table")}

class Page:
    def show(self, kind):
        self.tr("on a page")
        translate("Table", TABLE[kind])
        return sentence("as a value, {n}", n=1)

def _tr(text):
    return QCoreApplication.translate("Short", text)

def say():
    return _tr("in short")
"""


def gather(folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run the tool on the modules of a folder."""
    code = GATHER.format(packaging=str(ROOT / "packaging"), folder=str(folder), target=str(target))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def contexts(target: Path) -> dict[str, list[str]]:
    """Return the texts of a translation source by their contexts."""
    root = ElementTree.parse(target).getroot()
    return {
        str(context.findtext("name")): [str(message.findtext("source")) for message in context.iter("message")]
        for context in root.iter("context")
    }


def test_every_way_to_say_something_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(MODULE, encoding="utf-8")
    done = gather(tmp_path, tmp_path / "out.ts")
    assert done.returncode == 0, done.stderr
    assert contexts(tmp_path / "out.ts") == {
        "Page": ["on a page"],
        "Sentences": ["as a value, {n}"],
        "Short": ["in short"],
        "Table": ["in a table"],
    }


def test_a_text_that_is_worked_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('def say(n):\n    return sentence(f"{n} things")\n', encoding="utf-8")
    done = gather(tmp_path, tmp_path / "out.ts")
    assert "module.py:2" in done.stderr


def test_the_whole_program_can_be_translated(tmp_path: Path) -> None:
    done = gather(ROOT / "app" / "switchyard", tmp_path / "out.ts")
    assert done.returncode == 0, done.stderr
    found = contexts(tmp_path / "out.ts")
    assert "The disk is full, so your words could not be saved." in found["Sentences"]
    assert "The provider added: {message}" in found["Sentences"]
    assert "{n} tok/s" in found["Format"]
