"""Draws the rows of the conversation list, and the line in which a title is changed."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.conversation_model import LIVE_ROLE, ROW_ROLE, SPEND_ROLE, Live
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_icon, draw_row

ROW_PX = 30
INSET_PX = 8
_GAP_PX = 8
_DOT_PX = 7
_CROSS_PX = 12
_HEADING_PX = 16

_Index = QModelIndex | QPersistentModelIndex


class ConversationRow(QStyledItemDelegate):
    """`shown` is the open conversation; `busy_row` the row whose right end is taken by its actions, `taken_px` wide."""

    def __init__(self, theme: Theme, view: QWidget, *, taken_px: int) -> None:
        super().__init__(view)
        self._theme = theme
        self._taken_px = taken_px
        self.shown: ConversationId | None = None
        self.busy_row = -1
        self.keyboard = False

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the same height for every row, so that ten thousand are laid out at once."""
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a heading or a conversation."""
        row = index.data(ROW_ROLE)
        painter.save()
        if isinstance(row, Conversation):
            self._draw_conversation(painter, option, index, row)
        else:
            self._draw_heading(painter, QRectF(option.rect), str(row))
        painter.restore()

    def _draw_heading(self, painter: QPainter, rect: QRectF, title: str) -> None:
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.color("text.tertiary"))
        words = rect.adjusted(2 * INSET_PX, rect.height() - _HEADING_PX - 3, -2 * INSET_PX, -3)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)

    def _draw_conversation(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, conversation: Conversation
    ) -> None:
        theme = self._theme
        shown = conversation.uid == self.shown
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver) or index.row() == self.busy_row
        focused = self.keyboard and bool(option.state & QStyle.StateFlag.State_HasFocus)
        box = QRectF(option.rect).adjusted(INSET_PX, 0, -INSET_PX, 0)
        draw_row(painter, box, theme, hovered=hovered, selected=shown, focused=focused)
        words = box.adjusted(INSET_PX, 0, -INSET_PX, 0)
        if index.row() == self.busy_row:
            words.setRight(box.right() - self._taken_px)
        else:
            words.setRight(self._draw_spend(painter, words, str(index.data(SPEND_ROLE))))
        live = index.data(LIVE_ROLE)
        words.setRight(self._draw_live(painter, words, live))
        strong = shown or live in {Live.UNREAD, Live.STREAMING}
        painter.setFont(theme.font("ui", 500 if strong else 400))
        painter.setPen(theme.color("text.primary" if strong or hovered else "text.secondary"))
        width = int(words.width())
        title = painter.fontMetrics().elidedText(conversation.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)

    def _draw_spend(self, painter: QPainter, words: QRectF, spend: str) -> float:
        """Draw the sum at the right and return where what stands left of it has to end."""
        if not spend:
            return words.right()
        font = self._theme.font("caption", 400)
        painter.setFont(font)
        painter.setPen(self._theme.color("text.tertiary"))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, spend)
        return words.right() - QFontMetricsF(font).horizontalAdvance(spend) - _GAP_PX

    def _draw_live(self, painter: QPainter, words: QRectF, live: object) -> float:
        """Draw a dot while a reply comes or waits unread, a cross where it failed; return where the title ends."""
        middle = words.center().y()
        if live is Live.FAILED:
            centre = QPointF(words.right() - _CROSS_PX / 2, middle)
            draw_icon(painter, self._theme, "close", "bad.text", _CROSS_PX, centre)
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
        editor = QLineEdit(parent)
        editor.setFont(self._theme.font("ui"))
        editor.setAccessibleName(self.tr("Title of the chat"))
        return editor

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        """Put the whole title in, chosen so that typing replaces it."""
        if isinstance(editor, QLineEdit):
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
