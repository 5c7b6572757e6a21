"""Where a person keeps their conversations: workspaces, folders, tags, pins, the archive and the bin."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from switchyard.core.value import value

if TYPE_CHECKING:
    from switchyard.core.message import ConversationId  # whose module stands on this one

WorkspaceId = NewType("WorkspaceId", str)
FolderId = NewType("FolderId", str)


class Unseen(StrEnum):
    """What came into a conversation while another was looked at."""

    REPLY = "reply"
    FAILED = "failed"


@value
class Workspace:
    """A part of the person's life whose conversations stand apart, such as work."""

    uid: WorkspaceId
    name: str


@value
class Folder:
    """Conversations that belong together, in a workspace or in none. `folded`: they are not listed now."""

    uid: FolderId
    name: str
    workspace: WorkspaceId | None = None
    folded: bool = False


@value
class Shelves:
    """All that conversations can be kept in; `tags` are those that one of them bears."""

    workspaces: tuple[Workspace, ...] = ()
    folders: tuple[Folder, ...] = ()
    tags: tuple[str, ...] = ()

    def folder(self, uid: FolderId | None) -> Folder | None:
        """Return a folder; None where it is gone."""
        return next((each for each in self.folders if each.uid == uid), None)

    def name(self, uid: str) -> str:
        """Return what a workspace or a folder is called; "" where it is gone."""
        names: dict[str, str] = {each.uid: each.name for each in self.workspaces}
        names |= {each.uid: each.name for each in self.folders}
        return names.get(uid, "")


@value
class Place:
    """A folder, or the workspace outside of its folders; neither is outside of all."""

    workspace: WorkspaceId | None = None
    folder: FolderId | None = None


@value
class Filing:
    """Where one conversation is kept."""

    place: Place = Place()
    tags: tuple[str, ...] = ()
    pinned_ms: int | None = None
    archived_ms: int | None = None
    deleted_ms: int | None = None


@value
class Change:
    """What is done with conversations; None leaves things as they are. `loose`: out of its folder, in its workspace.

    `pins` are pinned conversations in their new order, those of the change among them.
    """

    deleted: bool | None = None
    archived: bool | None = None
    pinned: bool | None = None
    place: Place | None = None
    loose: bool = False
    tag: str | None = None
    untag: str | None = None
    pins: tuple[ConversationId, ...] = ()
