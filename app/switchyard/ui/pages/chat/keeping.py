"""Does what a person wants with the conversations of the list, and keeps the list in step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import QObject

from switchyard.core.budget import Scope
from switchyard.core.filing import Change, FolderId, Place, Unseen, WorkspaceId
from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.arrangement import Shown, View
from switchyard.ui.pages.chat.changes import Changes, Step
from switchyard.ui.pages.chat.conversation_model import Live
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.list_words import quoted
from switchyard.ui.pages.chat.name_dialog import NameDialog
from switchyard.ui.pages.chat.parts import Parts
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.shelf import Shelf
from switchyard.ui.words import translate

_UNSEEN = {Live.UNREAD: Unseen.REPLY, Live.FAILED: Unseen.FAILED}


class Keeping(QObject):
    """`show` shows another conversation, or with None a new one; `open_` does so as if the person had asked for it."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        parts: Parts,
        show: Callable[[ConversationId | None], Awaitable[None]],
        open_: Callable[[str], None],
    ) -> None:
        super().__init__(parts.page)
        self._desk = desk
        self._sessions = sessions
        self._parts = parts
        self._show = show
        self._open = open_
        self._library = desk.services.library
        self.shelf = Shelf(parts.model, desk.services.conversations, self._library, desk.scope, self)
        self.changes = Changes(self._library, desk.scope, desk.actions, self)
        wishes = parts.list.wishes
        wishes.filed.connect(self.file)
        wishes.folder_wanted.connect(lambda uids: self._start(self._add_folder(uids)))
        wishes.tag_wanted.connect(lambda uids: self._start(self._add_tag(uids)))
        wishes.workspace_wanted.connect(lambda uids: self._start(self._add_workspace(uids)))
        wishes.folder_folded.connect(self._fold)
        wishes.folder_moved.connect(self._move_folder)
        wishes.renaming_wanted.connect(lambda uid: self._start(self._rename_workspace(WorkspaceId(uid))))
        wishes.removed.connect(lambda uid: self._start(self._remove(uid)))
        wishes.viewed.connect(lambda view: self._start(self._view(view)))
        parts.model.folder_renamed.connect(lambda uid, name: self._start(self._library.rename(FolderId(uid), name)))
        sessions.live_changed.connect(self._on_live_changed)
        sessions.shown_changed.connect(self._show_folder)
        self.shelf.refreshed.connect(self._show_folder)
        sessions.sent.connect(self._on_sent)

    def rename(self, uid: ConversationId, title: str) -> None:
        """Give a conversation another title."""
        self._start(self._desk.services.conversations.rename(uid, title))

    def delete(self, uid: str) -> None:
        """Delete a conversation; the shown one makes room for a new chat."""
        self.file([ConversationId(uid)], Change(deleted=True))

    def pin(self) -> None:
        """Pin the chats that are chosen in the list, where the focus is there, else the shown one; or unpin them."""
        chats = self._parts.list.view.chosen() if self._parts.list.view.hasFocus() else ()
        shown = self._parts.model.find(self._sessions.shown.uid)
        chats = chats or ([shown] if shown is not None else [])
        pinned = all(each.filing.pinned_ms is not None for each in chats)
        if chats:
            self.file([each.uid for each in chats], Change(pinned=not pinned))

    def go(self, by: int) -> None:
        """Open the conversation that stands so many rows below the shown one."""
        beside = self._parts.model.beside(self._sessions.shown.uid, by)
        if beside is not None:
            self._open(beside.uid)

    def file(self, uids: Sequence[ConversationId], change: Change) -> None:
        """Do the same with some conversations, as one step that can be undone."""
        contents = self._parts.model.contents
        wanted = set(uids)
        chats = [each for each in (*contents.conversations, *contents.binned) if each.uid in wanted]
        if not chats:
            return
        done, undone = _words(chats, change)
        step = Step(uids, change, done, undone)
        if change.deleted:
            self._make_room(step)
        self.changes.do(step)

    # --- inside ---

    def _start(self, work: Awaitable[object]) -> None:
        async def act() -> None:
            await work

        self._desk.scope.start(act(), name="keeping")

    def _make_room(self, step: Step) -> None:
        """Let a deletion of the shown chat show a new one, and its undoing show it again."""
        was_shown: list[ConversationId] = []

        def leave() -> None:
            was_shown[:] = [uid for uid in step.uids if uid == self._sessions.shown.uid]
            for uid in step.uids:
                self._sessions.leave(uid)

        async def make_room() -> None:
            if self._sessions.shown.uid in was_shown:  # the person may be elsewhere by now
                await self._show(None)

        step.first, step.then = leave, make_room
        step.back = lambda: [self._open(uid) for uid in was_shown]

    async def _view(self, view: View) -> None:
        if view.shown is Shown.BIN:
            await self.shelf.open_bin()
        self._parts.model.set_view(view)
        self._parts.list.view.scrollToTop()
        self.shelf.refreshed.emit()

    async def _add_folder(self, uids: Sequence[ConversationId]) -> None:
        name = await self._ask(self.tr("New folder"), self.tr("Create folder"))
        if name:
            view = self._parts.model.contents.view
            workspace = WorkspaceId(view.of) if view.shown is Shown.WORKSPACE else None
            folder = await self._library.add_folder(name, workspace)
            self.file(uids, Change(place=Place(folder.workspace, folder.uid)))

    async def _add_workspace(self, uids: Sequence[ConversationId]) -> None:
        name = await self._ask(self.tr("New workspace"), self.tr("Create workspace"))
        if name:
            workspace = await self._library.add_workspace(name)
            self.file(uids, Change(place=Place(workspace.uid)))
            if not uids:
                self._parts.model.set_shelves(await self._library.shelves())
                await self._view(View(Shown.WORKSPACE, workspace.uid))

    async def _add_tag(self, uids: Sequence[ConversationId]) -> None:
        name = await self._ask(self.tr("New tag"), self.tr("Add tag"))
        if name:
            self.file(uids, Change(tag=name))

    async def _rename_workspace(self, uid: WorkspaceId) -> None:
        before = self._parts.model.contents.shelves.name(uid)
        name = await self._ask(self.tr("Rename the workspace"), self.tr("Rename"), before)
        if name and name != before:
            await self._library.rename(uid, name)

    async def _ask(self, title: str, act: str, name: str = "") -> str:
        return await NameDialog(self._desk.theme, self._parts.page, title, act, name).name()

    async def _remove(self, uid: str) -> None:
        name = self._parts.model.contents.shelves.name(uid)
        budgets = [view.budget for view in await self._desk.services.ledger.spent_view()]
        limited = any((budget.scope, budget.target) == (Scope.WORKSPACE, uid) for budget in budgets)
        await self._library.remove(FolderId(uid))
        words = self.tr("Removed “{name}”. Its chats are kept.")
        if limited:
            words = self.tr("Removed “{name}”. Its chats are kept, its budget no longer holds.")
        self._desk.actions.toast(
            words.format(name=name),
            id=f"removed {uid}",
            action_text=self.tr("Undo"),
            on_action=lambda: self._start(self._library.bring_back(FolderId(uid))),
        )

    def _fold(self, uid: str, folded: bool) -> None:
        self._start(self._library.fold(FolderId(uid), folded))

    def _move_folder(self, uid: str, by: int) -> None:
        uids = [each.uid for each in self._parts.model.contents.shelves.folders]
        at = uids.index(FolderId(uid))
        if 0 <= at + by < len(uids):
            uids.insert(at + by, uids.pop(at))
            self._start(self._library.order_folders(uids))

    def _show_folder(self) -> None:
        shown = self._parts.model.find(self._sessions.shown.uid)
        place = shown.filing.place if shown is not None else Place()
        self._parts.column.header.set_folder(self._parts.model.contents.shelves.name(place.folder or ""))

    def _on_live_changed(self) -> None:
        """Keep what came unseen over a restart, until it was seen."""
        conversations, shown = self._desk.services.conversations, self._sessions.shown.uid
        for uid, live in self._sessions.live().items():
            row = self._parts.model.find(uid)
            unseen = _UNSEEN.get(live)
            if row is not None and unseen is not None and row.unseen is not unseen:
                self._start(conversations.note_unseen(uid, unseen))
        row = self._parts.model.find(shown)
        if row is not None and row.unseen is not None:
            self._start(conversations.note_unseen(row.uid, None))

    def _on_sent(self, session: object, written_in: ConversationId | None) -> None:
        """A chat that begins while a tag is listed bears it. One that begins in a workspace is there by itself."""
        view = self._parts.model.contents.view
        uid = self._sessions.shown.uid
        if written_in is not None or session is not self._sessions.shown or uid is None:
            return
        if view.shown is Shown.TAG:
            self._start(self._library.change([uid], Change(tag=view.of)))


def _words(chats: Sequence[Conversation], change: Change) -> tuple[str, str]:
    """Return what is said once a change is done, and once it is undone; "" where the list shows it well enough."""
    one = quoted(chats[0].title)
    count = len(chats)

    def said(single: str, several: str) -> str:
        return single.format(title=one) if count == 1 else several.format(count=count)

    back = said(translate("Keeping", "“{title}” is back."), translate("Keeping", "{count} chats are back."))
    if change.deleted:
        return said(translate("Keeping", "Deleted “{title}”"), translate("Keeping", "Deleted {count} chats")), back
    if change.deleted is False:
        return back, ""
    if change.archived:
        done = said(translate("Keeping", "Archived “{title}”"), translate("Keeping", "Archived {count} chats"))
        return done, back
    if change.archived is False:
        return back, ""
    if change.place is not None or change.loose:
        return said(translate("Keeping", "Moved “{title}”"), translate("Keeping", "Moved {count} chats")), ""
    return "", ""
