"""Stands in for a provider whose package is no longer installed: its accounts stay, and calls say why they fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed, ProviderEvent
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.base import Call


class Absent:
    """A provider that is not there."""

    def __init__(self, uid: str) -> None:
        self._uid = uid

    def stream(self, call: Call) -> AbstractAsyncContextManager[AsyncIterator[Sequence[ProviderEvent]]]:
        """Raise `CallFailed`."""
        raise self._failed()

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Raise `CallFailed`."""
        raise self._failed()

    def _failed(self) -> CallFailed:
        message = f"The package that brings the provider {self._uid} is not installed."
        return CallFailed(Failure(FailureKind.CONNECT, message))
