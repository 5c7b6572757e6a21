"""What every provider offers to the router: a stream of events for a call, and a list of models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import ProviderEvent
from switchyard.core.message import ChatMessage


def _ignore() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model. `on_sent` is called once, when the request was written: the attempt's clock starts.

    `max_output` is what the model can write at most, where its list tells; only providers that demand a limit get it.
    """

    endpoint: Endpoint
    model: str
    messages: tuple[ChatMessage, ...]
    system: str | None = None
    stream: bool = True
    max_output: int | None = None
    on_sent: Callable[[], None] = _ignore
    connect_timeout_s: float = 10.0


class Provider(Protocol):
    """One provider id's way of talking. Failures are raised as `core.events.CallFailed`."""

    def stream(self, call: Call) -> AbstractAsyncContextManager[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events, in the batches in which they arrive.

        Leaving the context closes the connection. A stream that ends without `Finished` raises `CallFailed` (CUT, or
        EMPTY where nothing came). A whole reply (`stream=False`) is one batch.
        """
        ...

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use, as the provider lists them; raises `CallFailed`."""
        ...
