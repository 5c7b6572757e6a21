"""Where the conversation list stands: beside the thread, or over it where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from switchyard.ui.pages.chat.conversation_list import WIDTH_PX
from switchyard.ui.theme.theme import Theme

NARROW_WINDOW_PX = 1180
_SLIDE_MS = 200


class Drawer(QObject):
    """Moves the list between the splitter and the scrim as the window changes, and opens and closes it."""

    closed_changed = Signal()

    def __init__(self, theme: Theme, page: QWidget, splitter: QSplitter, panel: QWidget) -> None:
        super().__init__(page)
        self._theme = theme
        self._page = page
        self._splitter = splitter
        self._panel = panel
        self._over = False
        self._wanted = True
        self._width_px = WIDTH_PX
        self._scrim = _Scrim(theme, page)
        self._absent = QWidget(page)  # holds the list's place, so that the splitter's division is not forgotten
        self._absent.hide()
        self._scrim.pressed.connect(self.close)
        self._slide = QVariantAnimation(self)
        self._slide.valueChanged.connect(self._on_slid)
        page.installEventFilter(self)

    @property
    def closed(self) -> bool:
        """Whether the list is out of sight."""
        return self._scrim.isHidden() if self._over else not self._wanted

    @property
    def over(self) -> bool:
        """Whether the list lies open over the thread, and has to be closed before anything else."""
        return self._over and not self._scrim.isHidden()

    def toggle(self) -> None:
        """Open the list where it is closed, else close it."""
        if self._over:
            if self.closed:
                self._open_over()
            else:
                self.close()
        else:
            self._wanted = not self._wanted
            if self._wanted:
                self._panel.show()
            else:
                self._hide_panel()
            self.closed_changed.emit()

    def close(self) -> None:
        """Close the list that lies over the thread."""
        if self.over:
            self._slide.stop()
            self._scrim.hide()
            self._hide_panel()
            self.closed_changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's width."""
        if event.type() == QEvent.Type.Resize:
            self._scrim.setGeometry(self._page.rect())
            self._settle(self._page.window().width() < NARROW_WINDOW_PX)
        return False

    def _settle(self, over: bool) -> None:
        if over != self._over:
            self._over = over
            if over:
                self._width_px = self._panel.width() if self._panel.isVisible() else self._width_px
                self._hide_panel()
                self._splitter.replaceWidget(0, self._absent)
                self._absent.hide()
                self._panel.setParent(self._page)
            else:
                self._slide.stop()
                self._scrim.hide()
                self._splitter.replaceWidget(0, self._panel)
                self._absent.setParent(self._page)
                self._splitter.setSizes([self._width_px, self._page.width() - self._width_px])
                self._panel.setVisible(self._wanted)
            self.closed_changed.emit()
        elif self.over:
            self._panel.setFixedHeight(self._page.height())

    def _hide_panel(self) -> None:
        """Hide the list; a focus that was in it goes to what the page writes with."""
        focused = QApplication.focusWidget()
        held = focused is not None and self._panel.isAncestorOf(focused)
        self._panel.hide()
        if held:
            self._page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_over(self) -> None:
        self._scrim.setGeometry(self._page.rect())
        self._scrim.show()
        self._scrim.raise_()
        self._panel.setGeometry(0, 0, self._width_px, self._page.height())
        self._panel.show()
        self._panel.raise_()
        self._panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        duration = self._theme.duration(_SLIDE_MS)
        if duration:
            self._slide.setStartValue(-self._width_px)
            self._slide.setEndValue(0)
            self._slide.setDuration(duration)
            self._slide.start()
        self.closed_changed.emit()

    def _on_slid(self, x: int) -> None:
        self._panel.move(x, 0)


class _Scrim(QWidget):
    """Dims the thread; a press on it closes what lies over it."""

    pressed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close."""
        self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dimming."""
        QPainter(self).fillRect(self.rect(), self._theme.color("scrim"))
