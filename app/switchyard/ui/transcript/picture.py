"""An image in a message: drawn in the width of the column, opened by a click."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QPushButton, QWidget
from shiboken6 import isValid

from switchyard.ui.transcript.column import WIDEST
from switchyard.ui.transcript.pictures import Sight, Source, within
from switchyard.ui.transcript.pieces.base import Kit
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

HIGHEST = 480
_PLACE = QSize(320, 180)  # what is kept free for an image of which nothing is known yet
_GONE = QSize(320, 56)
_RADIUS = 8
_ICON = 20


class Picture(KeyboardRing, QPushButton):
    """As large as the image, at most as wide as the column and 480 high; `arrived` once it can be seen."""

    arrived = Signal()

    def __init__(self, kit: Kit, source: Source, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = kit.theme
        self._image: QImage | None = None
        self._shown: QPixmap | None = None
        self._size = kit.pictures.size_of(source) or _PLACE
        self.source = source
        self._tip = Tip(kit.theme, self, "")
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        ratio = self.devicePixelRatioF()
        kit.pictures.draw(source, QSize(WIDEST, HIGHEST) * ratio, self._take)

    def ring_radius(self) -> float:
        return _RADIUS

    def fit(self, width: int) -> QSize:
        """Return the size in a column of this width."""
        return within(self._size, QSize(width, HIGHEST))

    def _take(self, sight: Sight) -> None:
        if not isValid(self):
            return
        self._image = sight.image
        self._size = sight.pixels if sight.readable else _GONE
        self._tip.set_text(sight.measures)
        self.setAccessibleDescription(sight.measures)
        if not sight.readable:
            self.setAccessibleName(self.tr("The image cannot be shown."))
            self.setEnabled(False)
        self.update()
        self.arrived.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        if self._image is not None and not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            shape = QPainterPath()
            shape.addRoundedRect(box, _RADIUS, _RADIUS)
            painter.setClipPath(shape)
            painter.drawPixmap(0, 0, self._scaled(self._image))
            painter.end()
            return
        draw_box(painter, box, _RADIUS, self._theme.color("bg.raised"), self._theme.color("border.default"))
        if self._image is None:
            draw_icon(painter, self._theme, "image", "text.tertiary", _ICON, box.center())
        else:
            painter.setFont(self._theme.font("secondary"))
            painter.setPen(self._theme.color("text.tertiary"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.accessibleName())
        painter.end()

    def _scaled(self, image: QImage) -> QPixmap:
        """Return the image in this size, worked out once."""
        ratio = self.devicePixelRatioF()
        wanted = self.size() * ratio
        if self._shown is None or self._shown.size() != wanted:
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            self._shown = QPixmap.fromImage(scaled)
            self._shown.setDevicePixelRatio(ratio)
        return self._shown
