"""The conversation list kept in order, and searched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent
from tests.shots.rig import Rig

from switchyard.core.filing import Change, Filing, FolderId, Place
from switchyard.core.message import Conversation
from switchyard.ui.pages.chat.arrangement import Shown, View
from switchyard.ui.pages.chat.conversation_list import ConversationList
from switchyard.ui.pages.page import PageName


def _list(rig: Rig) -> ConversationList:
    return rig.window.workbench.page.list  # type: ignore[union-attr, no-any-return]


def _index(rig: Rig, chat: Conversation) -> QModelIndex:
    return _list(rig).view.model().index_of(chat.uid)  # type: ignore[attr-defined, no-any-return]


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


async def see_bin(rig: Rig) -> None:
    """Some chats were deleted."""
    await keep_in_order(rig)
    binned = await rig.services.library.bin.list()
    if not binned:
        await rig.services.library.change([each.uid for each in (await _chats(rig))[-4:]], Change(deleted=True))
        await rig.settle()
    _list(rig).wishes.viewed.emit(View(Shown.BIN))
    await rig.settle()


async def choose_in_bin(rig: Rig) -> None:
    """Two of them are chosen."""
    await see_bin(rig)
    for each in (await rig.services.library.bin.list())[:2]:
        _list(rig).view.selectionModel().select(_index(rig, each), QItemSelectionModel.SelectionFlag.Select)
    await rig.settle()


async def ask_to_empty(rig: Rig) -> None:
    """The person is asked before the bin is emptied."""
    _list(rig).bin.empty.click()
    await rig.settle()


async def put_back(rig: Rig) -> None:
    """Nothing was deleted after all."""
    binned = await rig.services.library.bin.list()
    await rig.services.library.change([each.uid for each in binned], Change(deleted=False))
    await see_all(rig)


async def drag(rig: Rig) -> None:
    """A chat is held over the pinned ones."""
    view, chats = _list(rig).view, await _chats(rig)
    pinned = [each for each in chats if each.filing.pinned_ms is not None]
    loose = next(each for each in chats if each.filing == Filing())
    data = view.model().mimeData([_index(rig, loose)])
    place = view.visualRect(_index(rig, pinned[0])).center() + QPoint(0, 6)
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    view.dragMoveEvent(QDragMoveEvent(place, *how))
    await rig.settle()


async def drop_nothing(rig: Rig) -> None:
    """Nothing is dragged any longer."""
    _list(rig).view.dragLeaveEvent(QDragLeaveEvent())
    await rig.settle()


async def search_workspace(rig: Rig) -> None:
    """A word is looked for while a workspace is listed; some chats are in another, one of them in the archive."""
    await see_workspace(rig)
    library, chats = rig.services.library, await _chats(rig)
    home = await library.add_workspace("Home")
    moved = [each.uid for each in chats if each.title in ("Dearer than the chain allows", "How a token bucket fills")]
    await library.change(moved, Change(place=Place(home.uid)))
    await library.change(moved[1:], Change(archived=True))
    _list(rig).search.field.edit.setText("token")
    await rig.until(lambda: _list(rig).search.model.rowCount())
    await rig.settle()


async def leave_workspace(rig: Rig) -> None:
    """All chats are listed again, out of the archive."""
    _list(rig).search.leave()
    chats, library = await _chats(rig), rig.services.library
    await library.change([each.uid for each in chats if each.filing.archived_ms], Change(archived=False))
    await library.remove((await library.shelves()).workspaces[-1].uid)
    await see_all(rig)


async def scroll_far(rig: Rig) -> None:
    """The middle of a list of ten thousand."""
    view = _list(rig).view
    while view.model().canFetchMore(QModelIndex()):
        view.model().fetchMore(QModelIndex())
    await rig.settle()
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
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
