"""A message as a widget: what every kind of message can do, and the person's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from enum import Enum

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from switchyard.core.content import StoredFile
from switchyard.core.message import Message
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.file_tile import HEIGHT as TILE_HEIGHT
from switchyard.ui.transcript.file_tile import FileTile
from switchyard.ui.transcript.markdown.model import Span, TextBlock
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.widgets.paint import draw_box

PAD_X = 14
PAD_Y = 8
_RADIUS = 10
_TILE_GAP = 8
_AT_ONCE = 3_000
_KEYBOARD = frozenset(
    {
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
        Qt.FocusReason.OtherFocusReason,
    }
)


class Node(Enum):
    """What a message is on the spine."""

    USER = "user"
    QUEUED = "queued"
    REPLY = "reply"
    FAILED = "failed"
    ASKED = "asked"


class MessageView(QWidget):
    """As wide as the text column and what bleeds out of it on both sides."""

    resized = Signal()
    link_activated = Signal(str)
    entered = Signal()
    dragged = Signal(QPoint)
    image_opened = Signal(object)  # what is to be drawn: a file, or an image that just came

    def __init__(self, kit: Kit, message: Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.kit = kit
        self.message = message
        self._ring = False
        self.body = Body(kit, self)
        self.body.resized.connect(self.resized)
        self.body.link_activated.connect(self.link_activated)
        self.body.copy_requested.connect(copy_text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @abstractmethod
    def arrange(self, width: int) -> int:
        """Lay out for a width of the text column; return the height that takes."""

    @abstractmethod
    def present(self) -> None:
        """Bring to the screen what was changed and laid out."""

    @property
    @abstractmethod
    def node(self) -> Node:
        """What stands for this message on the spine."""

    @property
    def node_y(self) -> int:
        """How far below its top the middle of the node lies."""
        return self.kit.theme.line_height("body") // 2

    @property
    def provider(self) -> str:
        """Whose mark stands on the spine."""
        return ""

    def copy(self) -> None:
        """Put what is selected on the clipboard, or the message as it was written."""
        copy_text(self.body.selection.text() or self.message.text)

    def inner_stops(self) -> list[QWidget]:
        """Return what can have the focus inside, in the order in which it is seen."""
        stops = [
            child
            for child in self.findChildren(QWidget)
            if child.isVisibleTo(self) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        return sorted(stops, key=lambda child: (child.mapTo(self, child.rect().topLeft()).y(), child.x()))

    def holds_focus(self) -> bool:
        """Whether the focus is on this message or inside it."""
        return self.hasFocus() or self.focus_inside() is not None

    def focus_inside(self) -> QWidget | None:
        """Return what has the focus inside this message."""
        focused = QApplication.focusWidget()
        return focused if isinstance(focused, QWidget) and self.isAncestorOf(focused) else None

    # --- events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.body.selection.take_all()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.hasFocus():
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = Menu(self.kit.theme, self)
        selected = self.body.selection.text()
        link = self.body.selection.link_at(self.body.mapFrom(self, event.pos()))
        if selected:
            menu.add(self.tr("Copy selection"), lambda: copy_text(selected), icon="copy")
        if link:
            menu.add(self.tr("Copy link"), lambda: copy_text(link))
            menu.add(self.tr("Open link"), lambda: self.link_activated.emit(link), icon="open-external")
        if self.message.text:
            menu.add(self.tr("Copy message"), lambda: copy_text(self.message.text), icon="" if selected else "copy")
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in _KEYBOARD
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        self.update()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._ring or event.oldSize().width() != self.width():
            self.update()


class UserView(MessageView):
    """What the person wrote, exactly as written, in a raised block."""

    def __init__(self, kit: Kit, message: Message, parent: QWidget) -> None:
        super().__init__(kit, message, parent)
        self._waits_for_words = 0
        if not self.is_long:
            self.body.show_all(lines_of(message.text))
        self._words_top = PAD_Y
        self._tiles = [self._make_tile(file) for file in message.files]
        self.setAccessibleName(self.tr("You"))
        self.setAccessibleDescription(message.text)

    @property
    def node(self) -> Node:
        return Node.USER

    @property
    def node_y(self) -> int:
        return super().node_y + PAD_Y

    @property
    def is_long(self) -> bool:
        """Whether the words are too many to be set at once: a pasted file has thousands of lines."""
        return len(self.message.text) > _AT_ONCE

    def wait_for_words(self, height: int) -> None:
        """Keep at least this height until all words are set."""
        self._waits_for_words = height

    def fill(self, lines: Sequence[TextBlock]) -> Iterator[None]:
        """Set long words in steps."""
        yield from self.body.settle(lines)
        self._waits_for_words = 0
        self.resized.emit()

    def arrange(self, width: int) -> int:
        self._words_top = self._arrange_tiles(width - 2 * PAD_X)
        words = self.body.arrange(width - 2 * PAD_X)
        if not self.message.text and self._tiles:
            return self._words_top  # files alone were sent
        return max(self._words_top + words + PAD_Y, self._waits_for_words)

    def _make_tile(self, file: StoredFile) -> FileTile:
        tile = FileTile(self.kit, file, self)
        tile.clicked.connect(lambda: self.image_opened.emit(file))
        return tile

    def _arrange_tiles(self, width: int) -> int:
        """Place the files in rows; return where the words begin."""
        x, y = 0, PAD_Y
        for tile in self._tiles:
            wide = min(tile.sizeHint().width(), width)
            if x and x + wide > width:
                x, y = 0, y + TILE_HEIGHT + _TILE_GAP
            tile.setGeometry(BLEED + PAD_X + x, y, wide, TILE_HEIGHT)
            x += wide + _TILE_GAP
        return y + TILE_HEIGHT + PAD_Y if self._tiles else PAD_Y

    def present(self) -> None:
        self.body.move(PAD_X, self._words_top)
        self.body.setVisible(bool(self.message.text) or not self._tiles)
        self.body.present()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.kit.theme
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(BLEED, 0, -BLEED, 0)
        dark = theme.name == "dark"
        fill = theme.color("bg.raised" if dark else "bg.hover")
        line = theme.color("border.subtle" if dark else "bg.hover")
        draw_box(painter, box, _RADIUS, fill, line)
        if self._ring:
            draw_box(painter, box, _RADIUS, None, theme.color("focus.ring"), 2)
        painter.end()


def lines_of(text: str) -> list[TextBlock]:
    """Return what a person wrote as it is shown: line by line."""
    return [TextBlock((Span(line),) if line else (), gap=False) for line in text.split("\n")]


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    QGuiApplication.clipboard().setText(text)
