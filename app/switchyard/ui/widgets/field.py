"""A line of text to fill in, with what is wrong said below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import FocusRing
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.line_edit import LineEdit
from switchyard.ui.widgets.paint import draw_icon

_GLOW = 0.3
_LABEL_PX = 150
_ICON_ROOM_PX = 21


class Field(QWidget):
    """A line edit and its error line; `password` hides what is typed, `mono` is for keys and addresses."""

    changed = Signal(str)
    submitted = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        text: str = "",
        *,
        placeholder: str = "",
        icon: str | None = None,
        password: bool = False,
        mono: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._glow: FocusRing | None = None
        self.edit = _Edit(theme, icon)
        self.edit.setText(text)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setFont(theme.mono_font() if mono else theme.font("ui"))
        self.edit.setAccessibleName(name)
        if password:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.textChanged.connect(self._on_text_changed)
        self.edit.returnPressed.connect(self.submitted)
        self.edit.installEventFilter(self)
        self.setFocusProxy(self.edit)
        self._error = _ErrorLine(theme)
        self._error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.edit)
        column.addWidget(self._error)

    def text(self) -> str:
        """Return what stands in the field."""
        return self.edit.text()

    def set_text(self, text: str) -> None:
        """Put a text into the field."""
        self.edit.setText(text)

    def error(self) -> str | None:
        """Return what is said to be wrong."""
        return self._error.sentence.text() if self.edit.property("error") else None

    def set_error(self, sentence: str | None) -> None:
        """Say what is wrong and what to do, or that nothing is."""
        self._error.sentence.setText(sentence or "")
        self._error.setVisible(sentence is not None)
        self.edit.setAccessibleDescription(sentence or "")
        if bool(self.edit.property("error")) != (sentence is not None):
            self.edit.setProperty("error", sentence is not None)
            self.edit.style().unpolish(self.edit)
            self.edit.style().polish(self.edit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field glow while it has the focus."""
        if event.type() == QEvent.Type.FocusIn and self._glow is None:
            self._glow = FocusRing(self._theme, self.edit, gap=0, opacity=_GLOW)
        elif event.type() in {QEvent.Type.FocusOut, QEvent.Type.Hide} and self._glow is not None:
            self._glow.hide()
            self._glow.deleteLater()
            self._glow = None
        return False

    def _on_text_changed(self, text: str) -> None:
        self.set_error(None)
        self.changed.emit(text)


class FormRow(QWidget):
    """A label 150 pixels wide at the left, and a control with an optional hint at the right."""

    def __init__(
        self, theme: Theme, label: str, control: QWidget, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        words = Label(theme, label, token="text.secondary")
        words.setFixedWidth(_LABEL_PX)
        words.setFixedHeight(30)
        words.setBuddy(control)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addWidget(words, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(control)
        if hint:
            column.addWidget(Paragraph(theme, hint, "secondary", "text.tertiary"))
        row.addLayout(column, 1)


class _Edit(LineEdit):
    """A line edit with an icon inside its left end."""

    def __init__(self, theme: Theme, icon: str | None) -> None:
        super().__init__()
        self._theme = theme
        self._icon_name = icon
        if icon:
            self.setTextMargins(_ICON_ROOM_PX, 0, 0, 0)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, then the icon on it."""
        super().paintEvent(event)
        if self._icon_name:
            painter = QPainter(self)
            draw_icon(painter, self._theme, self._icon_name, "text.tertiary", 15, QPointF(18, self.height() / 2))


class _ErrorLine(QWidget):
    """An icon and a sentence in the colour of errors."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.sentence = Paragraph(theme, "", "caption", "bad.text")
        row = QHBoxLayout(self)
        row.setContentsMargins(17, 0, 0, 0)
        row.addWidget(self.sentence)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon beside the first line."""
        middle = self._theme.line_height("caption") / 2
        draw_icon(QPainter(self), self._theme, "warning", "bad.text", 12, QPointF(6, middle))
