"""Links for the keyboard: a part of a reply that has any is a stop, and Tab goes through them one by one."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.surface import Range, Surface


class LinkStops(QWidget):
    """Knows which of the links of its text has the focus."""

    link_activated = Signal(str)
    link_pointed = Signal(str)  # a link has the focus, or with nothing no longer

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._link = -1

    @property
    @abstractmethod
    def surface(self) -> Surface:
        """The text of this piece."""

    @abstractmethod
    def origin(self) -> QPoint:
        """Where the text's own origin lies in this widget."""

    def show_part(self, part: Range) -> None:
        """Scroll sideways to a part of the text, where it is out of view."""

    def let_links_have_focus(self, linked: bool) -> None:
        """A piece with links is a stop for the keyboard, one without is not."""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if linked else Qt.FocusPolicy.NoFocus)

    def step_link(self, *, forward: bool) -> bool:
        """Move to the next link of this piece; False where there is none left in that direction."""
        following = self._link + (1 if forward else -1)
        if not 0 <= following < len(self.surface.links()):
            return False
        self._point_at(following)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        links = self.surface.links()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and 0 <= self._link < len(links):
            self.link_activated.emit(links[self._link][0])
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        backwards = event.reason() == Qt.FocusReason.BacktabFocusReason
        self._point_at(len(self.surface.links()) - 1 if backwards else 0)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(-1)
        super().focusOutEvent(event)

    def _point_at(self, link: int) -> None:
        """Let another link have the focus, and say where it leads."""
        self._link = link
        links = self.surface.links()
        if not links:
            return
        address = links[link][0] if 0 <= link < len(links) else ""
        self.setAccessibleName(self.tr("Link to {address}").format(address=address) if address else "")
        self.link_pointed.emit(address)
        self.update()

    def _focused_link(self) -> Range | None:
        links = self.surface.links() if self._link >= 0 and self.hasFocus() else []
        return links[self._link][1] if 0 <= self._link < len(links) else None

    def show_focused(self) -> QRect:
        """Return where the link is that has the focus, scrolled to sideways; without one, all of this."""
        link = self._focused_link()
        if link is None:
            return self.rect()
        self.show_part(link)
        return self.surface.range_rect(link).translated(QPointF(self.origin())).toRect()

    def paint_focused_link(self, painter: QPainter) -> None:
        """Draw a ring around the link that has the focus; the painter stands at the text's origin."""
        link = self._focused_link()
        if link is None:
            return
        painter.setPen(QPen(self._theme.color("focus.ring"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.surface.range_rect(link).adjusted(-3, 0, 3, 2), 4, 4)
