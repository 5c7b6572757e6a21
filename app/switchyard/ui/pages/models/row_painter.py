"""Draws the rows of the table of models: what costs time to lay out is laid out once, so that pages of rows fly by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap, QStaticText

from switchyard.core.catalog_queries import Entry
from switchyard.ui import format as written
from switchyard.ui.model_words import skills
from switchyard.ui.pages.models.table_model import Column, TableModel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box

ROW_PX = 39
GUTTER_PX = 20
PADDING_PX = 10
SKILL_PX = 24
_SKILL_ICON_PX = 15
_NAME_LEFT_PX = 30
_FADED = 0.28
_REMEMBERED = 20_000


class Slot(NamedTuple):
    """A column's place in every row."""

    column: Column
    left: int
    width: int


class Look(NamedTuple):
    """How a row is shown at the moment."""

    selected: bool = False
    hovered: bool = False
    ringed: bool = False


class _Words(NamedTuple):
    """A text as it fits into a column."""

    laid_out: QStaticText
    width: float


class _Ink(NamedTuple):
    """The colours of the theme that is shown."""

    primary: QColor
    secondary: QColor
    tertiary: QColor
    line: QColor
    selected: QColor
    hovered: QColor


class RowPainter:
    """Draws a row: a name with its provider's mark, icons of what a model can do, or words."""

    def __init__(self, theme: Theme, model: TableModel) -> None:
        self._theme = theme
        self._model = model
        self._skills = skills()
        self._words: dict[tuple[str, int, bool], _Words] = {}
        self._marks: dict[str, QPixmap] = {}
        self._icons: list[tuple[QPixmap, QPixmap]] = []
        self._ratio = 0.0
        self.forget()

    def forget(self) -> None:
        """Lay out everything anew: the colours or the fonts are others."""
        theme = self._theme
        self._words.clear()
        self._marks.clear()
        self._icons.clear()
        self._plain, self._strong = theme.font("ui"), theme.font("ui", 500)
        self._plain_metrics, self._strong_metrics = QFontMetricsF(self._plain), QFontMetricsF(self._strong)
        self._ink = _Ink(
            theme.color("text.primary"),
            theme.color("text.secondary"),
            theme.color("text.tertiary"),
            theme.color("border.subtle"),
            theme.color("accent.soft"),
            theme.color("bg.hover"),
        )

    def draw(self, painter: QPainter, place: QRect, row: int, slots: Sequence[Slot], look: Look) -> None:
        """Draw a row with these columns."""
        entry, texts, ink = self._model.entries[row], self._model.texts(row), self._ink
        ratio = painter.device().devicePixelRatio()
        if ratio != self._ratio:
            self.forget()
            self._ratio = ratio
        self._draw_ground(painter, place, look)
        painter.setFont(self._plain)
        for column, left, width in slots:
            if column is Column.MODEL:
                self._draw_name(painter, QRect(left, place.top(), width, ROW_PX), entry)
                painter.setFont(self._plain)
            elif column is Column.CAN:
                self._draw_skills(painter, left + PADDING_PX, place.top(), entry)
            else:
                text = texts[column]
                quiet = text == written.unknown() or not entry.deployment.has_key
                painter.setPen(ink.tertiary if quiet else ink.secondary)
                words = self._fitting(text, width - 2 * PADDING_PX, strong=False)
                right = self._model.specs[column].right
                x = left + width - PADDING_PX - words.width if right else left + PADDING_PX
                corner = QPointF(round(x * ratio) / ratio, self._top(place, self._plain_metrics))
                painter.drawStaticText(corner, words.laid_out)

    def _draw_ground(self, painter: QPainter, place: QRect, look: Look) -> None:
        theme, ink = self._theme, self._ink
        if look.selected or look.hovered:
            painter.fillRect(place, ink.selected if look.selected else ink.hovered)
        painter.fillRect(place.left(), place.bottom(), place.width(), 1, ink.line)
        if look.ringed:
            box = QRectF(place).adjusted(2, 2, -2, -3)
            draw_box(painter, box, theme.radius("row"), None, theme.color("focus.ring"), 2)

    def _draw_name(self, painter: QPainter, room: QRect, entry: Entry) -> None:
        deployment, left = entry.deployment, room.left() + GUTTER_PX
        painter.drawPixmap(
            QPointF(left, room.top() + (ROW_PX - 1 - NORMAL.height()) / 2), self._mark(deployment.provider)
        )
        painter.setFont(self._strong)
        lively = entry.offered and entry.chat and deployment.has_key
        painter.setPen(self._ink.primary if lively else self._ink.tertiary)
        words = self._fitting(deployment.model, room.width() - GUTTER_PX - _NAME_LEFT_PX - PADDING_PX, strong=True)
        place = QPointF(left + _NAME_LEFT_PX, self._top(room, self._strong_metrics))
        painter.drawStaticText(place, words.laid_out)

    def _draw_skills(self, painter: QPainter, left: int, top: int, entry: Entry) -> None:
        """Draw what it can as an icon, what it cannot as a faded one, and what nobody knows as a dot."""
        icons, can = self._skill_icons(), entry.deployment.capabilities
        y = round((top + (ROW_PX - 1) / 2 - _SKILL_ICON_PX / 2) * self._ratio) / self._ratio
        for number, skill in enumerate(self._skills):
            centre, known = left + _SKILL_PX_HALF + SKILL_PX * number, can.get(skill.capability)
            if known is None:
                painter.fillRect(centre - 1, top + ROW_PX // 2 - 1, 2, 2, self._ink.tertiary)
            else:
                x = round((centre - _SKILL_ICON_PX / 2) * self._ratio) / self._ratio
                painter.drawPixmap(QPointF(x, y), icons[number][0 if known else 1])

    # --- what is laid out once ------------------------------------------------------------------------------------

    def _fitting(self, text: str, room: int, *, strong: bool) -> _Words:
        """Return what of a text fits: measuring and laying it out costs more than drawing it."""
        key = (text, room, strong)
        found = self._words.get(key)
        if found is None:
            if len(self._words) > _REMEMBERED:
                self._words.clear()
            font, metrics = (self._strong, self._strong_metrics) if strong else (self._plain, self._plain_metrics)
            found = self._words[key] = _lay_out(text, room, font, metrics)
        return found

    def _mark(self, provider: str) -> QPixmap:
        found = self._marks.get(provider)
        if found is None:
            found = self._marks[provider] = _blank(NORMAL.width(), NORMAL.height(), self._ratio)
            paint_mark(QPainter(found), QRectF(0, 0, NORMAL.width(), NORMAL.height()), self._theme, provider)
        return found

    def _skill_icons(self) -> list[tuple[QPixmap, QPixmap]]:
        """Return each skill's icon, as it is and faded."""
        if not self._icons:
            for skill in self._skills:
                icon = self._theme.pixmap(skill.icon, "text.secondary", _SKILL_ICON_PX, self._ratio)
                faded = _blank(_SKILL_ICON_PX, _SKILL_ICON_PX, self._ratio)
                painter = QPainter(faded)
                painter.setOpacity(_FADED)
                painter.drawPixmap(QPointF(0, 0), icon)
                painter.end()
                self._icons.append((icon, faded))
        return self._icons

    @staticmethod
    def _top(place: QRect, metrics: QFontMetricsF) -> float:
        return place.top() + round((ROW_PX - 1 - metrics.height()) / 2)


_SKILL_PX_HALF = SKILL_PX // 2 - 4


def _lay_out(text: str, room: int, font: QFont, metrics: QFontMetricsF) -> _Words:
    fitting = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
    laid_out = QStaticText(fitting)
    laid_out.setTextFormat(Qt.TextFormat.PlainText)
    laid_out.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    laid_out.prepare(font=font)
    return _Words(laid_out, metrics.horizontalAdvance(fitting))


def _blank(width: int, height: int, ratio: float) -> QPixmap:
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    return made
