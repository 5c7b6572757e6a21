"""Prices and facts as plain data and back: how they are kept with attempts and deployments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from switchyard.core.catalog import Quality
from switchyard.core.content import Capability
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.usage import Price, Tier
from switchyard.core.value import names_of

_SUFFIX = "_nanos"
_RATES = tuple(name.removesuffix(_SUFFIX) for name in names_of(Price) if name.endswith(_SUFFIX))
_WHEN = ("from_ms", "day_from_ms", "day_until_ms")


def price_to_dict(price: Price) -> dict[str, Any]:
    """Return a price with the rates that it has, in nano-dollars."""
    data: dict[str, Any] = {name: nanos for name in _RATES if (nanos := getattr(price, name + _SUFFIX)) is not None}
    if price.tiers:
        data["tiers"] = [{"above": tier.above} | price_to_dict(tier.price) for tier in price.tiers]
    return data


def price_from_dict(data: Mapping[str, Any] | list[int]) -> Price:
    """Return the price of plain data; a list is how the first version kept input and output."""
    if isinstance(data, list):
        return Price(input_nanos=data[0], output_nanos=data[1])
    tiers = tuple(Tier(tier["above"], price_from_dict(tier)) for tier in data.get("tiers", ()))
    return Price(**{name + _SUFFIX: data[name] for name in _RATES if name in data}, tiers=tiers)


def facts_to_dict(facts: Facts) -> dict[str, Any]:
    """Return what is known, and nothing else."""
    data: dict[str, Any] = {
        name: value for name in ("context", "max_output") if (value := getattr(facts, name)) is not None
    }
    if facts.prices:
        data["prices"] = [_dated_to_dict(dated) for dated in facts.prices]
    if facts.capabilities:
        data["capabilities"] = {capability.value: can for capability, can in facts.capabilities.items()}
    if facts.quality is not None:
        data["quality"] = [facts.quality.score, facts.quality.maker]
    return data


def facts_from_dict(data: Mapping[str, Any]) -> Facts:
    """Return the facts of plain data; capabilities that this version does not know are left out."""
    known = {capability.value: capability for capability in Capability}
    capabilities = {known[name]: can for name, can in data.get("capabilities", {}).items() if name in known}
    return Facts(
        context=data.get("context"),
        max_output=data.get("max_output"),
        prices=tuple(
            DatedPrice(price_from_dict(dated["price"]), **{name: dated.get(name) for name in _WHEN})
            for dated in data.get("prices", ())
        ),
        capabilities=MappingProxyType(capabilities),
        quality=Quality(*data["quality"]) if "quality" in data else None,
    )


def _dated_to_dict(dated: DatedPrice) -> dict[str, Any]:
    when = {name: value for name in _WHEN if (value := getattr(dated, name)) is not None}
    return {"price": price_to_dict(dated.price)} | when
