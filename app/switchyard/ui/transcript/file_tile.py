"""A file that the person attached: a small picture or an icon, its name and its size."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget
from shiboken6 import isValid

from switchyard.core.content import StoredFile
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pictures import NOTHING, Pictures, Sight, bytes_words
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

HEIGHT = 52
WIDEST = 240
_PAD = 8
_THUMB = 36
_RADIUS = 8
_ANY_PIXELS = "8888 × 8888"


class Drawing(Protocol):
    """What a tile is drawn with."""

    @property
    def theme(self) -> Theme:
        """The colours and the fonts."""

    @property
    def pictures(self) -> Pictures:
        """Who reads images."""


class FileTile(KeyboardRing, QPushButton):
    """An image can be opened; of another file this only tells. `room_px` is left free at the right of the name."""

    def __init__(self, kit: Drawing, file: StoredFile, parent: QWidget, *, room_px: int = 0) -> None:
        super().__init__(parent)
        self._theme = kit.theme
        self._room_px = room_px
        self._sight = NOTHING
        self.file = file
        self.is_image = file.media_type.startswith("image/")
        name = file.name or self.tr("Image")
        self.setText(name)
        Tip(kit.theme, self, name)
        self._tell_size()
        if self.is_image:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            side = round(_THUMB * 2 * self.devicePixelRatioF())  # twice: it is cut to a square
            kit.pictures.draw(file, QSize(side * 2, side), self._take)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def measures(self) -> str:
        """How large the file is: in bytes, and an image in pixels too, once it is read."""
        return self._sight.measures or bytes_words(self.file.size_bytes)

    def _tell_size(self) -> None:
        self.setAccessibleName(self.tr("Attached: {name}, {size}").format(name=self.text(), size=self.measures))

    def ring_radius(self) -> float:
        return _RADIUS

    def sizeHint(self) -> QSize:
        """Leave room for the pixels of an image, which are told only later."""
        words = self._theme.font("ui", 500)
        self.setFont(words)
        wanted = self.fontMetrics().horizontalAdvance(self.text()) + self._room_px
        if self.is_image:
            small = QFontMetrics(self._theme.font("secondary"))
            wanted = max(wanted, small.horizontalAdvance(f"{_ANY_PIXELS} · {bytes_words(self.file.size_bytes)}"))
        return QSize(min(max(wanted + _THUMB + 3 * _PAD + 2, 132), WIDEST), HEIGHT)

    def _take(self, sight: Sight) -> None:
        if isValid(self):
            self._sight = sight
            self._tell_size()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        hovered = self.is_image and self.underMouse()
        fill = theme.color("bg.active" if hovered else "bg.surface")
        draw_box(painter, QRectF(self.rect()), _RADIUS, fill, theme.color("border.default"))
        thumb = QRectF(_PAD, (HEIGHT - _THUMB) / 2, _THUMB, _THUMB)
        self._paint_thumb(painter, thumb)
        left = thumb.right() + _PAD
        room = self.width() - left - _PAD
        self._paint_words(painter, QRectF(left, 7, room - self._room_px, 20), self.text(), "ui", "text.primary", 500)
        self._paint_words(painter, QRectF(left, 27, room, 18), self.measures, "secondary", "text.tertiary", None)
        painter.end()

    def _paint_thumb(self, painter: QPainter, box: QRectF) -> None:
        image = self._sight.image
        if image.isNull():
            draw_box(painter, box, 6, self._theme.color("bg.hover"))
            icon = "image" if self.is_image else "file"
            draw_icon(painter, self._theme, icon, "text.secondary", 20, QPointF(box.center()))
            return
        side = min(image.width(), image.height())
        cut = QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
        painter.save()
        shape = QPainterPath()
        shape.addRoundedRect(box, 6, 6)
        painter.setClipPath(shape)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, image, cut)
        painter.restore()

    def _paint_words(
        self, painter: QPainter, box: QRectF, text: str, style: str, token: str, weight: int | None
    ) -> None:
        painter.setFont(self._theme.font(style, weight))
        painter.setPen(self._theme.color(token))
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
