"""Our own table of models: windows and capabilities that no list tells, each row with the page that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from switchyard.core.content import Capability
from switchyard.core.facts import NOTHING, Facts
from switchyard.core.pattern import pattern_of

# A name with the day of its release is the same model: -2024-08-06, -20251101, and the name that follows the newest.
_DATED = pattern_of(r"-(?:\d{4}-\d{2}-\d{2}|20\d{6}|latest)$")


def kin(model: str) -> str:
    """Return what a model's names at several providers have in common: no owner, no date, no variant, hyphens alone."""
    name = model.lower().rpartition("/")[2].partition(":")[0].replace(".", "-")
    return _DATED.sub("", name)


class Row(NamedTuple):
    """What one page says of models of some providers."""

    providers: tuple[str, ...]
    models: tuple[str, ...]
    facts: Facts


class ModelTable:
    """Looks models up by provider and name; of several rows the first counts."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by_name: dict[tuple[str, str], Facts] = {}
        for row in rows:
            for provider in row.providers:
                for model in row.models:
                    self._by_name.setdefault((provider, model), row.facts)

    def look_up(self, provider: str, model: str) -> Facts:
        """Return what is known of a model, as it is written in requests to that provider."""
        name = model.removeprefix("models/")
        whole = self._by_name.get((provider, name))
        return whole if whole is not None else self._by_name.get((provider, _DATED.sub("", name)), NOTHING)


def rows_of(data: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows of the table's file."""
    return tuple(
        Row(
            tuple(row["providers"]),
            tuple(row["models"]),
            Facts(
                context=row.get("context"),
                max_output=row.get("max_output"),
                capabilities=MappingProxyType(
                    {Capability(name): True for name in row.get("can", ())}
                    | {Capability(name): False for name in row.get("cannot", ())}
                ),
            ),
        )
        for row in data["rows"]
    )
