"""How one conversation is answered, as it was set for that conversation: kept as soon as it has begun."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from switchyard.core.chat_options import ChatOptions
from switchyard.core.content import PLAIN, Parameters
from switchyard.core.message import ConversationId
from switchyard.core.value import replace
from switchyard.ui.pages.chat.desk import Desk


class Options:
    """Of a chat that has not begun, they are kept with its first message."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._uid: ConversationId | None = None
        self.value = ChatOptions()

    @property
    def parameters(self) -> Parameters:
        """How replies are to be made."""
        return Parameters(**dict(self.value.parameters)) if self.value.parameters else PLAIN  # type: ignore[arg-type]

    async def load(self, uid: ConversationId) -> None:
        """Read what was set for a conversation."""
        self.value = await self._desk.services.kept.options.read(uid)
        self._uid = uid

    def begin(self, uid: ConversationId) -> None:
        """The conversation has begun: what was set before holds for it."""
        if self._uid is None:
            self._uid = uid
            if self.value != ChatOptions():
                self._keep()

    def set_parameters(self, given: Mapping[str, object]) -> None:
        """Make replies in another way from now on."""
        self.value = replace(self.value, parameters=MappingProxyType(dict(given)))
        self._keep()

    def set_system(self, text: str) -> None:
        """Let this text come before everything; an empty one is none."""
        self.value = replace(self.value, system=text.strip() or None)
        self._keep()

    def set_local_only(self, local_only: bool) -> None:
        """Let nothing of the chat leave this computer from now on, or no longer."""
        self.value = replace(self.value, local_only=local_only)
        self._keep()

    def _keep(self) -> None:
        if self._uid is not None:
            self._desk.scope.start(self._desk.services.kept.options.keep(self._uid, self.value), name="options")
