"""What was computed beside the window is handed over once, and nothing of it is held on to."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words


class Listener:
    """Whoever waits for a result."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, number: int) -> None:
        self.heard.append(number)


def ask(background: Background, listener: Listener, number: int) -> None:
    background.compute(lambda: number, listener.hear)


def test_results_come_in_order_and_who_heard_them_can_go(qtbot: QtBot) -> None:
    owner = QObject()
    background, listener = Background(owner), Listener()
    for number in range(5):
        ask(background, listener, number)
    assert background.busy
    qtbot.waitUntil(lambda: not background.busy)
    assert listener.heard == [0, 1, 2, 3, 4]
    gone = weakref.ref(listener)
    del listener
    gc.collect()
    assert gone() is None


def test_a_reply_that_is_no_longer_shown_is_forgotten(qtbot: QtBot, dark: Theme) -> None:
    view = ThreadView(dark, Words())
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    text = "A **reply** with\n\n```python\nprint('code')\n```\n\n" * 400  # long enough for the thread
    view.set_messages([Message(MessageId("r"), None, Role.ASSISTANT, MessageState.COMPLETE, text, 0)], {})
    qtbot.waitUntil(lambda: any(reply.body.findChildren(QWidget) for reply in view.findChildren(ReplyView)))
    gone = [weakref.ref(reply) for reply in view.findChildren(ReplyView)]
    view.clear()

    def are_forgotten() -> bool:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        return gone != [] and all(reply() is None for reply in gone)

    qtbot.waitUntil(are_forgotten)


def test_a_job_that_fails_is_not_done_again(qtbot: QtBot) -> None:
    owner = QObject()
    background, done = Background(owner), []

    def fail() -> None:
        done.append("failed")
        raise ValueError("a bug")

    background.later(fail)
    with qtbot.captureExceptions() as bugs:
        qtbot.waitUntil(lambda: not background.busy)
        background.later(lambda: done.append("done"))
        qtbot.waitUntil(lambda: "done" in done)
    assert (done, len(bugs)) == (["failed", "done"], 1)
