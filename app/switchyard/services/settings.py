"""The settings in force: one value, changed through one place, told to whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from switchyard.core.settings import Settings
from switchyard.services.signal import Signal


class SettingsStore:
    """Holds the settings in force. `write` puts them into the settings file."""

    def __init__(self, value: Settings, write: Callable[[Settings], Awaitable[None]]) -> None:
        self._value = value
        self._write = write
        self._changing = asyncio.Lock()
        self.changed: Signal[Settings] = Signal()

    @property
    def value(self) -> Settings:
        """The settings in force."""
        return self._value

    async def change(self, **changes: Any) -> None:
        """Change settings by name; listeners hear of it once the file is written. Changes come one after another."""
        async with self._changing:
            value = replace(self._value, **changes)
            if value == self._value:
                return
            await self._write(value)
            self._value = value
        self.changed.emit(value)
