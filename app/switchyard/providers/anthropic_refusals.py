"""Finds out what a refusal of Anthropic's says is not taken: its sentences name it, and no field does."""

from __future__ import annotations

import re

from switchyard.core.content import Parameter
from switchyard.core.failures import Failure
from switchyard.providers.anthropic_request import ADAPTIVE, BUDGET, CACHE, JSON_SCHEMA, NO_THINKING, SUMMARIES
from switchyard.providers.counts import part_of, parts_of

# The first that was sent and is named is left out; of two that stand in the same place, the upper one.
_NAMED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (CACHE, r"\S*cache_control"),
        (SUMMARIES, r"(thinking\.\w+\.)?display\b"),
        (BUDGET, r"thinking\.(type\.)?enabled|budget_tokens|(extended )?thinking"),
        (ADAPTIVE, r"thinking\.(type\.)?adaptive|(adaptive )?thinking"),
        (NO_THINKING, r"thinking\.(type\.)?disabled|(disabl\w+ )?thinking"),
        (Parameter.EFFORT.value, r"output_config\.effort|output_config(?!\.)|\beffort\b"),
        (JSON_SCHEMA, r"output_config\.format|output_config(?!\.)|structured output|output_format|schema"),
        (Parameter.WEB_SEARCH.value, r"tools\.\d+\.web_search|web_?\s?search"),
        (Parameter.TOOLS.value, r"\btool use\b|\btools\b(?!\.\d)"),
        (Parameter.TOP_P.value, r"`?temperature`? and `?top_p`? cannot both|`?top_p\b"),
        (Parameter.TEMPERATURE.value, r"`?temperature\b"),
        (Parameter.STOP.value, r"stop_sequences"),
    )
)
_NOT_TAKEN = re.compile(
    r"not (currently )?(supported|permitted|allowed|available|enabled)|unsupported|does(n't| not) (support|accept|take)"
    r"|extra inputs|unexpected|unknown|deprecated|cannot both|may only be set|input tag .* does not match",
    re.IGNORECASE,
)
_THINKING = {"adaptive": ADAPTIVE, "enabled": BUDGET, "disabled": NO_THINKING}


def find_refused(failure: Failure, body: dict[str, object]) -> str | None:
    """Return the name of the optional thing in `body` that a refusal says is not taken at all; else None."""
    if not _NOT_TAKEN.search(failure.message):
        return None
    sent = _sent(body)
    places = [
        (found.start(), order, name)
        for order, (name, words) in enumerate(_NAMED)
        if name in sent and (found := words.search(failure.message)) is not None
    ]
    return min(places)[2] if places else None


def _sent(body: dict[str, object]) -> set[str]:
    thinking, config = part_of(body, "thinking"), part_of(body, "output_config")
    sent: set[str] = {name for name in (Parameter.TEMPERATURE, Parameter.TOP_P) if name in body}
    sent.update(_THINKING[kind] for kind in [thinking.get("type")] if isinstance(kind, str) and kind in _THINKING)
    if "display" in thinking:
        sent.add(SUMMARIES)
    if "stop_sequences" in body:
        sent.add(Parameter.STOP.value)
    if "effort" in config:
        sent.add(Parameter.EFFORT.value)
    if "format" in config:
        sent.add(JSON_SCHEMA)
    sent.update(
        Parameter.TOOLS.value if "input_schema" in tool else Parameter.WEB_SEARCH.value
        for tool in parts_of(body, "tools")
    )
    if any("cache_control" in block for turn in parts_of(body, "messages") for block in parts_of(turn, "content")):
        sent.add(CACHE)
    return sent
