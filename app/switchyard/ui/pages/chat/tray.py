"""The files that go with a message, above its words: each a tile that can be opened and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from switchyard.core.content import StoredFile
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.file_tile import HEIGHT as TILE_PX
from switchyard.ui.transcript.file_tile import FileTile
from switchyard.ui.transcript.image_viewer import open_image
from switchyard.ui.transcript.pictures import Pictures
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.focus import come_after

_GAP_PX = 8
_REMOVE_PX = 20
_MOST_ROWS = 2


@dataclass(frozen=True, slots=True)
class _Kit:
    """What a tile is drawn with."""

    theme: Theme
    pictures: Pictures


class Tray(QScrollArea):
    """As high as its rows, up to two; then it scrolls. `content_wanted` asks for a file that is to be shown."""

    removed = Signal(object)
    content_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = Pictures(Background(self), self)
        self._pictures.wanted.connect(self.content_wanted)
        self._kit = _Kit(theme, self._pictures)
        self._inside = QWidget(self)
        self._tiles: list[_Tile] = []
        self.setWidget(self._inside)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Attached files"))
        self.hide()

    @property
    def files(self) -> Sequence[StoredFile]:
        """Return what is shown, in order."""
        return [tile.file for tile in self._tiles]

    def set_files(self, files: Iterable[StoredFile]) -> None:
        """Show these files; tiles that stay are kept."""
        wanted = list(files)
        held = {tile.file: tile for tile in self._tiles}
        for file, tile in held.items():
            if file not in wanted:
                tile.hide()
                tile.deleteLater()
        self._tiles = [held.get(file) or self._make_tile(file) for file in wanted]
        self.setVisible(bool(self._tiles))
        self._arrange()
        come_after(self, *(stop for tile in self._tiles for stop in tile.stops))

    def take(self, file: StoredFile, content: bytes | None) -> None:
        """Show a file whose content was wanted."""
        self._pictures.take(file.sha256, content)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the rows elsewhere."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._arrange()

    def _make_tile(self, file: StoredFile) -> _Tile:
        tile = _Tile(self._kit, file, self._inside)
        tile.removed.connect(lambda: self.removed.emit(file))
        tile.opened.connect(lambda: open_image(self._kit.theme, self, self._pictures, file))
        tile.show()
        return tile

    def _arrange(self) -> None:
        width, x, y = max(1, self.width()), 0, 0
        for tile in self._tiles:
            wide = min(tile.sizeHint().width(), width)
            if x and x + wide > width:
                x, y = 0, y + TILE_PX + _GAP_PX
            tile.setGeometry(x, y, wide, TILE_PX)
            x += wide + _GAP_PX
        high = y + TILE_PX + _GAP_PX if self._tiles else 0
        self._inside.resize(width, high)
        height = min(high, _MOST_ROWS * (TILE_PX + _GAP_PX))
        if height != self.height() or height != self.maximumHeight():
            self.setFixedHeight(height)
            self.updateGeometry()


class _Tile(QWidget):
    """A file with a button that takes it away; Delete does so too."""

    removed = Signal()
    opened = Signal()

    def __init__(self, kit: _Kit, file: StoredFile, parent: QWidget) -> None:
        super().__init__(parent)
        self.file = file
        self._tile = FileTile(kit, file, self, room_px=_REMOVE_PX)
        self._tile.clicked.connect(self.opened)
        name = self.tr("Remove {name}").format(name=self._tile.text())
        self._remove = IconButton(kit.theme, "close", name, size=_REMOVE_PX, parent=self)
        self._remove.clicked.connect(self.removed)
        self.stops = (self._tile, self._remove)

    def sizeHint(self) -> QSize:
        """Return the size of the tile."""
        return self._tile.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the place; the button stands in the upper corner at the right."""
        self._tile.setGeometry(self.rect())
        self._remove.move(self.width() - _REMOVE_PX - 4, 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the file away by a key."""
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removed.emit()
        else:
            super().keyPressEvent(event)
