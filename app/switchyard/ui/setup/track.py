"""Rows with a track at their left, one node for each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme

_TRACK_X = 9.0
_TRACK_PX = 2.5
_NODE = 6.0
_LEFT_PX = 32
_HEAD_PX = 26.0  # where the first line of a tall row is


class TrackColumn(QWidget):
    """Shows rows in order; the node of one is drawn in its colour, the accent where it is taken.

    `ground` is the colour of what lies behind.
    """

    def __init__(self, theme: Theme, ground: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ground = ground
        self._rows: list[QWidget] = []
        self._tokens: list[str] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_LEFT_PX, 0, 0, 0)
        self._column.setSpacing(8)
        theme.changed.connect(self.update)

    def set_rows(self, rows: Sequence[QWidget], tokens: Sequence[str]) -> None:
        """Show other rows in place of those that are there, which go; `tokens` are the colours of their nodes."""
        for old in self._rows:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows = list(rows)
        for row in rows:
            self._column.addWidget(row)
            row.show()  # now, so that it can take the focus at once
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Sequence[str]) -> None:
        """Draw the nodes in other colours."""
        self._tokens = list(tokens)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track and its nodes."""
        if not self._rows:
            return
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middles = [row.y() + min(row.height() / 2, _HEAD_PX) for row in self._rows]
        painter.setPen(QPen(theme.color("border.strong"), _TRACK_PX))
        painter.drawLine(QPointF(_TRACK_X, middles[0]), QPointF(_TRACK_X, middles[-1]))
        for middle, token in zip(middles, self._tokens, strict=True):
            painter.setPen(QPen(theme.color(token), _TRACK_PX))
            painter.setBrush(theme.color(self._ground))
            painter.drawEllipse(QPointF(_TRACK_X, middle), _NODE, _NODE)
