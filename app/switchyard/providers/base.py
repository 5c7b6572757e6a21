"""What every provider offers to the router: a stream of events for a call, and a list of models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol, runtime_checkable

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.content import PLAIN, Parameters
from switchyard.core.events import ProviderEvent
from switchyard.core.message import ChatMessage
from switchyard.core.usage import Usage
from switchyard.core.value import value


def _ignore() -> None:
    return None


@value
class Call:
    """One request to one model. `on_sent` is called once, when the request was written: the attempt's clock starts.

    `max_output` is what the model can write at most, where its list tells; only providers that demand a limit get it.
    `refuses` names what the deployment is known not to take (`Parameter` values, and habits of a dialect): it is left
    out. A dialect that learns of one by a refusal asks once more without it, and tells by `ParameterRefused`.
    """

    endpoint: Endpoint
    model: str
    messages: tuple[ChatMessage, ...]
    system: str | None = None
    stream: bool = True
    max_output: int | None = None
    on_sent: Callable[[], None] = _ignore
    connect_timeout_s: float = 10.0
    parameters: Parameters = PLAIN
    refuses: frozenset[str] = frozenset()


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


class Vectors(NamedTuple):
    """One vector for each text, in order, and the tokens that were counted."""

    vectors: Sequence[Sequence[float]]
    usage: Usage
    model: str | None = None


class Transcript(NamedTuple):
    """What was said in a recording. `language` and `seconds` where the provider tells."""

    text: str
    usage: Usage | None = None
    language: str | None = None
    seconds: float | None = None


@runtime_checkable
class Prepares(Protocol):
    """A provider whose first call takes a while to get ready for."""

    async def prepare(self, endpoint: Endpoint) -> None:
        """Load what a first call to this endpoint needs; nothing is sent."""
        ...


@runtime_checkable
class Embeds(Protocol):
    """A provider that turns texts into vectors."""

    async def embed(self, endpoint: Endpoint, model: str, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text; raises `CallFailed`."""
        ...


@runtime_checkable
class Transcribes(Protocol):
    """A provider that writes down what is said in a recording."""

    async def transcribe(self, endpoint: Endpoint, model: str, audio: bytes, file_name: str) -> Transcript:
        """Return the words of an audio file, whose type its name tells; raises `CallFailed`."""
        ...
