"""The line over the words that names what answers this one message, in place of the chat's own choice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from switchyard.core.picks import PickKind
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

Pick = tuple[PickKind, str]

_HEIGHT_PX = 24
_BUTTON_PX = 20
_ICON_PX = 13
_EDGE_PX = 6
_GAP_PX = 6
_WIDEST_PX = 360


class OnceChip(QWidget):
    """Seen while something is named; `removed` tells that the person took it away.

    `name_of` tells how a pick is called and whose mark it has.
    """

    removed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.to: Pick | None = None
        self.name_of: Callable[[Pick], tuple[str, str]] = lambda pick: (pick[1], "")
        self._words = Label(theme, self.tr("This message goes to"), "secondary", "text.tertiary", parent=self)
        self._chip = _Chip(theme, self)
        self._chip.remove.clicked.connect(self._on_removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(8)
        row.addWidget(self._words)
        row.addWidget(self._chip)
        row.addStretch(1)
        self.hide()

    def set_to(self, to: Pick | None) -> None:
        """Name what answers this message; with None, nothing is named."""
        self.to = to
        self.setVisible(to is not None)
        if to is None:
            return
        name, provider_id = self.name_of(to)
        said = self.tr("This message goes to {name}").format(name=name)
        self._chip.show_target(name, provider_id)
        self._chip.remove.set_icon("close", self.tr("Do not send it to {name}").format(name=name))
        if said != self.accessibleName():
            self.setAccessibleName(said)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def take_away(self) -> None:
        """Do what the button does."""
        self._chip.remove.click()

    def _on_removed(self) -> None:
        self.set_to(None)
        self.removed.emit()


class _Chip(QWidget):
    """A mark, a name and a button that takes both away."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = ""
        self._provider_id = ""
        self.remove = IconButton(theme, "close", self.tr("Remove"), size=_BUTTON_PX, parent=self)
        self._tip = Tip(theme, self, "")
        self.setFont(theme.font("chip"))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_target(self, name: str, provider_id: str) -> None:
        """Show a chain, or a model with its provider's mark."""
        self._name, self._provider_id = name, provider_id
        self._tip.set_text(name)
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with the name, as far as there is room for it."""
        name_px = self.fontMetrics().horizontalAdvance(self._name) + 2
        width = self._left() + name_px + _GAP_PX + _BUTTON_PX + 2
        return QSize(min(width, _WIDEST_PX), _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a few letters."""
        return QSize(min(self.sizeHint().width(), self._left() + 80), _HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the end."""
        self.remove.move(self.width() - _BUTTON_PX - 2, (self.height() - _BUTTON_PX) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, the mark or the icon, and the name."""
        theme, painter, middle = self._theme, QPainter(self), self.height() / 2
        draw_box(painter, QRectF(self.rect()), theme.radius("control"), theme.color("accent.soft"))
        box = QRectF(_EDGE_PX, middle - NORMAL.height() / 2, NORMAL.width(), NORMAL.height())
        if self._provider_id:
            paint_mark(painter, box, theme, self._provider_id)
        else:
            box.setWidth(_ICON_PX)
            draw_icon(painter, theme, "chain", "accent.text", _ICON_PX, box.center())
        words = QRectF(self._left(), 0, self.width() - self._left() - _GAP_PX - _BUTTON_PX, self.height())
        painter.setFont(self.font())
        painter.setPen(theme.color("text.primary"))
        shown = painter.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideMiddle, int(words.width()) + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _left(self) -> int:
        return _EDGE_PX + (NORMAL.width() if self._provider_id else _ICON_PX) + _GAP_PX
