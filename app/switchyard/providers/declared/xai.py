"""xAI: reasoning is counted beside the output; its web search is in Responses alone."""

from __future__ import annotations

import re

from switchyard.core.content import Parameter
from switchyard.providers.declaration import Dialect, Efforts, Habits, Preset, Refusal

PRESET = Preset(
    "xai",
    "xAI",
    Dialect.OPENAI_CHAT,
    "https://api.x.ai/v1",
    own_hosts=("api.x.ai",),
    key_variable="XAI_API_KEY",
    key_prefixes=("xai-",),
    settings={"api": ("chat", "responses")},
    silent_reasoners=re.compile(r"grok-4(?!.*non-reasoning)"),
    prefers_responses=True,
    habits=Habits(
        reports_cost=True,
        reasoning_beside_output=True,
        limit="max_completion_tokens",
        efforts=(
            Efforts(re.compile(r"grok-3-mini"), ("low", "high")),
            Efforts(re.compile(r"grok-4\.[3-9](?!\d)(?!.*non-reasoning)"), ("none", "low", "medium", "high")),
        ),
        refusals=(Refusal(re.compile(r"grok-(4(?!.*non-reasoning)|3-mini|code)"), frozenset({Parameter.STOP})),),
    ),
)
