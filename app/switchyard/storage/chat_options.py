"""The options of single conversations, beside them in their rows."""

from __future__ import annotations

import json
from typing import NamedTuple

from switchyard.core.chat_options import PLAIN_OPTIONS, ChatOptions
from switchyard.core.filing import Workspace, WorkspaceId
from switchyard.core.message import ConversationId, MessageId
from switchyard.core.parameters_dict import read_parameters, write_parameters
from switchyard.storage.database import Database
from switchyard.storage.statements import update

_SQL = (
    "SELECT c.system, c.local_only, c.parameters, w.uid, w.name, m.uid FROM conversation c"
    " LEFT JOIN workspace w ON w.id = c.workspace AND w.deleted_ms IS NULL"
    " LEFT JOIN message m ON m.id = c.head AND c.deleted_ms IS NULL WHERE c.uid = ?"
)


class Setting(NamedTuple):
    """Where a conversation stands: how it is answered, its workspace, and its last message that is shown.

    `last` is None where there is none, and where the conversation is in the bin or gone.
    """

    options: ChatOptions = PLAIN_OPTIONS
    workspace: Workspace | None = None
    last: MessageId | None = None


class ChatOptionsStore:
    """Keeps how conversations are answered; undoing a change is keeping what was read before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, conversation: ConversationId) -> ChatOptions:
        """Return the options of a conversation; those of a new one where there is none."""
        return (await self.read_with_workspace(conversation))[0]

    async def read_with_workspace(self, conversation: ConversationId) -> tuple[ChatOptions, Workspace | None]:
        """Return the options of a conversation, and the workspace that it is in."""
        return (await self.read_setting(conversation))[:2]

    async def read_setting(self, conversation: ConversationId) -> Setting:
        """Return all that a message needs to know of its conversation but for what was said in it."""
        row = await self._database.read(lambda connection: connection.execute(_SQL, (conversation,)).fetchone())
        if row is None:
            return Setting()
        system, local_only, given, uid, name, last = row
        parameters = read_parameters({"set": json.loads(given)}, ()) if given else {}
        workspace = Workspace(WorkspaceId(uid), name) if uid is not None else None
        return Setting(ChatOptions(system, bool(local_only), parameters), workspace, last and MessageId(last))

    async def keep(self, conversation: ConversationId, options: ChatOptions) -> None:
        """Keep the options of a conversation."""
        row = option_columns(options)
        await self._database.write(lambda connection: update(connection, "conversation", row, "uid = ?", conversation))


def option_columns(options: ChatOptions) -> dict[str, object]:
    """Return the columns of a conversation that hold its options."""
    given = write_parameters(options.parameters)
    return {
        "system": options.system or None,
        "local_only": int(options.local_only),
        "parameters": json.dumps(given, ensure_ascii=False) if given else None,
    }
