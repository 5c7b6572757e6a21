"""What an entry of a list of models says of a model, in the words of each list: what it can do, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from switchyard.core.catalog import Quality
from switchyard.core.content import Capability
from switchyard.core.usage import MILLION, NANOS, Price, Tier
from switchyard.providers.counts import count_of, part_of, parts_of

Entry = dict[str, object]

_C = Capability
HIGHEST_SCORE = 100
_MOST_DOLLARS = 10**6  # for a million tokens, or for a search: no model costs as much

# What lists name, and what it stands for: modalities, parameters, and words of the two kinds of capabilities.
_INPUTS = {"image": _C.VISION, "file": _C.FILES, "audio": _C.AUDIO}
_OUTPUTS = {"image": _C.IMAGE_OUTPUT, "embeddings": _C.EMBEDDING}
_PARAMETERS = {
    "tools": _C.TOOLS,
    "structured_outputs": _C.SCHEMA,
    "response_format": _C.JSON,
    "reasoning": _C.REASONING,
}
_FLAGS = {
    "vision": _C.VISION,
    "function_calling": _C.TOOLS,
    "audio": _C.AUDIO,
    "reasoning": _C.REASONING,
    "audio_transcription": _C.TRANSCRIPTION,
}
_WORDS = {
    "vision": _C.VISION,
    "multimodal": _C.VISION,
    "tools": _C.TOOLS,
    "tool_use": _C.TOOLS,
    "thinking": _C.REASONING,
    "reasoning": _C.REASONING,
    "embedding": _C.EMBEDDING,
    "embeddings": _C.EMBEDDING,
}
_HOST_FLAGS = {"supports_tools": _C.TOOLS, "supports_structured_output": _C.SCHEMA}
_KINDS = {
    "vlm": _C.VISION,
    "embedding": _C.EMBEDDING,
    "embeddings": _C.EMBEDDING,
    "transcribe": _C.TRANSCRIPTION,
}


def capabilities_of(entry: Entry) -> dict[Capability, bool]:
    """Return what an entry says either way; of what it does not speak nothing is known."""
    found: dict[Capability, bool] = {}
    architecture = entry.get("architecture")
    shape = architecture if isinstance(architecture, dict) else entry
    for member, words in (("input_modalities", _INPUTS), ("output_modalities", _OUTPUTS)):
        found |= _listed(shape.get(member), words)
    found |= _listed(entry.get("supported_parameters"), _PARAMETERS)
    told = entry.get("capabilities")
    if isinstance(told, dict):
        found |= {_FLAGS[name]: value for name, value in told.items() if name in _FLAGS and isinstance(value, bool)}
    elif isinstance(told, list):  # names what there is, and of the rest not that there is none
        found |= {_WORDS[name]: True for name in told if isinstance(name, str) and name in _WORDS}
    for name, capability in _HOST_FLAGS.items():
        answers = [host[name] for host in _hosts(entry) if isinstance(host.get(name), bool)]
        if answers:
            found[capability] = any(answers)
    kind = entry.get("type")
    if isinstance(kind, str) and kind in _KINDS:
        found[_KINDS[kind]] = True
    return found


def _listed(value: object, words: Mapping[str, Capability]) -> dict[Capability, bool]:
    """Read a complete list of names: what is not in it is not there."""
    if not isinstance(value, list):
        return {}
    return {capability: name in value for name, capability in words.items()}


def _hosts(entry: Entry) -> Iterator[Entry]:
    """Yield those who serve a model of a router and are up."""
    for host in parts_of(entry, "providers"):
        if host.get("status") in (None, "live"):
            yield host


def host_windows(entry: Entry) -> Iterator[object]:
    """Yield the windows that a router's hosts offer."""
    for host in _hosts(entry):
        yield host.get("context_length")


def price_of(entry: Entry) -> Price | None:
    """Return what a model costs by its own list: dollars for a token, or for a million where they are so named."""
    pricing = entry.get("pricing")
    if not isinstance(pricing, dict):
        return None
    if "prompt" in pricing:
        return _price(pricing, MILLION, ("prompt", "completion"))
    return _price(pricing, 1, ("input", "output"))


def _price(pricing: Entry, tokens: int, names: tuple[str, str]) -> Price | None:
    inwards, outwards = (_nanos(pricing.get(name), tokens) for name in names)
    if inwards is None or outwards is None:
        return None
    return Price(
        inwards,
        outwards,
        cached_input_nanos=_nanos(pricing.get("input_cache_read", pricing.get("cached_input")), tokens),
        cache_write_5m_nanos=_nanos(pricing.get("input_cache_write"), tokens),
        cache_write_1h_nanos=_nanos(pricing.get("input_cache_write_1h"), tokens),
        audio_input_nanos=_nanos(pricing.get("audio"), tokens),
        search_nanos=_nanos(pricing.get("web_search"), 1),
        tiers=tuple(sorted(_tiers(pricing, tokens, names), key=lambda tier: tier.above)),
    )


def _tiers(pricing: Entry, tokens: int, names: tuple[str, str]) -> Iterator[Tier]:
    """Yield what large prompts cost: each override begins with the least prompt that it is for."""
    for override in parts_of(pricing, "overrides"):
        least = count_of(override.get("min_prompt_tokens"))
        price = _price({**pricing, **override, "overrides": None}, tokens, names)
        if least and price is not None:
            yield Tier(least - 1, price)


def quality_of(entry: Entry) -> Quality | None:
    """Return the score that a list passes on, with the name of those who give it."""
    score = part_of(part_of(entry, "benchmarks"), "artificial_analysis").get("intelligence_index")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= HIGHEST_SCORE:
        return None
    return Quality(float(score), "Artificial Analysis Intelligence Index")


def _nanos(value: object, tokens: int) -> int | None:
    """Return nano-dollars for a million tokens; a price below nothing stands for one that depends."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        dollars = Decimal(str(value))
    except InvalidOperation:
        return None
    if not dollars.is_finite() or not 0 <= dollars * tokens <= _MOST_DOLLARS:
        return None
    return int((dollars * tokens * NANOS).to_integral_value(ROUND_HALF_EVEN))
