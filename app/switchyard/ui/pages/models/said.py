"""What a person says of a model, between the fields in which it stands and the facts that the catalog keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.content import Capability
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.usage import NANOS, Price
from switchyard.ui import model_words as wording
from switchyard.ui.widgets.quantity import parse_count

SIZES = ("context", "max_output")
RATES = ("input_nanos", "output_nanos", "cached_input_nanos", "cache_write_5m_nanos")
WHOLE_PRICE = RATES[:2]
_MOST_DOLLARS = 1_000_000
_MOST_CHARS = 16  # of a size: no model reads as much
_DOLLARS = re.compile(r"\$?\s*(\d+(?:[.,]\d+)?)\s*\$?")


class NotUnderstood(ValueError):
    """A field holds what is no such fact; `field` is its name, the text says what it may be."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


def texts_of(said: Facts, locale: QLocale) -> dict[str, str]:
    """Return what stands in the fields: only what the person said."""
    texts = {name: locale.toString(value) if (value := getattr(said, name)) else "" for name in SIZES}
    price = said.prices[0].price if said.prices else None
    for name in RATES:
        nanos = getattr(price, name) if price is not None else None
        texts[name] = wording.rate(nanos, locale) if nanos is not None else ""
    return texts


def facts_of(texts: Mapping[str, str], can: Mapping[Capability, bool], known: Price | None) -> Facts:
    """Return what the fields say; raises `NotUnderstood`. `known` is the price that lone rates stand on top of."""
    sizes: dict[str, Any] = {name: _size(name, texts[name]) for name in SIZES}
    rates: dict[str, Any] = {name: _rate(name, texts[name]) for name in RATES}
    prices: tuple[DatedPrice, ...] = ()
    if any(nanos is not None for nanos in rates.values()):
        given = {name: nanos for name, nanos in rates.items() if nanos is not None}
        lacking = next((name for name in WHOLE_PRICE if name not in given), None)
        if known is None and lacking is not None:
            raise NotUnderstood(lacking, _tr("No price is known: write both, for the prompt and for the answer."))
        prices = (DatedPrice(replace(known or Price(0, 0), **given, tiers=())),)
    return Facts(**sizes, prices=prices, capabilities=MappingProxyType(dict(can)))


def _size(name: str, text: str) -> int | None:
    if not text.strip():
        return None
    tokens = parse_count(text) if len(text) <= _MOST_CHARS else None
    if not tokens:
        raise NotUnderstood(name, _tr("A number of tokens, such as 128000 or 128k."))
    return tokens


def _rate(name: str, text: str) -> int | None:
    if not text.strip():
        return None
    match = _DOLLARS.fullmatch(text.strip())
    amount = Decimal(match[1].replace(",", ".")) if match is not None else None
    if amount is None or amount >= _MOST_DOLLARS:
        raise NotUnderstood(name, _tr("Dollars for a million tokens, such as $2.50."))
    return int(amount * NANOS)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
