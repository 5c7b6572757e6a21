"""How one conversation is answered, as the person set it for that conversation alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from switchyard.core.value import field, value


@value
class ChatOptions:
    """`system` is the text that comes before everything; `local_only`: nothing leaves this computer.

    `parameters` are those that are set, by their names.
    """

    system: str | None = None
    local_only: bool = False
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


PLAIN_OPTIONS = ChatOptions()
