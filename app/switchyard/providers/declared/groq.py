"""Groq: reasoning is asked for apart from the text, where a model would write both into one."""

from __future__ import annotations

import re

from switchyard.providers.declaration import Addition, Dialect, Efforts, Habits, Preset

PRESET = Preset(
    "groq",
    "Groq",
    Dialect.OPENAI_CHAT,
    "https://api.groq.com/openai/v1",
    own_hosts=("api.groq.com",),
    key_variable="GROQ_API_KEY",
    key_prefixes=("gsk_",),
    habits=Habits(
        limit="max_completion_tokens",
        efforts=(
            Efforts(re.compile(r"openai/gpt-oss"), ("low", "medium", "high")),
            Efforts(re.compile(r"qwen/qwen3"), ("none", "default")),
        ),
        additions=(Addition(re.compile(r"qwen/qwen3|qwen-qwq|deepseek-r1"), {"reasoning_format": "parsed"}),),
        web_search=(
            Addition(re.compile(r"openai/gpt-oss"), {"tools": [{"type": "browser_search"}]}),
            Addition(re.compile(r"(groq/)?compound"), {}),
        ),
    ),
)
