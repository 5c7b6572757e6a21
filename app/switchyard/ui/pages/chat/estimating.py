"""Reckons what the next message takes with it, a moment after the person stopped writing: beside Send as its cost."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QLocale, QObject, Signal

from switchyard.core.errors import UserError
from switchyard.services.forecasts import Forecast
from switchyard.ui import format as written
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.words import translate

PAUSE_S = 0.15


class Estimating(QObject):
    """Follows the composer; whatever else changes the cost calls `look`. `forecasted` carries a `Forecast`, or None."""

    forecasted = Signal(object)

    def __init__(self, desk: Desk, sessions: Sessions, composer: Composer) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._looked_at = sessions.shown
        composer.edited.connect(lambda _draft: self.look())

    def look(self) -> None:
        """Reckon anew once nothing has changed for a moment; what is empty costs nothing to think of."""
        shown = self._sessions.shown
        if shown is not self._looked_at:
            self._looked_at = shown
            self._say_nothing()
        if shown.target is not None and (self._composer.draft or shown.messages):
            self._desk.scope.start(self._reckon(), name="estimate", group="estimate")
            if not self._composer.draft:
                self._composer.estimate.show("")
        else:
            self._desk.scope.cancel("estimate")
            self._say_nothing()

    async def _reckon(self) -> None:
        await asyncio.sleep(PAUSE_S)
        draft = self._composer.draft
        try:
            forecast = await self._desk.services.forecasts.forecast(self._sessions.shown.wording(draft))
        except UserError:
            self._say_nothing()  # sending it tells why
            return
        self._composer.estimate.show(in_words(forecast, QLocale()) if draft else "", tight=forecast.tight)
        self.forecasted.emit(forecast)

    def _say_nothing(self) -> None:
        self._composer.estimate.show("")
        self.forecasted.emit(None)


def in_words(forecast: Forecast, locale: QLocale) -> str:
    """Return tokens and money of a forecast: "2,310 tok in, about $0.0060 to $0.0190"."""
    tokens = translate("Estimate", "{tokens} in").format(tokens=written.tokens(forecast.tokens, locale))
    if forecast.cost.high_nanos is None and forecast.cost.known:
        return tokens  # nobody can be asked
    cost = _cost(forecast, locale)
    if not forecast.tight or forecast.left_nanos is None:
        return translate("Estimate", "{tokens}, {cost}").format(tokens=tokens, cost=cost)
    left = written.money(max(0, forecast.left_nanos), locale)
    return translate("Estimate", "{tokens}, {cost} of {left} left today").format(tokens=tokens, cost=cost, left=left)


def _cost(forecast: Forecast, locale: QLocale) -> str:
    low, high, known = forecast.cost
    if forecast.simulated or high is None or (high == 0 and known):
        return written.cost(high, locale, free=high == 0, simulated=forecast.simulated)
    sums = [written.money(nanos, locale) for nanos in (low or 0, high)]
    if not known:
        return translate("Estimate", "about {sum} or more").format(sum=sums[1])
    if not low:
        return translate("Estimate", "free to {sum}").format(sum=sums[1])
    if sums[0] == sums[1]:
        return translate("Estimate", "about {sum}").format(sum=sums[0])
    return translate("Estimate", "about {low} to {high}").format(low=sums[0], high=sums[1])
