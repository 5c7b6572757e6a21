"""Questions that need an answer first: opened, awaited, never `exec()`-ed."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPainterPath, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, ButtonKind
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.paint import draw_box

_WIDTH_PX = 420


class Dialog(QDialog):
    """A title, a body, and buttons at the right: the safe one left, the act right; Esc is safe."""

    def __init__(self, theme: Theme, parent: QWidget, title: str) -> None:
        super().__init__(parent.window(), Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self._window = parent.window()
        # X11 may have no compositor, and then shows black corners; there the window is cut instead.
        self._cut = QGuiApplication.platformName() == "xcb"
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, not self._cut)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setFixedWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(4)
        column.addWidget(Paragraph(theme, title, "title", "text.primary"))
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        column.addLayout(self.body)
        column.addSpacing(10)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addStretch(1)
        column.addLayout(self._row)
        theme.changed.connect(self.update)

    def add_button(self, text: str, kind: ButtonKind = "default", *, accepts: bool, first: bool = False) -> Button:
        """Add a button at the right of those there; `first` has the focus and takes Enter."""
        button = Button(self._theme, text, kind)
        button.clicked.connect(self.accept if accepts else self.reject)
        self._row.addWidget(button)
        if first:
            button.setDefault(True)
            button.setFocus(Qt.FocusReason.OtherFocusReason)
        return button

    async def ask(self) -> bool:
        """Open, wait for the answer, and close whatever happens; True where the act was chosen."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def on_finished(code: int) -> None:
            if not answer.done():
                answer.set_result(code == QDialog.DialogCode.Accepted.value)

        self.finished.connect(on_finished)
        scrim = _Scrim(self._theme, self._window)
        self._fit()
        self.open()
        try:
            return await answer
        finally:
            scrim.deleteLater()
            self.hide()
            self.deleteLater()

    def _fit(self) -> None:
        """Take the height that the words need in this width: Qt measures them in the width that they would like."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(_WIDTH_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the corners where the window system cannot show through them."""
        super().resizeEvent(event)
        if self._cut:
            radius = self._theme.radius("dialog")
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), radius, radius)
            self.setMask(QRegion(path.toFillPolygon().toPolygon()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box."""
        theme = self._theme
        box, line = QRectF(self.rect()), theme.color("border.default")
        draw_box(QPainter(self), box, theme.radius("dialog"), theme.color("bg.overlay"), line)


class _Scrim(QWidget):
    """A flat shade over the window behind a dialog."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the window at every size."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shade."""
        QPainter(self).fillRect(self.rect(), self._theme.color("scrim"))
