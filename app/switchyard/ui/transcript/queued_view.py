"""A message that waits for the reply before it: what was written, when it is sent, and the way back to the composer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.message import Message
from switchyard.ui.transcript.message_view import PAD_X, PAD_Y, Node, UserView
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import ElidedLabel

_FOOT_PX = 24
_BOTTOM = 6
_RIGHT = 6


class QueuedView(UserView):
    """The person's own message, with a foot while it waits."""

    edit_requested = Signal()

    def __init__(self, kit: Kit, message: Message, parent: QWidget) -> None:
        super().__init__(kit, message, parent)
        theme = kit.theme
        self._foot = QWidget(self)
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        when = ElidedLabel(theme, self.tr("Waiting for the reply to end"), "secondary", "text.tertiary")
        edit = Button(theme, self.tr("Edit"), "ghost", "edit", "small")
        edit.clicked.connect(self.edit_requested)
        row.addWidget(when, 1)
        row.addWidget(edit)
        self._foot_y = 0
        self.setAccessibleName(self.tr("You, waiting"))

    @property
    def node(self) -> Node:
        return Node.QUEUED

    def arrange(self, width: int) -> int:
        self._foot_y = self.body.arrange(width - 2 * PAD_X) + PAD_Y
        return self._foot_y + _FOOT_PX + _BOTTOM

    def present(self) -> None:
        super().present()
        left = BLEED + PAD_X
        self._foot.setGeometry(left, self._foot_y, self.width() - left - BLEED - _RIGHT, _FOOT_PX)
