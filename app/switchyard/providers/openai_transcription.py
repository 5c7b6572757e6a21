"""What is said in a recording, in OpenAI's dialect: the file goes out as a form, the words come back as JSON."""

from __future__ import annotations

import secrets

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import Usage, add_known
from switchyard.providers.base import Transcript
from switchyard.providers.client import Clients, Upload
from switchyard.providers.counts import count_of, part_of
from switchyard.providers.declaration import Preset, auth_headers
from switchyard.providers.lists import read_json

PATH = "/audio/transcriptions"

_TYPES = {
    "mp3": "audio/mpeg",
    "mpga": "audio/mpeg",
    "mpeg": "audio/mpeg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "wav": "audio/wav",
    "webm": "audio/webm",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
}


async def transcribe(
    preset: Preset, clients: Clients, endpoint: Endpoint, model: str, audio: bytes, file_name: str
) -> Transcript:
    """Return the words of an audio file, whose type its name tells; raises `CallFailed`."""
    async with clients.request(
        endpoint,
        "POST",
        preset.locate(endpoint, model, PATH),
        headers=auth_headers(preset, endpoint),
        body=write_form({"model": model}, audio, file_name),
    ) as answer:
        value = await read_json(answer, endpoint)
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(text, str):
        raise CallFailed(Failure(FailureKind.BAD_EVENT, "The answer holds no words of the recording."))
    return _transcript(value, text.strip())


def write_form(fields: dict[str, str], audio: bytes, file_name: str) -> Upload:
    """Return a form with a file, as RFC 7578 has it."""
    boundary = secrets.token_hex(16)
    lead = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    quoted = file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    media_type = _TYPES.get(file_name.rpartition(".")[2].lower(), "application/octet-stream")
    head = (
        f'{lead}--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    )
    content = b"".join((head.encode("utf-8", "replace"), audio, f"\r\n--{boundary}--\r\n".encode()))
    return Upload(content, f"multipart/form-data; boundary={boundary}")


def _transcript(value: dict[str, object], text: str) -> Transcript:
    """Return the words with what is told beside them: tokens, or the length of the recording, or nothing."""
    usage, language = part_of(value, "usage"), value.get("language")
    sent = count_of(usage.get("input_tokens", usage.get("prompt_tokens")))
    made = count_of(usage.get("output_tokens", usage.get("completion_tokens")))
    lengths = (usage.get("seconds"), usage.get("prompt_audio_seconds"), value.get("duration"))
    audio = count_of(part_of(usage, "input_token_details").get("audio_tokens"))
    told = add_known((sent, made)) is not None
    return Transcript(
        text,
        Usage(input=sent, output=made, audio=audio) if told else None,
        language if isinstance(language, str) and language else None,
        next((length for length in map(_length, lengths) if length is not None), None),
    )


def _length(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 2**31 else None
