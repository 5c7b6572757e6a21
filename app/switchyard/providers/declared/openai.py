"""OpenAI: reasons silently in Chat Completions, so models that reason are asked through Responses."""

from __future__ import annotations

import re

from switchyard.core.content import Parameter
from switchyard.providers.declaration import Addition, Dialect, Efforts, Files, Habits, Preset, Refusal

SILENT_REASONERS = r"(o[1-9]|gpt-[5-9])(?!.*\bchat\b)(?!.*search)"
_SAMPLING = frozenset({Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.STOP})

EFFORTS = (
    Efforts(re.compile(r"(o1-mini|o1-preview|gpt-5-chat|gpt-[1-4]|chatgpt|.*search)"), ()),
    Efforts(re.compile(r"o[1-9]"), ("low", "medium", "high")),
    Efforts(re.compile(r"gpt-5-pro"), ("high",)),
    Efforts(re.compile(r"gpt-5\.\d+-pro"), ("medium", "high", "xhigh")),
    Efforts(re.compile(r"gpt-5\.1-codex-max"), ("none", "medium", "high", "xhigh")),
    Efforts(re.compile(r"gpt-5\.1"), ("none", "low", "medium", "high")),
    Efforts(re.compile(r"gpt-(5\.[2-9]|[6-9])"), ("none", "low", "medium", "high", "xhigh")),
    Efforts(re.compile(r"gpt-5"), ("minimal", "low", "medium", "high")),
)

PRESET = Preset(
    "openai",
    "OpenAI",
    Dialect.OPENAI_CHAT,
    "https://api.openai.com/v1",
    own_hosts=("api.openai.com", "us.api.openai.com", "eu.api.openai.com"),
    regions={"us": "https://us.api.openai.com/v1", "eu": "https://eu.api.openai.com/v1"},
    key_variable="OPENAI_API_KEY",
    key_prefixes=("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"),
    settings={"api": ("chat", "responses")},
    silent_reasoners=re.compile(SILENT_REASONERS),
    prefers_responses=True,
    habits=Habits(
        limit="max_completion_tokens",
        files=Files.FILE,
        efforts=EFFORTS,
        refusals=(
            Refusal(re.compile(r"o[1-9]|gpt-5(?![.\d])(?!-chat|-search)"), _SAMPLING),
            Refusal(re.compile(r"gpt-(5\.\d|[6-9])"), _SAMPLING, when_reasoning=True),
            Refusal(re.compile(r".*-search-"), frozenset({Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.SEED})),
        ),
        web_search=(Addition(re.compile(r".*-search-"), {"web_search_options": {}}),),
    ),
)
