"""The two buttons at the right end of the row under the pointer."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton

_BUTTON_PX = 24
_GAP_PX = 3


class RowActions(QWidget):
    """Rename and delete, out of the way of the keyboard, which has keys for both."""

    ROOM_PX: ClassVar[int] = 2 * _BUTTON_PX + 2 * _GAP_PX

    rename_requested = Signal()
    delete_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for icon, words, keys, told in (
            ("edit", self.tr("Rename"), "F2", self.rename_requested),
            ("trash", self.tr("Delete"), "Del", self.delete_requested),
        ):
            button = IconButton(theme, icon, words, keys, size=_BUTTON_PX)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(told)
            row.addWidget(button)
        self.hide()

    def show_in(self, row: QRect) -> None:
        """Stand at the right end of a row."""
        left = row.right() - _GAP_PX - 2 * _BUTTON_PX
        self.setGeometry(left, row.top() + _GAP_PX, 2 * _BUTTON_PX, _BUTTON_PX)
        self.show()
