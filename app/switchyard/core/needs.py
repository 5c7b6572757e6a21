"""What a message needs of a model, so that what a model cannot take is known before it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from switchyard.core.condition import Need
from switchyard.core.content import Attachment, Capability, Effort, Parameter, Parameters
from switchyard.core.message import ChatMessage
from switchyard.core.route import SkipReason
from switchyard.core.usage import estimate_tokens

IMAGE_TOKENS = 1100  # a picture of 1024 pixels costs 765 tokens at OpenAI, about 1,400 at Anthropic
LONG_TOKENS = 32_000  # a chat that many models of the recent past could not read
FILES = "files"  # in `refuses`: documents are sent as their text

# Without these a model cannot do what is asked; without the others it can, if less well.
_NEEDED: Mapping[Capability, SkipReason] = {
    Capability.VISION: SkipReason.NO_VISION,
    Capability.FILES: SkipReason.NO_FILES,
    Capability.TOOLS: SkipReason.NO_TOOLS,
    Capability.SCHEMA: SkipReason.NO_SCHEMA,
    Capability.JSON: SkipReason.NO_SCHEMA,
}
_CONDITIONS: Mapping[Capability, Need] = {
    Capability.VISION: Need.VISION,
    Capability.FILES: Need.FILES,
    Capability.TOOLS: Need.TOOLS,
    Capability.SCHEMA: Need.JSON,
    Capability.JSON: Need.JSON,
}
_WITHOUT: Mapping[Capability, str] = {
    Capability.FILES: FILES,
    Capability.REASONING: Parameter.EFFORT.value,
    Capability.WEB_SEARCH: Parameter.WEB_SEARCH.value,
}


class Demand(NamedTuple):
    """What a message asks of whoever answers it, reckoned up once: a long chat takes its time.

    `tokens` are an estimate of the messages, `beside` one of what goes with them.
    """

    parameters: Parameters
    needs: frozenset[Capability]
    tokens: int
    attached: bool
    beside: int = 0

    @property
    def prompt_tokens(self) -> int:
        """An estimate of the whole prompt."""
        return self.tokens + self.beside


class Weight(NamedTuple):
    """What one message adds to a demand: it stays the same while the message does."""

    tokens: int
    needs: frozenset[Capability] = frozenset()
    attached: bool = False


def weigh(message: ChatMessage) -> Weight:
    """Return what a message adds to what is asked of a model. A document whose text is known can be read by any."""
    tokens = estimate_message(message)
    if not message.attachments:
        return Weight(tokens)
    needs = (_need_of(attachment) for attachment in message.attachments)
    return Weight(tokens, frozenset(need for need in needs if need is not None), attached=True)


def demand_of(messages: Iterable[ChatMessage], parameters: Parameters, system: str | None = None) -> Demand:
    """Return what messages ask of a model, with the system text and the tools that go with them."""
    return demand_from(map(weigh, messages), parameters, system)


def demand_from(weights: Iterable[Weight], parameters: Parameters, system: str | None = None) -> Demand:
    """Return what messages ask of a model whose weights are known."""
    tokens, attached, needs = 0, False, _needs_of(parameters)
    for weight in weights:
        tokens += weight.tokens
        if weight.attached:
            attached = True
            needs |= weight.needs
    tools = (estimate_tokens(f"{tool.name} {tool.description} {tool.parameters}") for tool in parameters.tools)
    beside = sum(tools) + (estimate_tokens(system) if system else 0)
    return Demand(parameters, frozenset(needs), tokens, attached, beside)


def _needs_of(parameters: Parameters) -> set[Capability]:
    needs = {Capability.TOOLS} if parameters.tools else set()
    if parameters.schema is not None:
        needs.add(Capability.SCHEMA if parameters.schema else Capability.JSON)
    return needs


def _need_of(attachment: Attachment) -> Capability | None:
    if attachment.is_image:
        return Capability.VISION
    return Capability.FILES if attachment.text is None else None


def conditions_of(needs: Iterable[Capability], parameters: Parameters, tokens: int) -> frozenset[Need]:
    """Return what a chain's conditions may know of a message's needs."""
    found = {_CONDITIONS[need] for need in needs if need in _CONDITIONS}
    if parameters.effort not in (None, Effort.NONE):
        found.add(Need.REASONING)
    if tokens > LONG_TOKENS:
        found.add(Need.LONG)
    return frozenset(found)


def lacking(needs: Iterable[Capability], capabilities: Mapping[Capability, bool]) -> SkipReason | None:
    """Return why a model cannot be asked; what is not known of it is no reason."""
    return next((_NEEDED[need] for need in sorted(needs) if capabilities.get(need) is False), None)


def unable(capabilities: Mapping[Capability, bool]) -> frozenset[str]:
    """Return what is left out, or sent in another form, for a model that is known not to be able to take it."""
    return frozenset(name for capability, name in _WITHOUT.items() if capabilities.get(capability) is False)


def estimate_message(message: ChatMessage) -> int:
    """Guess the tokens of a message, its attachments and calls included."""
    parts = [message.text, *(call.arguments for call in message.calls), *(result.text for result in message.results)]
    tokens = 4 + sum(map(estimate_tokens, parts))
    for attachment in message.attachments:
        tokens += estimate_tokens(attachment.text) if attachment.text is not None else IMAGE_TOKENS
    return tokens
