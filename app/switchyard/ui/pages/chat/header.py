"""The line above the thread: the chat's title, which can be changed there, how full it is and what it came to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from switchyard.ui.pages.chat.context_meter import ContextMeter
from switchyard.ui.pages.chat.header_marks import HeaderMarks
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.line_edit import LineEdit

HEIGHT_PX = 48
_LEFT_PX = 20
_BUTTON_LEFT_PX = 10
_GAP_PX = 8
_DOT_PX = 16
_FOLDER_PX = 160


class Header(QWidget):
    """A new chat has no title of its own, and nothing to change."""

    renamed = Signal(str)
    edit_closed = Signal()
    list_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ""
        self._chat: str | None = None
        self._narrow = False
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list_button = IconButton(theme, "panel-left", self.tr("Show the list"), "Ctrl+\\", parent=self)
        self.list_button.clicked.connect(self.list_requested)
        self._gap = QWidget(self)
        self._gap.setFixedWidth(_GAP_PX)
        self.title = ElidedLabel(theme, self.tr("New chat"), "title", "text.secondary", parent=self)
        self.title.installEventFilter(self)
        self.folder = Chip(theme, "", icon="folder", parent=self)
        self.folder.hide()
        self.marks = HeaderMarks(theme, self)
        self.edit = LineEdit(self)
        self.edit.setFont(theme.font("title"))
        self.edit.setAccessibleName(self.tr("Title of the chat"))
        self.edit.installEventFilter(self)
        self.edit.editingFinished.connect(self._on_edited)
        self.edit.hide()
        self.meter = ContextMeter(theme, self)
        self.tokens = Label(theme, "", "secondary", "text.tertiary", parent=self)
        self._dot = Label(theme, "·", "secondary", "text.disabled", parent=self)
        self._dot.setFixedWidth(_DOT_PX)
        self._dot.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.spend = Label(theme, "", "secondary", "text.primary", weight=500, parent=self)
        self.more = IconButton(theme, "more", self.tr("More about this chat"), parent=self)
        self._row = QHBoxLayout(self)
        self._lay_out()
        self.set_list_hidden(False)
        theme.changed.connect(self.update)

    def set_title(self, title: str | None, *, chat: str | None = None, temporary: bool = False) -> None:
        """Show a chat's title; None is a new chat, or one that is temporary and never has any.

        Another title of the same chat takes nothing away that the person writes in its place.
        """
        if chat != self._chat or (title != self._title and not self.edit.written_in):
            self._close_edit()
        self._chat, self._title = chat, title or ""
        self.title.setText(self._title or (self.tr("Temporary chat") if temporary else self.tr("New chat")))
        self.title.set_token("text.primary" if title else "text.secondary")

    def set_folder(self, name: str) -> None:
        """Show in which folder the chat is kept; "" is none."""
        self.folder.setToolTip(name)
        self.folder.set_state(
            self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _FOLDER_PX), "neutral", "folder"
        )
        self.folder.setAccessibleName(self.tr("Folder {name}").format(name=name))
        self.folder.setVisible(bool(name) and self.edit.isHidden())

    def set_totals(self, tokens: str, spend: str) -> None:
        """Show what the chat came to; what is not known is not shown."""
        self.tokens.setText(tokens)
        self.spend.setText(spend)
        self._show_totals()

    def set_list_hidden(self, hidden: bool) -> None:
        """Offer the list where it is out of sight."""
        self.list_button.setVisible(hidden)
        self._gap.setVisible(hidden)
        self._row.setContentsMargins(_BUTTON_LEFT_PX if hidden else _LEFT_PX, 0, 16, 0)

    def set_narrow(self, narrow: bool) -> None:
        """Show the money alone, and the meter without its figure, where there is little room."""
        self._narrow = narrow
        self.meter.set_narrow(narrow)
        self._show_totals()

    def edit_title(self) -> None:
        """Open the line in which the title is changed."""
        if not self._title:
            return
        self.edit.setText(self._title)
        self.edit.selectAll()
        self.title.hide()
        self.edit.show()
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A double click on the title changes it; Esc in the line leaves it as it was."""
        if watched is self.title and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonDblClick:
                self.edit_title()
                return True
        elif watched is self.edit and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._close_edit()
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.surface"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border.subtle"))

    def _lay_out(self) -> None:
        row = self._row
        row.setSpacing(0)
        row.addWidget(self.list_button)
        row.addWidget(self._gap)
        row.addWidget(self.title)
        row.addSpacing(_GAP_PX)
        row.addWidget(self.folder)
        row.addSpacing(_GAP_PX)
        row.addWidget(self.marks)
        row.addStretch(1)
        row.addWidget(self.edit, 8)
        row.addSpacing(_GAP_PX)
        row.addWidget(self.meter)
        row.addSpacing(_GAP_PX)
        row.addWidget(self.tokens)
        row.addWidget(self._dot)
        row.addWidget(self.spend)
        row.addSpacing(_GAP_PX)
        row.addWidget(self.more)

    def _show_totals(self) -> None:
        tokens = bool(self.tokens.text()) and not self._narrow
        spend = bool(self.spend.text())
        self.tokens.setVisible(tokens)
        self.spend.setVisible(spend)
        self._dot.setVisible(tokens and spend)

    def _on_edited(self) -> None:
        if self.edit.isHidden():
            return
        title = " ".join(self.edit.text().split())
        self._close_edit()
        if title and title != self._title:
            self.renamed.emit(title)

    def _close_edit(self) -> None:
        """Take the line away; that it loses the focus by that is no answer."""
        if self.edit.isHidden():
            return
        self.edit.hide()
        self.title.show()
        self.edit_closed.emit()
