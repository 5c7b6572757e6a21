"""Providers that installed packages declare, each with an entry point in the group `switchyard.providers`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from switchyard.core.sentence import Sentence, sentence
from switchyard.providers.declaration import Dialect, Preset
from switchyard.providers.presets import PRESETS

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "switchyard.providers"
_log = logging.getLogger(__name__)


def add_installed(search: Sequence[str] | None = None) -> list[Sentence]:
    """Add what is installed to the providers that there are, and return why any was not added.

    Reads the disk: call it in a thread. `search` is where packages lie; the interpreter's own places if left out.
    """
    problems = []
    for point in _entry_points(sys.path if search is None else search):
        problem = _add(point)
        if problem is not None:
            _log.warning("%s", problem.english())
            problems.append(problem)
    return problems


def _add(point: EntryPoint) -> Sentence | None:
    """Add one; what it raises is the package's fault, and no reason for the program not to start."""
    try:
        preset = point.load()
    except Exception as error:  # noqa: BLE001 - foreign code
        return sentence(
            "The provider {name} of an installed package could not be loaded: {error}.",
            name=point.name,
            error=type(error).__name__,
        )
    if not isinstance(preset, Preset) or preset.dialect is Dialect.SIMULATOR:
        return sentence("The provider {name} of an installed package is no declaration.", name=point.name)
    if PRESETS.setdefault(preset.id, preset) is not preset:
        return sentence(
            "The provider {name} of an installed package was left out: there is one called {id} already.",
            name=point.name,
            id=preset.id,
        )
    return None


def _entry_points(search: Sequence[str]) -> Iterator[EntryPoint]:
    """Yield the entry points of the group. Where no package has any, the library that reads them is not loaded."""
    if any(map(_declares, search)):
        from importlib.metadata import distributions

        for distribution in distributions(path=list(search)):
            yield from distribution.entry_points.select(group=GROUP)


def _declares(folder: str) -> bool:
    """Whether a package in a folder has an entry point of the group."""
    try:
        with os.scandir(folder or os.curdir) as entries:
            packages = [entry.path for entry in entries if entry.name.endswith(".dist-info")]
    except OSError:
        return False
    return any(map(_names_group, packages))


def _names_group(package: str) -> bool:
    try:
        with open(os.path.join(package, "entry_points.txt"), "rb") as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False
