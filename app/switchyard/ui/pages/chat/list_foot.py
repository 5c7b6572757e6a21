"""Below the list: what was spent today, and of how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QPointF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.budget import Verdict
from switchyard.ui import format as written
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.meter import Meter
from switchyard.ui.widgets.paint import hairline

if TYPE_CHECKING:
    from switchyard.services.ledger import Today

_TOKENS = {Verdict.OK: "accent.fill", Verdict.WARNED: "warn.signal", Verdict.REACHED: "bad.signal"}
_SUMS = {Verdict.OK: "text.primary", Verdict.WARNED: "warn.text", Verdict.REACHED: "bad.text"}
_MARGIN_PX = 16
_ABOVE_PX, _BELOW_PX, _GAP_PX = 11, 12, 6


class ListFoot(QWidget):
    """Hidden where nothing was spent: a day that was free has nothing to say."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.day = Label(theme, self.tr("Today"), "secondary", "text.tertiary")
        self.spent = Label(theme, "", "secondary", "text.primary", weight=600)
        self.limit = Label(theme, "", "secondary", "text.tertiary")
        self.meter = Meter(theme, self.tr("Spent today"))
        figures = QHBoxLayout()
        figures.setSpacing(4)
        figures.addWidget(self.day)
        figures.addStretch(1)
        figures.addWidget(self.spent)
        figures.addWidget(self.limit)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, _ABOVE_PX, _MARGIN_PX, _BELOW_PX)
        column.setSpacing(_GAP_PX)
        column.addLayout(figures)
        column.addWidget(self.meter)
        theme.changed.connect(self.update)
        self.hide()

    def show_today(self, today: Today) -> None:
        """Say what was spent; the bar is there where there is a limit."""
        locale, limit = QLocale(), today.limit_nanos
        sums = written.money(today.spent_nanos, locale)
        self.spent.setText(sums)
        self.spent.set_token(_SUMS[today.state])
        of = self.tr("of {limit}").format(limit=written.money(limit, locale)) if limit is not None else ""
        self.limit.setText(of)
        self.limit.setVisible(bool(of))
        share = None if limit is None else today.spent_nanos / limit if limit else 1.0
        self.meter.show_share(share, _TOKENS[today.state], f"{sums} {of}".strip())
        self.meter.setVisible(bool(of))
        self.setVisible(today.spent_nanos > 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line above it."""
        painter = QPainter(self)
        width = hairline(painter)
        painter.setPen(QPen(self._theme.color("border.subtle"), width))
        painter.drawLine(QPointF(0, width / 2), QPointF(self.width(), width / 2))
