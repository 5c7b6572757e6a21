"""Deletes for good what is in the bin, once the person has said so: this cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.changes import Changes
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.list_words import quoted
from switchyard.ui.pages.chat.parts import Parts
from switchyard.ui.widgets.dialog import Dialog
from switchyard.ui.widgets.labels import Paragraph


class Emptying(QObject):
    """Asks, acts, and forgets what could be undone of the chats that are gone."""

    def __init__(self, desk: Desk, parts: Parts, changes: Changes) -> None:
        super().__init__(parts.page)
        self._desk = desk
        self._parts = parts
        self._changes = changes
        parts.list.wishes.erasure_wanted.connect(self._on_wanted)

    def _on_wanted(self, uids: Sequence[ConversationId]) -> None:
        binned = self._parts.model.contents.binned
        chats = [each for each in binned if not uids or each.uid in set(uids)]
        if chats:
            self._desk.scope.start(self._erase(chats, everything=not uids), name="erase", group="erase")

    async def _erase(self, chats: Sequence[Conversation], *, everything: bool) -> None:
        title, act = self._words(chats, everything=everything)
        if not await self._ask(title, act, len(chats)):
            return
        uids = [each.uid for each in chats]
        self._changes.forget(uids)
        await self._desk.services.library.bin.erase(uids)
        await self._desk.services.kept.unsent.load()  # what waited in them is gone as well
        words = self.tr("Deleted “{title}” for good") if len(chats) == 1 else self.tr("Deleted {count} chats for good")
        self._desk.actions.toast(words.format(title=quoted(chats[0].title), count=len(chats)), id="erased")

    async def _ask(self, title: str, act: str, count: int) -> bool:
        dialog = Dialog(self._desk.theme, self._parts.page, title)
        one = self.tr(
            "Its messages and files leave this computer, and it cannot come back. What it cost stays counted."
        )
        many = self.tr(
            "Their messages and files leave this computer, and they cannot come back. What they cost stays counted."
        )
        dialog.body.addWidget(Paragraph(self._desk.theme, one if count == 1 else many, "ui", "text.secondary"))
        dialog.add_button(self.tr("Cancel"), accepts=False, first=True)
        dialog.add_button(act, "delete", accepts=True)
        return await dialog.ask()

    def _words(self, chats: Sequence[Conversation], *, everything: bool) -> tuple[str, str]:
        """Return what is asked, and what the button says."""
        if everything:
            title = (
                self.tr("Empty the bin, with one chat in it?")
                if len(chats) == 1
                else self.tr("Empty the bin, with {count} chats in it?").format(count=len(chats))
            )
            return title, self.tr("Empty bin")
        if len(chats) == 1:
            title = self.tr("Delete “{title}” for good?").format(title=quoted(chats[0].title))
        else:
            title = self.tr("Delete {count} chats for good?").format(count=len(chats))
        return title, self.tr("Delete for good")
