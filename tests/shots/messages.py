"""What can be done with single messages, and what holds for a chat as a whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.fakes.http_server import Script, sse
from tests.shots.rig import Rig

from switchyard.core.message import Conversation, Role
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.header import Header
from switchyard.ui.pages.page import PageName
from switchyard.ui.transcript.acts import Act

_TITLE = "Rate limiter for the gateway"
_AGAIN = "Take two seconds of peak rate as the capacity, and refill when you read the level."


async def _chat(rig: Rig) -> Conversation:
    return next(each for each in await rig.services.conversations.list() if each.title == _TITLE)


async def branch(rig: Rig) -> None:
    """A question was put differently; the first reply is pinned and rated, and one message is not sent."""
    await rig.show(PageName.CHAT, (await _chat(rig)).uid)
    messages = (await rig.services.conversations.open((await _chat(rig)).uid))[1]
    for message, act in ((messages[1], Act.PIN), (messages[1], Act.GOOD), (messages[0], Act.EXCLUDE)):
        _view(rig).acts.requested.emit(message.uid, act)
    await rig.settle()
    deltas = [{"model": "gpt-5", "choices": [{"delta": {"content": _AGAIN}}]}]
    last = {
        "choices": [{"delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 912, "completion_tokens": 64},
    }
    script = Script(sse(*deltas, last), headers={"content-type": "text/event-stream"})
    rig.server.play("/live/v1/chat/completions", script)
    asked = [message for message in messages if message.role is Role.USER][-1]
    rig.window.workbench.page.presenter._sessions.shown.retry(asked.uid, target=Target(chain="Live"))  # type: ignore[union-attr]
    await rig.settle()
    await rig.until(lambda: not rig.window.workbench.page.column.composer.send.stops)  # type: ignore[union-attr]
    await rig.settle()


async def edit(rig: Rig) -> None:
    """A message is being put differently."""
    await rig.show(PageName.CHAT, (await _chat(rig)).uid)
    QTest.keyClick(rig.window.workbench.page.column.composer.box, Qt.Key.Key_Up)  # type: ignore[union-attr]
    await rig.settle()


async def leave_edit(rig: Rig) -> None:
    """Leave the message as it was."""
    rig.window.workbench.page.presenter.acting.editing.leave()  # type: ignore[union-attr]
    await rig.settle()


async def offer_acts(rig: Rig) -> None:
    """The menu of the last reply."""
    await rig.show(PageName.CHAT, (await _chat(rig)).uid)
    item = _view(rig)._stage.items[-1]
    assert item.view is not None
    item.view.menu().open_below(_header(rig))
    await rig.settle()


async def set_conditions(rig: Rig) -> None:
    """A new chat that stays on this computer, is temporary and has a text of its own."""
    await rig.show(PageName.CHAT, "")
    session = rig.window.workbench.page.presenter._sessions.shown  # type: ignore[union-attr]
    session.options.set_system("Answer briefly, in British English. Prefer plain words to technical ones.")
    session.options.set_local_only(True)
    session.temporary = True
    rig.window.workbench.page.presenter._on_shown_changed()  # type: ignore[union-attr]
    await rig.settle()


async def open_conditions(rig: Rig) -> None:
    """The menu of the chat."""
    _header(rig).more.click()
    await rig.settle()


async def open_system(rig: Rig) -> None:
    """The panel of the system text."""
    rig.window.workbench.page.presenter._conditions._open_system()  # type: ignore[union-attr]
    await rig.settle()


async def forget_conditions(rig: Rig) -> None:
    """A new chat that is as any other."""
    session = rig.window.workbench.page.presenter._sessions.shown  # type: ignore[union-attr]
    session.options.set_system("")
    session.options.set_local_only(False)
    session.temporary = False
    rig.window.workbench.page.presenter._on_shown_changed()  # type: ignore[union-attr]
    _header(rig).setFocus(Qt.FocusReason.OtherFocusReason)
    await rig.settle()


def _view(rig: Rig):  # type: ignore[no-untyped-def]
    return rig.window.workbench.page.column.threads.currentWidget()  # type: ignore[union-attr]


def _header(rig: Rig) -> Header:
    return rig.window.workbench.page.column.header  # type: ignore[union-attr, no-any-return]
