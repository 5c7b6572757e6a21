"""The rows of the conversation list as values: what is pinned, what is in folders, and the rest by its day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from switchyard.core.filing import Change, Folder, Place, Shelves, Workspace
from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.words import translate


class Shown(Enum):
    """Which conversations are listed."""

    ALL = "all"
    WORKSPACE = "workspace"
    TAG = "tag"
    ARCHIVE = "archive"
    BIN = "bin"


@dataclass(frozen=True, slots=True)
class View:
    """What is listed, and of which workspace or tag."""

    shown: Shown = Shown.ALL
    of: str = ""

    @property
    def in_order(self) -> bool:
        """Whether pins and folders have their own place in it."""
        return self.shown in {Shown.ALL, Shown.WORKSPACE}


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder's heading, and how many conversations are in it."""

    folder: Folder
    count: int


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the conversations below it."""

    title: str
    pinned: bool = False


Row = Heading | FolderRow | Conversation


class Contents:
    """Everything that can be listed, and what of it is."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.binned: list[Conversation] = []
        self.shelves = Shelves()
        self.view = View()

    @property
    def shows_bin(self) -> bool:
        """Whether what was deleted is listed."""
        return self.view.shown is Shown.BIN

    def put(self, newest: Sequence[Conversation]) -> None:
        """Take in the beginning of the conversations as it is now; what is not in it stays where it is."""
        known = {conversation.uid for conversation in newest}
        rest = [each for each in self.conversations if each.uid not in known]
        self.conversations = sorted([*newest, *rest], key=lambda each: each.updated_ms, reverse=True)

    def set_shelves(self, shelves: Shelves) -> None:
        """Take in which workspaces, folders and tags there are; what is listed may be gone with one."""
        self.shelves = shelves
        there = {each.uid for each in shelves.workspaces} if self.view.shown is Shown.WORKSPACE else shelves.tags
        if self.view.of and self.view.of not in there:
            self.view = View()

    def rows(self, group: Callable[[int], str]) -> Iterator[Row]:
        """Return the rows from the top, made only as far as they are taken; `group` names the day of a moment."""
        source = self.binned if self.shows_bin else self.conversations
        return arranged(source, self.shelves, self.view, group)

    def workspace_of(self, conversation: Conversation | None) -> Workspace | None:
        """Return the workspace that a conversation is in; of one that has not begun, the one that is listed."""
        uid = conversation.filing.place.workspace if conversation is not None else self.view.of
        return next((each for each in self.shelves.workspaces if each.uid == uid), None)

    def folder_of(self, conversation: Conversation) -> Folder | None:
        """Return the folder under whose heading a conversation is listed; None where it is not."""
        filing = conversation.filing
        if not self.view.in_order or filing.pinned_ms is not None:
            return None
        return self.shelves.folder(filing.place.folder)

    def drop_on(self, row: Row | None, uids: Sequence[ConversationId], *, below: bool) -> Change | None:
        """Return what becomes of conversations that are dropped on a row, on its lower half where `below`.

        None where they cannot be. Among the pinned ones they get a place; elsewhere they are pinned no longer.
        """
        if not self.view.in_order:
            return None
        if is_pin(row):
            above = row.uid if isinstance(row, Conversation) else None
            return Change(pinned=True, pins=self._pins_with(uids, above, below=below))
        folder = row.folder if isinstance(row, FolderRow) else None
        if isinstance(row, Conversation):
            folder = self.folder_of(row)
        if folder is None:
            return Change(loose=True, pinned=False)
        return Change(place=Place(folder.workspace, folder.uid), pinned=False)

    def move_pin(self, uid: ConversationId, by: int) -> Change | None:
        """Return what moves a pinned conversation up or down among the others; None where it stands at the end."""
        pins = [each.uid for each in pinned(listed(self.conversations, self.view))]
        at = pins.index(uid) + by
        if not 0 <= at < len(pins):
            return None
        pins.remove(uid)
        pins.insert(at, uid)
        return Change(pins=tuple(pins))

    def _pins_with(
        self, uids: Sequence[ConversationId], at: ConversationId | None, *, below: bool
    ) -> tuple[ConversationId, ...]:
        """Return the pinned ones with these put beside another, or before all."""
        every = [each.uid for each in pinned(listed(self.conversations, self.view))]
        place = every.index(at) + below if at is not None else 0
        before, after = ([uid for uid in part if uid not in uids] for part in (every[:place], every[place:]))
        return (*before, *uids, *after)


def listed(conversations: Sequence[Conversation], view: View) -> Sequence[Conversation]:
    """Return the conversations of a view, in the order in which they came."""
    match view.shown:
        case Shown.BIN:
            return conversations
        case Shown.ARCHIVE:
            return [each for each in conversations if each.filing.archived_ms is not None]
        case Shown.TAG:
            return [each for each in conversations if view.of in each.filing.tags]
        case Shown.WORKSPACE:
            return [
                each
                for each in conversations
                if each.filing.archived_ms is None and each.filing.place.workspace == view.of
            ]
        case _:
            return [each for each in conversations if each.filing.archived_ms is None]


def arranged(
    conversations: Sequence[Conversation], shelves: Shelves, view: View, group: Callable[[int], str]
) -> Iterator[Row]:
    """Return the rows from the top, made only as far as they are taken."""
    rest = listed(conversations, view)
    if view.in_order:
        yield from _pinned(rest)
        rest = [each for each in rest if each.filing.pinned_ms is None]
        folders = [each for each in shelves.folders if view.shown is Shown.ALL or each.workspace == view.of]
        members: dict[str, list[Conversation]] = {folder.uid: [] for folder in folders}
        loose: list[Conversation] = []
        for each in rest:
            members.get(each.filing.place.folder or "", loose).append(each)
        for folder in folders:
            yield FolderRow(folder, len(members[folder.uid]))
            if not folder.folded:
                yield from members[folder.uid]
        rest = loose
    yield from _by_day(rest, group, _deleted_ms if view.shown is Shown.BIN else _updated_ms)


def pinned(conversations: Sequence[Conversation]) -> Sequence[Conversation]:
    """Return the pinned ones of these, in their order."""
    found = [each for each in conversations if each.filing.pinned_ms is not None]
    return sorted(found, key=lambda each: each.filing.pinned_ms or 0)


def is_pin(row: Row | None) -> bool:
    """Whether a row belongs to the pinned ones: their heading does."""
    if isinstance(row, Conversation):
        return row.filing.pinned_ms is not None
    return isinstance(row, Heading) and row.pinned


def _pinned(conversations: Sequence[Conversation]) -> Iterator[Row]:
    pins = pinned(conversations)
    if pins:
        yield Heading(translate("Arrangement", "Pinned"), pinned=True)
        yield from pins


def _updated_ms(conversation: Conversation) -> int:
    return conversation.updated_ms


def _deleted_ms(conversation: Conversation) -> int:
    return conversation.filing.deleted_ms or 0


def _by_day(
    conversations: Sequence[Conversation], group: Callable[[int], str], moment: Callable[[Conversation], int]
) -> Iterator[Row]:
    title = ""
    for each in conversations:
        day = group(moment(each))
        if day != title:
            title = day
            yield Heading(day)
        yield each
