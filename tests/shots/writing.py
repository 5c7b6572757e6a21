"""A message on its way: files beside its words, how replies are made, and the line before a secret leaves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.shots.drawing import files
from tests.shots.rig import Rig

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.services.attachments import check_upload
from switchyard.ui.pages.chat.composer import Composer

_SECRET = "Why does the gateway refuse sk-" + "a1B2c3D4" * 4 + " since this morning?"


def _composer(rig: Rig) -> Composer:
    composer = rig.window.workbench.page.column.composer  # type: ignore[union-attr]
    assert isinstance(composer, Composer)
    return composer


async def attach(rig: Rig) -> None:
    """Write a message with a picture and a text beside it."""
    uploads = [check_upload(name, content) for name, content in files()]
    kept: tuple[StoredFile, ...] = await rig.services.attachments.keep(uploads)
    _composer(rig).set_draft(Draft("Is this the same place as in my notes?", kept))
    await rig.settle()
    await rig.settle()


async def sample(rig: Rig) -> None:
    """Open the panel for how replies are made, with something set."""
    composer = _composer(rig)
    composer.foot.sampling.click()
    await rig.settle()


async def be_careful(rig: Rig) -> None:
    """Send a key to a cloud model."""
    composer = _composer(rig)
    composer.set_draft(Draft(_SECRET))
    QTest.keyClick(composer.box, Qt.Key.Key_Return)
    await rig.until(composer.hint.text)
    await rig.settle()


async def clear(rig: Rig) -> None:
    """Leave nothing behind in the composer."""
    _composer(rig).set_draft(Draft())
    await rig.settle()
