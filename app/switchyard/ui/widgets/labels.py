"""Text on the window: one line, a paragraph with its line height, or a name that gives way in the middle."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent, QShowEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.tooltip import Tip


class Label(QLabel):
    """One line of text in a style and a colour of the theme, plain text always."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        style: str = "ui",
        token: str = "text.primary",
        *,
        weight: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._style = style
        self._token = token
        self._weight = weight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumHeight(theme.line_height(style))
        self._on_theme_changed()
        theme.changed.connect(self._on_theme_changed)

    def set_token(self, token: str) -> None:
        """Take another colour."""
        self._token = token
        self._on_theme_changed()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the colour again: Qt's style sheets give a label that was hidden during a change its old one back."""
        super().showEvent(event)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, self._theme.color(self._token))
        self.setPalette(palette)
        self.setFont(self._theme.font(self._style, self._weight))


class Paragraph(Label):
    """Text that wraps, set with the line height of its style."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        style: str = "ui",
        token: str = "text.secondary",
        *,
        centred: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, text, style, token, parent=parent)
        self._centred = centred
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setWordWrap(True)

    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped text."""
        edges = self.contentsMargins()
        lines = self._layout(width - edges.left() - edges.right()).lineCount()
        return lines * self._theme.line_height(self._style) + edges.top() + edges.bottom()

    def sizeHint(self) -> QSize:
        """Return the text on one line, at most as long as a line reads well."""
        edges = self.contentsMargins()
        width = min(520, math.ceil(self.fontMetrics().horizontalAdvance(self.text())) + 2)
        width += edges.left() + edges.right()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return room for a short word in one line."""
        return QSize(60, self._theme.line_height(self._style))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        painter = QPainter(self)
        painter.setPen(self._theme.color(self._token))
        line_px = self._theme.line_height(self._style)
        room = self.contentsRect()
        layout = self._layout(room.width())
        metrics = self.fontMetrics()
        spare = max(0, room.height() - layout.lineCount() * line_px)
        centred = bool(self.alignment() & Qt.AlignmentFlag.AlignVCenter)
        top = (line_px - metrics.height()) / 2 + (spare // 2 if centred else 0)
        for index in range(layout.lineCount()):
            layout.lineAt(index).setPosition(QPointF(0, index * line_px + top))
        layout.draw(painter, QPointF(room.topLeft()))

    def _layout(self, width: int) -> QTextLayout:
        layout = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        option = QTextOption(Qt.AlignmentFlag.AlignHCenter if self._centred else Qt.AlignmentFlag.AlignLeading)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        while line.isValid():
            line.setLineWidth(max(1, width))
            line = layout.createLine()
        layout.endLayout()
        return layout


class ElidedLabel(Label):
    """A name that loses its middle where it does not fit; the tooltip then shows all of it."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        style: str = "ui",
        token: str = "text.primary",
        *,
        weight: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, text, style, token, weight=weight, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._tip = Tip(theme, self, "")

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters, or for the whole of a shorter name."""
        metrics = self.fontMetrics()
        least = min(metrics.horizontalAdvance("mm…mm"), metrics.horizontalAdvance(self.text()) + 1)
        return QSize(least, self._theme.line_height(self._style))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the whole name as a tooltip when it does not fit."""
        super().resizeEvent(event)
        self._tip.set_text(self.text() if self.shown_text() != self.text() else "")

    def setText(self, text: str) -> None:
        """Show another name."""
        super().setText(text)
        self._tip.set_text(text if self.shown_text() != text else "")

    def shown_text(self) -> str:
        """Return what fits."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setPen(self._theme.color(self._token))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), self.shown_text())
