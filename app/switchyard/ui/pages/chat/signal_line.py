"""How the signals stand on the way of a new chat's first message: a lamp and a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from switchyard.core.chain import DeploymentName
from switchyard.core.health import HealthState, HealthView
from switchyard.ui.format import whole_seconds
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.lamp import LampState, paint_lamp
from switchyard.ui.widgets.tooltip import Tip
from switchyard.ui.words import translate

_HEIGHT_PX = 28
_WORDS_LEFT_PX = 17
_WIDEST_PX = 260


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of those that would be asked, in their order.

    `keyless` are accounts that have no key and need one; `offline`: there is no network, and nobody is near.
    """

    asked: Sequence[DeploymentName]
    troubles: Mapping[DeploymentName, Sequence[HealthView]] = field(default_factory=dict)
    keyless: frozenset[str] = frozenset()
    offline: bool = False

    @property
    def shut(self) -> Sequence[DeploymentName]:
        """Those that would be passed over, or asked only to see whether they work again."""
        return [name for name in self.asked if name.account in self.keyless or self.troubles.get(name)]

    @property
    def lamp(self) -> LampState:
        """Clear, clear for some, or for nobody."""
        if self.offline:
            return "unknown"
        if not self.shut:
            return "ok"
        return "bad" if len(self.shut) == len(self.asked) else "warn"

    def words(self, now_ms: int, locale: QLocale) -> str:
        """Return the signals in a few words."""
        if self.offline:
            return translate("Signals", "no network")
        shut = self.shut
        if not shut:
            return translate("Signals", "all signals clear")
        if len(shut) == 1:
            return self.line(shut[0], now_ms, locale)
        count, of = locale.toString(len(shut)), locale.toString(len(self.asked))
        return translate("Signals", "{n} of {m} not clear").format(n=count, m=of)

    def line(self, name: DeploymentName, now_ms: int, locale: QLocale) -> str:
        """Return how one of them stands."""
        if name.account in self.keyless:
            return translate("Signals", "{model} has no key").format(model=name.model)
        view = self.troubles[name][0]
        left_s = None if view.until_ms is None else max(0, (view.until_ms - now_ms + 999) // 1000)
        time = whole_seconds(left_s, locale) if left_s is not None else ""
        if view.state is HealthState.HALF_OPEN:
            return translate("Signals", "{model} is tried again").format(model=name.model)
        if view.state is HealthState.OPEN:
            return translate("Signals", "{model} fails, tried again in {time}").format(model=name.model, time=time)
        if not time:
            return translate("Signals", "{model} is parked").format(model=name.model)
        return translate("Signals", "{model} is parked for {time}").format(model=name.model, time=time)


class SignalLine(KeyboardRing, QPushButton):
    """Pressing it leads to the accounts, and what stands in the way to them."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lamp: LampState = "ok"
        self._tip = Tip(theme, self, "")
        self.setAccessibleName(self.tr("Signals"))
        self.setFont(theme.font("secondary"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(_HEIGHT_PX)
        self.hide()
        theme.changed.connect(self.update)

    def say(self, signals: Signals | None, now_ms: int, locale: QLocale) -> None:
        """Say how the signals stand; nothing where nobody would be asked."""
        self.setVisible(signals is not None)
        if signals is None:
            return
        words, self._lamp = signals.words(now_ms, locale), signals.lamp
        self._tip.set_text(", ".join(signals.line(name, now_ms, locale) for name in signals.shut))
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(words)
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with the words, as far as there is room for them."""
        width = _WORDS_LEFT_PX + self.fontMetrics().horizontalAdvance(self.text()) + 6
        return QSize(min(width, _WIDEST_PX), _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a few letters."""
        return QSize(min(self.sizeHint().width(), 80), _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lamp and the words."""
        painter = QPainter(self)
        paint_lamp(painter, QPointF(6, self.height() / 2), self._theme, self._lamp)
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text.primary" if self.underMouse() else "text.tertiary"))
        box = QRectF(_WORDS_LEFT_PX, 0, self.width() - _WORDS_LEFT_PX, self.height())
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
