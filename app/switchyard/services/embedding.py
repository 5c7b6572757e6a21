"""Turns texts into vectors through one deployment, as many texts in a call as every provider takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.core.route import Purpose, RouteRecord
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.usage import estimate_tokens
from switchyard.providers.base import Embeds
from switchyard.services.side_calls import Answered, SideCall, SideCalls

TEXTS_PER_CALL = 64
CHARS_PER_CALL = 24_000  # the strictest providers take 8,000 tokens or a little more in a call

Vectors = Sequence[Sequence[float]]


class Embedded(NamedTuple):
    """A vector for each text, as far as the calls came, and what became of them."""

    vectors: Vectors
    record: RouteRecord


class Embedding:
    """Opens embeddings."""

    def __init__(self, calls: SideCalls) -> None:
        self._calls = calls

    async def open(self, name: DeploymentName) -> EmbeddingRun:
        """Return a run; raises `UnknownName`, and `UserError` for a provider that has no vectors."""
        return EmbeddingRun(await self._calls.open(name, Purpose.EMBED, _cannot, Embeds))


class EmbeddingRun:
    """Texts on their way to vectors."""

    def __init__(self, call: SideCall) -> None:
        self._call = call

    def stop(self) -> None:
        """The person does not want them any more."""
        self._call.stop()

    async def run(self, texts: Sequence[str]) -> Embedded:
        """Return a vector for each text; raises `DataDirError` where nothing can be kept."""
        provider = cast(Embeds, self._call.provider)
        vectors: list[Sequence[float]] = []
        for some in batches_of(texts):

            async def work(endpoint: Endpoint, model: str, some: Sequence[str] = some) -> Answered[Vectors]:
                answer = await provider.embed(endpoint, model, some)
                return Answered(answer.vectors, answer.usage, answer.model)

            found = await self._call.ask(work, prompt_tokens=sum(map(estimate_tokens, some)))
            if found is None:
                break
            vectors += found
        return Embedded(vectors, await self._call.close())


def batches_of(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the texts in pieces that one call may hold; a longer text goes alone."""
    some: list[str] = []
    chars = 0
    for text in texts:
        if some and (len(some) >= TEXTS_PER_CALL or chars + len(text) > CHARS_PER_CALL):
            yield some
            some, chars = [], 0
        some.append(text)
        chars += len(text)
    if some:
        yield some


def _cannot(provider: str) -> Sentence:
    return sentence("{provider} cannot turn texts into vectors.", provider=provider)
