"""Mistral: usage always comes, members that it does not know are refused, and so are turns out of order."""

from __future__ import annotations

import re

from switchyard.providers.declaration import Dialect, Efforts, Files, Habits, Preset

PRESET = Preset(
    "mistral",
    "Mistral",
    Dialect.OPENAI_CHAT,
    "https://api.mistral.ai/v1",
    own_hosts=("api.mistral.ai", "api.eu.mistral.ai"),
    regions={"eu": "https://api.eu.mistral.ai/v1"},
    key_variable="MISTRAL_API_KEY",
    hottest=1.5,
    habits=Habits(
        asks_usage=False,
        seed="random_seed",
        files=Files.DOCUMENT_URL,
        strict_turns=True,
        efforts=(
            Efforts(re.compile(r"mistral-small-(latest|26)|mistral-medium-3-5"), ("none", "high")),
            Efforts(re.compile(r"mistral-large-4"), ("low", "medium", "high")),
        ),
    ),
)
