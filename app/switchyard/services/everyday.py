"""Which model of an account a first chain uses, and which vendor comes first, while nothing was measured yet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from switchyard.core.catalog import Model

# Good general models by provider, the preferred first; a newer one of the same family wins over an older one. Names as
# the providers' own lists wrote them in 2026. What matches nothing is still offered by hand, only not by itself.
_PREFERRED: dict[str, tuple[str, ...]] = {
    "anthropic": (r"claude-sonnet-\d", r"claude-.*sonnet", r"claude-haiku", r"claude"),
    "openai": (r"gpt-5(\.\d+)?$", r"gpt-5(\.\d+)?-mini$", r"gpt-4\.1$", r"gpt-4o$", r"gpt-4o-mini$"),
    # Flash first: the free tier of a key may hold no Pro model.
    "gemini": (r"gemini-\d+(\.\d+)?-flash$", r"gemini-flash-latest$", r"gemini-.*flash", r"gemini"),
    "mistral": (r"mistral-large-latest$", r"mistral-medium-latest$", r"mistral-small-latest$", r"mistral"),
    "deepseek": (r"deepseek-chat$", r"deepseek"),
    "xai": (r"grok-\d+(\.\d+)?(-\d+)?$", r"grok"),
    "groq": (r"openai/gpt-oss-120b$", r"llama-3\.3-70b", r"llama"),
    "openrouter": (r"anthropic/claude-sonnet-\d", r"openai/gpt-5$", r"google/gemini-2\.5-pro$", r"openrouter/auto$"),
    "huggingface": (r"openai/gpt-oss-120b$", r"meta-llama/.*70B", r"Qwen/"),
    "together": (r"openai/gpt-oss-120b$", r"meta-llama/.*70B.*Turbo", r"Qwen/"),
}

# Hosted models before the router of others, then what runs here; an account of an unknown server comes last.
_VENDORS = (
    "anthropic", "openai", "gemini", "mistral", "deepseek", "xai", "openrouter", "groq", "together",
    "huggingface", "azure", "ollama", "openai-compatible",
)  # fmt: skip


def pick_model(provider: str, models: Iterable[Model]) -> str | None:
    """Return the model to begin with; None where the account lists none for chat. Embedding models never are."""
    names = [model.name for model in models if model.chat and model.offered]
    for pattern in _PREFERRED.get(provider, ()):
        matching = [name for name in names if re.match(pattern, name)]
        if matching:
            return max(matching, key=_version)
    return names[0] if names else None


def rank(provider: str) -> int:
    """Return a vendor's place in a first chain."""
    return _VENDORS.index(provider) if provider in _VENDORS else len(_VENDORS)


def _version(name: str) -> tuple[tuple[int, ...], int]:
    """Order names of one family: by the numbers in them, then the shorter (the alias) before the dated."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", name) if len(part) < 6)
    return numbers, -len(name)
