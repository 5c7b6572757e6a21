"""Draws the cards of a chain's picture: steps with their figures, and pools with their members."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from switchyard.core.chain import DeploymentName, Member, Step
from switchyard.ui.format import duration
from switchyard.ui.health_words import state_words
from switchyard.ui.pages.chains.condition_words import condition_words
from switchyard.ui.pages.chains.live import Live
from switchyard.ui.pages.chains.picture_layout import MEMBER_PX, MEMBERS_SHOWN, Card
from switchyard.ui.pages.chains.picture_words import (
    Known,
    measured_words,
    price_words,
    span_words,
    strategy_words,
)
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.lamp import paint_lamp
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.words import Words, translate

_PADDING = 11.0
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class CardPainter:
    """`known` is what is known of the deployments now."""

    def __init__(self, painter: QPainter, theme: Theme, known: Known, words: Words) -> None:
        self._painter = painter
        self._theme = theme
        self._known = known
        self._words = words

    def draw(self, card: Card, *, focused: bool) -> None:
        """Draw a card, with the ring of the keyboard around it."""
        theme, box = self._theme, card.box
        lives = [self._known.get(member.to) for member in card.step.pool]
        dead = all(live is not None and live.trouble is not None for live in lives)
        quiet = "border.subtle" if theme.name == "dark" else "border.default"
        line = theme.color("bad.signal" if dead else quiet)
        draw_box(self._painter, box, theme.radius("card"), theme.color("bg.raised"), line)
        if focused:
            ring = box.adjusted(-4, -4, 4, 4)
            draw_box(self._painter, ring, theme.radius("card") + 4, None, theme.color("focus.ring"), 2)
        room = box.adjusted(_PADDING, 8, -_PADDING, -8)
        if len(card.step.pool) == 1:
            self._draw_step(room, card.step, lives[0])
        else:
            self._draw_pool(room, card.step)
        if card.step.only is not None:
            self._draw_only(QRectF(room.left(), room.bottom() - 16, room.width(), 16), card.step)

    def split(self, words: Sequence[str], width: float) -> tuple[str, str]:
        """Return words in a line that fits into a width, and the others in a second one."""
        metrics = QFontMetricsF(self._theme.font("caption", 400))
        fitting = [n for n in range(1, len(words) + 1) if metrics.horizontalAdvance(", ".join(words[:n])) <= width]
        n = max(fitting, default=1)
        return ", ".join(words[:n]), ", ".join(words[n:])

    def text(
        self, room: QRectF, text: str, style: str, token: str, *, weight: int | None = None, centred: bool = False
    ) -> float:
        """Write a line that gives way in its middle, and return how wide it is."""
        font = self._theme.font(style, weight)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, max(0.0, room.width()))
        self._painter.setFont(font)
        self._painter.setPen(self._theme.color(token))
        self._painter.drawText(room, Qt.AlignmentFlag.AlignCenter if centred else _LEFT, shown)
        return metrics.horizontalAdvance(shown)

    def _draw_step(self, room: QRectF, step: Step, live: Live | None) -> None:
        head = QRectF(room.left(), room.top(), room.width(), 20)
        self._draw_name(head, step.use, live, "ui", 500)
        second = QRectF(room.left(), head.bottom() + 3, room.width(), 17)
        left, right = measured_words(live, self._words.locale)
        token = "warn.text" if live is not None and live.silent else "text.secondary"
        if live is not None and live.trouble is not None:
            left, right, token = state_words(live.trouble.state), "", "bad.text"
        used = self._right(second, right, token)
        self.text(second.adjusted(0, 0, -used, 0), left, "caption", token, weight=400)
        third = second.translated(0, 18)
        used = self._draw_patience(third, step)
        price = price_words(live, self._words.locale)
        self.text(third.adjusted(0, 0, -used, 0), price, "caption", "text.tertiary", weight=400)

    def _draw_pool(self, room: QRectF, step: Step) -> None:
        head = QRectF(room.left(), room.top(), room.width(), 20)
        draw_icon(
            self._painter, self._theme, "models", "text.secondary", 14, QPointF(head.left() + 7, head.center().y())
        )
        self.text(head.adjusted(20, 0, 0, 0), strategy_words(step, self._words), "ui", "text.primary", weight=500)
        total = sum(member.weight for member in step.pool)
        alike = len({member.weight for member in step.pool}) == 1
        row = QRectF(room.left(), head.bottom() + 2, room.width(), MEMBER_PX)
        for member in step.pool[:MEMBERS_SHOWN]:
            share = None if alike or not total else member.weight / total
            self._draw_member(row, member, share)
            row.translate(0, MEMBER_PX)
        hidden = len(step.pool) - MEMBERS_SHOWN
        if hidden > 0:
            self.text(
                row, translate("Picture", "and {n} more").format(n=hidden), "caption", "text.tertiary", weight=400
            )

    def _draw_member(self, row: QRectF, member: Member, share: float | None) -> None:
        live = self._known.get(member.to)
        locale = self._words.locale
        silent = live is not None and live.silent
        if silent:
            beside = translate("Picture", "no answer")
        elif share is not None:
            beside = translate("Picture", "{share} %").format(share=locale.toString(share * 100, "f", 0))
        elif live is not None and live.measured.samples:
            beside = duration(round(live.measured.ttft_p50_ms), locale)
        else:
            beside = ""
        used = self._right(row.adjusted(0, 0, -16, 0), beside, "warn.text" if silent else "text.secondary")
        lamp_x = row.right() - 5
        paint_lamp(self._painter, QPointF(lamp_x, row.center().y()), self._theme, live.lamp if live else "unknown")
        self._draw_name(row.adjusted(0, 0, -16 - used, -1), member.to, live, "caption", 400, lamp=False)
        if share is not None:
            series = self._theme.mark(_provider(member.to, live)).series
            line = QRectF(row.left(), row.bottom() - 2, row.width() * share, 2)
            self._painter.fillRect(line, series)

    def _draw_name(
        self, row: QRectF, name: DeploymentName, live: Live | None, style: str, weight: int, *, lamp: bool = True
    ) -> None:
        corner = QPointF(row.left(), row.center().y() - NORMAL.height() / 2)
        paint_mark(self._painter, QRectF(corner, QSizeF(NORMAL)), self._theme, _provider(name, live))
        right = 14.0 if lamp else 4.0
        self.text(row.adjusted(NORMAL.width() + 7, 0, -right, 0), name.model, style, "text.primary", weight=weight)
        if lamp:
            state = live.lamp if live is not None else "unknown"
            paint_lamp(self._painter, QPointF(row.right() - 5, row.center().y()), self._theme, state)

    def _draw_patience(self, row: QRectF, step: Step) -> float:
        """Draw how long a first token is waited for, and how often it is asked again, where the chain says so."""
        parts: list[tuple[str, str]] = []
        if step.retries != "auto":
            parts.append(("retry", str(step.retries)))
        if not isinstance(step.first_token_s, str):
            parts.append(("history", span_words(step.first_token_s, self._words.locale)))
        used = 0.0
        for icon, text in parts:
            used += self._right(row.adjusted(0, 0, -used, 0), text, "text.tertiary")
            centre = QPointF(row.right() - used - 2, row.center().y())
            draw_icon(self._painter, self._theme, icon, "text.tertiary", 11, centre)
            used += 14
        return used

    def _draw_only(self, row: QRectF, step: Step) -> None:
        draw_icon(self._painter, self._theme, "filter", "text.tertiary", 11, QPointF(row.left() + 6, row.center().y()))
        words = condition_words(step.only, self._words.locale)
        self.text(row.adjusted(18, 0, 0, 0), words, "caption", "text.tertiary", weight=400)

    def _right(self, row: QRectF, text: str, token: str) -> float:
        """Write at the right, and return the room that it takes."""
        if not text:
            return 0.0
        font = self._theme.font("caption", 400)
        self._painter.setFont(font)
        self._painter.setPen(self._theme.color(token))
        self._painter.drawText(row, _RIGHT, text)
        return QFontMetricsF(font).horizontalAdvance(text) + 6


def _provider(name: DeploymentName, live: Live | None) -> str:
    return live.deployment.provider if live is not None else name.account
