"""What was spent today stands below the list, from the real ledger, and follows every turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import chat, eventually, make_chain, play, said

from switchyard.core.budget import Period, Scope, Verdict
from switchyard.core.chain import DeploymentName
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.usage import NANOS, Price
from switchyard.services.ledger import Today
from switchyard.ui.pages.chat.conversation_list import ConversationList
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.chat.list_foot import ListFoot
from switchyard.ui.theme.theme import Theme

QRun = Callable[..., None]


@pytest.fixture
def foot(qtbot: QtBot, dark: Theme) -> ListFoot:
    listed = ConversationList(dark, ConversationModel())
    qtbot.addWidget(listed)
    listed.show()
    return listed.foot


@pytest.mark.parametrize(
    ("today", "spent", "limit"),
    [
        (Today(2_370_000_000, 5 * NANOS), "$2.37", "of $5.00"),
        (Today(12_100_000, 5 * NANOS), "$0.0121", "of $5.00"),
        (Today(6 * NANOS, 5 * NANOS, Verdict.REACHED), "$6.00", "of $5.00"),
        (Today(1_000, 0, Verdict.REACHED), "<$0.0001", "of $0.00"),
        (Today(840_000_000), "$0.84", ""),
    ],
)
def test_it_says_what_was_spent_and_of_how_much(foot: ListFoot, today: Today, spent: str, limit: str) -> None:
    foot.show_today(today)
    assert foot.isVisible()
    assert (foot.spent.text(), foot.limit.text()) == (spent, limit)
    assert foot.meter.isVisible() is bool(limit)
    assert foot.meter.accessibleDescription() == f"{spent} {limit}".strip()


def test_a_day_without_spending_says_nothing(foot: ListFoot) -> None:
    foot.show_today(Today(0, 5 * NANOS))
    assert not foot.isVisible()


def test_it_follows_every_turn_and_every_budget(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            dear = Facts(prices=(DatedPrice(Price(100 * NANOS, 100 * NANOS)),))
            await rig.services.catalog.override(DeploymentName("one", "model-one"), dear)
            play(server, "one", said("An answer"), said("Another"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            foot = rig.page.list.foot
            assert not foot.isVisible()
            await rig.ask("first")
            await rig.settled()
            await eventually(lambda: foot.isVisible() and foot.spent.text() == "$0.0012")  # twelve tokens
            await rig.ask("second")
            await rig.settled()
            await eventually(lambda: foot.spent.text() == "$0.0024")
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, 2 * NANOS)
            await eventually(lambda: foot.limit.text() == "of $2.00")
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, None)
            await eventually(lambda: foot.limit.text() == "" and foot.spent.text() == "$0.0024")

    qrun(main())


def test_the_empty_field_shows_its_keys(qtbot: QtBot, dark: Theme) -> None:
    listed = ConversationList(dark, ConversationModel())
    qtbot.addWidget(listed)
    listed.resize(268, 400)
    listed.show()
    pane, edit = listed.search, listed.search.field.edit
    assert pane._keys.isVisible()
    assert pane._keys.geometry() == edit.rect()
    QTest.mouseClick(edit, Qt.MouseButton.LeftButton)
    QTest.keyClicks(edit, "x")
    assert not pane._keys.isVisible()
    edit.clear()
    assert pane._keys.isVisible()
