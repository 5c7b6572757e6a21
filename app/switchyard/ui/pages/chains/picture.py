"""The picture of a chain: tracks from the prompt to the answer, their steps as cards, and how all of it is now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from switchyard.core.chain import Chain, plain_chain
from switchyard.core.condition import Never
from switchyard.ui.pages.chains.condition_words import condition_words
from switchyard.ui.pages.chains.picture_cards import CardPainter
from switchyard.ui.pages.chains.picture_layout import GAP_PX, RAIL_DOWN_PX, TRUNK_X, Card, Lane, Layout, lay_out
from switchyard.ui.pages.chains.picture_words import Known, chain_words, limit_words, reasons, step_words, then_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words

_LINE = 2.0
_RADIUS = 12.0
_FOOT_PX = 26
_RACE_PX = 12
_SIDEWAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_LANES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)


class ChainPicture(QWidget):
    """Changes nothing; `chosen` carries the number of the step that a person wants to see in the list."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self._chain = plain_chain("", ())
        self._known: Known = {}
        self._layout: Layout = lay_out(self._chain, 640)
        self._at = 0
        self._keyboard = False
        self.setMinimumWidth(400)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Picture of the chain"))
        theme.changed.connect(self.update)

    def show_chain(self, chain: Chain, known: Known) -> None:
        """Show a chain, and what is known of its deployments now."""
        if chain == self._chain and known == self._known:
            return
        self._chain, self._known = chain, known
        self._at = min(self._at, max(0, len(chain.steps) - 1))
        self.setVisible(bool(chain.steps))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chain.steps else Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription(chain_words(chain, known, self._words))
        self._arrange()

    @property
    def boxes(self) -> Sequence[QRectF]:
        """Where the cards stand."""
        return [card.box for card in self._layout.cards]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room that there is."""
        super().resizeEvent(event)
        self._arrange()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where a key brought the focus."""
        self._keyboard = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Follow the track sideways, change lanes up and down, and go to the step in the list."""
        key = Qt.Key(event.key())
        if key in _SIDEWAYS:
            self._stand_on(self._at + _SIDEWAYS[key])
        elif key in _LANES:
            self._change_lane(_LANES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chain.steps:
            self.chosen.emit(self._at)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step under the pointer."""
        card = self._card_at(event.position())
        if card is not None and event.button() is Qt.MouseButton.LeftButton:
            self._at = card.number
            self.chosen.emit(card.number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the tooltip tell names in full."""
        card = self._card_at(event.position())
        self.setToolTip("" if card is None else step_words(card.step, card.number, self._known, self._words))
        self.setCursor(Qt.CursorShape.ArrowCursor if card is None else Qt.CursorShape.PointingHandCursor)

    def event(self, event: QEvent) -> bool:
        """Draw the ring anew where the focus goes."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tracks, then the cards on them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cards = CardPainter(painter, self._theme, self._known, self._words)
        if self._layout.cards or len(self._layout.lanes) > 1:
            for lane in self._layout.lanes:
                self._draw_lane(painter, cards, lane)
            self._draw_ends(painter)
        for card in self._layout.cards:
            if card.step.hedge != "none":
                self._draw_race(painter, card)
            cards.draw(card, focused=self._keyboard and self.hasFocus() and card.number == self._at)
        foot = QRectF(20, self.height() - _FOOT_PX, self.width() - 40, 18)
        cards.text(foot, limit_words(self._chain, self._words.locale), "caption", "text.tertiary", weight=400)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._layout = lay_out(self._chain, float(self.width()))
        self.setFixedHeight(round(self._layout.height) + _FOOT_PX)
        self.update()

    def _card_at(self, point: QPointF) -> Card | None:
        return next((card for card in self._layout.cards if card.box.contains(point)), None)

    def _stand_on(self, number: int) -> None:
        if 0 <= number < len(self._layout.cards):
            self._at = number
            self._keyboard = True
            card = self._layout.cards[number]
            told = step_words(card.step, number, self._known, self._words)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, told))
            self.update()

    def _change_lane(self, by: int) -> None:
        lanes = [lane for lane in self._layout.lanes if lane.cards]
        here = [at for at, lane in enumerate(lanes) if any(card.number == self._at for card in lane.cards)]
        if here and 0 <= here[0] + by < len(lanes):
            place = self._at - lanes[here[0]].cards[0].number
            cards = lanes[here[0] + by].cards
            self._stand_on(cards[min(place, len(cards) - 1)].number)

    def _draw_ends(self, painter: QPainter) -> None:
        for at, colour in ((self._layout.prompt, "text.secondary"), (self._layout.answer, "text.secondary")):
            painter.setPen(QPen(self._theme.color(colour), 2.5))
            painter.setBrush(self._theme.color("bg.surface"))
            painter.drawEllipse(at, 8, 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(colour))
            painter.drawEllipse(at, 3, 3)
        painter.setFont(self._theme.font("caption"))
        painter.setPen(self._theme.color("text.secondary"))
        for at, words in ((self._layout.prompt, self.tr("Prompt")), (self._layout.answer, self.tr("Answer"))):
            room = QRectF(at.x() - 29, at.y() + 12, 58, 16)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_lane(self, painter: QPainter, cards: CardPainter, lane: Lane) -> None:
        self._pen(painter)
        prompt, y = self._layout.prompt, lane.rows[0]
        if isinstance(lane.track.when, Never):
            begin = QPointF(TRUNK_X + 20, y)
            painter.drawLine(begin, QPointF(lane.start, y))
            self._draw_switch(painter, begin)
        else:
            painter.drawPath(_bent([prompt, QPointF(TRUNK_X, prompt.y()), QPointF(TRUNK_X, y), QPointF(lane.start, y)]))
        if lane.track.name is not None:
            self._draw_label(cards, lane)
        if lane.stop is not None:
            stop = lane.track.stop
            words = self.tr("No step yet") if stop is None else self.tr("Stops: {sentence}").format(sentence=stop)
            cards.text(lane.stop.adjusted(8, 0, 0, 0), words, "secondary", "text.secondary")
        for card, following in zip(lane.cards, lane.cards[1:], strict=False):
            self._draw_passage(painter, cards, lane, card, following)
        if lane.cards:
            last = lane.cards[-1]
            self._pen(painter)
            self._draw_way_out(painter, QPointF(last.box.right(), last.box.center().y()))
            if lane.track.then:
                self._draw_then(painter, cards, lane, last)

    def _draw_then(self, painter: QPainter, cards: CardPainter, lane: Lane, last: Card) -> None:
        """Draw the switch below the last step, which leads to another track."""
        corner = QPointF(last.box.left() + 20, last.box.bottom())
        switch = corner + QPointF(0, 14)
        painter.drawLine(corner, switch)
        self._draw_switch(painter, switch)
        room = QRectF(switch.x() + 12, switch.y() - 8, last.box.width() - 32, 16)
        cards.text(room, then_words(lane.track), "caption", "text.tertiary", weight=400)

    def _draw_switch(self, painter: QPainter, middle: QPointF) -> None:
        painter.setBrush(self._theme.color("bg.surface"))
        painter.setPen(QPen(self._theme.color("track.line"), 1.8))
        across, down = QPointF(6, 0), QPointF(0, 6)
        painter.drawPolygon([middle - across, middle - down, middle + across, middle + down])

    def _draw_label(self, cards: CardPainter, lane: Lane) -> None:
        begin = TRUNK_X + (32 if isinstance(lane.track.when, Never) else 14)
        room = QRectF(begin, lane.rows[0] - 20, lane.start - begin - 6, 17)
        name = lane.track.name or ""
        cards.text(room, name, "caption", "text.primary", weight=500)
        condition = condition_words(lane.track.when, self._words.locale)
        if condition.casefold() != name.casefold():
            cards.text(room.translated(0, 22), condition, "caption", "text.tertiary", weight=400)

    def _draw_passage(self, painter: QPainter, cards: CardPainter, lane: Lane, card: Card, following: Card) -> None:
        """Draw the way on to the next step, and the one from the top of this one to the answer."""
        self._pen(painter)
        right, left = card.box.right(), following.box.left()
        y, below = card.box.center().y(), following.box.center().y()
        if card.row == following.row:
            painter.drawPath(_bent([QPointF(right, y), QPointF(left, below)]))
            middle = QPointF((right + left) / 2, y)
        else:
            turn = (
                max(each.box.bottom() for each in lane.cards if each.row == card.row) + lane.rails[following.row]
            ) / 2
            way = [(right, y), (right + 16, y), (right + 16, turn), (lane.start - 16, turn)]
            way += [(lane.start - 16, below), (left, below)]
            painter.drawPath(_bent([QPointF(*point) for point in way]))
            middle = QPointF(right + 16, (y + turn) / 2)
        rail = lane.rails[card.row] + RAIL_DOWN_PX
        top = QPointF(card.box.center().x(), card.box.top())
        self._draw_way_out(painter, top, rail)
        self._draw_switch(painter, middle)
        if card.row == following.row:
            room = QRectF(right + 3, y - 24, GAP_PX - 6, 15)
            first, others = cards.split(reasons(card.step), room.width())
            cards.text(room, first, "caption", "text.tertiary", weight=400, centred=True)
            cards.text(room.translated(0, 34), others, "caption", "text.tertiary", weight=400, centred=True)

    def _draw_race(self, painter: QPainter, card: Card) -> None:
        """Draw two thin tracks into a step that may be asked beside another."""
        x, y = card.box.left(), card.box.center().y()
        painter.fillRect(QRectF(x - _RACE_PX, y - 2, _RACE_PX, 4), self._theme.color("bg.surface"))
        painter.setPen(QPen(self._theme.color("track.line"), 1.2))
        for beside in (-3.0, 3.0):
            painter.drawLine(QPointF(x - _RACE_PX, y + beside), QPointF(x, y + beside))

    def _draw_way_out(self, painter: QPainter, start: QPointF, rail: float | None = None) -> None:
        answer, x = self._layout.answer, self._layout.rail_x
        points = [start, QPointF(x, start.y())] if rail is None else [start, QPointF(start.x(), rail), QPointF(x, rail)]
        painter.drawPath(_bent([*points, QPointF(x, answer.y()), answer]))

    def _pen(self, painter: QPainter) -> None:
        line = Qt.PenStyle.SolidLine
        painter.setPen(
            QPen(self._theme.color("track.line"), _LINE, line, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _bent(points: Sequence[QPointF]) -> QPainterPath:
    """Return a path along points whose corners are round; points that follow on each other in a line make none."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        coming, going = corner - before, after - corner
        lengths = (coming.manhattanLength(), going.manhattanLength())
        radius = min(_RADIUS, lengths[0] / 2, lengths[1] / 2)
        if radius < 0.5 or abs(coming.x() * going.y() - coming.y() * going.x()) < 0.5:
            path.lineTo(corner)
            continue
        path.lineTo(corner - coming * (radius / lengths[0]))
        path.quadTo(corner, corner + going * (radius / lengths[1]))
    path.lineTo(points[-1])
    return path
