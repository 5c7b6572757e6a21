"""DeepSeek: thinking has a switch, and is sent back where tools were called."""

from __future__ import annotations

import re

from switchyard.providers.declaration import EVERY_MODEL, Dialect, Efforts, EffortStyle, Habits, Preset

PRESET = Preset(
    "deepseek",
    "DeepSeek",
    Dialect.OPENAI_CHAT,
    "https://api.deepseek.com/v1",
    own_hosts=("api.deepseek.com",),
    key_variable="DEEPSEEK_API_KEY",
    settings={"api": ("chat", "responses")},
    habits=Habits(
        seed=None,
        schemas=False,
        takes_back="reasoning_content",
        only_with_calls=True,
        efforts=(
            Efforts(re.compile(r"deepseek-reasoner"), ()),
            Efforts(EVERY_MODEL, ("none", "low", "high", "max"), EffortStyle.SWITCH),
        ),
    ),
)
