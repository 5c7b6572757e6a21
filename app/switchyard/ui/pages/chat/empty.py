"""What stands around the composer of a new chat: what will answer, ways to begin, chats to go on with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from switchyard.core.message import Conversation
from switchyard.ui.pages.chat.signal_line import SignalLine
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.words import translate

if TYPE_CHECKING:
    from switchyard.ui.pages.chat.targets import Hop

_RECENT = 3
_GAP_PX = 10
_START_PX = 64
_CHIP_PX = 26
_CHIP_WIDEST_PX = 220
_TRIES_PX = 28
_TOP_PX = 8
_PART_GAP_PX = 26
_RULE_PX = 17  # above the chats to go on with, with the gap below it


class Around(QWidget):
    """Everything below the composer of a new chat; parts leave from the end where there is no room for them."""

    start_chosen = Signal(str)
    open_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.tries = TriesLine(theme, self)
        self.signals = SignalLine(theme, self)
        self._starts = self._make_starts()
        self._recent = QWidget(self)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(_GAP_PX)
        self._has_recent = False
        self._fill_recent_row()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, _TOP_PX, 0, 0)
        column.setSpacing(_PART_GAP_PX)
        way = QHBoxLayout()
        way.setSpacing(12)
        way.addWidget(self.tries, 1)
        way.addWidget(self.signals)
        column.addLayout(way)
        column.addWidget(self._starts)
        column.addWidget(self._recent)
        self._recent.hide()

    def set_recent(self, conversations: Sequence[Conversation]) -> None:
        """Offer the chats last written in."""
        while (item := self._chips.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.hide()
                chip.deleteLater()
        for conversation in conversations[:_RECENT]:
            chip = RecentChip(self._theme, conversation.title, self._recent)
            chip.clicked.connect(lambda _=False, uid=conversation.uid: self.open_requested.emit(uid))
            self._chips.addWidget(chip)
        self._chips.addStretch(1)
        self._has_recent = bool(conversations)
        self._recent.setVisible(self._has_recent)

    def fit(self, room_px: int) -> None:
        """Show the parts that there is room for."""
        high_px = self.height_in(room_px)
        self._starts.setVisible(high_px >= self._starts_px)
        self._recent.setVisible(high_px > self._starts_px)

    def height_in(self, room_px: int) -> int:
        """Return how high the parts are together that there is room for."""
        whole_px = self._starts_px + (_PART_GAP_PX + _RULE_PX + _CHIP_PX if self._has_recent else 0)
        return next((each for each in (whole_px, self._starts_px) if room_px >= each), _TOP_PX + _TRIES_PX)

    @property
    def _starts_px(self) -> int:
        """How much room it takes down to the ways to begin."""
        return _TOP_PX + _TRIES_PX + _PART_GAP_PX + self._starts.sizeHint().height()

    def _make_starts(self) -> QWidget:
        starts = QWidget(self)
        grid = QGridLayout(starts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(_GAP_PX)
        for n, (icon, title, hint, text) in enumerate(_starts()):
            card = StartCard(self._theme, icon, title, hint, starts)
            card.clicked.connect(lambda _=False, text=text: self.start_chosen.emit(text))
            grid.addWidget(card, n // 2, n % 2)
        return starts

    def _fill_recent_row(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        label = Label(self._theme, self.tr("Continue"), "secondary", "text.tertiary")
        row.addWidget(label)
        row.addSpacing(22)
        row.addLayout(self._chips, 1)
        column = QVBoxLayout(self._recent)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_RULE_PX - 1)
        column.addWidget(Separator(self._theme))
        column.addLayout(row)


class TriesLine(QWidget):
    """The models that the chosen chain tries, in order; what does not fit is counted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lead = ""
        self._hops: Sequence[Hop] = ()
        self.setFixedHeight(_TRIES_PX)
        theme.changed.connect(self.update)

    def show_hops(self, chain: str | None, hops: Sequence[Hop], *, local_only: bool = False) -> None:
        """Say what a chain tries; without a chain it is one model that is asked. `local_only`: the rest is left out."""
        self._hops = hops
        self._lead = ""
        if hops:
            self._lead = self.tr("{chain} tries").format(chain=chain) if chain else self.tr("Asks only")
        elif local_only:
            self._lead = self.tr("None of this runs on this computer. Choose a local model.")
        self.setAccessibleName(f"{self._lead} {', '.join(hop.model for hop in hops)}".strip())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw lead, marks, names and the arrows between them."""
        theme, painter = self._theme, QPainter(self)
        font = theme.font("secondary")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        x = self._draw_words(painter, 4.0, self._lead, "text.tertiary", metrics.horizontalAdvance(self._lead) + 1) + 8
        for n, hop in enumerate(self._hops):
            rest = len(self._hops) - n
            arrow_px = 0 if n == 0 else 20
            room = self.width() - x - arrow_px - NORMAL.width() - 6 - (36 if rest > 1 else 4)
            if n and room < min(60.0, metrics.horizontalAdvance(hop.model)):
                self._draw_words(painter, x, f"+{rest}", "text.tertiary", 36)
                return
            if n:
                draw_icon(painter, theme, "chevron-right", "text.tertiary", 12, QPointF(x + 6, self.height() / 2))
                x += arrow_px
            x = self._draw_hop(painter, x, hop, max(room, 20)) + 8

    def _draw_hop(self, painter: QPainter, x: float, hop: Hop, room: float) -> float:
        top = (self.height() - NORMAL.height()) / 2
        paint_mark(painter, QRectF(x, top, NORMAL.width(), NORMAL.height()), self._theme, hop.provider_id)
        painter.setFont(self._theme.font("secondary"))
        return self._draw_words(painter, x + NORMAL.width() + 6, hop.model, "text.secondary", room)

    def _draw_words(self, painter: QPainter, x: float, words: str, token: str, room: float) -> float:
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(shown)
        painter.setPen(self._theme.color(token))
        box = QRectF(x, 0, width + 2, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        return x + width


class StartCard(KeyboardRing, QPushButton):
    """A way to begin: it puts words into the composer."""

    def __init__(self, theme: Theme, icon: str, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._title = title
        self._hint = hint
        self.setAccessibleName(title)
        self.setAccessibleDescription(hint)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def ring_radius(self) -> float:
        """Return the corner radius."""
        return float(self._theme.radius("panel"))

    def sizeHint(self) -> QSize:
        """Return the height of two lines with air around them."""
        return QSize(200, _START_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, icon and the two lines."""
        theme, painter = self._theme, QPainter(self)
        fill = "bg.active" if self.isDown() else "bg.hover" if self.underMouse() else "bg.raised"
        line = "border.subtle" if theme.name == "dark" else "border.default"
        draw_box(painter, QRectF(self.rect()), self.ring_radius(), theme.color(fill), theme.color(line))
        draw_icon(painter, theme, self._icon_name, "text.tertiary", 16, QPointF(24, 24))
        left, width = 44, self.width() - 44 - 12
        for words, style, weight, token, top, height in (
            (self._title, "ui", 500, "text.primary", 14, 20),
            (self._hint, "secondary", 400, "text.tertiary", 34, 18),
        ):
            painter.setFont(theme.font(style, weight))
            painter.setPen(theme.color(token))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(left, top, width + 1, height), Qt.AlignmentFlag.AlignVCenter, shown)


class RecentChip(KeyboardRing, QPushButton):
    """A chat to go on with."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self.setFont(theme.font("chip"))
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size with the title, as far as there is room for it."""
        width = 8 + 13 + 5 + self.fontMetrics().horizontalAdvance(self._title) + 9
        return QSize(min(_CHIP_WIDEST_PX, width), _CHIP_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a few letters."""
        return QSize(min(80, self.sizeHint().width()), _CHIP_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, icon and title."""
        theme, painter = self._theme, QPainter(self)
        fill = theme.color("bg.hover") if self.underMouse() or self.isDown() else None
        draw_box(painter, QRectF(self.rect()), theme.radius("control"), fill, theme.color("border.default"))
        draw_icon(painter, theme, "chat", "text.tertiary", 13, QPointF(14.5, self.height() / 2))
        painter.setFont(self.font())
        painter.setPen(theme.color("text.secondary"))
        words = QRectF(self.rect()).adjusted(26, 0, -8, 0)
        shown = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, int(words.width()) + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _starts() -> Sequence[tuple[str, str, str, str]]:
    """Return icon, title, hint and words of every way to begin."""
    return (
        (
            "file",
            translate("Starts", "Summarise a text"),
            translate("Starts", "Five short points, nothing added"),
            translate("Starts", "Summarise this text in five short points and add nothing of your own:\n\n"),
        ),
        (
            "code",
            translate("Starts", "Review code"),
            translate("Starts", "Bugs first, then what is hard to read"),
            translate("Starts", "Review this code. Name bugs first, then what is hard to read:\n\n"),
        ),
        (
            "edit",
            translate("Starts", "Rewrite a draft"),
            translate("Starts", "Shorter and plainer, same meaning"),
            translate("Starts", "Rewrite this so that it is shorter and plainer, and keep its meaning:\n\n"),
        ),
        (
            "spark",
            translate("Starts", "Explain an idea"),
            translate("Starts", "From the beginning, with an example"),
            translate("Starts", "Explain this from the beginning, with one example: "),
        ),
    )
