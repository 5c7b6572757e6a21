"""OpenRouter: many vendors behind one key; it names its charge, and its list of models is open to everyone."""

from __future__ import annotations

import re

from switchyard.core.content import Parameter
from switchyard.providers.declaration import (
    EVERY_MODEL,
    Addition,
    Dialect,
    Efforts,
    EffortStyle,
    Files,
    Habits,
    Preset,
    Refusal,
)

_REASONERS = r"openai/(o[1-9]|gpt-[5-9])(?!.*\bchat\b)"

PRESET = Preset(
    "openrouter",
    "OpenRouter",
    Dialect.OPENAI_CHAT,
    "https://openrouter.ai/api/v1",
    own_hosts=("openrouter.ai",),
    key_variable="OPENROUTER_API_KEY",
    key_prefixes=("sk-or-",),
    settings={"api": ("chat", "responses")},
    key_path="/key",
    silent_reasoners=re.compile(_REASONERS),
    habits=Habits(
        reports_cost=True,
        files=Files.FILE,
        takes_back="reasoning_details",
        marks_cache=re.compile(r"~?anthropic/"),
        efforts=(Efforts(EVERY_MODEL, ("none", "minimal", "low", "medium", "high", "xhigh"), EffortStyle.OBJECT),),
        refusals=(
            Refusal(
                re.compile(r"openai/(o[1-9]|gpt-5(?![.\d])(?!-chat))"),
                frozenset({Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.STOP}),
            ),
        ),
        web_search=(Addition(EVERY_MODEL, {"plugins": [{"id": "web"}]}),),
    ),
)
