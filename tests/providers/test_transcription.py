"""What is said in a recording, in OpenAI's dialect."""

from __future__ import annotations

import json
from email import message_from_bytes
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.base import Provider, Transcribes, Transcript

PATH = "/audio/transcriptions"
AUDIO = b"ID3\x00\r\n--x\xff" * 100


@pytest.fixture
def hear(server: Any, fakes: Any, providers: dict[str, Provider]) -> Any:
    """Have a recording written down by a provider whose answer is given."""

    async def hear(answer: Any, name: str = "talk.mp3", provider: str = "openai") -> Transcript:
        script = answer if isinstance(answer, fakes.Script) else fakes.Script(json.dumps(answer))
        server.play(PATH, script)
        speaker = providers[provider]
        assert isinstance(speaker, Transcribes)
        endpoint = Endpoint("here", provider, server.url(), key="k")
        return await speaker.transcribe(endpoint, "m", AUDIO, name)

    return hear


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("talk.mp3", "audio/mpeg"), ("Möwe.WAV", "audio/wav"), ("talk", "application/octet-stream")],
)
async def test_the_file_goes_out_as_a_form(hear: Any, server: Any, name: str, media_type: str) -> None:
    await hear({"text": "Hi"}, name)
    sent = server.received[-1]
    kind = sent.headers["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + sent.body)
    model, file = (part for part in form.walk() if not part.is_multipart())
    assert model.get_param("name", header="content-disposition") == "model"
    assert model.get_payload() == "m"
    assert file.get_param("name", header="content-disposition") == "file"
    assert f'filename="{name}"'.encode() in sent.body
    assert file.get_content_type() == media_type
    assert AUDIO in sent.body
    assert sent.headers["authorization"] == "Bearer k"


async def test_a_name_cannot_break_out_of_the_form(hear: Any, server: Any) -> None:
    await hear({"text": "Hi"}, 'a"; name="model"\r\n.mp3')
    assert b'filename="a%22; name=%22model%22%0D%0A.mp3"' in server.received[-1].body


@pytest.mark.parametrize(
    ("answer", "transcript"),
    [
        ({"text": " Hello there. "}, Transcript("Hello there.")),
        (
            {
                "text": "Hi",
                "usage": {
                    "type": "tokens",
                    "input_tokens": 14,
                    "output_tokens": 45,
                    "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
                },
            },
            Transcript("Hi", Usage(input=14, output=45, audio=14)),
        ),
        ({"text": "Hi", "usage": {"type": "duration", "seconds": 9}}, Transcript("Hi", seconds=9.0)),
        (
            {
                "text": "Hi",
                "language": "en",
                "usage": {"prompt_tokens": 4, "completion_tokens": 27, "prompt_audio_seconds": 203},
            },
            Transcript("Hi", Usage(input=4, output=27), "en", 203.0),
        ),
        (
            {"text": "Hi", "task": "transcribe", "language": "english", "duration": 3.5, "usage": None},
            Transcript("Hi", None, "english", 3.5),
        ),
        ({"text": "", "usage": [], "language": 7, "duration": "x"}, Transcript("")),
    ],
)
@pytest.mark.parametrize("provider", ["openai", "groq", "mistral", "openai-compatible"])
async def test_the_words_come_back(hear: Any, answer: Any, transcript: Transcript, provider: str) -> None:
    assert await hear(answer, provider=provider) == transcript


@pytest.mark.parametrize("answer", [{}, [], {"text": None}, {"text": 7}])
async def test_an_answer_without_words(hear: Any, answer: object) -> None:
    with pytest.raises(CallFailed) as caught:
        await hear(answer)
    assert caught.value.failure.kind is FailureKind.BAD_EVENT


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ('{"error":{"message":"Invalid file format.","param":"file"}}', 400, FailureKind.BAD_REQUEST),
        ('{"error":{"message":"Maximum content size limit (26214400) exceeded"}}', 413, FailureKind.CONTEXT),
        ("<html>", 200, FailureKind.BAD_EVENT),
    ],
)
async def test_what_fails(hear: Any, fakes: Any, body: str, status: int, kind: FailureKind) -> None:
    with pytest.raises(CallFailed) as caught:
        await hear(fakes.Script(body, status))
    assert caught.value.failure.kind is kind
