"""What the messages of a thread lie on: it scrolls, and rises as a short thread grows, by moving what is painted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.column import GUTTER, SPINE_X
from switchyard.ui.transcript.message_view import Node
from switchyard.ui.transcript.pieces.base import BLEED
from switchyard.ui.transcript.spine import paint_line, paint_node

_NODE_REACH = 20

Nodes = Sequence[tuple[int, Node, str]]


class Sheet(QWidget):
    """Only as wide and as high as the thread, so that no more than the thread is moved; it paints the spine.

    Every pixel of it is painted, and stays painted where it grows: that lets Qt move it as a picture.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._nodes: list[tuple[int, Node, str]] = []  # of the spine, as they were painted
        self._moved_px = 0  # since then
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)

    def move_by(self, dy: int) -> None:
        """Move what is painted, with the messages; only what comes into view is painted."""
        self.scroll(0, dy)
        self._moved_px += dy

    def show_nodes(self, nodes: Nodes) -> None:
        """Paint the spine again where it is not what was painted and then moved with everything else."""
        nodes = list(nodes)
        if nodes != [(y + self._moved_px, node, provider) for y, node, provider in self._nodes]:
            self.update(0, 0, GUTTER - BLEED, self.height())
        self._nodes, self._moved_px = nodes, 0

    def paintEvent(self, event: QPaintEvent) -> None:
        exposed = event.rect()
        painter = QPainter(self)
        painter.fillRect(exposed, self._theme.color("bg.surface"))
        if exposed.left() < GUTTER - BLEED:
            top, bottom = exposed.top(), exposed.bottom() + 1
            paint_line(painter, SPINE_X, top, bottom, self._theme)
            for y, node, provider in self._nodes:
                if top - _NODE_REACH < y < bottom + _NODE_REACH:
                    paint_node(painter, QPointF(SPINE_X, y), node, provider, self._theme)
        painter.end()
