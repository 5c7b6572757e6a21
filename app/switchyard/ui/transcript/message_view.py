"""A message as a widget: what every kind of message can do, and the person's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from functools import partial

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
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
from switchyard.ui.transcript.acts import EVERYTHING, Act, fill
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.clipboard import Shape, copy_text, lines_of
from switchyard.ui.transcript.file_tile import HEIGHT as TILE_HEIGHT
from switchyard.ui.transcript.file_tile import FileTile
from switchyard.ui.transcript.markdown.model import TextBlock
from switchyard.ui.transcript.marks_row import HEIGHT as MARKS_HEIGHT
from switchyard.ui.transcript.marks_row import Fork, MarksRow, Veil
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.transcript.selection import Step
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.widgets.paint import draw_box

PAD_X = 14
PAD_Y = 8
_RADIUS = 10
WORDS = 1  # the number of a message's own words among its passages
_TILE_GAP = 8
_MARKS_GAP = 6
_AT_ONCE = 3_000
_KEYBOARD = frozenset(
    {
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
        Qt.FocusReason.OtherFocusReason,
    }
)
_Keys = QKeySequence.StandardKey
_STEPS = {
    _Keys.SelectPreviousChar: Step.CHAR_BACK,
    _Keys.SelectNextChar: Step.CHAR_ON,
    _Keys.SelectPreviousWord: Step.WORD_BACK,
    _Keys.SelectNextWord: Step.WORD_ON,
    _Keys.SelectPreviousLine: Step.LINE_UP,
    _Keys.SelectNextLine: Step.LINE_DOWN,
    _Keys.SelectStartOfLine: Step.LINE_START,
    _Keys.SelectEndOfLine: Step.LINE_END,
    _Keys.SelectStartOfDocument: Step.START,
    _Keys.SelectEndOfDocument: Step.END,
}

_BRANCH_KEYS = {Qt.Key.Key_Left: Act.EARLIER, Qt.Key.Key_Right: Act.LATER}


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
    link_pointed = Signal(str)
    entered = Signal()
    copy_requested = Signal(object)  # `Shape`
    whole_copy_requested = Signal()
    act_requested = Signal(object)  # `Act`
    all_requested = Signal()
    stepped = Signal(object)  # `Step`
    image_opened = Signal(object)  # what is to be drawn: a file, or an image that just came

    def __init__(self, kit: Kit, message: Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.kit = kit
        self.message = message
        self.marked = False  # words that were found are marked in it
        self.offered: Collection[Act] = EVERYTHING
        self._ring = False
        self._fork = Fork()
        self._marks: MarksRow | None = None
        self._marks_place = QPoint()
        self._veil: Veil | None = None
        self.body = Body(kit, self)
        self.body.resized.connect(self.resized)
        self.body.link_activated.connect(self.link_activated)
        self.body.link_pointed.connect(self.link_pointed)
        self.body.copy_requested.connect(copy_text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def tell_place(self, number: int, count: int) -> None:
        """Say for a reader of the screen which message of how many this is: only those near the view are widgets."""
        who = self.accessibleName().partition("\n")[0]
        self.setAccessibleName(who + "\n" + self.tr("Message {number} of {count}").format(number=number, count=count))

    def remark(self, message: Message, fork: Fork) -> None:
        """Show what a person said of the message, and which of several branches begins with it."""
        self.message, self._fork = message, fork
        told = message.pinned or message.excluded or fork.count > 1
        if told and self._marks is None:
            self._marks = MarksRow(self.kit.theme, self)
            self._marks.stepped.connect(lambda by: self.take(Act.EARLIER if by < 0 else Act.LATER))
        if self._marks is not None:
            self._marks.say(message, fork)
            self._marks.setVisible(told)
        if message.excluded and self._veil is None:
            self._veil = Veil(self.kit.theme, self)
        if self._veil is not None:
            self._veil.setVisible(message.excluded)
        self.show_actions()

    def show_actions(self) -> None:
        """Show what can be done, where it is to be seen."""

    def take(self, act: Act) -> None:
        """Do something with the message."""
        if act is Act.COPY:
            self.whole_copy_requested.emit()
        else:
            self.act_requested.emit(act)

    def menu(self, link: str = "") -> Menu:
        """Return the menu of what can be done with the message, its words, and the link that was pointed at."""
        selected = any(body.selection.text() for _, body in self.passages())
        menu = Menu(self.kit.theme, self)
        if link:
            menu.add(self.tr("Copy link"), lambda: copy_text(link))
            menu.add(self.tr("Open link"), lambda: self.link_activated.emit(link), icon="open-external")
            menu.addSeparator()
        if selected or self.message.text:
            for text, shape in (
                (self.tr("Copy selection") if selected else self.tr("Copy message"), Shape.RICH),
                (self.tr("Copy as Markdown"), Shape.MARKDOWN),
                (self.tr("Copy as plain text"), Shape.PLAIN),
            ):
                icon = "copy" if shape is Shape.RICH else ""
                menu.add(text, partial(self.copy_requested.emit, shape), icon=icon)
        fill(menu, self.message, self.offered, self.take)
        return menu

    def arrange_marks(self, left: int, y: int) -> int:
        """Place the row of what there is to say, below what ends at a height; return where it ends itself."""
        if self._marks is None or self._marks.isHidden():
            return y
        self._marks_place = QPoint(left, y + _MARKS_GAP)
        return y + _MARKS_GAP + MARKS_HEIGHT

    def present_marks(self) -> None:
        """Bring the row to the screen, and what dims the message."""
        below = 0
        if self._marks is not None and not self._marks.isHidden():
            left, top = self._marks_place.toTuple()
            self._marks.setGeometry(left, top, self.width() - left - BLEED, MARKS_HEIGHT)
            below = self.height() - top
        if self._veil is not None:
            self._veil.setGeometry(self.rect().adjusted(0, 0, 0, -below))
            self._veil.raise_()

    def passages(self) -> Sequence[tuple[int, Body]]:
        """Return the words that can be selected, from the top; each has a number that it keeps."""
        return ((WORDS, self.body),)

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

    def inner_stops(self) -> list[QWidget]:
        """Return what can have the focus inside, in the order in which it is seen."""
        stops = [
            child
            for child in self.findChildren(QWidget)
            if child.isVisibleTo(self) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        places = {child: child.mapTo(self, QPoint(0, 0)) for child in stops}
        return sorted(stops, key=lambda child: (places[child].y(), places[child].x()))

    def holds_focus(self) -> bool:
        """Whether the focus is on this message or inside it."""
        return self.hasFocus() or self.focus_inside() is not None

    @property
    def ringed(self) -> bool:
        """Whether the keyboard brought the focus to it, or into it."""
        return self._ring or (self.holds_focus() and not self.hasFocus())

    def focus_inside(self) -> QWidget | None:
        """Return what has the focus inside this message."""
        focused = QApplication.focusWidget()
        return focused if isinstance(focused, QWidget) and self.isAncestorOf(focused) else None

    # --- events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = next((step for keys, step in _STEPS.items() if event.matches(keys)), None)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit(Shape.RICH)
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.all_requested.emit()
        elif step is not None:
            self.stepped.emit(step)
        elif event.modifiers() == Qt.KeyboardModifier.AltModifier and event.key() in _BRANCH_KEYS:
            self.take(_BRANCH_KEYS[Qt.Key(event.key())])
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.hasFocus():
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the focus; what is selected is the thread's matter."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu(self._link_under(event.pos()))
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(event.globalPos())

    def _link_under(self, point: QPoint) -> str:
        for _, body in self.passages():
            inside = body.mapFrom(self, point)
            if body.rect().contains(inside):
                return body.selection.link_at(inside)
        return ""

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
        self._below = 0  # the height of what stands under the block
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
        alone = not self.message.text and self._tiles  # files alone were sent
        height = self._words_top if alone else max(self._words_top + words + PAD_Y, self._waits_for_words)
        self._below = self.arrange_marks(BLEED, height) - height
        return height + self._below

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
        self.present_marks()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(BLEED, 0, -BLEED, -self._below)
        self.draw_block(painter, box, _RADIUS)
        if self._ring:
            draw_box(painter, box, _RADIUS, None, self.kit.theme.color("focus.ring"), 2)
        painter.end()

    def draw_block(self, painter: QPainter, box: QRectF, radius: float) -> None:
        """Draw what the words stand on."""
        theme = self.kit.theme
        dark = theme.name == "dark"
        fill = theme.color("bg.raised" if dark else "bg.hover")
        line = theme.color("border.subtle" if dark else "bg.hover")
        draw_box(painter, box, radius, fill, line)
