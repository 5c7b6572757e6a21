"""Together: its list of models is a bare array, and usage comes unasked."""

from __future__ import annotations

import re

from switchyard.providers.declaration import Dialect, Efforts, EffortStyle, Habits, Preset

PRESET = Preset(
    "together",
    "Together",
    Dialect.OPENAI_CHAT,
    "https://api.together.xyz/v1",
    own_hosts=("api.together.xyz", "api.together.ai"),
    key_variable="TOGETHER_API_KEY",
    key_prefixes=("tgp_",),
    habits=Habits(
        asks_usage=False,
        efforts=(
            Efforts(re.compile(r"openai/gpt-oss"), ("low", "medium", "high")),
            Efforts(re.compile(r"deepseek-ai/|moonshotai/|zai-org/|Qwen/"), ("none", "high"), EffortStyle.TOGGLE),
        ),
    ),
)
