"""What a message holds beside its words, as values: attachments, tool calls and their results, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from switchyard.core.value import field, replace, value


class Capability(StrEnum):
    """What a model can take or give. The words are those of `models --json` and of chains."""

    VISION = "vision"
    FILES = "files"  # PDF as it is; text files are sent as text to any model
    AUDIO = "audio"
    TOOLS = "tools"
    JSON = "json"  # any JSON object
    SCHEMA = "schema"  # JSON that follows a given schema
    REASONING = "reasoning"
    WEB_SEARCH = "web_search"
    IMAGE_OUTPUT = "image_output"
    EMBEDDING = "embedding"
    TRANSCRIPTION = "transcription"


class Parameter(StrEnum):
    """What may be set for a reply. A deployment that is known not to take one is sent none, and the person is told."""

    TEMPERATURE = "temperature"
    TOP_P = "top_p"
    MAX_OUTPUT = "max_output"
    STOP = "stop"
    SEED = "seed"
    EFFORT = "effort"
    SCHEMA = "schema"
    TOOLS = "tools"
    WEB_SEARCH = "web_search"


class Effort(StrEnum):
    """How much a model that reasons is to reason; every provider is asked in its own way."""

    NONE = "none"
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    MAX = "max"


@value
class Attachment:
    """An image or a document that goes with a message. `base64` is its content; `text` what can be read in it."""

    media_type: str
    base64: str = field(repr=False)
    name: str = ""
    text: str | None = field(default=None, repr=False)

    @property
    def is_image(self) -> bool:
        """Whether it is shown, not read."""
        return self.media_type.startswith("image/")

    @property
    def data_url(self) -> str:
        """The content as a `data:` URL."""
        return f"data:{self.media_type};base64,{self.base64}"


@value
class StoredFile:
    """A file of a message as the history knows it: its content lies apart, named by its SHA-256."""

    name: str
    media_type: str
    sha256: str
    size_bytes: int


@value
class Opaque:
    """What a provider wants back unchanged in later turns: signatures, encrypted reasoning, whole blocks.

    `owner` is the dialect that wrote it, which alone reads it; for any other the words are sent. `value` is JSON.
    """

    owner: str
    value: object = field(repr=False)


@value
class Tool:
    """A function that the model may ask to be called. `parameters` is a JSON schema of an object."""

    name: str
    description: str = ""
    parameters: Mapping[str, object] = field(
        default_factory=lambda: MappingProxyType({"type": "object", "properties": {}})
    )


@value
class ToolCall:
    """A call that the model asks for. `arguments` is JSON text as the model wrote it, which may be broken."""

    id: str
    name: str
    arguments: str


@value
class ToolResult:
    """What a call came to; `call` is the id of the call, `name` the tool's."""

    call: str
    name: str
    text: str
    is_error: bool = False


@value
class Citation:
    """A source that the reply names. `text` is what is quoted from it, where the provider says so."""

    url: str
    title: str | None = None
    text: str | None = None


@value
class GeneratedImage:
    """An image that the model made."""

    media_type: str
    base64: str = field(repr=False)


Extra = ToolCall | Citation | GeneratedImage


@value
class Parameters:
    """How a reply is to be made; None is the provider's own default.

    `schema` is a JSON schema that the reply follows (an empty one: any JSON object). `stop` ends the reply where one
    of its texts would come.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_output: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    effort: Effort | None = None
    schema: Mapping[str, object] | None = None
    tools: tuple[Tool, ...] = ()
    web_search: bool = False

    def over(self, *below: Mapping[str, object]) -> Parameters:
        """Return these, and where they set nothing what the mappings below them set; a nearer one wins."""
        given = {parameter.value for parameter in self.given()}
        merged: dict[str, Any] = {}
        for values in reversed(below):
            merged.update({name: value for name, value in values.items() if name not in given})
        return replace(self, **merged) if merged else self

    def given(self) -> frozenset[Parameter]:
        """Return what is set."""
        return frozenset(
            parameter
            for parameter, is_set in (
                (Parameter.TEMPERATURE, self.temperature is not None),
                (Parameter.TOP_P, self.top_p is not None),
                (Parameter.MAX_OUTPUT, self.max_output is not None),
                (Parameter.STOP, bool(self.stop)),
                (Parameter.SEED, self.seed is not None),
                (Parameter.EFFORT, self.effort is not None),
                (Parameter.SCHEMA, self.schema is not None),
                (Parameter.TOOLS, bool(self.tools)),
                (Parameter.WEB_SEARCH, self.web_search),
            )
            if is_set
        )


PLAIN = Parameters()
