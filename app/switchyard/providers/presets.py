"""The providers that there are, by their ids, and what can be told from their names, keys and models."""

from __future__ import annotations

import re

from switchyard.core.value import value
from switchyard.providers.declaration import Dialect, KeyNeed, Preset
from switchyard.providers.declared import DECLARED

__all__ = [
    "CHAT_KINDS",
    "PRESETS",
    "SERVERS",
    "Dialect",
    "KeyGuess",
    "KeyNeed",
    "Preset",
    "Server",
    "chats",
    "preset_named",
    "reasons_silently",
    "recognise_key",
]

# Installed packages add theirs to it when the services open: providers.installed.
PRESETS: dict[str, Preset] = {preset.id: preset for preset in DECLARED}


def preset_named(uid: str) -> Preset:
    """Return the declaration of a provider; a stand-in for one whose package is no longer installed."""
    return PRESETS.get(uid) or Preset(uid, uid, Dialect.OPENAI_CHAT, "")


@value
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

# The owners of keys that begin with a plain `sk-`: only the person knows which.
_PLAIN_PREFIX = "sk-"
_PLAIN_OWNERS = ("openai", "deepseek", "openai-compatible")


@value
class KeyGuess:
    """Whose a key may be: one provider's for certain, one of several that the person has to name, or nobody knows."""

    providers: tuple[str, ...] = ()


def recognise_key(text: str) -> KeyGuess:
    """Tell by its prefix whose key this is."""
    key = text.strip()
    for preset in PRESETS.values():
        if preset.key_prefixes and key.startswith(preset.key_prefixes):
            return KeyGuess((preset.id,))
    return KeyGuess(_PLAIN_OWNERS) if key.startswith(_PLAIN_PREFIX) else KeyGuess()


def reasons_silently(provider: str, model: str) -> bool:
    """Whether a model thinks without streaming anything, so that silence is no failure."""
    pattern = preset_named(provider).silent_reasoners
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
