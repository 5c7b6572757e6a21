"""Keeps conversations in order: workspaces, folders, tags, pins, the archive and the bin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from switchyard.core.filing import Change, Filing, Folder, FolderId, Shelves, Workspace, WorkspaceId
from switchyard.core.message import ConversationId
from switchyard.services.bin import Bin
from switchyard.services.conversations import Conversations
from switchyard.services.signal import Signal
from switchyard.storage.shelves import ShelfStore

NAME_LENGTH = 60


class Library:
    """Changes where conversations are kept, many at once, and takes any change back; `bin` holds what was deleted.

    `changed` tells that workspaces, folders or tags are others now; of conversations `Conversations.changed` tells.
    """

    def __init__(self, shelves: ShelfStore, conversations: Conversations, bin: Bin) -> None:
        self._shelves = shelves
        self._conversations = conversations
        self.bin = bin
        self.changed: Signal[None] = Signal()

    async def shelves(self) -> Shelves:
        """Return all that conversations can be kept in."""
        return await self._shelves.read()

    async def add_workspace(self, name: str) -> Workspace:
        """Make a workspace."""
        added = await self._shelves.add_workspace(written(name))
        self.changed.emit(None)
        return added

    async def add_folder(self, name: str, workspace: WorkspaceId | None) -> Folder:
        """Make a folder, in a workspace or outside of all."""
        added = await self._shelves.add_folder(written(name), workspace)
        self.changed.emit(None)
        return added

    async def rename(self, uid: WorkspaceId | FolderId, name: str) -> None:
        """Give a workspace or a folder another name."""
        await self._shelves.rename(uid, written(name))
        self.changed.emit(None)

    async def remove(self, uid: WorkspaceId | FolderId) -> None:
        """Take a workspace or a folder away: what was in it is in none then. `bring_back` undoes it."""
        await self._shelves.set_removed(uid, True)
        self.changed.emit(None)

    async def bring_back(self, uid: WorkspaceId | FolderId) -> None:
        """Bring back a workspace or a folder with what was in it."""
        await self._shelves.set_removed(uid, False)
        self.changed.emit(None)

    async def fold(self, uid: FolderId, folded: bool) -> None:
        """Keep whether a folder's conversations are listed."""
        await self._shelves.fold(uid, folded)
        self.changed.emit(None)

    async def order_folders(self, uids: Sequence[FolderId]) -> None:
        """Put folders into this order."""
        await self._shelves.order_folders(uids)
        self.changed.emit(None)

    async def change(self, uids: Iterable[ConversationId], change: Change) -> Mapping[ConversationId, Filing]:
        """Do the same with conversations; return where each was kept before, for `put_back`."""
        before = await self._shelves.change(uids, change)
        self._tell(before)
        return before

    async def put_back(self, filings: Mapping[ConversationId, Filing]) -> None:
        """Keep each conversation where it was kept before."""
        await self._shelves.put_back(filings)
        self._tell(filings)

    def _tell(self, filings: Mapping[ConversationId, Filing]) -> None:
        self.changed.emit(None)  # a tag may be in use now, or no longer
        for uid in filings:
            self._conversations.changed.emit(uid)


def written(name: str) -> str:
    """Return a name as it is kept: on one line, without what cannot be printed, and not too long."""
    printed = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(printed.split())[:NAME_LENGTH].rstrip()
