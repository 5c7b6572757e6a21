"""What is known of each provider before it is called: names, addresses, keys and habits, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """The languages that providers speak."""

    OPENAI_CHAT = "openai-chat"
    ANTHROPIC = "anthropic"
    OLLAMA = "ollama"
    SIMULATOR = "simulator"


class KeyNeed(StrEnum):
    """Whether a provider wants a key."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider id.

    `own_hosts` are the hosts to which the usual key variable's key may go. The last five fields are habits of the
    OpenAI dialect: whether streams have to be asked for their usage, whether reasoning is counted beside the output
    instead of inside it, whether the answer names its charge, which models reason without streaming anything, and
    where a key is asked about if the list of models is open to everyone.
    """

    id: str
    name: str
    dialect: Dialect
    base_url: str
    own_hosts: tuple[str, ...] = ()
    key_need: KeyNeed = KeyNeed.REQUIRED
    key_variable: str | None = None
    key_prefixes: tuple[str, ...] = ()
    asks_usage: bool = True
    reasoning_beside_output: bool = False
    reports_cost: bool = False
    silent_reasoners: re.Pattern[str] | None = None
    key_path: str | None = None


_OPENAI_SILENT = r"(o[1-9]|gpt-5)(?!.*\bchat\b)"

PRESETS: dict[str, Preset] = {
    preset.id: preset
    for preset in (
        Preset(
            "openai",
            "OpenAI",
            Dialect.OPENAI_CHAT,
            "https://api.openai.com/v1",
            own_hosts=("api.openai.com",),
            key_variable="OPENAI_API_KEY",
            key_prefixes=("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"),
            silent_reasoners=re.compile(_OPENAI_SILENT),
        ),
        Preset(
            "anthropic",
            "Anthropic",
            Dialect.ANTHROPIC,
            "https://api.anthropic.com/v1",
            own_hosts=("api.anthropic.com",),
            key_variable="ANTHROPIC_API_KEY",
            key_prefixes=("sk-ant-",),
        ),
        Preset(
            "openrouter",
            "OpenRouter",
            Dialect.OPENAI_CHAT,
            "https://openrouter.ai/api/v1",
            own_hosts=("openrouter.ai",),
            key_variable="OPENROUTER_API_KEY",
            key_prefixes=("sk-or-",),
            reports_cost=True,
            silent_reasoners=re.compile("openai/" + _OPENAI_SILENT),
            key_path="/key",
        ),
        Preset(
            "groq",
            "Groq",
            Dialect.OPENAI_CHAT,
            "https://api.groq.com/openai/v1",
            own_hosts=("api.groq.com",),
            key_variable="GROQ_API_KEY",
            key_prefixes=("gsk_",),
        ),
        Preset(
            "xai",
            "xAI",
            Dialect.OPENAI_CHAT,
            "https://api.x.ai/v1",
            own_hosts=("api.x.ai",),
            key_variable="XAI_API_KEY",
            key_prefixes=("xai-",),
            reasoning_beside_output=True,
            silent_reasoners=re.compile(r"grok-4(?!.*non-reasoning)"),
        ),
        Preset(
            "deepseek",
            "DeepSeek",
            Dialect.OPENAI_CHAT,
            "https://api.deepseek.com/v1",
            own_hosts=("api.deepseek.com",),
            key_variable="DEEPSEEK_API_KEY",
        ),
        Preset(
            "mistral",
            "Mistral",
            Dialect.OPENAI_CHAT,
            "https://api.mistral.ai/v1",
            own_hosts=("api.mistral.ai",),
            key_variable="MISTRAL_API_KEY",
            asks_usage=False,  # usage always comes, and members it does not know are refused with 422
        ),
        Preset(
            "together",
            "Together",
            Dialect.OPENAI_CHAT,
            "https://api.together.xyz/v1",
            own_hosts=("api.together.xyz", "api.together.ai"),
            key_variable="TOGETHER_API_KEY",
            key_prefixes=("tgp_",),
            asks_usage=False,  # usage comes unasked
        ),
        Preset(
            "openai-compatible",
            "OpenAI-compatible server",
            Dialect.OPENAI_CHAT,
            "http://127.0.0.1:8080/v1",
            key_need=KeyNeed.OPTIONAL,
        ),
        Preset(
            "ollama",
            "Ollama",
            Dialect.OLLAMA,
            "http://127.0.0.1:11434",
            own_hosts=("ollama.com",),
            key_need=KeyNeed.OPTIONAL,
            key_variable="OLLAMA_API_KEY",
        ),
        Preset("simulator", "Simulator", Dialect.SIMULATOR, "", key_need=KeyNeed.NONE),
    )
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that people run themselves and reach as `openai-compatible`: what it is called, where it listens."""

    id: str
    name: str
    base_url: str


SERVERS: tuple[Server, ...] = (
    Server("llama-cpp", "llama.cpp", "http://127.0.0.1:8080/v1"),
    Server("lm-studio", "LM Studio", "http://127.0.0.1:1234/v1"),
    Server("vllm", "vLLM", "http://127.0.0.1:8000/v1"),
    Server("litellm", "LiteLLM proxy", "http://127.0.0.1:4000/v1"),
)

# Prefixes of keys that belong to somebody who is not there yet, by the name to tell.
_ABSENT_PREFIXES: dict[str, str] = {"AIza": "Gemini", "hf_": "Hugging Face"}

# The owners of keys that begin with a plain `sk-`: only the person knows which.
_PLAIN_PREFIX = "sk-"
_PLAIN_OWNERS = ("openai", "deepseek", "openai-compatible")


@dataclass(frozen=True, slots=True)
class KeyGuess:
    """Whose a key may be: provider ids (one is certain, of several the person says), or the name of one not there."""

    providers: tuple[str, ...] = ()
    absent: str | None = None


def recognise_key(text: str) -> KeyGuess:
    """Tell by its prefix whose key this is."""
    key = text.strip()
    for prefix, name in _ABSENT_PREFIXES.items():
        if key.startswith(prefix):
            return KeyGuess(absent=name)
    for preset in PRESETS.values():
        if key.startswith(preset.key_prefixes or ("\0",)):
            return KeyGuess((preset.id,))
    return KeyGuess(_PLAIN_OWNERS) if key.startswith(_PLAIN_PREFIX) else KeyGuess()


def reasons_silently(provider: str, model: str) -> bool:
    """Whether a model thinks without streaming anything, so that silence is no failure."""
    preset = PRESETS.get(provider)
    pattern = preset.silent_reasoners if preset is not None else None
    return pattern is not None and pattern.match(model) is not None


# Models of the lists that do not chat, by name and by the kind that some lists tell.
_NO_CHAT_NAME = re.compile(
    r"embed|^bge-|/bge-|^e5-|/e5-|whisper|(^|[-_/])tts([-_]|$)|dall-e|moderation|rerank|transcri|(^|[-_/])ocr([-_]|$)"
    r"|gpt-image|(^|[-_/])image-|stable-diffusion|(^|/)flux|sora|realtime|davinci-002|babbage-002|-instruct-0914"
    r"|guard|nomic-|all-minilm|imagine|orpheus|playai",
    re.IGNORECASE,
)
CHAT_KINDS = frozenset({"chat", "llm", "vlm", "language", "base", "model", "completion", "fine-tuned"})


def chats(model: str) -> bool:
    """Whether a model of this name is one to chat with, where its list says no more."""
    return _NO_CHAT_NAME.search(model) is None
