"""What a workspace may cost, as a person meets it in the list of chats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_library import Library
from tests.ui.test_chat_page import chat, eventually, make_chain, play, said

from switchyard.core.budget import Action, Period, Scope
from switchyard.core.filing import Place
from switchyard.core.message import MessageState
from switchyard.ui.pages.chat.arrangement import Shown, View
from switchyard.ui.theme.theme import Theme

QRun = Callable[..., None]


def test_the_first_message_of_a_chat_counts_for_the_workspace_it_is_begun_in(
    qrun: QRun, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", said("An answer"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            work = await rig.services.library.add_workspace("Work")
            await rig.services.ledger.set(Scope.WORKSPACE, "Work", Period.DAY, 0, action=Action.BLOCK)
            shown = Library(rig)
            await eventually(lambda: shown.model.contents.shelves.workspaces)
            shown.list.wishes.viewed.emit(View(Shown.WORKSPACE, work.uid))
            await eventually(lambda: shown.list.title.text() == "Work")
            await rig.ask("in the workspace")
            await rig.settled(MessageState.FAILED)
            assert server.paths() == []
            await eventually(lambda: shown.rows == ["in the workspace"])
            assert shown.model.conversations[0].filing.place == Place(work.uid)
            await shown.views_menu("All chats")
            rig.new()
            await eventually(rig.page.column.question.isVisible)
            await rig.ask("outside")
            await rig.settled()
            assert len(server.paths()) == 1
            assert shown.model.conversations[0].filing.place == Place()

            shown.list.wishes.removed.emit(work.uid)
            told = "Removed “Work”. Its chats are kept, its budget no longer holds."
            await eventually(lambda: rig.wishes.toasts[-1:] == [told])

    qrun(main())
