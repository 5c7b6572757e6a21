"""An image over the whole window; Esc or a click closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pictures import Pictures, Sight, Source, within
from switchyard.ui.widgets.buttons import IconButton

_MARGIN = 48
_LARGEST = QSize(4096, 4096)
_BUTTON_PLACE = 12


def open_image(theme: Theme, view: QWidget, pictures: Pictures, source: Source) -> None:
    """Show an image of a view over its whole window, once it is read."""

    def show(sight: Sight) -> None:
        if sight.readable and view.isVisible():
            ImageViewer(theme, view.window(), sight.image, sight.measures)

    pictures.draw(source, _LARGEST, show)


class ImageViewer(QWidget):
    """Lies over the window until it is closed, and gives the focus back; `measures` tells how large the file is."""

    def __init__(self, theme: Theme, window: QWidget, image: QImage, measures: str = "") -> None:
        super().__init__(window)
        self._theme = theme
        self._image = image
        self._measures = measures
        self._covered = window
        self._before = QApplication.focusWidget()
        self.setAccessibleName(self.tr("Image"))
        self.setAccessibleDescription(measures)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._close = IconButton(theme, "close", self.tr("Close the image"), "Esc", parent=self)
        self._close.clicked.connect(self.close)
        self._copy = IconButton(theme, "copy", self.tr("Copy image"), parent=self)
        self._copy.clicked.connect(self._on_copy)
        window.installEventFilter(self)
        self._cover()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cover(self) -> None:
        self.setGeometry(self._covered.rect())
        right = self.width() - _BUTTON_PLACE
        for button in (self._close, self._copy):
            right -= button.sizeHint().width()
            button.move(right, _BUTTON_PLACE)
            right -= 4

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the window at every size."""
        if event.type() == QEvent.Type.Resize and watched is self._covered:
            self._cover()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._on_copy()
        elif event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.close()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays here: everything else is covered."""
        stops: list[QWidget] = [self, self._copy, self._close]
        focused = QApplication.focusWidget()
        at = stops.index(focused) if isinstance(focused, QWidget) and focused in stops else 0
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def close(self) -> bool:
        """Go, and let the focus be where it was."""
        self._covered.removeEventFilter(self)
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.deleteLater()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.window"))
        room = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        place = QRect(room.topLeft(), within(self._image.size(), room.size()))
        place.moveCenter(room.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        painter.setFont(self._theme.font("secondary"))
        painter.setPen(self._theme.color("text.tertiary"))
        below = QRect(0, room.bottom(), self.width(), _MARGIN)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._measures)
        painter.end()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setImage(self._image)
