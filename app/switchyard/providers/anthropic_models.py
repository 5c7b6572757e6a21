"""What models of Anthropic take: as their list tells it, or else as the generation in their names does."""

from __future__ import annotations

import re

from switchyard.core.content import Capability, Effort
from switchyard.core.value import replace, value
from switchyard.providers.counts import part_of

Generation = tuple[int, int]

_NAMED = re.compile(r"claude-(?:[a-z]+-)*(\d+)(?:[-.](\d{1,2}))?(?!\d)")
_NEWEST: Generation = (99, 0)

# From which generation on, by the vendor's pages on thinking, effort, structured outputs and migration.
_BUDGETS_SINCE, _BUDGETS_UNTIL = (3, 7), (4, 6)
_ADAPTIVE_SINCE = (4, 6)
_UNASKED_SINCE = (5, 0)  # thinks where nothing is said of it
_SCHEMAS_SINCE = (4, 1)
_ONE_SAMPLING_SINCE = (4, 1)  # temperature or top-p, not both
_NO_SAMPLING_SINCE = (4, 7)
_ALWAYS_THINK = re.compile(r"fable|mythos")

_STEPS = {"low": 1, "medium": 2, "high": 3, "xhigh": 4, "max": 5}
_WANTED = {
    Effort.NONE: 0,
    Effort.MINIMAL: 1,
    Effort.LOW: 1,
    Effort.MEDIUM: 2,
    Effort.HIGH: 3,
    Effort.MAX: 5,
}

_CAPABILITIES = {
    "image_input": Capability.VISION,
    "pdf_input": Capability.FILES,
    "structured_outputs": Capability.SCHEMA,
    "thinking": Capability.REASONING,
}


@value
class Traits:
    """How a model is spoken to.

    `adaptive`: it decides by itself how much to think; `budgets`: it is told how many tokens it may think. `efforts`
    are its words for effort. `thinks_unasked`: it thinks where nothing is said of it, `thinks_always` also where it is
    told not to. `samplings`: how many of temperature and top-p it takes in one request.
    """

    adaptive: bool = False
    budgets: bool = False
    efforts: tuple[str, ...] = ()
    schemas: bool = False
    thinks_unasked: bool = False
    thinks_always: bool = False
    samplings: int = 2

    def word_for(self, effort: Effort) -> str | None:
        """Return the model's nearest word for an effort; None where it has none."""
        if not self.efforts:
            return None
        return min(self.efforts, key=lambda word: abs(_STEPS[word] - _WANTED[effort]))


def traits_of(model: str) -> Traits:
    """Return what a model's name tells. Models of other makers, behind relays, know what all clients once sent."""
    generation = _generation_of(model)
    if generation is None:
        return Traits(budgets=True)
    always = _ALWAYS_THINK.search(model) is not None
    return Traits(
        adaptive=generation >= _ADAPTIVE_SINCE,
        budgets=_BUDGETS_SINCE <= generation <= _BUDGETS_UNTIL,
        efforts=_efforts_of(model, generation),
        schemas=generation >= _SCHEMAS_SINCE,
        thinks_unasked=always or generation >= _UNASKED_SINCE,
        thinks_always=always,
        samplings=0 if generation >= _NO_SAMPLING_SINCE else 1 if generation >= _ONE_SAMPLING_SINCE else 2,
    )


def listed_traits(model: str, entry: dict[str, object]) -> Traits:
    """Return what the list of models tells of one, and its name of the rest."""
    traits = traits_of(model)
    told = part_of(entry, "capabilities")
    ways, effort = part_of(part_of(told, "thinking"), "types"), part_of(told, "effort")
    adaptive, budgets, schemas = _told(ways, "adaptive"), _told(ways, "enabled"), _told(told, "structured_outputs")
    return replace(
        traits,
        adaptive=traits.adaptive if adaptive is None else adaptive,
        budgets=traits.budgets if budgets is None else budgets,
        schemas=traits.schemas if schemas is None else schemas,
        efforts=tuple(word for word in _STEPS if _told(effort, word)) if effort else traits.efforts,
    )


def listed_capabilities(entry: dict[str, object]) -> dict[Capability, bool]:
    """Return what the list of models says that one can take, either way."""
    told = part_of(entry, "capabilities")
    found = ((capability, _told(told, name)) for name, capability in _CAPABILITIES.items())
    return {capability: known for capability, known in found if known is not None}


def _told(holder: dict[str, object], name: str) -> bool | None:
    supported = part_of(holder, name).get("supported")
    return supported if isinstance(supported, bool) else None


def _generation_of(model: str) -> Generation | None:
    """Return the generation that a name tells; the newest for a name without, None for another maker's."""
    found = _NAMED.search(model)
    if found is not None:
        return int(found[1]), int(found[2] or 0)
    return _NEWEST if "claude" in model else None


def _efforts_of(model: str, generation: Generation) -> tuple[str, ...]:
    if generation >= _NO_SAMPLING_SINCE:
        return ("low", "medium", "high", "xhigh", "max")
    if generation >= _ADAPTIVE_SINCE:
        return ("low", "medium", "high", "max")
    return ("low", "medium", "high") if generation == (4, 5) and "opus" in model else ()
