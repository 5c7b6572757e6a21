"""How long a model thought, in one line above its answer; a click shows what it thought."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.markdown.model import Span, TextBlock
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_icon

_LINE_HEIGHT = 24
_ICON = 14
_INSET = 20


class _Fold(KeyboardRing, QPushButton):
    """The line itself: an icon, words, and which way it opens."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = kit.theme
        self.unfolded = False
        self.setFont(kit.theme.font("secondary"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def ring_radius(self) -> float:
        return 4.0

    def sizeHint(self) -> QSize:
        return QSize(_ICON + 6 + self.fontMetrics().horizontalAdvance(self.text()) + 6 + _ICON, _LINE_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        token = "text.primary" if self.underMouse() else "text.tertiary"
        middle = self.height() / 2
        draw_icon(painter, self._theme, "reasoning", token, _ICON, QPointF(_ICON / 2, middle))
        painter.setFont(self.font())
        painter.setPen(self._theme.color(token))
        words = QRectF(_ICON + 6, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        chevron = "chevron-up" if self.unfolded else "chevron-down"
        draw_icon(painter, self._theme, chevron, token, 12, QPointF(self.width() - _ICON / 2, middle))
        painter.end()


class Reasoning(QWidget):
    """Folded from the start; what was thought is laid out only when it is asked for."""

    resized = Signal()

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent)
        self._kit = kit
        self._text = ""
        self._body: Body | None = None
        self._fold = _Fold(kit, self)
        self._fold.clicked.connect(self._on_clicked)

    @property
    def unfolded(self) -> bool:
        """Whether what was thought is shown."""
        return self._fold.unfolded

    def say(self, title: str, text: str) -> bool:
        """Show how long, and take what was thought so far; return whether anything changed."""
        if title == self._fold.text() and text == self._text:
            return False
        self._text = text
        if self._fold.text() != title:
            self._fold.setText(title)
            self._fold.setAccessibleName(title)
            self._fold.resize(self._fold.sizeHint())
        if self._body is not None:
            self._fill(self._body)
        return True

    def unfold(self) -> None:
        """Show what was thought."""
        self._fold.unfolded = True
        self._body = Body(self._kit, self)
        self._body.move(_INSET, _LINE_HEIGHT + 2)
        self._body.resized.connect(self.resized)
        self._fill(self._body)
        self._body.show()

    def arrange(self, width: int) -> int:
        """Lay out for a width of the text column; return the height that takes."""
        self._fold.move(BLEED, 0)
        if self._body is None:
            return _LINE_HEIGHT
        return _LINE_HEIGHT + 2 + self._body.arrange(width - _INSET)

    def present(self) -> None:
        """Bring to the screen what was changed and laid out."""
        if self._body is not None:
            self._body.present()

    def _fill(self, body: Body) -> None:
        """Thoughts are shown as they are, in the colour of a quote."""
        lines = self._text.strip("\n").split("\n")
        finished = [TextBlock((Span(line),) if line else (), quote=1, gap=False) for line in lines]
        body.show_all(finished)

    def _on_clicked(self) -> None:
        if self._body is None:
            self.unfold()
        else:
            self._fold.unfolded = False
            self._body.hide()
            self._body.deleteLater()
            self._body = None
        self.resized.emit()
