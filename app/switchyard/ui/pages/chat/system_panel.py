"""The panel in which a chat gets a text of its own that comes before everything."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.pages.chat.text_box import TextBox
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.popover import Popover

_WIDTH_PX = 460
_PADDING_PX = 12
_LINES = 6


class SystemPanel(QObject):
    """`changed` carries the text once it is set; gone when it closes."""

    changed = Signal(str)

    def __init__(self, theme: Theme, window: QWidget, text: str) -> None:
        super().__init__(window)
        self._popover = Popover(theme, window, self.tr("System text"), _WIDTH_PX)
        self._popover.closed.connect(self._popover.deleteLater)
        self._popover.destroyed.connect(self.deleteLater)
        self.box = TextBox(theme, self.tr("System text"))
        self.box.ctrl_sends = True
        self.box.set_least_lines(_LINES)
        self.box.invite(self.tr("Such as: answer briefly, in British English"))
        self.box.replace_text(text)
        self.box.submitted.connect(self._set)
        self._field = Card(theme, radius="control")
        self.clear = Button(theme, self.tr("Remove"), "ghost")
        self.clear.setVisible(bool(text))
        self.clear.clicked.connect(self._remove)
        self.set = Button(theme, self.tr("Set text"), "primary")
        self.set.clicked.connect(self._set)
        self._fill(theme)

    def open_beside(self, anchor: QWidget) -> None:
        """Open below the anchor, ready for typing."""
        self._popover.open_beside(anchor)
        self.box.setFocus()

    def _fill(self, theme: Theme) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_PADDING_PX, _PADDING_PX, _PADDING_PX, _PADDING_PX)
        column.setSpacing(8)
        column.addWidget(Label(theme, self.tr("System text"), "ui", weight=600))
        told = self.tr("Sent before everything in this chat, in the place of the chain's own text.")
        column.addWidget(Paragraph(theme, told, "secondary", "text.tertiary"))
        self._field.body.addWidget(self.box)
        self.box.focus_changed.connect(self._show_focus)
        self._show_focus()
        column.addWidget(self._field)
        row = QHBoxLayout()
        row.addWidget(self.clear)
        row.addStretch(1)
        row.addWidget(self.set)
        column.addLayout(row)
        self._popover.body.addWidget(inside)

    def _show_focus(self) -> None:
        self._field.set_line("focus.ring" if self.box.hasFocus() else "border.default")

    def _remove(self) -> None:
        self.box.replace_text("")
        self._set()

    def _set(self) -> None:
        self._popover.dismiss()
        self.changed.emit(self.box.toPlainText())
