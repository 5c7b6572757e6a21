"""A message on its way: files beside its words, how replies are made, and the line before a secret leaves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.shots.drawing import files
from tests.shots.rig import Rig

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.picks import PickKind
from switchyard.core.unsent import Delay, Hold
from switchyard.services.aims import Target
from switchyard.services.attachments import check_upload
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.widgets.suggestions import Suggestions

_SECRET = "Why does the gateway refuse sk-" + "a1B2c3D4" * 4 + " since this morning?"
_WAITING_IN = "Rate limiter for the gateway"


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


async def name_answer(rig: Rig) -> None:
    """Name a model for one message: the list stands over the words."""
    composer = _composer(rig)
    composer.set_draft(Draft(""))
    composer.box.setFocus()
    QTest.keyClicks(composer.box, "Is that right, @")
    await rig.settle()


async def name_file(rig: Rig) -> None:
    """Name what goes along: files and chats, in the shown chat."""
    composer = _composer(rig)
    composer.set_draft(Draft(""))
    composer.box.setFocus()
    QTest.keyClicks(composer.box, "As in #s")
    await rig.until(lambda: any(each.isVisible() for each in rig.window.findChildren(Suggestions)))
    await rig.settle()


async def send_elsewhere(rig: Rig) -> None:
    """Write a message that one model alone answers."""
    _composer(rig).set_draft(Draft("Is that right?", to=(PickKind.MODEL, "anthropic/claude-sonnet-4-5")))
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


async def queue(rig: Rig) -> None:
    """Let two messages wait in the shown chat, as after a restart."""
    uid = next(each.uid for each in await rig.services.conversations.list() if each.title == _WAITING_IN)
    outgoing = rig.services.kept.unsent
    for text, delay in (("And per region?", Delay.NETWORK), ("Show the Lua script for it.", Delay.REPLY)):
        await outgoing.add(outgoing.new(uid, text, (), Target(chain="Everyday"), delay))
    outgoing.hold(uid, Hold.CLOSED)
    await rig.settle()
    await rig.settle()


async def send_nothing(rig: Rig) -> None:
    """Take what waits out again."""
    outgoing = rig.services.kept.unsent
    for message in [each for uid in outgoing.conversations for each in outgoing.of(uid)]:
        await outgoing.remove(message.uid)
    await rig.settle()


async def clear(rig: Rig) -> None:
    """Leave nothing behind in the composer."""
    _composer(rig).set_draft(Draft())
    await rig.settle()
