"""The data directory as the window knows it: places, and what it may do there without knowing storage."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from switchyard.core.settings import Settings
    from switchyard.services.app import Services

State = dict[str, object]


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What the command line of the window may say; None where it says nothing."""

    data_dir: str | None = None
    offline: bool = False
    log_level: str = "warning"


@dataclass(frozen=True, slots=True)
class Home:
    """A data directory that can be used, given by the composition root.

    `read_settings` and `load_state` answer at once and never raise: they are asked before the first paint, and a file
    that cannot be read counts as none. `save_state` may raise a `UserError`. `open_services` belongs on the loop and
    brings in whatever is heavy.
    """

    data_dir: Path
    lock_file: Path
    reports: Path
    read_settings: Callable[[], Settings]
    load_state: Callable[[], State]
    save_state: Callable[[State], None]
    open_services: Callable[[], AbstractAsyncContextManager[Services]]


FindHome = Callable[[WindowOptions], Home]
"""Prepares the data directory that the options and the environment name; raises `DataDirError`."""
