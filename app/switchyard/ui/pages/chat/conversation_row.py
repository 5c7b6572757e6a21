"""Draws the rows of the conversation list, and the line in which a title is changed."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.arrangement import FolderRow, Heading
from switchyard.ui.pages.chat.conversation_model import INDENT_ROLE, LIVE_ROLE, ROW_ROLE, SPEND_ROLE, Live
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.line_edit import LineEdit
from switchyard.ui.widgets.paint import draw_icon, draw_row

ROW_PX = 30
INSET_PX = 8
_GAP_PX = 8
_DOT_PX = 7
_CROSS_PX = 12
_HEADING_PX = 16
_SMALL_PX = 11
_ICON_PX = 15
_FOLDER_LEFT_PX = 36
_INDENT_PX = 16

_Index = QModelIndex | QPersistentModelIndex


class ConversationRow(QStyledItemDelegate):
    """`shown` is the open conversation; `busy_row` the row whose right end is taken by its actions, `taken_px` wide.

    `many` tells that several are chosen, which then look it; `target` is the folder that something is dragged to.
    """

    def __init__(self, theme: Theme, view: QWidget, *, taken_px: int) -> None:
        super().__init__(view)
        self._theme = theme
        self._taken_px = taken_px
        self.shown: ConversationId | None = None
        self.busy_row = -1
        self.keyboard = False
        self.many = False
        self.target = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the same height for every row, so that ten thousand are laid out at once."""
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a heading, a folder or a conversation."""
        row = index.data(ROW_ROLE)
        painter.save()
        if isinstance(row, Conversation):
            self._draw_conversation(painter, option, index, row)
        elif isinstance(row, FolderRow):
            self._draw_folder(painter, option, row)
        elif isinstance(row, Heading):
            self._draw_heading(painter, QRectF(option.rect), row)
        painter.restore()

    def _draw_heading(self, painter: QPainter, rect: QRectF, heading: Heading) -> None:
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.color("text.tertiary"))
        words = rect.adjusted(2 * INSET_PX, rect.height() - _HEADING_PX - 3, -2 * INSET_PX, -3)
        if heading.pinned:
            centre = QPointF(words.left() + _SMALL_PX / 2, words.center().y())
            draw_icon(painter, self._theme, "pin", "text.tertiary", _SMALL_PX, centre)
            words.setLeft(words.left() + _SMALL_PX + 4)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, heading.title)

    def _draw_folder(self, painter: QPainter, option: QStyleOptionViewItem, row: FolderRow) -> None:
        theme = self._theme
        words = self._draw_ground(painter, option, selected=row.folder.uid == self.target)
        middle = words.center().y()
        chevron = "chevron-right" if row.folder.folded else "chevron-down"
        draw_icon(painter, theme, chevron, "text.tertiary", _SMALL_PX, QPointF(words.left() + 5, middle))
        draw_icon(painter, theme, "folder", "text.secondary", _ICON_PX, QPointF(words.left() + 22, middle))
        words.setRight(self._draw_right(painter, words, str(row.count) if row.count else ""))
        words.setLeft(words.left() + _FOLDER_LEFT_PX)
        self._draw_title(painter, words, row.folder.name, 500, "text.secondary")

    def _draw_conversation(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, conversation: Conversation
    ) -> None:
        shown = conversation.uid == self.shown
        chosen = self.many and bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver) or index.row() == self.busy_row
        words = self._draw_ground(painter, option, selected=chosen or (shown and not self.many), hovered=hovered)
        if index.row() == self.busy_row:
            words.setRight(words.right() + INSET_PX - self._taken_px)
        else:
            words.setRight(self._draw_right(painter, words, str(index.data(SPEND_ROLE))))
        live = index.data(LIVE_ROLE)
        words.setRight(self._draw_live(painter, words, live))
        if conversation.filing.tags and index.row() != self.busy_row:
            words.setRight(self._draw_tags(painter, words, conversation.filing.tags))
        if index.data(INDENT_ROLE):
            words.setLeft(words.left() + _INDENT_PX)
        strong = shown or live in {Live.UNREAD, Live.STREAMING}
        ink = "text.primary" if strong or hovered or chosen else "text.secondary"
        self._draw_title(painter, words, conversation.title, 500 if strong else 400, ink)

    def _draw_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool, hovered: bool | None = None
    ) -> QRectF:
        """Draw what is behind a row, and return where its words stand."""
        if hovered is None:
            hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = self.keyboard and bool(option.state & QStyle.StateFlag.State_HasFocus)
        box = QRectF(option.rect).adjusted(INSET_PX, 0, -INSET_PX, 0)
        draw_row(painter, box, self._theme, hovered=hovered, selected=selected, focused=focused)
        return box.adjusted(INSET_PX, 0, -INSET_PX, 0)

    def _draw_title(self, painter: QPainter, words: QRectF, title: str, weight: int, ink: str) -> None:
        painter.setFont(self._theme.font("ui", weight))
        painter.setPen(self._theme.color(ink))
        shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _draw_right(self, painter: QPainter, words: QRectF, text: str) -> float:
        """Draw a figure at the right and return where what stands left of it has to end."""
        if not text:
            return words.right()
        font = self._theme.font("caption", 400)
        painter.setFont(font)
        painter.setPen(self._theme.color("text.tertiary"))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        return words.right() - QFontMetricsF(font).horizontalAdvance(text) - _GAP_PX

    def _draw_tags(self, painter: QPainter, words: QRectF, tags: tuple[str, ...]) -> float:
        """Draw the tags as one word, as far as a third of the row takes them; return where the title ends."""
        metrics = QFontMetricsF(self._theme.font("caption", 400))
        text = metrics.elidedText(", ".join(tags), Qt.TextElideMode.ElideRight, words.width() / 3)
        return self._draw_right(painter, words, text)

    def _draw_live(self, painter: QPainter, words: QRectF, live: object) -> float:
        """Draw a dot while a reply comes, a cross where one failed, a clock where one waits; return the title's end."""
        middle = words.center().y()
        if live is Live.FAILED:
            centre = QPointF(words.right() - _CROSS_PX / 2, middle)
            draw_icon(painter, self._theme, "close", "bad.text", _CROSS_PX, centre)
            return words.right() - _CROSS_PX - _GAP_PX
        if live is Live.WAITING:
            centre = QPointF(words.right() - _CROSS_PX / 2, middle)
            draw_icon(painter, self._theme, "history", "text.tertiary", _CROSS_PX, centre)
            return words.right() - _CROSS_PX - _GAP_PX
        if live is Live.STREAMING:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent.text"))
            painter.drawEllipse(QRectF(words.right() - _DOT_PX, middle - _DOT_PX / 2, _DOT_PX, _DOT_PX))
            return words.right() - _DOT_PX - _GAP_PX
        return words.right()

    # --- renaming ---

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """Return a line over the title."""
        editor = LineEdit(parent)
        editor.setFont(self._theme.font("ui"))
        is_folder = isinstance(index.data(ROW_ROLE), FolderRow)
        editor.setAccessibleName(self.tr("Name of the folder") if is_folder else self.tr("Title of the chat"))
        return editor

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave Enter to an input method that has words under way."""
        enters = isinstance(event, QKeyEvent) and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enters and isinstance(watched, LineEdit) and watched.composing:
            return event.type() == QEvent.Type.KeyPress
        return super().eventFilter(watched, event)

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        """Put the whole title in, chosen so that typing replaces it; what is written there already stays."""
        if isinstance(editor, LineEdit) and not editor.written_in:
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.end(False)
            editor.home(True)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        """Hand the new title to the model."""
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        """Lie over the row's box."""
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(INSET_PX, 0, -INSET_PX, 0))
