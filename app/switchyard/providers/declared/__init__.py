"""The providers that come with the program: one short declaration each, and the list of them."""

from __future__ import annotations

from switchyard.providers.declaration import Preset
from switchyard.providers.declared import (
    anthropic,
    azure,
    deepseek,
    gemini,
    groq,
    huggingface,
    mistral,
    ollama,
    openai,
    openai_compatible,
    openrouter,
    simulator,
    together,
    xai,
)

# In the order in which they are offered.
DECLARED: tuple[Preset, ...] = (
    openai.PRESET,
    azure.PRESET,
    anthropic.PRESET,
    gemini.PRESET,
    openrouter.PRESET,
    groq.PRESET,
    xai.PRESET,
    deepseek.PRESET,
    mistral.PRESET,
    together.PRESET,
    huggingface.PRESET,
    openai_compatible.PRESET,
    ollama.PRESET,
    simulator.PRESET,
)
