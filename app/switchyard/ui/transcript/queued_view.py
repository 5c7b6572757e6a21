"""A message that waits to be sent: what was written, in a dashed block, with what it waits for and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.message import Message
from switchyard.ui.transcript.message_view import Node, UserView
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.transcript.stage import Item, Stage
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import ElidedLabel
from switchyard.ui.widgets.paint import draw_icon, hairline
from switchyard.ui.widgets.tooltip import Tip

_FOOT_PX = 24
_GAP_PX = 4
_ICON_PX = 13
_DASH = (3.0, 2.5)  # times the width of the line


class Wait(NamedTuple):
    """What a message waits for, in words; `local` names the model on this computer that could answer it now."""

    words: str = ""
    local: str = ""


class QueuedView(UserView):
    """The person's own message, with a foot below the block."""

    edit_requested = Signal()
    discard_requested = Signal()
    local_requested = Signal()

    def __init__(self, kit: Kit, message: Message, parent: QWidget) -> None:
        super().__init__(kit, message, parent)
        theme = kit.theme
        self._foot = QWidget(self)
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(_ICON_PX + 6, 0, 0, 0)
        row.setSpacing(8)
        self._words = ElidedLabel(theme, "", "secondary", "text.tertiary")
        edit = Button(theme, self.tr("Edit"), "ghost", "edit", "small")
        edit.clicked.connect(self.edit_requested)
        discard = Button(theme, self.tr("Discard"), "ghost", "close", "small")
        discard.clicked.connect(self.discard_requested)
        self._local = Button(theme, self.tr("Ask local now"), "default", "server", "small")
        self._local.clicked.connect(self.local_requested)
        self._local.hide()
        self._tip = Tip(theme, self._local, "")
        row.addWidget(self._words, 1)
        for button in (edit, discard, self._local):
            row.addWidget(button)
        self._foot_y = 0

    def say(self, wait: Wait) -> None:
        """Say what it waits for."""
        self._words.setText(wait.words)
        self._local.setVisible(bool(wait.local))
        self._tip.set_text(self.tr("{model} answers").format(model=wait.local) if wait.local else "")
        self.setAccessibleName(self.tr("You, not sent yet: {reason}").format(reason=wait.words))
        self.update()

    @property
    def node(self) -> Node:
        return Node.QUEUED

    def arrange(self, width: int) -> int:
        self._foot_y = super().arrange(width) + _GAP_PX
        self._below += _GAP_PX + _FOOT_PX
        return self._foot_y + _FOOT_PX

    def present(self) -> None:
        super().present()
        self._foot.setGeometry(BLEED, self._foot_y, self.width() - 2 * BLEED, _FOOT_PX)

    def draw_block(self, painter: QPainter, box: QRectF, radius: float) -> None:
        theme, width_px = self.kit.theme, hairline(painter)
        pen = QPen(theme.color("border.strong"), width_px)
        pen.setDashPattern(_DASH)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # a square cap would fill the gaps
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        half = width_px / 2
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)
        middle = QPointF(BLEED + _ICON_PX / 2, self._foot_y + _FOOT_PX / 2)
        draw_icon(painter, theme, "history", "text.tertiary", _ICON_PX, middle)


class QueuedActs(QObject):
    """What can be done with the messages of a thread that wait; each signal carries a message's uid."""

    edit_requested = Signal(str)
    discard_requested = Signal(str)
    local_requested = Signal(str)

    def __init__(self, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._waits: Mapping[str, Wait] = MappingProxyType({})

    def attach(self, view: QueuedView, item: Item) -> None:
        """A message that waits has a new widget."""
        uid = item.message.uid
        view.edit_requested.connect(lambda: self.edit_requested.emit(uid))
        view.discard_requested.connect(lambda: self.discard_requested.emit(uid))
        view.local_requested.connect(lambda: self.local_requested.emit(uid))
        view.say(self._waits.get(uid, Wait()))

    def say(self, waits: Mapping[str, Wait]) -> None:
        """Say what each message waits for."""
        self._waits = waits
        for _, item in tuple(self._stage.shown()):
            if isinstance(item.view, QueuedView):
                item.view.say(waits.get(item.message.uid, Wait()))
