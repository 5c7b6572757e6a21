"""One of a few, side by side: a segmented control."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box

_HEIGHT_PX = 28
_INNER_PX = 22


class Segmented(QWidget):
    """Choices by id and words; arrow keys move, `chosen` tells the id that a person chose."""

    chosen = Signal(str)

    def __init__(
        self, theme: Theme, name: str, choices: Sequence[tuple[str, str]], current: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._segments = {key: _Segment(theme, words, self) for key, words in choices}
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(1)
        for segment in self._segments.values():
            row.addWidget(segment)
            segment.clicked.connect(self._on_clicked)
        self.set_current(current)
        theme.changed.connect(self.update)

    @property
    def current(self) -> str:
        """Return the id of the choice."""
        return next(key for key, segment in self._segments.items() if segment.isChecked())

    def set_current(self, key: str) -> None:
        """Choose without telling."""
        self._segments[key].setChecked(True)
        for each, segment in self._segments.items():  # Qt lets Tab land on the choice only once it has had the focus
            segment.setFocusPolicy(Qt.FocusPolicy.TabFocus if each == key else Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box around the choices."""
        theme = self._theme
        ground = "bg.surface" if theme.name == "dark" else "bg.window"
        draw_box(QPainter(self), QRectF(self.rect()), 7, theme.color(ground), theme.color("border.default"))

    def _on_clicked(self) -> None:
        self.chosen.emit(self.current)


class _Segment(KeyboardRing, QRadioButton):
    """One choice; Qt moves between the radio buttons of one parent by arrow keys."""

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setFont(theme.font("secondary", 500))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(_INNER_PX)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of words and padding."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 20, _INNER_PX)

    def minimumSizeHint(self) -> QSize:
        """The words are never cut."""
        return self.sizeHint()

    def ring_radius(self) -> float:
        """Return the radius of the inner box."""
        return 5.0

    def hitButton(self, pos: QPoint) -> bool:
        """Press anywhere on the choice."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chosen ground and the words."""
        theme, painter = self._theme, QPainter(self)
        if self.isChecked():
            dark = theme.name == "dark"
            fill = theme.color("bg.active" if dark else "bg.raised")
            draw_box(painter, QRectF(self.rect()), 5, fill, None if dark else theme.color("border.default"))
        lively = self.isChecked() or self.underMouse()
        painter.setPen(theme.color("text.primary" if lively else "text.secondary"))
        painter.setFont(self.font())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.text())
