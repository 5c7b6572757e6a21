"""The line over the thread in which words to be found are typed, with how many there are and which one is looked at."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from shiboken6 import isValid

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.finder import Finder
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.paint import draw_box

_MARGIN = 12
_FIELD_WIDTH = 220
_COUNT_WIDTH = 78
_BUTTON = 24
_GO = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F3})


class FindBar(QWidget):
    """Opened by `open`, closed by Esc or its button; the focus goes back to where it was."""

    def __init__(self, theme: Theme, finder: Finder, thread: QWidget) -> None:
        super().__init__(thread)
        self._theme = theme
        self._finder = finder
        self._thread = thread
        self._opener: QWidget | None = None
        self.field = Field(theme, self.tr("Find in this chat"), placeholder=self.tr("Find in this chat"), icon="search")
        self.field.setFixedWidth(_FIELD_WIDTH)
        self.field.changed.connect(finder.look_for)
        self.field.edit.installEventFilter(self)
        self.count = Label(theme, "", "secondary", "text.tertiary")
        self.count.setMinimumWidth(_COUNT_WIDTH)
        self.count.setContentsMargins(6, 0, 6, 0)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.previous = IconButton(theme, "chevron-up", self.tr("Previous"), "Shift+Enter", size=_BUTTON)
        self.previous.clicked.connect(lambda: finder.step(-1))
        self.following = IconButton(theme, "chevron-down", self.tr("Next"), "Enter", size=_BUTTON)
        self.following.clicked.connect(lambda: finder.step(1))
        self.shut = IconButton(theme, "close", self.tr("Close"), "Esc", size=_BUTTON)
        self.shut.clicked.connect(self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.setSpacing(2)
        for each in (self.field, self.count, self.previous, self.following, self.shut):
            row.addWidget(each)
        finder.changed.connect(self._on_changed)
        theme.changed.connect(self.update)
        self.hide()

    def open(self) -> None:
        """Show it with the words of last time, all of them selected."""
        if self.isHidden():
            focused = QApplication.focusWidget()
            self._opener = focused if isinstance(focused, QWidget) else None
            self.show()
            self.fit()
            self._finder.look_for(self.field.text())
        self.raise_()
        self.field.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.edit.selectAll()

    def open_with(self, words: str) -> None:
        """Show it with these words, looked for from what is seen on."""
        self.field.set_text(words)
        self.open()

    def close_bar(self) -> None:
        """Take it away with its marks."""
        if self.isHidden():
            return
        opener, self._opener = self._opener, None
        if opener is not None and isValid(opener) and opener.isVisible():
            opener.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._thread.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self._finder.look_for("")

    def fit(self) -> None:
        """Take its place in the upper right corner."""
        self.adjustSize()
        self.move(self._thread.width() - self.width() - _MARGIN - 8, _MARGIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, with Shift back; both leave the words as they are, and to an input method what is its own."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or event.key() not in _GO:
            return False
        if self.field.edit.composing:
            return False
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._finder.step(-1 if back else 1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside; Esc leads out."""
        stops = [each for each in (self.field.edit, self.previous, self.following, self.shut) if each.isEnabled()]
        here = next((at for at, each in enumerate(stops) if each.hasFocus()), -1)
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[(here + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        fill, line = theme.color("bg.overlay"), theme.color("border.default")
        draw_box(painter, QRectF(self.rect()), theme.radius("panel"), fill, line)
        painter.end()

    def _on_changed(self) -> None:
        count = self._finder.count
        words = bool(self.field.text().strip())
        none = words and not count and not self._finder.busy
        self.count.set_token("warn.text" if none else "text.tertiary")
        self.count.setText(self.tr("Not found") if none else self._said(self._finder.at, count))
        self.fit()
        self.previous.setEnabled(count > 0)
        self.following.setEnabled(count > 0)
        if words and self.isVisible() and self.count.text():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.count, self.count.text()))

    def _said(self, at: int, count: int) -> str:
        if not count:
            return ""
        return self.tr("{at} of {count}").format(at=at, count=count) if at else self.tr("{n} found").format(n=count)
