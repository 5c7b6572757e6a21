"""Shows in the header how full the context is, and lets the person look into it and leave messages out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject

from switchyard.core.context import Context, Fit
from switchyard.core.message import MessageId
from switchyard.services.forecasts import Forecast
from switchyard.ui.pages.chat.context_words import reading_of
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.estimating import Estimating
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.thread_column import ThreadColumn
from switchyard.ui.transcript.acts import Act
from switchyard.ui.widgets.focus import reason_to_go_on

if TYPE_CHECKING:
    from switchyard.ui.pages.chat.context_panel import ContextPanel

_QUIET = frozenset({Fit.FITS, Fit.UNKNOWN})


class Metering(QObject):
    """Follows what is estimated. A tick is the same as leaving a message out in the thread."""

    def __init__(self, desk: Desk, sessions: Sessions, column: ThreadColumn, estimating: Estimating) -> None:
        super().__init__(column)
        self._desk = desk
        self._sessions = sessions
        self._column = column
        self._context: Context | None = None
        self._panel: ContextPanel | None = None
        estimating.forecasted.connect(self._on_forecasted)
        column.header.meter.clicked.connect(self._open)

    def _on_forecasted(self, forecast: Forecast | None) -> None:
        self._context = forecast.context if forecast is not None else None
        context = self._context
        if context is None or (not context.load.past and context.fit in _QUIET):
            self._column.header.meter.show_reading(None)
        else:
            self._column.header.meter.show_reading(reading_of(context, QLocale()))
        if self._panel is not None and context is not None:
            self._panel.show_context(context, self._column.composer.draft)

    def _open(self) -> None:
        from switchyard.ui.pages.chat.context_panel import ContextPanel

        if self._context is None:
            return
        column = self._column
        panel = ContextPanel(self._desk.theme, column.window(), self._context, column.composer.draft)
        session = self._sessions.shown
        panel.toggled.connect(lambda uid: self._sessions.act_requested.emit(session, MessageId(uid), Act.EXCLUDE))
        panel.opened.connect(session.view.show_message)
        panel.closed.connect(self._on_closed)
        self._panel = panel
        panel.open_beside(column.header.meter, reason_to_go_on())

    def _on_closed(self) -> None:
        self._panel = None
