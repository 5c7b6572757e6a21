"""What a declaration of a provider is made of: everything that is known of one before it is called, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from switchyard.core.catalog import HOTTEST, Endpoint
from switchyard.core.content import Parameter
from switchyard.core.value import field, value


class Dialect(StrEnum):
    """The languages that providers speak."""

    OPENAI_CHAT = "openai-chat"
    RESPONSES = "openai-responses"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    OLLAMA = "ollama"
    SIMULATOR = "simulator"


class KeyNeed(StrEnum):
    """Whether a provider wants a key; at home: at its own hosts alone, since it can be run by oneself."""

    REQUIRED = "required"
    AT_HOME = "at_home"
    OPTIONAL = "optional"
    NONE = "none"


class Auth(StrEnum):
    """How a key is shown: as a bearer's, or by the name of its header."""

    BEARER = "bearer"
    API_KEY = "api-key"
    X_API_KEY = "x-api-key"
    X_GOOG_API_KEY = "x-goog-api-key"
    NONE = "none"


class Files(StrEnum):
    """How a document that is no image is sent; otherwise its text is."""

    AS_TEXT = "as_text"
    FILE = "file"  # {"type": "file", "file": {...}}
    DOCUMENT_URL = "document_url"


class EffortStyle(StrEnum):
    """Which member asks for reasoning."""

    WORD = "reasoning_effort"
    OBJECT = "reasoning"  # {"effort": word}
    TOGGLE = "toggle"  # "reasoning": {"enabled": bool}
    SWITCH = "thinking"  # {"type": "enabled" or "disabled"}, and the word beside it


@value
class Efforts:
    """The words for effort that models of these names take, the weakest first; `default` stands for a middle one."""

    models: re.Pattern[str]
    words: tuple[str, ...]
    style: EffortStyle = EffortStyle.WORD


@value
class Refusal:
    """What models of these names are known not to take; `when_reasoning`: only where effort is asked of them."""

    models: re.Pattern[str]
    parameters: frozenset[Parameter]
    when_reasoning: bool = False


@value
class Addition:
    """Members that a request to models of these names has beside the usual ones; lists are added to."""

    models: re.Pattern[str]
    members: Mapping[str, object]


EVERY_MODEL = re.compile("")


@value
class Habits:
    """What a speaker of OpenAI's Chat Completions does in its own way. Other dialects read none of it.

    `names_finish`: every reply says why it ended, so that a stream that only stops was cut off somewhere on the way.
    `asks_usage`: streams have to be asked for their usage. `reasoning_beside_output`: reasoning is counted beside the
    output, not inside it. `reports_cost`: the answer names its charge. `limit` and `seed` are the members' names, None
    where there is none. `schemas`: a JSON schema is taken, not only JSON of any kind. `takes_back` is the member that
    is sent back unchanged, `only_with_calls` where that is so for replies with calls alone. `strict_turns`: a message
    of the user may not follow a tool's, and ids of calls have nine letters and digits. `marks_cache`: models whose
    stable prefix has to be marked. `additions` are always sent, `web_search` where a search is wanted.
    """

    names_finish: bool = True
    asks_usage: bool = True
    reasoning_beside_output: bool = False
    reports_cost: bool = False
    limit: str = "max_tokens"
    seed: str | None = "seed"
    files: Files = Files.AS_TEXT
    schemas: bool = True
    takes_back: str | None = None
    only_with_calls: bool = False
    strict_turns: bool = False
    marks_cache: re.Pattern[str] | None = None
    efforts: tuple[Efforts, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    additions: tuple[Addition, ...] = ()
    web_search: tuple[Addition, ...] = ()


@value
class Form:
    """How a setting without fixed words is written; `like` shows it to a person."""

    pattern: re.Pattern[str]
    like: str


def at_base(endpoint: Endpoint, model: str, operation: str) -> str:
    """Return the path of an operation right behind the base address, as nearly all have it."""
    return operation


def lists_always(endpoint: Endpoint) -> bool:
    """Whether the list of models holds what can be called, as nearly all do."""
    return True


@value
class Preset:
    """One provider.

    `own_hosts` are the hosts to which the usual key variable's key may go; one that begins with a dot stands for all
    below it. `root_path` is what an address without a path gets. `settings` are the words of `--set`: their values,
    none where any text will do, or one of the form that `forms` has for it. `key_path` is where a key is asked about if
    the list of models is open to everyone; `silent_reasoners` names models that reason without streaming anything;
    `prefers_responses`: those are called in OpenAI's Responses, where they say what they think. `regions` are the
    addresses at which a region alone answers. `hottest` is the highest temperature that it takes. `locate` finds the
    path of an operation for a model; `lists` tells whether an account's list of models holds what can be called.
    """

    id: str
    name: str
    dialect: Dialect
    base_url: str
    own_hosts: tuple[str, ...] = ()
    auth: Auth = Auth.BEARER
    key_need: KeyNeed = KeyNeed.REQUIRED
    key_variable: str | None = None
    key_prefixes: tuple[str, ...] = ()
    root_path: str = "/v1"
    needs_address: bool = False
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    forms: Mapping[str, Form] = field(default_factory=lambda: MappingProxyType({}))
    regions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    models_path: str = "/models"
    key_path: str | None = None
    silent_reasoners: re.Pattern[str] | None = None
    prefers_responses: bool = False
    hottest: float = HOTTEST
    locate: Callable[[Endpoint, str, str], str] = at_base
    lists: Callable[[Endpoint], bool] = lists_always
    habits: Habits = field(default_factory=Habits)


_ENTRA = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")  # a token that an identity service signed: it is a bearer's


def auth_headers(preset: Preset, endpoint: Endpoint) -> dict[str, str]:
    """Return the header that shows an account's key; none where there is no key."""
    key = endpoint.key.strip() if endpoint.key else ""
    if not key or preset.auth is Auth.NONE:
        return {}
    if preset.auth is Auth.BEARER or (preset.auth is Auth.API_KEY and _ENTRA.fullmatch(key)):
        return {"authorization": f"Bearer {key}"}
    return {preset.auth.value: key}
