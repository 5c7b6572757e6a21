"""Replies that are set in a window of their own, whole or as they come, and looked at when all is done."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from switchyard.core.events import AttemptStarted, Shown
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Reason
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

CALLED = AttemptRecord(1, 1, Reason.FIRST, "work/gpt-5", "work", "openai", "gpt-5", 1_000)
WIDTHS = (420, 500, 640, 900, 1200)
AT_REST = 900

Pieces = list[tuple[str, object, str]]


@dataclass
class LivePress:
    """Threads of one reply; while it comes, the window changes its width and its colours, and is hidden and shown."""

    qtbot: QtBot
    theme: Theme

    def whole(self, text: str) -> ThreadView:
        """Open a thread with a reply that is complete."""
        view = self._open()
        view.set_messages([_reply(text, MessageState.COMPLETE)], {})
        return view

    def streamed(self, text: str, draw: random.Random) -> ThreadView:
        """Let a reply come in pieces, and end."""
        view = self._open()
        view.begin_reply(_reply("", MessageState.STREAMING))
        self._settle(view)
        view.streams.timer.stop()
        view.apply("a", AttemptStarted(CALLED))
        largest = max(1, len(text) // draw.choice((30, 100, 400)))
        at = 0
        while at < len(text):
            size = draw.randint(1, largest)
            view.apply("a", Shown(1, text[at : at + size], ""))
            at += size
            self._disturb(view, draw)
        while (stream := view.streams.find("a")) is not None and stream.live.has_text:
            view.streams.tick()
        view.resize(AT_REST, 700)
        self.theme.set_mode("dark")
        view.settle(_reply(text, MessageState.COMPLETE))
        return view

    def _disturb(self, view: ThreadView, draw: random.Random) -> None:
        chance = draw.random()
        if chance < 0.35:
            view.streams.tick()
        if chance < 0.04:
            view.resize(draw.choice(WIDTHS), 700)
        elif chance < 0.06:
            self.theme.set_mode("light" if self.theme.name == "dark" else "dark")
        elif chance < 0.10:
            QCoreApplication.processEvents()
        elif chance < 0.11:
            view.hide()
            view.show()

    def _open(self) -> ThreadView:
        self.theme.set_mode("dark")
        view = ThreadView(self.theme, Words())
        view.resize(AT_REST, 700)
        view.show()
        return view

    def outcome(self, view: ThreadView) -> tuple[Pieces, QImage]:
        """Return what a reply has come to: every piece with its kind, its place and its text, and how it looks."""
        self._settle(view)
        for piece in self._pieces(view):
            piece.unfold()
        self._settle(view)
        message = _message(view)
        shown: Pieces = [
            (type(piece).__name__, piece.geometry().getRect(), piece.surface.text(0, piece.surface.length))
            for piece in self._pieces(view)
        ]
        return shown, message.body.grab().toImage()

    def _pieces(self, view: ThreadView) -> list[Piece]:
        found = _message(view).body.children()
        pieces = [piece for piece in found if isinstance(piece, Piece) and not piece.isHidden()]
        return sorted(pieces, key=lambda piece: piece.y())

    def _settle(self, view: ThreadView) -> None:
        busy = (view._background, view._formulas, view._diagrams)
        self.qtbot.waitUntil(lambda: not any(each.busy for each in busy), timeout=60_000)

    def drop(self, *views: ThreadView) -> None:
        """Let go of threads."""
        for view in views:
            view.hide()
            view.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _message(view: ThreadView) -> MessageView:
    found = view._stage.items[-1].view
    assert found is not None
    return found


def _reply(text: str, state: MessageState) -> Message:
    return Message(MessageId("a"), None, Role.ASSISTANT, state, text, 0)
