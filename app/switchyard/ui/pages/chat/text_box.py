"""The box in which a message is written: it grows to ten lines, and never sends what an input method composes."""

from __future__ import annotations

import re

from PySide6.QtCore import QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextDocumentLayout, QPlainTextEdit, QSizePolicy, QWidget

from switchyard.ui.pages.chat.offered import may_offer, plain, read_offered
from switchyard.ui.theme.theme import Theme

LINE_PX = 22
MOST_LINES = 10
_ENDLESS = re.compile(r"\S{4000}")


class TextBox(QPlainTextEdit):
    """`least_lines` is how high it is when empty. With `ctrl_sends`, Enter begins a new line and Ctrl+Enter sends.

    `offered` carries what was pasted or dropped to be attached; `typed` tells that a key or an input method changed
    the text, or may have. `recalled` are words that were brought back: as long as nothing of them is changed, Up on
    their first line and Down on their last one are passed on.
    """

    submitted = Signal()
    edited = Signal()
    typed = Signal()
    focus_changed = Signal()
    undo_passed = Signal()
    redo_passed = Signal()
    up_passed = Signal()
    down_passed = Signal()
    offered = Signal(object)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._least_lines = 1
        self._composed = ""
        self._invitation = ""
        self.ctrl_sends = False
        self.recalled = ""
        document = QTextDocument(self)
        document.setDocumentLayout(_EvenLines(document))
        document.setDocumentMargin(0)
        self.setDocument(document)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self._on_theme_changed()
        theme.changed.connect(self._on_theme_changed)
        document.clearUndoRedoStacks()  # making it ready has filled them
        document.contentsChanged.connect(self._on_contents_changed)
        self._fit()

    @property
    def recalls(self) -> bool:
        """Whether words stand here that were brought back, as they were."""
        return bool(self.recalled) and self.toPlainText() == self.recalled

    @property
    def composing(self) -> bool:
        """Whether an input method has words under way that are not part of the text yet."""
        return bool(self._composed)

    def set_least_lines(self, lines: int) -> None:
        """Be at least this high."""
        self._least_lines = lines
        self._fit()

    def invite(self, words: str) -> None:
        """Say in the empty box what it is for."""
        self._invitation = words
        self.setAccessibleDescription(words)
        self.viewport().update()

    def replace_text(self, text: str) -> None:
        """Put a text in, with the cursor behind it; undo does not go back beyond it."""
        if text != self.toPlainText():
            self._wrap_for(text)
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)

    def sizeHint(self) -> QSize:
        """Return the height that was last fitted."""
        return QSize(200, self.height())

    # --- events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send on the person's key, and begin a line on the other one."""
        typed = self.document().isUndoAvailable() or self.document().isRedoAvailable()
        if event.matches(QKeySequence.StandardKey.Undo) and not typed:
            self.undo_passed.emit()
        elif event.matches(QKeySequence.StandardKey.Redo) and not typed:
            self.redo_passed.emit()
        elif event.key() == Qt.Key.Key_Up and self._passes(event, QTextCursor.MoveOperation.Up):
            self.up_passed.emit()
        elif event.key() == Qt.Key.Key_Down and self._passes(event, QTextCursor.MoveOperation.Down):
            self.down_passed.emit()
        elif event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
            if event.text():
                self.typed.emit()
        elif self.composing:
            event.accept()  # it is meant for the input method
        elif self._sends(event.modifiers()):
            self.submitted.emit()
        else:
            self.insertPlainText("\n")
            self.ensureCursorVisible()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether the input method still has words under way."""
        self._composed = event.preeditString()
        super().inputMethodEvent(event)
        self._fit()
        self.typed.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take words, and pass files and pictures on."""
        return may_offer(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste words alone, with line ends as they are everywhere; what is to be attached is passed on."""
        offered = read_offered(source)
        if offered is not None:
            self.offered.emit(offered)
        else:
            self.insert_text(plain(source.text()))

    def insert_text(self, text: str) -> None:
        """Put words where the cursor is."""
        self._wrap_for(text)
        self.textCursor().insertText(text)
        self.ensureCursorVisible()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks lines elsewhere."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the owner draw its border."""
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let the owner draw its border."""
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, or the invitation on the line where words will stand."""
        super().paintEvent(event)
        if self.document().isEmpty() and not self._composed:
            painter = QPainter(self.viewport())
            painter.setFont(self.font())
            painter.setPen(self._theme.color("text.tertiary"))
            line = QRectF(1, 0, self.viewport().width(), LINE_PX)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self._invitation)

    # --- inside ---

    def _passes(self, event: QKeyEvent, move: QTextCursor.MoveOperation) -> bool:
        """Whether an arrow is not meant for the text: nothing is there to move in."""
        if self.composing or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        return self.document().isEmpty() or (self.recalls and not self.textCursor().movePosition(move))

    def _sends(self, modifiers: Qt.KeyboardModifier) -> bool:
        ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        plain = not modifiers & ~Qt.KeyboardModifier.KeypadModifier
        return ctrl if self.ctrl_sends else plain or ctrl

    def _wrap_for(self, text: str) -> None:
        """Break endless words anywhere: Qt looks for a better place in time that grows with the square of them."""
        endless = _ENDLESS.search(text) is not None
        mode = QTextOption.WrapMode.WrapAnywhere if endless else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        if endless or self.document().isEmpty():
            self.setWordWrapMode(mode)

    def _on_contents_changed(self) -> None:
        self._fit()
        self.edited.emit()

    def _fit(self) -> None:
        """Be as high as the lines need; a scroll bar comes with the eleventh."""
        needed = self._count_lines()
        height = max(self._least_lines, min(MOST_LINES, needed)) * LINE_PX
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if needed > MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if bar != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(bar)
        if height != self.height() or height != self.maximumHeight():
            self.setFixedHeight(height)
            self.updateGeometry()

    def _count_lines(self) -> int:
        """Return how many lines the text takes, or that there are more than are shown."""
        lines, block, layout = 0, self.document().begin(), self.document().documentLayout()
        while block.isValid() and lines <= MOST_LINES:
            layout.blockBoundingRect(block)  # one that was not seen yet has not been broken into lines
            lines += block.layout().lineCount()
            block = block.next()
        return lines

    def _on_theme_changed(self) -> None:
        font = self._theme.font("body")
        self.setFont(font)
        self.document().setDefaultFont(font)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text.primary"))
        self.setPalette(palette)


class _EvenLines(QPlainTextDocumentLayout):
    """Gives every line the same height, whatever script is in it.

    The layout that Qt makes for rich text has a line height, but lays out the whole of a long paste at once (0.2 s for
    400 KB); this one lays out what is seen.
    """

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Set the lines apart, once after each layout, and return what the block takes."""
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        count = layout.lineCount()
        if count:
            last = layout.lineAt(count - 1)
            if abs(last.y() - (count - 1) * LINE_PX - (LINE_PX - last.height()) / 2) > 0.5:
                for n in range(count):
                    line = layout.lineAt(n)
                    line.setPosition(QPointF(line.x(), n * LINE_PX + (LINE_PX - line.height()) / 2))
            rect.setHeight(count * LINE_PX)
        return rect
