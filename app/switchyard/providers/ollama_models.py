"""What Ollama tells of its models: names, windows and capabilities."""

from __future__ import annotations

import re
from collections.abc import Mapping

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Capability
from switchyard.core.value import value
from switchyard.providers.counts import part_of
from switchyard.providers.lists import positive
from switchyard.providers.presets import chats

OLLAMA = "ollama"  # the provider's id
_EMBEDDING_FAMILY = re.compile(r"bert|embed", re.IGNORECASE)
_LEVELLED = re.compile(r"gpt-?oss", re.IGNORECASE)
_WINDOW = re.compile(r"^num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)
_CAPABILITIES: Mapping[str, Capability] = {
    "vision": Capability.VISION,
    "tools": Capability.TOOLS,
    "thinking": Capability.REASONING,
    "embedding": Capability.EMBEDDING,
    "image": Capability.IMAGE_OUTPUT,
}


@value
class Shown:
    """What `/api/show` tells of a model. `set_window` is the window that its own file asks for.

    `capabilities` are Ollama's own words; None where it does not tell them. `remote`: it runs at the vendor.
    """

    context: int | None = None
    set_window: int | None = None
    capabilities: frozenset[str] | None = None
    family: str = ""
    remote: bool = False

    @property
    def chat(self) -> bool | None:
        """Whether one can chat with it; None where that is not told."""
        return None if self.capabilities is None else "completion" in self.capabilities

    @property
    def thinks(self) -> bool | None:
        """Whether it can be asked to think; None where that is not told."""
        return None if self.capabilities is None else "thinking" in self.capabilities


NOTHING_SHOWN = Shown()


def read_show(value: object) -> Shown:
    """Read the answer of `/api/show`."""
    if not isinstance(value, dict):
        return NOTHING_SHOWN
    contexts = (
        positive(number) for name, number in part_of(value, "model_info").items() if name.endswith(".context_length")
    )
    told, family = value.get("capabilities"), part_of(value, "details").get("family")
    window = _WINDOW.search(str(value.get("parameters") or ""))
    return Shown(
        context=next((number for number in contexts if number is not None), None),
        set_window=int(window[1]) if window else None,
        capabilities=frozenset(map(str, told)) if isinstance(told, list) and told else None,
        family=family if isinstance(family, str) else "",
        remote=bool(value.get("remote_host")),
    )


def bearer(endpoint: Endpoint) -> dict[str, str]:
    """Return the header that shows an account's key; none where there is no key."""
    return {"authorization": f"Bearer {endpoint.key.strip()}"} if endpoint.key else {}


def is_cloud(model: str) -> bool:
    """Whether a model of this name runs at the vendor, though the local server passes it on."""
    return model.endswith(("-cloud", ":cloud"))


def full_name(model: str) -> str:
    """Return a name with its tag."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def takes_levels(model: str, shown: Shown) -> bool:
    """Whether a model is asked to think in levels, and cannot be told not to."""
    return _LEVELLED.search(shown.family or model) is not None


def can_chat(name: str, details: Mapping[str, object], shown: Shown) -> bool:
    """Whether one can chat with a model of the list, by the best that is known."""
    if shown.chat is not None:
        return shown.chat
    families = details.get("families")
    family = " ".join(map(str, families if isinstance(families, list) else [details.get("family") or ""]))
    return chats(name) and _EMBEDDING_FAMILY.search(family) is None


def capabilities_of(shown: Shown, *, cloud: bool) -> dict[Capability, bool]:
    """Return what is known of a model either way: what its server tells, and what the dialect has no words for.

    A model here follows any schema, since its server holds it to it; of one at the vendor that is not known.
    """
    known = {Capability.FILES: False, Capability.WEB_SEARCH: False}
    if shown.capabilities is None:
        return known
    known |= {capability: word in shown.capabilities for word, capability in _CAPABILITIES.items()}
    if shown.chat and not cloud:
        known |= {Capability.JSON: True, Capability.SCHEMA: True}
    return known
