"""What is said of models beside their providers' own lists: by the price list, and by our table.

Our table is small and read before the first message is routed. The price list is large and loaded when a price is
wanted that was not looked up before; both are read in a worker thread.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

from switchyard.core.catalog import Account, Model
from switchyard.core.facts import NOTHING, Facts, Kept, Known, Source, facts_of, merge
from switchyard.core.model_table import ModelTable, rows_of
from switchyard.providers.addresses import is_nearby
from switchyard.services.price_list import LISTED, UNPRICED, PriceList, stamp_of_prices

_Key = tuple[str, str, str]


class Reference:
    """Knows models by provider and name. `table` is the file of our own table."""

    def __init__(self, table: Path) -> None:
        self._file = table
        self._table: ModelTable | None = None
        self._prices: PriceList | None = None
        self._opening_prices = asyncio.Lock()
        self._looked_up: dict[_Key, Facts] = {}
        self.stamp = ""

    @property
    def is_open(self) -> bool:
        """Whether our table is read."""
        return self._table is not None

    async def open(self) -> None:
        """Read our table, and see which price list there is."""
        if self._table is None:
            self._table, self.stamp = await asyncio.to_thread(self._read)

    def _read(self) -> tuple[ModelTable, str]:
        data = json.loads(self._file.read_text(encoding="utf-8"))
        return ModelTable(rows_of(data)), stamp_of_prices()

    def known(self, account: Account, model: Model, kept: Kept) -> Known:
        """Return what is known of a model without loading anything."""
        return merge(
            (
                (Source.PERSON, kept.override),
                (Source.PROVIDER, facts_of(model)),
                (Source.PRICE_LIST, self._priced(account, model.name, kept) or NOTHING),
                (Source.OURS, self._table.look_up(account.provider, model.name) if self._table else NOTHING),
            )
        )

    def lacks_price(self, account: Account, model: Model, kept: Kept) -> bool:
        """Whether nobody tells a model's price, and the price list was not asked."""
        told = bool(kept.override.prices) or model.price is not None
        return not told and _has_prices(account) and self._priced(account, model.name, kept) is None

    def lacks_facts(self, account: Account, model: Model, kept: Kept) -> bool:
        """Whether nobody tells a model's price or its window, and the price list was not asked."""
        sized = (kept.override.context or model.context) is not None
        return self.lacks_price(account, model if sized else Model(model.name), kept)

    async def look_up(self, wanted: Iterable[tuple[Account, str]]) -> list[Facts]:
        """Ask the price list about models, loading it where that has not happened."""
        await self.open()
        prices = await self._price_list()
        return await asyncio.to_thread(self._ask, prices, list(wanted))

    async def _price_list(self) -> PriceList:
        async with self._opening_prices:
            if self._prices is None:
                self._prices = await asyncio.to_thread(PriceList)
            return self._prices

    def _ask(self, prices: PriceList, wanted: Iterable[tuple[Account, str]]) -> list[Facts]:
        found: list[Facts] = []
        for account, model in wanted:
            key = (account.provider, account.base_url, model)
            if key not in self._looked_up:
                self._looked_up[key] = prices.look_up(*key)
            found.append(self._looked_up[key])
        return found

    def _priced(self, account: Account, model: str, kept: Kept) -> Facts | None:
        """Return what the price list said, now or in an earlier run; None where this list was not asked."""
        if kept.looked_up is not None and kept.stamp == self.stamp:
            return kept.looked_up
        return self._looked_up.get((account.provider, account.base_url, model))


def _has_prices(account: Account) -> bool:
    """Whether the price list may know an account's models: those of a server nearby are not for sale."""
    return account.provider not in UNPRICED and (account.provider in LISTED or not is_nearby(account.base_url))
