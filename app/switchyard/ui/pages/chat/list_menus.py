"""The menus of the conversation list: of its rows, of its folders, and of what is listed at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from switchyard.core.filing import Change, Folder, Place
from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.arrangement import Contents, Shown, View
from switchyard.ui.pages.chat.list_wishes import ListWishes
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.menu import Menu

Reopen = Callable[[Menu], None]


class ListMenus(QObject):
    """Makes menus; whoever asks opens them. A row that leads on opens the next menu by `reopen`, in the same place."""

    def __init__(self, theme: Theme, contents: Contents, wishes: ListWishes, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._contents = contents
        self._wishes = wishes
        self._widget = parent

    def of_chats(
        self,
        chats: Sequence[Conversation],
        open_: Callable[[], object],
        rename: Callable[[], object],
        delete: Callable[[], object],
        reopen: Reopen,
    ) -> Menu:
        """Return what can be done with one chat, or with several at once."""
        menu = Menu(self._theme, self._widget)
        uids = [each.uid for each in chats]
        if self._contents.shows_bin:
            menu.add(self.tr("Put back"), lambda: self._file(uids, Change(deleted=False)), icon="undo")
            menu.addSeparator()
            menu.add(
                self.tr("Delete for good…"),
                lambda: self._wishes.erasure_wanted.emit(uids),
                icon="trash",
                shortcut="Del",
                danger=True,
            )
            return menu
        if len(chats) == 1:
            menu.add(self.tr("Open"), open_, icon="chat", shortcut="Enter")
            menu.add(self.tr("Rename"), rename, icon="edit", shortcut="F2")
        pinned = all(each.filing.pinned_ms is not None for each in chats)
        words = self.tr("Unpin") if pinned else self.tr("Pin")
        menu.add(words, lambda: self._file(uids, Change(pinned=not pinned)), icon="pin", shortcut="Ctrl+D")
        if pinned and len(chats) == 1:
            self._add_moves(menu, chats[0])
        menu.add(self.tr("Move to…"), lambda: reopen(self.of_places(chats)), icon="folder")
        menu.add(self.tr("Tags…"), lambda: reopen(self.of_tags(chats)), icon="tag")
        archived = all(each.filing.archived_ms is not None for each in chats)
        words = self.tr("Take out of the archive") if archived else self.tr("Archive")
        menu.add(words, lambda: self._file(uids, Change(archived=not archived)), icon="archive")
        menu.addSeparator()
        menu.add(self.tr("Delete"), delete, icon="trash", shortcut="Del", danger=True)
        return menu

    def of_places(self, chats: Sequence[Conversation]) -> Menu:
        """Return the folders and workspaces that chats can be moved to."""
        menu = Menu(self._theme, self._widget)
        uids = [each.uid for each in chats]
        places = {each.filing.place for each in chats}
        for folder in self._folders():
            place = Place(folder.workspace, folder.uid)
            self._add_place(menu, folder.name, uids, Change(place=place), icon="folder", there=places == {place})
        if any(place.folder is not None for place in places):
            self._add_place(menu, self.tr("No folder"), uids, Change(loose=True))
        menu.add(self.tr("New folder…"), lambda: self._wishes.folder_wanted.emit(uids), icon="plus")
        menu.addSeparator()
        for workspace in self._contents.shelves.workspaces:
            place = Place(workspace.uid)
            words = self.tr("Workspace {name}").format(name=workspace.name)
            there = {each.workspace for each in places} == {workspace.uid}
            self._add_place(menu, words, uids, Change(place=place), there=there)
        if any(place.workspace is not None for place in places):
            self._add_place(menu, self.tr("No workspace"), uids, Change(place=Place()))
        menu.add(self.tr("New workspace…"), lambda: self._wishes.workspace_wanted.emit(uids), icon="plus")
        return menu

    def of_tags(self, chats: Sequence[Conversation]) -> Menu:
        """Return the tags that chats can bear; one that all of them bear is taken away by choosing it."""
        menu = Menu(self._theme, self._widget)
        uids = [each.uid for each in chats]
        for name in self._contents.shelves.tags:
            borne = all(name in each.filing.tags for each in chats)
            change = Change(untag=name) if borne else Change(tag=name)
            self._add_place(menu, name, uids, change, icon="tag", there=borne, again=True)
        menu.add(self.tr("New tag…"), lambda: self._wishes.tag_wanted.emit(uids), icon="plus")
        return menu

    def of_folder(self, folder: Folder, rename: Callable[[], object]) -> Menu:
        """Return what can be done with a folder."""
        menu, wishes = Menu(self._theme, self._widget), self._wishes
        words = self.tr("Unfold") if folder.folded else self.tr("Fold")
        menu.add(words, lambda: wishes.folder_folded.emit(folder.uid, not folder.folded), shortcut="Enter")
        menu.add(self.tr("Rename"), rename, icon="edit", shortcut="F2")
        menu.add(self.tr("Move up"), lambda: wishes.folder_moved.emit(folder.uid, -1), icon="chevron-up")
        menu.add(self.tr("Move down"), lambda: wishes.folder_moved.emit(folder.uid, 1), icon="chevron-down")
        menu.addSeparator()
        menu.add(
            self.tr("Remove the folder"),
            lambda: wishes.removed.emit(folder.uid),
            icon="trash",
            shortcut="Del",
            danger=True,
        )
        return menu

    def of_views(self) -> Menu:
        """Return what can be listed: all chats, those of a workspace or a tag, the archive, the bin."""
        menu, contents = Menu(self._theme, self._widget), self._contents
        self._add_view(menu, self.tr("All chats"), View(), "chat")
        for workspace in contents.shelves.workspaces:
            self._add_view(menu, workspace.name, View(Shown.WORKSPACE, workspace.uid), "list")
        if contents.shelves.tags:
            menu.addSeparator()
        for tag in contents.shelves.tags:
            self._add_view(menu, tag, View(Shown.TAG, tag), "tag")
        menu.addSeparator()
        self._add_view(menu, self.tr("Archive"), View(Shown.ARCHIVE), "archive")
        self._add_view(menu, self.tr("Bin"), View(Shown.BIN), "trash")
        menu.addSeparator()
        menu.add(self.tr("New folder…"), lambda: self._wishes.folder_wanted.emit([]), icon="plus")
        menu.add(self.tr("New workspace…"), lambda: self._wishes.workspace_wanted.emit([]), icon="plus")
        if contents.view.shown is Shown.WORKSPACE:
            self._add_own(menu, contents.view.of)
        return menu

    def title(self) -> str:
        """Return what is listed, in words."""
        view = self._contents.view
        match view.shown:
            case Shown.WORKSPACE:
                return self._contents.shelves.name(view.of)
            case Shown.TAG:
                return view.of
            case Shown.ARCHIVE:
                return self.tr("Archive")
            case Shown.BIN:
                return self.tr("Bin")
            case _:
                return self.tr("Chats")

    def _folders(self) -> Sequence[Folder]:
        view = self._contents.view
        every = self._contents.shelves.folders
        return [each for each in every if view.shown is not Shown.WORKSPACE or each.workspace == view.of]

    def _add_own(self, menu: Menu, uid: str) -> None:
        menu.addSeparator()
        menu.add(self.tr("Rename this workspace…"), lambda: self._wishes.renaming_wanted.emit(uid), icon="edit")
        menu.add(self.tr("Remove this workspace"), lambda: self._wishes.removed.emit(uid), icon="trash", danger=True)

    def _add_moves(self, menu: Menu, chat: Conversation) -> None:
        for words, icon, by in ((self.tr("Move up"), "chevron-up", -1), (self.tr("Move down"), "chevron-down", 1)):
            change = self._contents.move_pin(chat.uid, by)
            row = menu.add(words, partial(self._file, [chat.uid], change or Change()), icon=icon)
            row.setEnabled(change is not None)

    def _add_view(self, menu: Menu, words: str, view: View, icon: str) -> None:
        icon = "check" if view == self._contents.view else icon
        menu.add(words, lambda: self._wishes.viewed.emit(view), icon=icon)

    def _add_place(
        self,
        menu: Menu,
        words: str,
        uids: Sequence[ConversationId],
        change: Change,
        *,
        icon: str = "",
        there: bool = False,
        again: bool = False,
    ) -> None:
        """Add a row that changes something; one that says how it is already does nothing, unless `again`."""
        row = menu.add(words, lambda: self._file(uids, change), icon="check" if there else icon)
        row.setEnabled(again or not there)

    def _file(self, uids: Sequence[ConversationId], change: Change) -> None:
        self._wishes.filed.emit(uids, change)
