"""An image on the web: a box that names the host until the person asks for it, and then the image."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from switchyard.ui.transcript.column import WIDEST
from switchyard.ui.transcript.image_viewer import ImageViewer
from switchyard.ui.transcript.markdown.model import Block, ImageBlock
from switchyard.ui.transcript.object_surface import ObjectSurface
from switchyard.ui.transcript.picture import HIGHEST
from switchyard.ui.transcript.pictures import Sight, within
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.over_button import OverButton
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

_HEIGHT = 64
_WIDEST_BOX = 460
_PAD = 14
_ICON = 20
_RADIUS = 8
_EDGE = 8


class ImagePiece(Piece):
    """Nothing is fetched before the button is pressed: pressing it is the person's leave to."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self._surface = ObjectSurface(kit.typesetter, "")
        self._sight: Sight | None = None
        self._scaled: QPixmap | None = None
        self._trouble = ""
        self._width = 0
        self._load = Button(kit.theme, self.tr("Load image"), size="small", parent=self)
        self._load.clicked.connect(self._on_load)
        self._open: OverButton | None = None
        self._tip = Tip(kit.theme, self, "")

    @property
    def surface(self) -> ObjectSurface:
        return self._surface

    @property
    def block(self) -> ImageBlock:
        """The one block that is shown."""
        block = self.blocks[0] if self.blocks else None
        return block if isinstance(block, ImageBlock) else ImageBlock("", "")

    @property
    def host(self) -> str:
        """Who is asked for the image."""
        return urlsplit(self.block.address).netloc.rpartition("@")[2]

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return len(blocks) == 1 and isinstance(blocks[0], ImageBlock)

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        if blocks == self.blocks:
            return False
        moved = self.blocks and self.block.address != getattr(blocks[0], "address", "")
        self.blocks = blocks
        if moved:
            self._sight = self._scaled = None
        self._trouble = ""
        self._sight = self._sight or self.kit.pictures.loaded(self.block.address)
        self._load.setAccessibleName(self.tr("Load image from {host}").format(host=self.host))
        self.setAccessibleName(self.block.description or self.tr("Image"))
        self._tell_size()
        self.mark_stale()
        return True

    def _tell_size(self) -> None:
        measures = self._sight.measures if self._sight is not None else ""
        self.setAccessibleDescription(measures)
        self._tip.set_text(measures)

    # --- layout ---

    @property
    def _words(self) -> str:
        return self.block.description or self.block.address

    def arrange(self, width: int) -> int:
        self._width = width
        size = QSize(min(width, _WIDEST_BOX), _HEIGHT)
        if self._sight is not None:
            size = within(self._sight.pixels, QSize(width, HIGHEST))
        self._surface.lay_out(self._words, QRectF(0, 0, size.width(), size.height()))
        return size.height()

    def present(self, geometry: QRect) -> None:
        super().present(geometry)
        box = self._box
        self._load.setVisible(self._sight is None)
        self._load.resize(self._load.sizeHint())
        self._load.move(box.right() - self._load.width() - _PAD, box.center().y() - self._load.height() // 2)
        if self._sight is not None:
            self._open = self._open or self._make_open()
            self._open.stand(box.right() - _EDGE, box.top() + _EDGE)

    def _make_open(self) -> OverButton:
        button = OverButton(self.kit.theme, "open-external", self.tr("Show the image large"), self)
        button.clicked.connect(self._on_open)
        return button

    @property
    def _box(self) -> QRect:
        return self._surface.range_rect((0, 1)).toRect().translated(self.origin())

    def origin(self) -> QPoint:
        return QPoint(BLEED, 0)

    # --- loading ---

    def _on_load(self) -> None:
        self._load.setEnabled(False)
        self._load.setText(self.tr("Loading"))
        self._trouble = ""
        address = self.block.address
        largest = QSize(WIDEST, HIGHEST) * self.devicePixelRatioF() * 2
        self.kit.pictures.load(address, largest, lambda sight, trouble: self._take(address, sight, trouble))
        self.update()

    def _take(self, address: str, sight: Sight, trouble: str) -> None:
        if not isValid(self) or address != self.block.address:
            return
        self._load.setEnabled(True)
        self._load.setText(self.tr("Try again"))
        self._sight = sight if sight.readable else None
        self._trouble = trouble or ("" if sight.readable else self.tr("It cannot be read as an image."))
        self._tell_size()
        self.mark_stale()
        self.resized.emit()

    def _on_open(self) -> None:
        if self._sight is not None:
            ImageViewer(self.kit.theme, self.window(), self._sight.image, self._sight.measures)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._sight is not None:
            self._paint_image(painter, self._sight.image)
        else:
            self._paint_box(painter)
        painter.translate(self.origin())
        self._surface.paint(painter, self.clip_for(event.rect()), self.selected)
        painter.end()

    def _paint_image(self, painter: QPainter, image: QImage) -> None:
        ratio = self.devicePixelRatioF()
        wanted = self._box.size() * ratio
        if self._scaled is None or self._scaled.size() != wanted:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = QPixmap.fromImage(image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
            self._scaled.setDevicePixelRatio(ratio)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self._box), _RADIUS, _RADIUS)
        painter.setClipPath(shape)
        painter.drawPixmap(self._box.topLeft(), self._scaled)
        painter.setClipping(False)

    def _paint_box(self, painter: QPainter) -> None:
        theme = self.kit.theme
        box = QRectF(self._box)
        draw_box(painter, box, _RADIUS, theme.color("bg.raised"), theme.color("border.default"))
        centre = QPoint(self._box.left() + _PAD + _ICON // 2, self._box.center().y())
        draw_icon(painter, theme, "image", "text.tertiary", _ICON, centre.toPointF())
        left = box.left() + 2 * _PAD + _ICON
        room = QRectF(left, box.top(), self._load.x() - left - _PAD, box.height())
        lines = (
            ("body", "text.primary", self._words, Qt.AlignmentFlag.AlignBottom),
            ("secondary", "text.tertiary", self._trouble or self._where(), Qt.AlignmentFlag.AlignTop),
        )
        for style, token, text, side in lines:
            half = QRectF(room.left(), room.top(), room.width(), room.height() / 2 - 1)
            half.moveTop(room.top() if side is Qt.AlignmentFlag.AlignBottom else room.center().y() + 1)
            painter.setFont(theme.font(style))
            painter.setPen(theme.color(token))
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(half.width()))
            painter.drawText(half, side | Qt.AlignmentFlag.AlignLeft, elided)

    def _where(self) -> str:
        return self.tr("On {host}. Not loaded yet.").format(host=self.host)
