"""How a message was routed, as a track: every attempt is a node that tells more when it is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from switchyard.core.route import RouteRecord
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript import track
from switchyard.ui.transcript.route_stops import Stop, StopKind, stops_of
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.widgets.paint import draw_box

HEIGHT = 64
_TRACK_Y = 24
_UPPER = 12
_LOWER = 50
_LINE = 15
_LEFT = 30
_RIGHT = 42
_LABEL_GAP = 12
_NOTE_GAP = 6
_EDGE = 10
_LEAST_NAME = 48
_REACH = 12
_DRAW_MS = 200
_RADIUS = 8


class RouteTimeline(QWidget):
    """Draws itself from left to right once; arrows move between its attempts, Enter chooses one."""

    attempt_chosen = Signal(int)

    def __init__(
        self, theme: Theme, record: RouteRecord, speech: Speech, parent: QWidget, *, again: bool = False
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stops = stops_of(record, speech)
        self._chosen = 0
        self._at = next((at for at, stop in enumerate(self._stops) if stop.attempt), 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Route"))
        self.setAccessibleDescription(", ".join(filter(None, (stop.spoken for stop in self._stops))))
        self._drawn = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=theme.duration(_DRAW_MS))
        self._drawn.valueChanged.connect(self.update)
        if theme.duration(_DRAW_MS) and not again:
            self._drawn.start()

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    def height_for(self, width: int) -> int:
        """Return how high this is in a width: long routes need a second line under their nodes."""
        return HEIGHT + _LINE if self._is_long(width) else HEIGHT

    def choose(self, attempt: int) -> None:
        """Show which attempt is told about; 0 for none."""
        self._chosen = attempt
        self.update()

    # --- choosing ---

    def _stop_at(self, x: float) -> int | None:
        places = self._places()
        near = [at for at, stop in enumerate(self._stops) if stop.attempt and abs(places[at] - x) <= _REACH]
        return min(near, key=lambda at: abs(places[at] - x)) if near else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._stop_at(event.position().x())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self._at = at
            self.attempt_chosen.emit(self._stops[at].attempt)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._stop_at(event.position().x()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = [at for at, stop in enumerate(self._stops) if stop.attempt]
        place = chosen.index(self._at) if self._at in chosen else 0
        match event.key():
            case Qt.Key.Key_Left if chosen:
                self._at = chosen[max(place - 1, 0)]
            case Qt.Key.Key_Right if chosen:
                self._at = chosen[min(place + 1, len(chosen) - 1)]
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if chosen:
                self.attempt_chosen.emit(self._stops[self._at].attempt)
            case _:
                super().keyPressEvent(event)
                return
        self._tell()
        self.update()

    def _tell(self) -> None:
        """Let a reader of the screen say where the focus is on the track."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._stops[self._at].spoken))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)

    # --- painting ---

    def _places(self) -> list[float]:
        """Return where each stop stands."""
        room = self.width() - _LEFT - _RIGHT
        total = sum(stop.weight for stop in self._stops) or 1.0
        places: list[float] = []
        x = float(_LEFT)
        for stop in self._stops:
            x += stop.weight / total * room
            places.append(x)
        return places

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        line = theme.color("border.subtle" if theme.name == "dark" else "border.default")
        draw_box(painter, QRectF(self.rect()), _RADIUS, theme.color("bg.raised"), line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = float(self._drawn.currentValue()) if self._drawn.state() == self._drawn.State.Running else 1.0
        painter.save()
        painter.setClipRect(QRectF(0, 0, self.width() * shown, self.height()))
        places = self._places()
        for at in range(1, len(self._stops)):
            self._paint_stretch(painter, at, places)
        for at, stop in enumerate(self._stops):
            self._paint_stop(painter, stop, places[at])
        painter.restore()
        self._paint_labels(painter, places)
        painter.end()

    def _paint_stretch(self, painter: QPainter, at: int, places: Sequence[float]) -> None:
        start, end = QPointF(places[at - 1], _TRACK_Y), QPointF(places[at], _TRACK_Y)
        stop = self._stops[at]
        if stop.kind is StopKind.FAILED and self._stops[at - 1].kind is not StopKind.FIRST_TOKEN:
            track.draw_stretch(painter, start, end, self._theme.color("bad.signal"))
        elif stop.kind in {StopKind.SKIPPED, StopKind.WAIT} or (stop.kind is StopKind.END and not stop.provider):
            track.draw_unreached(painter, start, end, self._theme)
        elif stop.kind in {StopKind.FIRST_TOKEN, StopKind.END, StopKind.FAILED}:
            track.draw_stretch(painter, start, end, self._colour(stop))
        else:
            track.draw_stretch(painter, start, end, self._theme.color("track.line"))

    def _paint_stop(self, painter: QPainter, stop: Stop, x: float) -> None:
        theme = self._theme
        ground = theme.color("bg.raised")
        at = QPointF(x, _TRACK_Y)
        match stop.kind:
            case StopKind.PROMPT:
                track.draw_ring(painter, at, theme.color("text.secondary"), ground)
            case StopKind.FAILED:
                track.draw_failed(painter, at, theme, ground)
            case StopKind.SKIPPED:
                track.draw_skipped(painter, at, theme, ground)
            case StopKind.TRACK:
                track.draw_switch(painter, at, theme, ground)
            case StopKind.WAIT:
                pass
            case StopKind.ANSWERED:
                track.draw_answered(painter, at, self._colour(stop), ground)
            case StopKind.STOPPED:
                track.draw_stopped(painter, at, self._colour(stop), ground)
            case StopKind.FIRST_TOKEN:
                track.draw_first_token(painter, at, self._colour(stop))
            case StopKind.END:
                track.draw_ring(
                    painter, at, self._colour(stop) if stop.provider else theme.color("text.tertiary"), ground
                )
        focused = self.hasFocus() and self._stops[self._at] is stop
        if stop.attempt and (focused or stop.attempt == self._chosen):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus.ring" if focused else "accent.text"), 2))
            painter.drawEllipse(at, 11, 11)

    def _colour(self, stop: Stop) -> QColor:
        return self._theme.mark(stop.provider).series

    def _paint_labels(self, painter: QPainter, places: Sequence[float]) -> None:
        font = self._theme.font("caption", 400)
        for at in range(1, len(self._stops)):
            over = self._stops[at].over
            room = places[at] - places[at - 1] - 2 * _REACH
            painter.setFont(font)
            painter.setPen(self._theme.color("text.tertiary"))
            if over and QFontMetrics(font).horizontalAdvance(over) <= room:
                box = QRectF(places[at - 1], _UPPER - 8, places[at] - places[at - 1], 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, over)
        labels = self._lower_labels(places)
        for label in labels:
            self._paint_lower(painter, label)
        painter.setFont(font)
        painter.setPen(self._theme.color("text.tertiary"))
        for text, left in self._under(places, labels):
            room = QFontMetrics(font).horizontalAdvance(text) + 1
            painter.drawText(QRectF(left, _LOWER - 8, room, 16), Qt.AlignmentFlag.AlignVCenter, text)

    def _under(self, places: Sequence[float], labels: Sequence[_Label]) -> Iterator[tuple[str, float]]:
        """Yield what stands below a stretch, and where: in its middle, as far as the labels of its nodes let it."""
        metrics = QFontMetrics(self._theme.font("caption", 400))
        for at, stop in enumerate(self._stops):
            own = next((number for number, label in enumerate(labels) if label.stop is stop), 0)
            if stop.under and own:
                low, high = labels[own - 1].right + _LABEL_GAP, labels[own].left - _LABEL_GAP
                width = metrics.horizontalAdvance(stop.under)
                if width <= high - low:
                    middle = (places[at - 1] + places[at] - width) / 2
                    yield stop.under, min(max(middle, low), high - width)

    def _lower_labels(self, places: Sequence[float]) -> list[_Label]:
        """Return the labels under the nodes: as near to them as they can stand without touching each other."""
        named = [at for at, stop in enumerate(self._stops) if stop.name or stop.note]
        wanted = self._wanted(stacked=self._is_long(self.width()))
        widths = _fitted(wanted, self.width() - 2 * _EDGE - _LABEL_GAP * (len(named) - 1))
        lefts = _spread([places[at] for at in named], widths, _EDGE, self.width() - _EDGE)
        return [
            _Label(self._stops[at], left, left + width) for at, left, width in zip(named, lefts, widths, strict=True)
        ]

    def _wanted(self, *, stacked: bool) -> list[float]:
        """Return how wide the labels would be: name and note beside each other, or one under the other."""
        strong, plain = QFontMetrics(self._theme.font("caption", 500)), QFontMetrics(self._theme.font("caption", 400))
        wanted: list[float] = []
        for stop in self._stops:
            name, note = strong.horizontalAdvance(stop.name), plain.horizontalAdvance(stop.note)
            if stop.name or stop.note:
                beside = name + note + (_NOTE_GAP if stop.name and stop.note else 0)
                wanted.append(max(name, note) if stacked else beside)
        return wanted

    def _is_long(self, width: int) -> bool:
        wanted = self._wanted(stacked=False)
        return sum(wanted) + _LABEL_GAP * (len(wanted) - 1) > width - 2 * _EDGE

    def _paint_lower(self, painter: QPainter, label: _Label) -> None:
        stop = label.stop
        strong, plain = self._theme.font("caption", 500), self._theme.font("caption", 400)
        room = int(label.right - label.left + 0.5) + 1
        name_px = QFontMetrics(strong).horizontalAdvance(stop.name)
        note_px = QFontMetrics(plain).horizontalAdvance(stop.note)
        stacked = self._is_long(self.width())
        fits = stacked or not stop.name or room >= note_px + _NOTE_GAP + min(name_px, _LEAST_NAME)
        note = stop.note if fits else ""
        at = QPointF(label.left, _LOWER)
        if stop.name:
            painter.setPen(self._theme.color("text.primary"))
            beside = note_px + _NOTE_GAP if note and not stacked else 0
            drawn = self._draw(painter, strong, stop.name, at, room - beside)
            at += QPointF(0, _LINE) if stacked else QPointF(drawn + _NOTE_GAP, 0)
        if note:
            token = "bad.text" if stop.kind is StopKind.FAILED else "text.tertiary"
            painter.setPen(self._theme.color(token))
            self._draw(painter, plain, note, at, min(note_px, int(label.right - at.x() + 0.5)) + 1)

    def _draw(self, painter: QPainter, font: QFont, text: str, at: QPointF, room: int) -> int:
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        painter.setFont(font)
        painter.drawText(QRectF(at.x(), at.y() - 8, room + 1, 16), Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)


@dataclass(frozen=True, slots=True)
class _Label:
    """A label under a node, and from where to where it reaches."""

    stop: Stop
    left: float
    right: float


def _fitted(wanted: Sequence[float], room: float) -> list[float]:
    """Return widths that fit into the room together: the longest labels give way first."""
    cap = room / max(len(wanted), 1)
    for _ in wanted:
        small = [width for width in wanted if width <= cap]
        if len(small) == len(wanted):
            break
        cap = max((room - sum(small)) / (len(wanted) - len(small)), 1.0)
    return [min(width, cap) for width in wanted]


def _spread(centres: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[float]:
    """Return where labels begin: centred under their nodes, pushed apart where they would touch."""
    lefts: list[float] = []
    edge = low
    for centre, width in zip(centres, widths, strict=True):
        lefts.append(max(centre - width / 2, edge))
        edge = lefts[-1] + width + _LABEL_GAP
    edge = high
    for at in range(len(lefts) - 1, -1, -1):
        lefts[at] = min(lefts[at], edge - widths[at])
        edge = lefts[at] - _LABEL_GAP
    return lefts
