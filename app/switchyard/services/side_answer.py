"""What a model answers beside the chats, as words with what they cost: a summary, or a title."""

from __future__ import annotations

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Parameters
from switchyard.core.events import ModelNamed, TextDelta, UsageReported
from switchyard.core.message import ChatMessage
from switchyard.core.usage import Usage
from switchyard.providers.base import Call, Provider
from switchyard.services.side_calls import Answered


async def answer(
    provider: Provider, endpoint: Endpoint, model: str, asked: tuple[ChatMessage, ...], most_output: int
) -> Answered[str]:
    """Return the whole answer of a model, of at most so many tokens."""
    text: list[str] = []
    usage: Usage | None = None
    served: str | None = None
    call = Call(endpoint, model, asked, stream=False, parameters=Parameters(max_output=most_output))
    async with provider.stream(call) as batches:
        async for batch in batches:
            for event in batch:
                if isinstance(event, TextDelta):
                    text.append(event.text)
                elif isinstance(event, UsageReported):
                    usage = event.usage
                elif isinstance(event, ModelNamed):
                    served = event.model
    return Answered("".join(text), usage, served)
