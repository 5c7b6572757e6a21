"""The conversation list kept in order, and searched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel
from tests.shots.rig import Rig

from switchyard.core.filing import Change, FolderId, Place
from switchyard.core.message import Conversation
from switchyard.ui.pages.chat.arrangement import Shown, View
from switchyard.ui.pages.chat.conversation_list import ConversationList
from switchyard.ui.pages.page import PageName


def _list(rig: Rig) -> ConversationList:
    return rig.window.workbench.page.list  # type: ignore[union-attr, no-any-return]


async def _chats(rig: Rig) -> Sequence[Conversation]:
    return await rig.services.conversations.list()


async def keep_in_order(rig: Rig) -> None:
    """A workspace besides, with a folder of its own, a folder that is folded, and a tag on more of them."""
    await rig.show(PageName.CHAT, "")
    library, chats = rig.services.library, await _chats(rig)
    if not (await library.shelves()).workspaces:
        work = await library.add_workspace("Work")
        releases = await library.add_folder("Releases", work.uid)
        other = await library.add_folder("Übersetzungen und 翻译", None)
        await library.fold(FolderId(other.uid), True)
        await library.change([each.uid for each in chats[2:5]], Change(place=Place(work.uid, releases.uid)))
        await library.change([each.uid for each in chats[5:7]], Change(place=Place(None, other.uid)))
        await library.change([each.uid for each in (chats[1], chats[4], chats[8])], Change(tag="urgent"))
    await rig.settle()


async def choose_several(rig: Rig) -> None:
    """Three rows are chosen at once."""
    await keep_in_order(rig)
    view = _list(rig).view
    for uid in [each.uid for each in await _chats(rig)][8:11]:
        view.selectionModel().select(
            _list(rig).view.model().index_of(uid),  # type: ignore[attr-defined]
            QItemSelectionModel.SelectionFlag.Select,
        )
    await rig.settle()


async def offer_a_row(rig: Rig) -> None:
    """The menu of a row."""
    await keep_in_order(rig)
    view, uid = _list(rig).view, (await _chats(rig))[8].uid
    view.stand_on(_list(rig).view.model().index_of(uid))  # type: ignore[attr-defined]
    view.offer_current()
    await rig.settle()


async def offer_views(rig: Rig) -> None:
    """What can be listed."""
    await keep_in_order(rig)
    _list(rig).title.click()
    await rig.settle()


async def see_workspace(rig: Rig) -> None:
    """One workspace is listed."""
    await keep_in_order(rig)
    work = (await rig.services.library.shelves()).workspaces[0]
    _list(rig).wishes.viewed.emit(View(Shown.WORKSPACE, work.uid))
    await rig.settle()


async def show_list(rig: Rig) -> None:
    """Open the list over the chat where the window is narrow."""
    drawer = rig.window.workbench.page.drawer  # type: ignore[union-attr]
    if drawer.closed:
        drawer.toggle()
    await rig.settle()


async def see_all(rig: Rig) -> None:
    """List everything again."""
    _list(rig).wishes.viewed.emit(View())
    _list(rig).view.choose_none()
    await rig.settle()


async def search(rig: Rig) -> None:
    """A word is looked for."""
    await rig.show(PageName.CHAT, "")
    _list(rig).search.field.edit.setText("token")
    await rig.until(lambda: _list(rig).search.model.rowCount())
    _list(rig).search.view.step(1)
    await rig.settle()


async def search_chinese(rig: Rig) -> None:
    """Part of a Chinese word is looked for."""
    await rig.show(PageName.CHAT, "")
    _list(rig).search.field.edit.setText("说明")
    await rig.until(lambda: _list(rig).search.model.rowCount())
    await rig.settle()


async def open_found(rig: Rig) -> None:
    """What was found is opened where it was said."""
    await search(rig)
    _list(rig).search.view.step(1)
    _list(rig).search.view.step(1)
    _list(rig).search.view.open_current()
    await rig.settle()


async def leave_search(rig: Rig) -> None:
    """Look for nothing any longer."""
    _list(rig).search.leave()
    await rig.settle()
