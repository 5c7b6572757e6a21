"""Reads what a person says of a model: KEY=VALUE words such as context=200000, price_in=3 or vision=no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from switchyard.core.content import Capability
from switchyard.core.errors import UserError
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.sentence import sentence
from switchyard.core.usage import NANOS, Price

TAKEN_BACK = "unknown"
SIZES = ("context", "max_output")
RATES = {
    "price_in": "input_nanos",
    "price_out": "output_nanos",
    "price_cached": "cached_input_nanos",
    "price_write": "cache_write_5m_nanos",
    "price_write_1h": "cache_write_1h_nanos",
}
CAPABILITIES = tuple(capability.value for capability in Capability)
MOST_DOLLARS = 1_000_000
MOST_DIGITS = 12  # of a size: no model reads as much
_ANSWERS = {"yes": True, "no": False}


def facts_said(said: Facts, words: Sequence[str], price: Price | None) -> Facts:
    """Return what was said before with these words on top; `price` is the one that is known until now."""
    rates: dict[str, int | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise UserError(sentence("{word} is not understood.", word=word), sentence("Write KEY=VALUE."))
        if key in SIZES:
            size: dict[str, Any] = {key: _read(key, value, _size)}
            said = replace(said, **size)
        elif key in RATES:
            rates[RATES[key]] = _read(key, value, _rate)
        elif key in CAPABILITIES:
            said = replace(said, capabilities=_answered(said, Capability(key), _read(key, value, _ANSWERS.get)))
        else:
            known = ", ".join((*SIZES, *RATES, *CAPABILITIES))
            raise UserError(
                sentence("There is no fact named {name}.", name=key), sentence("Known are: {known}.", known=known)
            )
    return replace(said, prices=_priced(said, rates, price)) if rates else said


def _read(key: str, value: str, read: Callable[[str], int | None]) -> int | None:
    """Return the value; None where it is taken back."""
    if value == TAKEN_BACK:
        return None
    found = read(value)
    if found is None:
        raise UserError(
            sentence("{key} cannot be {value}.", key=key, value=value),
            sentence(
                "Sizes are tokens, prices dollars per million tokens below 1,000,000, abilities yes or no; anything may"
                " be unknown."
            ),
        )
    return found


def _size(value: str) -> int | None:
    return int(value) or None if value.isdecimal() and len(value) <= MOST_DIGITS else None


def _rate(value: str) -> int | None:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return int(amount * NANOS) if amount.is_finite() and 0 <= amount < MOST_DOLLARS else None


def _answered(said: Facts, capability: Capability, can: int | None) -> MappingProxyType[Capability, bool]:
    others = {one: known for one, known in said.capabilities.items() if one is not capability}
    return MappingProxyType(others if can is None else others | {capability: bool(can)})


def _priced(said: Facts, rates: dict[str, int | None], price: Price | None) -> tuple[DatedPrice, ...]:
    """Put rates on top of the price that is known. A whole price is taken back with its input or its output."""
    if None in (rates.get("input_nanos", 0), rates.get("output_nanos", 0)):
        return ()
    base = said.prices[0].price if said.prices else price
    if base is None:
        if not {"input_nanos", "output_nanos"} <= rates.keys():
            raise UserError(sentence("No price of this model is known."), sentence("Give both price_in and price_out."))
        base = Price(0, 0)
    changes: dict[str, Any] = {**rates, "tiers": ()}
    return (DatedPrice(replace(base, **changes)),)
