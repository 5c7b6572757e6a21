"""A thread of messages in a window of its own, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.stage import Stage
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def asked(uid: str, text: str) -> Message:
    """Return what a person wrote."""
    return Message(MessageId(uid), None, Role.USER, MessageState.COMPLETE, text, 0)


def answered(uid: str, text: str, reasoning: str = "") -> Message:
    """Return a complete reply."""
    return Message(MessageId(uid), None, Role.ASSISTANT, MessageState.COMPLETE, text, 0, reasoning, None, None)


class ThreadRig:
    """Knows where words stand, and sends the pointer there."""

    def __init__(self, qtbot: QtBot, theme: Theme, *messages: Message, height: int = 700) -> None:
        self.qtbot = qtbot
        self.view = ThreadView(theme, Words())
        self.view.resize(1108, height)
        qtbot.addWidget(self.view)
        self.view.show()
        qtbot.waitExposed(self.view)
        self.show(messages)

    @property
    def stage(self) -> Stage:
        """The scrolling part."""
        return self.view._stage

    def show(self, messages: Sequence[Message]) -> None:
        """Show these messages, and wait until they are read and placed."""
        self.view.set_messages(messages, {})
        self.settle()

    def settle(self) -> None:
        """Wait until everything is read, coloured and placed."""
        self.qtbot.waitUntil(lambda: not self.view._background.busy, timeout=20_000)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def message(self, at: int) -> MessageView:
        """Return the widget of a message that is near the view."""
        view = self.stage.items[at].view
        assert view is not None
        return view

    def place(self, at: int, words: str, *, after: bool = False) -> QPoint:
        """Return where words of a message begin, or end, in the view."""
        for piece in self.message(at).findChildren(QWidget):
            if not isinstance(piece, Piece) or piece.isHidden():
                continue
            surface = piece.surface
            shown = surface.document.toPlainText() if isinstance(surface, DocumentSurface) else ""
            start = shown.find(words)
            if start >= 0:
                position = start + (len(words) if after else 0)
                rect = surface.range_rect((position, position)).translated(QPointF(piece.origin()))
                return piece.mapTo(self.stage.viewport(), rect.center().toPoint())
        raise AssertionError(f"{words!r} is nowhere in message {at}")

    def press(self, point: QPoint, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press the left button."""
        self._send(QEvent.Type.MouseButtonPress, point, LEFT, modifiers)

    def drag(self, point: QPoint) -> None:
        """Move with the button held."""
        self._send(QEvent.Type.MouseMove, point, LEFT)

    def release(self, point: QPoint) -> None:
        """Let the button go."""
        self._send(QEvent.Type.MouseButtonRelease, point, Qt.MouseButton.NoButton)

    def click(self, point: QPoint, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press and release."""
        self.press(point, modifiers)
        self.release(point)

    def double_click(self, point: QPoint) -> None:
        """Click, and click again at once."""
        self.click(point)
        self._send(QEvent.Type.MouseButtonDblClick, point, LEFT)
        self.release(point)

    def hover(self, point: QPoint) -> None:
        """Move with no button held."""
        self._send(QEvent.Type.MouseMove, point, Qt.MouseButton.NoButton)

    def _send(
        self, kind: QEvent.Type, point: QPoint, held: Qt.MouseButton, modifiers: Qt.KeyboardModifier = PLAIN
    ) -> None:
        viewport = self.stage.viewport()
        target = viewport.childAt(point) or viewport
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
        inside, above = QPointF(target.mapFrom(viewport, point)), QPointF(viewport.mapToGlobal(point))
        QCoreApplication.sendEvent(target, QMouseEvent(kind, inside, above, button, held, modifiers))
