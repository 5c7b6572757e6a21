"""The way without anything: make-believe models, and a picture of what they show."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from switchyard.ui.pages.welcome.way_card import WayCard
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_icon
from switchyard.ui.words import translate

_HEIGHT_PX = 58
_LINE_Y = 22.0
_LINE_PX = 2.5
_NODE = 7.5
_END = 5.0


class SimulatorCard(WayCard):
    """Its button starts the Simulator."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            "test-drive",
            translate("SimulatorCard", "Try the simulator"),
            translate(
                "SimulatorCard", "No key and no network. Make-believe models that answer, stall and fail on cue."
            ),
            translate("SimulatorCard", "Start the simulator"),
        )
        self.content.addWidget(_Picture(theme))


class _Picture(QWidget):
    """A track on which the first model fails and the second one answers."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(_HEIGHT_PX)
        self.setAccessibleName(translate("SimulatorCard", "sim-limited refuses, sim-steady answers"))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, its two ends, the failed step and the one that answers."""
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = _NODE, self.width() - _NODE
        failed, answered = left + (right - left) * 0.3, left + (right - left) * 0.62
        raised, bad, ok = theme.color("bg.raised"), theme.color("bad.signal"), theme.color("ok.signal")
        for start, end, colour in (
            (left, failed, bad),
            (failed, answered, theme.color("track.line")),
            (answered, right, ok),
        ):
            painter.setPen(QPen(colour, _LINE_PX))
            painter.drawLine(QPointF(start, _LINE_Y), QPointF(end, _LINE_Y))
        _draw_node(painter, left, _END, raised, theme.color("text.tertiary"))
        _draw_node(painter, right, _END, raised, ok)
        _draw_node(painter, failed, _NODE, raised, bad)
        _draw_node(painter, answered, _NODE, ok, ok)
        draw_icon(painter, theme, "close", "bad.text", 11, QPointF(failed, _LINE_Y))
        draw_icon(painter, theme, "check", "bg.raised", 11, QPointF(answered, _LINE_Y))
        painter.setFont(theme.font("caption", 400))
        painter.setPen(theme.color("text.tertiary"))
        for x, name in ((failed, "sim-limited"), (answered, "sim-steady")):
            painter.drawText(QRectF(x - 60, 38, 120, 18), Qt.AlignmentFlag.AlignCenter, name)


def _draw_node(painter: QPainter, x: float, radius: float, fill: QColor, line: QColor) -> None:
    painter.setPen(QPen(line, 2))
    painter.setBrush(fill)
    painter.drawEllipse(QPointF(x, _LINE_Y), radius, radius)
