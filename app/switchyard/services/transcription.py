"""Writes down what is said in a recording, through one deployment."""

from __future__ import annotations

from typing import NamedTuple, cast

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.core.route import Purpose, RouteRecord
from switchyard.core.sentence import Sentence, sentence
from switchyard.providers.base import Transcribes, Transcript
from switchyard.services.side_calls import Answered, SideCall, SideCalls


class Transcribed(NamedTuple):
    """The words, None where the call failed, and what became of it."""

    transcript: Transcript | None
    record: RouteRecord


class Transcription:
    """Opens transcriptions."""

    def __init__(self, calls: SideCalls) -> None:
        self._calls = calls

    async def open(self, name: DeploymentName) -> TranscriptionRun:
        """Return a run; raises `UnknownName`, and `UserError` for a provider that does not listen."""
        return TranscriptionRun(await self._calls.open(name, Purpose.TRANSCRIBE, _cannot, Transcribes))


class TranscriptionRun:
    """A recording on its way to words."""

    def __init__(self, call: SideCall) -> None:
        self._call = call

    def stop(self) -> None:
        """The person does not want them any more."""
        self._call.stop()

    async def run(self, audio: bytes, file_name: str) -> Transcribed:
        """Return the words of an audio file, whose type its name tells."""
        provider = cast(Transcribes, self._call.provider)

        async def work(endpoint: Endpoint, model: str) -> Answered[Transcript]:
            transcript = await provider.transcribe(endpoint, model, audio, file_name)
            return Answered(transcript, transcript.usage)

        transcript = await self._call.ask(work)
        return Transcribed(transcript, await self._call.close())


def _cannot(provider: str) -> Sentence:
    return sentence("{provider} cannot write down recordings.", provider=provider)
