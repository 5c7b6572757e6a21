"""The quiet line under a reply: who answered, how fast, for how much, and what can be done with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from switchyard.core.message import Message
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.acts import Act
from switchyard.ui.transcript.reply_actions import NARROW_WIDTH, WIDTH, ReplyActions
from switchyard.ui.transcript.route_facts import Part, RouteFacts
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box
from switchyard.ui.widgets.tooltip import Tip

HEIGHT = 24
_MARK_LEFT = 4
_MARK_GAP = 6
_CHIP_PAD = 8
_FIRST_GAP = 9
_SEPARATOR = 17
_SHORT_NAME = 160
_BUTTON = 24
_NARROW_WINDOW = 1100


class RouteLine(QWidget):
    """Paints its figures; only what can be pressed is a widget."""

    disclosure_toggled = Signal()
    act_requested = Signal(object)  # `Act`
    more_requested = Signal(QWidget)  # the button that a menu may open below
    switch_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: RouteFacts | None = None
        self._shown: tuple[Part, ...] = ()
        self._name_px = 0
        self._tip = Tip(theme, self, "")
        self._actions: ReplyActions | None = None
        self._offered: tuple[Message, Collection[Act]] | None = None
        self._narrow = False
        self._disclosure: IconButton | None = None
        self._switch: Button | None = None
        self._unfolded = False
        self._settled = False
        self._offer = ""
        self._stale = False
        self._widths: dict[Part, int] = {}
        self._picture: QPixmap | None = None
        self._chip: tuple[tuple[str, str, int, float], QPixmap] | None = None  # who answers, and the picture of it

    @property
    def facts(self) -> RouteFacts | None:
        """What the line says at present."""
        return self._facts

    def say(self, facts: RouteFacts | None, *, settled: bool, offer: str = "") -> bool:
        """Take what is to be said; a settled line can be unfolded, a running one may `offer` not to wait."""
        if (facts, settled, offer) == (self._facts, self._settled, self._offer):
            return False
        self._facts, self._settled, self._offer = facts, settled, offer
        self._widths.clear()
        self._picture = None
        self._stale = True
        return True

    def present(self) -> None:
        """Bring it to the screen."""
        self._look_at_room()
        if not self._stale:
            return
        self._stale = False
        facts = self._facts
        self._present_switch()
        self._present_disclosure(shown=self._settled and facts is not None)
        self.setAccessibleName(facts.spoken if facts is not None else "")
        self._tip.set_text(facts.deployment if facts is not None and not facts.sentence else "")
        self._fit()
        self.update()

    def set_actions(self, message: Message, offered: Collection[Act], *, shown: bool) -> None:
        """Show or hide what can be done with the reply."""
        if shown and self._actions is None:
            self._actions = ReplyActions(self._theme, self)
            self._actions.requested.connect(self.act_requested)
            self._actions.more_requested.connect(self.more_requested)
        self._offered = (message, offered)
        if self._actions is not None:
            self._actions.offer(message, offered, narrow=self._narrow)
            self._actions.setVisible(shown)
            self._place_actions()

    def set_unfolded(self, unfolded: bool) -> None:
        """Turn the disclosure."""
        self._unfolded = unfolded
        if self._disclosure is not None:
            self._disclosure.set_icon(*self._disclosure_look())

    # --- buttons, each made when it is first needed ---

    def _disclosure_look(self) -> tuple[str, str]:
        if self._unfolded:
            return "chevron-up", self.tr("Hide the route")
        return "chevron-down", self.tr("Show the route")

    def _present_disclosure(self, *, shown: bool) -> None:
        if shown and self._disclosure is None:
            self._disclosure = IconButton(self._theme, *self._disclosure_look(), size=_BUTTON, parent=self)
            self._disclosure.clicked.connect(self.disclosure_toggled)
        if self._disclosure is not None:
            self._disclosure.setVisible(shown)

    def _present_switch(self) -> None:
        if self._offer and self._switch is None:
            self._switch = Button(self._theme, self._offer, kind="link", size="small", parent=self)
            self._switch.clicked.connect(self.switch_requested)
        if self._switch is not None:
            if self._offer and self._switch.text() != self._offer:
                self._switch.setText(self._offer)
            self._switch.resize(self._switch.sizeHint())
            self._switch.setVisible(bool(self._offer))

    def _look_at_room(self) -> None:
        """In a narrow window only what is done most is at hand; the column of text may be as wide as ever."""
        narrow = self.window().width() < _NARROW_WINDOW
        if narrow != self._narrow:
            self._narrow, self._stale = narrow, True
            if self._actions is not None and self._offered is not None:
                self._actions.offer(*self._offered, narrow=narrow)
                self._place_actions()

    def _place_actions(self) -> None:
        if self._actions is not None:
            self._actions.move(self.width() - self._actions.width(), 0)

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_actions()
        self._fit()

    # --- fitting ---

    def _fit(self) -> None:
        """Shorten a long name, then leave out figures, until the rest has room beside the buttons."""
        facts = self._facts
        if facts is None:
            return
        room = self.width() - (NARROW_WIDTH if self._narrow else WIDTH) - _BUTTON - 8
        metrics = QFontMetrics(self._theme.font("secondary", 500))
        parts = list(facts.parts)
        wanted = metrics.horizontalAdvance(facts.model)
        self._name_px = min(wanted, _SHORT_NAME)
        while parts and self._chip_px() + self._parts_px(parts) > room:
            parts.remove(max(parts, key=lambda part: part.rank))
        left = room - self._parts_px(parts) - (self._chip_px() - self._name_px)
        self._name_px = max(min(wanted, left), 0)
        self._shown = tuple(parts)
        end = self._chip_px() + self._parts_px(parts)
        if facts.sentence:
            words = QFontMetrics(self._theme.font("secondary")).horizontalAdvance(facts.sentence)
            end = _words_left(facts) + words
        if self._disclosure is not None:
            self._disclosure.move(end + 6, 0)
        if self._switch is not None:
            self._switch.move(min(end + 12, self.width() - self._switch.width()), 0)

    def _chip_px(self) -> int:
        return _MARK_LEFT + NORMAL.width() + _MARK_GAP + self._name_px + _CHIP_PAD

    def _part_px(self, part: Part) -> int:
        found = self._widths.get(part)
        if found is None:
            found = self._widths[part] = QFontMetrics(self._part_font(part)).horizontalAdvance(part.text)
        return found

    def _part_font(self, part: Part) -> QFont:
        return self._theme.font("secondary", 500 if part.strong else None)

    def _parts_px(self, parts: Sequence[Part]) -> int:
        if not parts:
            return 0
        return _FIRST_GAP + sum(map(self._part_px, parts)) + _SEPARATOR * (len(parts) - 1)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        facts = self._facts
        if facts is None:
            return
        if self._settled:
            painter = QPainter(self)
            self._paint(painter, facts)
            painter.end()
            return
        if self._picture is None or self._picture.deviceIndependentSize().toSize() != self.size():
            # It moves with every piece of text, and says something new less often: a picture of it is moved.
            self._picture = self._blank(self.size())
            drawing = QPainter(self._picture)
            if facts.sentence:
                self._paint_sentence(drawing, facts)
            else:
                drawing.drawPixmap(0, 0, self._chip_picture(facts))
                self._paint_parts(drawing)
            drawing.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _blank(self, size: QSize) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._theme.color("bg.surface"))
        return picture

    def _chip_picture(self, facts: RouteFacts) -> QPixmap:
        """Return the chip as a picture: of what a running line says it alone stays the same."""
        key = (facts.provider, facts.model, self._name_px, self.devicePixelRatioF())
        if self._chip is None or self._chip[0] != key:
            picture = self._blank(QSize(self._chip_px(), HEIGHT))
            painter = QPainter(picture)
            self._paint_chip(painter, facts)
            painter.end()
            self._chip = (key, picture)
        return self._chip[1]

    def _paint(self, painter: QPainter, facts: RouteFacts) -> None:
        if facts.sentence:
            self._paint_sentence(painter, facts)
        else:
            self._paint_chip(painter, facts)
            self._paint_parts(painter)

    def _paint_sentence(self, painter: QPainter, facts: RouteFacts) -> None:
        top = (HEIGHT - NORMAL.height()) / 2
        if facts.provider:
            paint_mark(painter, QRectF(0, top, NORMAL.width(), NORMAL.height()), self._theme, facts.provider)
        painter.setFont(self._theme.font("secondary"))
        painter.setPen(self._theme.color("text.tertiary"))
        left = _words_left(facts)
        offered = self._switch.width() + 12 if self._switch is not None and self._offer else 0
        box = QRectF(left, 0, self.width() - left - offered, HEIGHT)
        text = painter.fontMetrics().elidedText(facts.sentence, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_chip(self, painter: QPainter, facts: RouteFacts) -> None:
        theme = self._theme
        chip = QRectF(0, 0, self._chip_px(), HEIGHT)
        draw_box(painter, chip, theme.radius("control"), theme.color("bg.raised"), theme.color("border.default"))
        top = (HEIGHT - NORMAL.height()) / 2
        paint_mark(painter, QRectF(_MARK_LEFT, top, NORMAL.width(), NORMAL.height()), theme, facts.provider)
        painter.setFont(theme.font("secondary", 500))
        painter.setPen(theme.color("text.primary"))
        box = QRectF(_MARK_LEFT + NORMAL.width() + _MARK_GAP, 0, self._name_px + 1, HEIGHT)
        name = painter.fontMetrics().elidedText(facts.model, Qt.TextElideMode.ElideMiddle, self._name_px + 1)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_parts(self, painter: QPainter) -> None:
        theme = self._theme
        x = float(self._chip_px() + _FIRST_GAP)
        for number, part in enumerate(self._shown):
            if number:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("text.disabled"))
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawEllipse(QPointF(x + _SEPARATOR / 2, HEIGHT / 2 + 0.5), 1.2, 1.2)
                x += _SEPARATOR
            painter.setFont(self._part_font(part))
            painter.setPen(theme.color("text.secondary" if part.strong else "text.tertiary"))
            box = QRectF(x, 0, self.width(), HEIGHT)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, part.text)
            x += self._part_px(part)


def _words_left(facts: RouteFacts) -> int:
    return NORMAL.width() + _FIRST_GAP if facts.provider else 0
