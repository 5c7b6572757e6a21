"""The ring in the header that tells how full the context is of whoever answers next; pressing it opens the panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box
from switchyard.ui.widgets.tooltip import Tip

_HEIGHT_PX = 28
_PADDING_PX = 7
_GAP_PX = 6
_RING_PX = 14
_STROKE_PX = 2.0
_TURN = 360 * 16  # Qt counts angles in sixteenths of a degree
_TOP = 90 * 16


class Sign(Enum):
    """What stands in the ring, so that no state is told by its colour alone."""

    NONE = "none"
    DOT = "dot"  # little room is left
    BAR = "bar"  # something is not sent
    QUESTION = "question"  # the person is asked
    CROSS = "cross"  # it does not fit
    DASHES = "dashes"  # how much there is room for is not known


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter shows: a figure, the same in a sentence, how full the ring is, and the state."""

    figure: str
    sentence: str
    share: float
    sign: Sign = Sign.NONE
    ink: str = "text.tertiary"
    signal: str = "text.secondary"


class ContextMeter(KeyboardRing, QPushButton):
    """Out of sight until it has something to tell."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._narrow = False
        self.reading: Reading | None = None
        self._tip = Tip(theme, self, "")
        self.setFont(theme.font("secondary"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.hide()
        theme.changed.connect(self.update)

    def show_reading(self, reading: Reading | None) -> None:
        """Show another state; None is nothing to tell."""
        self.setVisible(reading is not None)
        if reading is None or reading == self.reading:
            self.reading = reading
            return
        self.reading = reading
        self._tip.set_text(reading.sentence)
        self.setAccessibleName(self.tr("Context, {figure} tokens").format(figure=reading.figure))
        self.setAccessibleDescription(reading.sentence)
        self.updateGeometry()
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Show the ring alone where there is little room."""
        self._narrow = narrow
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of ring and figure."""
        figure = self._figure()
        words = _GAP_PX + self.fontMetrics().horizontalAdvance(figure) + 1 if figure else 0
        return QSize(2 * _PADDING_PX + _RING_PX + words, _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Figures are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring, and the figure beside it."""
        reading, theme, painter = self.reading, self._theme, QPainter(self)
        if reading is None:
            return
        if self.underMouse() or self.isDown():
            fill = "bg.active" if self.isDown() else "bg.hover"
            draw_box(painter, QRectF(self.rect()), theme.radius("control"), theme.color(fill))
        edge = _STROKE_PX / 2
        ring = QRectF(_PADDING_PX, (self.height() - _RING_PX) / 2, _RING_PX, _RING_PX)
        draw_ring(painter, ring.adjusted(edge, edge, -edge, -edge), theme, reading)
        painter.setFont(self.font())
        painter.setPen(theme.color(reading.ink))
        words = QRectF(self.rect()).adjusted(_PADDING_PX + _RING_PX + _GAP_PX, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._figure())

    def _figure(self) -> str:
        if self.reading is None or self._narrow or self.reading.sign is Sign.DASHES:
            return ""  # a figure without what it is to fit into would only stand beside the tokens that were used
        return self.reading.figure


def draw_ring(painter: QPainter, ring: QRectF, theme: Theme, reading: Reading) -> None:
    """Draw how full it is as an arc on a circle, and the sign in its middle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dashed = reading.sign is Sign.DASHES
    pen = QPen(theme.color("border.control" if dashed else "border.strong"), _STROKE_PX)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashed:
        pen.setDashPattern([1.6, 1.2])
    painter.setPen(pen)
    painter.drawEllipse(ring)
    pen = QPen(theme.color(reading.signal), _STROKE_PX)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    if reading.share > 0 and not dashed:
        painter.drawArc(ring, _TOP, -round(min(1.0, max(0.03, reading.share)) * _TURN))
    _draw_sign(painter, ring.center(), reading.sign)


def _draw_sign(painter: QPainter, middle: QPointF, sign: Sign) -> None:
    """Draw in the pen that is set."""
    pen = painter.pen()
    match sign:
        case Sign.DOT:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
            painter.drawEllipse(middle, 2.0, 2.0)
        case Sign.BAR:
            painter.drawLine(QLineF(middle.x() - 3, middle.y(), middle.x() + 3, middle.y()))
        case Sign.CROSS:
            pen.setWidthF(1.6)
            painter.setPen(pen)
            for way in (1, -1):
                painter.drawLine(
                    QLineF(middle.x() - 2.2, middle.y() - 2.2 * way, middle.x() + 2.2, middle.y() + 2.2 * way)
                )
        case Sign.QUESTION:
            font = painter.font()
            font.setPixelSize(9)
            font.setWeight(font.Weight.Bold)
            painter.setFont(font)
            painter.drawText(QRectF(middle.x() - 6, middle.y() - 6, 12, 12), Qt.AlignmentFlag.AlignCenter, "?")
        case _:
            pass
