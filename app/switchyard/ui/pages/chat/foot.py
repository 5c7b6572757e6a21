"""The composer's foot: what answers, what goes with the words, what it will cost, and Send that becomes Stop."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.kbd import draw_kbd, kbd_width
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.widgets.tooltip import Tip

HEIGHT_PX = 44
_LINE_PX = 16
_TARGET_PX = 28
_SEND_PX = 32
_RADIUS_PX = 8
_ICON_PX = 16
_CHEVRON_PX = 13
_PADDING_PX = 10
_GAP_PX = 6
_WIDEST_NAME_PX = 320
_FAINT = 0.45


class Foot(QWidget):
    """A strip of buttons; where there is little room, what has an icon shows that alone."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT_PX)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.target = TargetButton(theme, self)
        self._line = Separator(theme, Qt.Orientation.Vertical, "border.default", self)
        self._line.setFixedHeight(_LINE_PX)
        self.attach = IconButton(theme, "attach", self.tr("Attach files"), "Ctrl+U", parent=self)
        self.web_search = IconButton(theme, "globe", self.tr("Search the web"), checkable=True, parent=self)
        self.web_search.hide()
        self.sampling = SamplingButton(theme, self)
        self.estimate = Label(theme, "", "secondary", "text.tertiary", parent=self)
        self.estimate.hide()
        self.send = SendButton(theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        for each in (self.target, self._line, self.attach, self.web_search, self.sampling):
            row.addWidget(each)
        row.addStretch(1)
        row.addWidget(self.estimate)
        row.addWidget(self.send)

    def set_narrow(self, narrow: bool) -> None:
        """Show icons alone."""
        self.sampling.set_narrow(narrow)


class TargetButton(KeyboardRing, QPushButton):
    """Names the chain or the model that answers, once that is known; pressing it opens the picker."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._provider_id = ""
        self._tip = Tip(theme, self, self.tr("Choose what answers"), "Ctrl+M")
        self.setFont(theme.font("button"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.hide()
        theme.changed.connect(self.update)

    def set_target(self, name: str, provider_id: str) -> None:
        """Show a chain, or a model with its provider's mark; an empty name shows that nothing is chosen."""
        self._provider_id = provider_id
        self.setText(name or self.tr("Choose a model"))
        self.setAccessibleName(self.tr("Answered by {name}").format(name=name) if name else self.text())
        self.updateGeometry()
        self.show()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with the name, as far as there is room for it."""
        name_px = min(_WIDEST_NAME_PX, self.fontMetrics().horizontalAdvance(self.text()) + 2)
        return QSize(self._left() + name_px + _GAP_PX + _CHEVRON_PX + _PADDING_PX, _TARGET_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a few letters."""
        return QSize(min(self.sizeHint().width(), self._left() + 80), _TARGET_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon or the mark, the name and the chevron."""
        theme, painter = self._theme, QPainter(self)
        if self.underMouse() or self.isDown():
            fill = "bg.active" if self.isDown() else "bg.hover"
            draw_box(painter, QRectF(self.rect()), theme.radius("control"), theme.color(fill))
        middle = self.height() / 2
        if self._provider_id:
            box = QRectF(_PADDING_PX, middle - NORMAL.height() / 2, NORMAL.width(), NORMAL.height())
            paint_mark(painter, box, theme, self._provider_id)
        else:
            centre = QPointF(_PADDING_PX + _ICON_PX / 2, middle)
            draw_icon(painter, theme, "chain", "text.secondary", _ICON_PX, centre)
        right = self.width() - _PADDING_PX
        words = QRectF(self._left(), 0, right - _CHEVRON_PX - _GAP_PX - self._left(), self.height())
        painter.setFont(self.font())
        painter.setPen(theme.color("text.primary"))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, int(words.width()) + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        chevron = QPointF(right - _CHEVRON_PX / 2, middle)
        draw_icon(painter, theme, "chevron-down", "text.tertiary", _CHEVRON_PX, chevron)

    def _left(self) -> int:
        return _PADDING_PX + (NORMAL.width() if self._provider_id else _ICON_PX) + _GAP_PX


class SamplingButton(KeyboardRing, QPushButton):
    """Opens the panel for how replies are made; says what was changed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._narrow = False
        self._tip = Tip(theme, self, "")
        self.setFont(theme.font("button"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_words("")
        theme.changed.connect(self.update)

    def set_words(self, words: str) -> None:
        """Say what was changed; nothing where nothing is."""
        self.setText(words)
        name = self.tr("Sampling: {changed}").format(changed=words) if words else self.tr("Sampling")
        self.setAccessibleName(name)
        self._tip.set_text(name)
        self.updateGeometry()
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Show the icon alone."""
        self._narrow = narrow
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with the words, or of the icon alone."""
        words = "" if self._narrow else self.text()
        room = _GAP_PX + self.fontMetrics().horizontalAdvance(words) + 4 if words else 0
        return QSize(_TARGET_PX + room, _TARGET_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon and the words, on a ground where something was changed."""
        theme, painter = self._theme, QPainter(self)
        lively = self.underMouse() or self.isDown()
        if lively or self.text():
            fill = "bg.hover" if lively and not self.isDown() else "bg.active"
            draw_box(painter, QRectF(self.rect()), theme.radius("control"), theme.color(fill))
        ink = "text.primary" if lively or self.text() else "text.secondary"
        draw_icon(painter, theme, "temperature", ink, _ICON_PX, QPointF(_TARGET_PX / 2, self.height() / 2))
        if self.text() and not self._narrow:
            painter.setFont(self.font())
            painter.setPen(theme.color(ink))
            words = QRectF(_TARGET_PX - 2, 0, self.width(), self.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())


class SendButton(KeyboardRing, QPushButton):
    """An accent square that sends; while a reply comes, the word Stop with its key."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stops = False
        self._tip = Tip(theme, self, "")
        self.setFont(theme.font("buttonLarge"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_stops(False)
        theme.changed.connect(self.update)

    @property
    def stops(self) -> bool:
        """Whether pressing it stops the reply."""
        return self._stops

    def set_stops(self, stops: bool) -> None:
        """Be Stop, or be Send again."""
        self._stops = stops
        self.setText(self.tr("Stop") if stops else self.tr("Send"))
        self.setAccessibleName(self.tr("Stop the reply") if stops else self.tr("Send"))
        self._tip.set_text(self.tr("Stop the reply") if stops else self.tr("Send"))
        self.updateGeometry()
        self.update()

    def ring_radius(self) -> float:
        """Return the corner radius."""
        return float(_RADIUS_PX)

    def sizeHint(self) -> QSize:
        """Return the square, or room for the word and the key."""
        if not self._stops:
            return QSize(_SEND_PX, _SEND_PX)
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(14 + _ICON_PX + _GAP_PX + words + 10 + kbd_width(self._theme, "Esc") + 10, _SEND_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one of the two."""
        painter = QPainter(self)
        if self._stops:
            self._draw_stop(painter)
        else:
            self._draw_send(painter)

    def _draw_send(self, painter: QPainter) -> None:
        lively = self.isEnabled() and (self.underMouse() or self.isDown())
        fill = "accent.fillPressed" if self.isDown() else "accent.fillHover" if lively else "accent.fill"
        painter.setOpacity(1.0 if self.isEnabled() else _FAINT)
        draw_box(painter, QRectF(self.rect()), _RADIUS_PX, self._theme.color(fill))
        centre = QPointF(self.width() / 2, self.height() / 2)
        draw_icon(painter, self._theme, "send", "accent.onFill", 17, centre)

    def _draw_stop(self, painter: QPainter) -> None:
        theme, middle = self._theme, self.height() / 2
        fill = "bg.active" if self.isDown() else "bg.hover" if self.underMouse() else "bg.raised"
        draw_box(painter, QRectF(self.rect()), _RADIUS_PX, theme.color(fill), theme.color("border.default"))
        draw_icon(painter, theme, "stop", "text.secondary", _ICON_PX, QPointF(14 + _ICON_PX / 2, middle))
        painter.setFont(self.font())
        painter.setPen(theme.color("text.primary"))
        words = QRectF(14 + _ICON_PX + _GAP_PX, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        draw_kbd(painter, theme, "Esc", self.width() - 10, middle)
