"""The strategies that there are, by their ids: each module of this package is one, and has it as `STRATEGY`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from switchyard.core.picking import Balance, Contender, Strategy, View

__all__ = ["STRATEGIES", "Balance", "Contender", "Strategy", "View", "ids"]


def _collect() -> dict[str, Strategy]:
    found: list[Strategy] = [import_module(f"{__name__}.{module.name}").STRATEGY for module in iter_modules(__path__)]
    return {strategy.id: strategy for strategy in found}


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(_collect())


def ids() -> tuple[str, ...]:
    """Return the words that `pick` may hold in a chain."""
    return tuple(STRATEGIES)
