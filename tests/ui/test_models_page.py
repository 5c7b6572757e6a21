"""The models page with real services: what is known, finding it, knowing better, and using it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QLocale, QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QScrollArea
from tests.fakes.http_server import HttpServer, Script
from tests.fakes.setup_pages import JSON, Rig, Wishes, eventually, opened, unnamed, words

from switchyard.core.catalog import Deployment, Place
from switchyard.core.catalog_queries import Entry
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Capability
from switchyard.core.facts import NOTHING, Source
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.models.filters import FilterPane, count_entries
from switchyard.ui.pages.models.page import ModelsPage
from switchyard.ui.pages.models.table_model import Column, TableModel
from switchyard.ui.pages.models.table_view import ModelTable
from switchyard.ui.pages.page import PageName
from switchyard.ui.theme.theme import Theme

Page = Rig[ModelsPage]
OUR_OWN = DeploymentName("house", "ft:our-own")
ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape
MODELS = (
    {"id": "big", "context_length": 200_000, "pricing": {"prompt": "0.000003", "completion": "0.000015"}},
    {"id": "small", "context_length": 8_000},
    {"id": "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M"},
)

ALONE = "SWITCHYARD_TEST_ALONE"


async def add_house(services: Services, server: HttpServer) -> None:
    """Add an account that lists three models."""
    server.play("/v1/models", Script(json.dumps({"data": list(MODELS)}), headers=JSON))
    account = await services.accounts.add("openai-compatible", "house", base_url=server.url("/v1"))
    assert (await services.accounts.test(account)).failure is None


async def shown(rig: Page, count: int) -> list[str]:
    """Wait for so many rows and return their names."""
    await eventually(lambda: len(rig.page.model.entries) == count)
    return [entry.deployment.name for entry in rig.page.model.entries]


async def details_of(rig: Page, name: str) -> None:
    """Open a model's details."""
    rig.page.select(name)
    await eventually(lambda: rig.page.details.isVisible() and rig.page.details.shown == name)


def cell(rig: Page, name: str, column: Column, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> str:
    """Return what stands in a cell."""
    return str(rig.page.model.index(rig.page.model.row_of(name), column).data(role))


def tick(rig: Page, name: str) -> None:
    """Press a filter by its name."""
    boxes = rig.page.filters.findChildren(QCheckBox)
    next(box for box in boxes if box.accessibleName().startswith(f"{name},")).click()


def test_every_model_is_listed_with_what_is_known(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            assert await shown(rig, 6)  # the Simulator's are always there
            await add_house(rig.services, server)
            assert len(await shown(rig, 9)) == 9
            assert cell(rig, "house/big", Column.CONTEXT) == "200k"
            assert cell(rig, "house/big", Column.PRICE_IN) == "$3.00"
            assert cell(rig, "house/big", Column.PRICE_OUT) == "$15.00"
            assert cell(rig, "house/small", Column.PRICE_IN) == "–"
            assert cell(rig, "house/small", Column.FIRST_TOKEN) == "–"
            told = cell(rig, "house/big", Column.CONTEXT, Qt.ItemDataRole.ToolTipRole)
            assert told == "200,000 tokens: the provider's list."
            assert cell(rig, "house/small", Column.PRICE_IN, Qt.ItemDataRole.ToolTipRole) == "No price is known."
            assert "Search 9 models" in rig.page.search.edit.placeholderText()
            assert not unnamed(rig.page)

    qrun(main())


def test_the_page_says_that_it_reads_while_nothing_is_known_yet(qrun: Any, dark: Theme) -> None:
    async def main() -> None:
        scope = TaskScope("test", on_user_error=_complain, on_bug=_complain)
        page = ModelsPage(dark, scope, Wishes())
        page.show()
        assert "Reading what is known of models." in words(page)
        assert "shown" not in words(page)
        page.select("openai/gpt-5")  # which nobody can show yet
        await scope.close()
        page.hide()
        page.deleteLater()

    qrun(main())


def test_nothing_is_looked_up_while_the_page_is_not_shown(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ModelsPage, dark, tmp_path) as rig:
            await shown(rig, 6)
            rig.page.hide()
            await rig.services.accounts.add("openai-compatible", "house", base_url="http://127.0.0.1:9")
            await rig.services.catalog.override(OUR_OWN, NOTHING)
            assert not rig.page.scope.running("load")
            rig.page.show()
            rig.page.entered()
            assert str(OUR_OWN) in await shown(rig, 7)

    qrun(main())


def _complain(error: BaseException) -> None:
    raise error


def test_models_are_found_by_words_and_by_filters(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            await shown(rig, 9)
            rig.page.search.set_text("house qwen3")
            assert await shown(rig, 1) == [f"house/{MODELS[2]['id']}"]
            rig.page.search.set_text("")
            tick(rig, "Context 200k+")
            assert await shown(rig, 1) == ["house/big"]
            tick(rig, "Tools")
            assert await shown(rig, 0) == []
            assert "No model matches." in words(rig.page)
            rig.page.clear.click()
            assert len(await shown(rig, 9)) == 9
            tick(rig, "Cloud")
            assert len(await shown(rig, 3)) == 3
            rig.page.filters.clear.click()
            assert len(await shown(rig, 9)) == 9

    qrun(main())


def test_what_is_not_known_stands_last_whichever_way_it_is_ordered(dark: Theme) -> None:
    model = TableModel(QLocale("en_GB"))
    model.set_entries([entry("a", context=None), entry("b", context=1000), entry("c", context=2000)])
    model.sort(Column.CONTEXT)
    assert [each.deployment.model for each in model.entries] == ["b", "c", "a"]
    model.sort(Column.CONTEXT, Qt.SortOrder.DescendingOrder)
    assert [each.deployment.model for each in model.entries] == ["c", "b", "a"]


def test_the_persons_word_counts_until_it_is_taken_back(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            await shown(rig, 9)
            await details_of(rig, "house/big")
            form = rig.page.details.facts
            assert form.fields["context"].text() == ""
            assert form.fields["context"].edit.placeholderText() == "200k"
            assert not rig.page.details.save.isEnabled()
            form.fields["context"].set_text("many")
            rig.page.details.save.click()
            assert form.fields["context"].error() == "A number of tokens, such as 128000 or 128k."
            form.fields["context"].set_text("32k")
            form.fields["output_nanos"].set_text("$2.50")
            form.can[Capability.VISION].set_current("yes")
            rig.page.details.save.click()
            await eventually(lambda: cell(rig, "house/big", Column.CONTEXT) == "32k")
            assert cell(rig, "house/big", Column.PRICE_OUT) == "$2.50"
            assert cell(rig, "house/big", Column.PRICE_IN) == "$3.00"
            assert "Images: yes (you say so)" in cell(rig, "house/big", Column.CAN, Qt.ItemDataRole.ToolTipRole)
            said = await rig.services.catalog.said(DeploymentName("house", "big"))
            assert (said.context, said.prices[0].price.output_nanos) == (32_000, 2_500_000_000)
            await eventually(rig.page.details.revert.isVisible)
            rig.page.details.revert.click()
            await eventually(lambda: cell(rig, "house/big", Column.CONTEXT) == "200k")
            assert await rig.services.catalog.said(DeploymentName("house", "big")) == NOTHING

    qrun(main())


def test_a_lone_rate_of_a_model_without_a_price_is_refused(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            await shown(rig, 9)
            await details_of(rig, "house/small")
            form = rig.page.details.facts
            form.fields["input_nanos"].set_text("1")
            rig.page.details.save.click()
            assert "write both" in str(form.fields["output_nanos"].error())
            form.fields["output_nanos"].set_text("one dollar")
            rig.page.details.save.click()
            assert "Dollars for a million tokens" in str(form.fields["output_nanos"].error())
            form.fields["context"].set_text("9" * 400)
            rig.page.details.save.click()
            assert "A number of tokens" in str(form.fields["context"].error())

    qrun(main())


def test_a_model_is_added_and_taken_out_with_undo(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            await shown(rig, 9)
            rig.page.add.click()
            details = rig.page.details
            details.save.click()
            assert "by which the provider knows" in str(details.name.error())
            details.name.set_text(OUR_OWN.model)
            details.facts.fields["context"].set_text("16k")
            details.save.click()
            assert str(OUR_OWN) in await shown(rig, 10)
            await eventually(lambda: details.shown == str(OUR_OWN) and details.remove.isVisible())
            details.remove.click()
            assert str(OUR_OWN) not in await shown(rig, 9)
            assert rig.wishes.act is not None
            rig.wishes.act()
            await shown(rig, 10)
            assert (await rig.services.catalog.said(OUR_OWN)).context == 16_000

    qrun(main())


def test_a_model_is_used_and_left_out_of_what_is_offered(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            await shown(rig, 9)
            await details_of(rig, "house/big")
            rig.page.details.use.click()
            assert rig.wishes.opened == [(PageName.CHAT, "house/big")]
            rig.page.details.offer.click()
            await eventually(lambda: not rig.page.model.entries[0].offered)
            tick(rig, "Offered in chats")
            assert "house/big" not in await shown(rig, 8)

    qrun(main())


def test_what_a_model_refused_is_told_and_can_be_tried_again(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            found = await rig.services.accounts.resolve([DeploymentName("house", "big")])
            assert found[0] is not None
            rig.services.catalog.learn_refusal(found[0].deployment, "temperature")
            await rig.services.catalog.settle(found[0].deployment, None)
            await shown(rig, 9)
            await details_of(rig, "house/big")
            await eventually(lambda: "not to take: temperature" in words(rig.page.details))
            rig.page.details.retry.click()
            await eventually(lambda: "not to take" not in words(rig.page.details))

    qrun(main())


def test_all_of_it_works_by_keyboard(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ModelsPage, dark, tmp_path) as rig:
            await add_house(rig.services, server)
            await shown(rig, 9)
            QTest.keyClick(rig.page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
            await eventually(rig.page.search.edit.hasFocus)
            rig.type("big")
            await shown(rig, 1)
            rig.press(ENTER)
            await eventually(rig.page.table.hasFocus)
            rig.press(ENTER)
            await eventually(lambda: rig.page.details.shown == "house/big")
            rig.tab_to(rig.page.details.use)
            assert "Use in a chat" in rig.tab_round()
            rig.press(ESCAPE)
            await eventually(rig.page.table.hasFocus)
            assert rig.page.details.isHidden()

    qrun(main())


def test_narrow_windows_drop_columns_and_hide_the_filters(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ModelsPage, dark, tmp_path, size=(912, 640)) as rig:
            await shown(rig, 6)
            assert rig.page.filters.isHidden()
            assert rig.page.table.isColumnHidden(Column.PACE)
            assert rig.page.table.columnWidth(Column.MODEL) >= 200
            await details_of(rig, "sim/sim-fast")
            field = rig.page.search.edit
            assert field.fontMetrics().horizontalAdvance("Search 3,000 models") < field.width() - 40
            rig.page.details.closed.emit()
            rig.page.filter_button.click()
            assert rig.page.filters.isVisible()
            rig.page.resize(1376, 900)
            await eventually(rig.page.filter_button.isHidden)
            assert not rig.page.table.isColumnHidden(Column.PACE)

    qrun(main())


def entry(model: str, *, context: int | None = 128_000) -> Entry:
    """Return an entry that was never kept."""
    deployment = Deployment(
        account="router",
        model=model,
        provider="openrouter",
        provider_name="OpenRouter",
        place=Place.CLOUD,
        has_key=True,
        context=context,
        capabilities={Capability.TOOLS: True, Capability.VISION: False},
    )
    return Entry(deployment, {"context": Source.PROVIDER} if context else {})


def test_filters_have_room_for_the_counts_of_thousands(dark: Theme, qtbot: Any) -> None:
    pane = FilterPane(dark, QLocale("en_GB"), 212)
    qtbot.addWidget(pane)
    pane.show_counts(count_entries([entry(f"m{n}", context=400_000) for n in range(3000)]))
    pane.resize(212, 800)
    pane.show()
    QApplication.processEvents()
    area = pane.findChild(QScrollArea)
    assert area is not None
    inside = area.widget()
    assert inside is not None
    assert inside.minimumSizeHint().width() <= area.viewport().width()
    line = next(label for label in pane.findChildren(QLabel) if label.text() == "Context 200k+")
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert pane.active == 1


def test_three_thousand_models_are_drawn_as_a_screenful(dark: Theme, qtbot: Any) -> None:
    """Only what is seen is painted, and what is scrolled is not painted again: thousands of rows are as a few dozen.

    In a process of its own: after some other windows, Qt moves no pixels offscreen any more, and paints all anew.
    """
    if ALONE not in os.environ:
        name = f"{__file__}::test_three_thousand_models_are_drawn_as_a_screenful"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", name]
        done = subprocess.run(command, env=os.environ | {ALONE: "1"}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return

    class Counting(TableModel):
        asked: ClassVar[list[int]] = []

        def texts(self, row: int) -> Sequence[str]:
            self.asked.append(row)
            return super().texts(row)

    drawn = Counting.asked
    for count in (60, 3000):
        model = Counting(QLocale("en_GB"))
        model.set_entries([entry(f"vendor/model-{n:04}") for n in range(count)])
        table = ModelTable(dark, model)
        qtbot.addWidget(table)
        table.resize(QSize(1100, 800))
        table.show()
        QApplication.processEvents()
        drawn.clear()
        table.viewport().repaint()
        assert drawn == list(range(20))
        newly = []
        for scrolled in range(2, 10, 2):  # whatever else asks for a whole repaint does not do so each time
            drawn.clear()
            table.verticalScrollBar().setValue(scrolled * 39)
            QApplication.processEvents()
            assert scrolled + 19 in drawn
            newly.append(len(set(drawn)))
        assert min(newly) <= 3
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
        QApplication.processEvents()
        assert drawn[-1] == count - 1
    assert table.rowAt(QPoint(5, 5).y()) > 2000


def test_a_chat_begins_with_the_model_that_is_used(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChatPage, dark, tmp_path) as rig:
            page = rig.page
            await eventually(lambda: page.presenter is not None and page.presenter.choosing.ready)
            page.select("sim/sim-fast")
            await eventually(lambda: "sim-fast" in page.column.composer.target.accessibleName())
            assert page.column.composer.isAncestorOf(rig.focused)

    qrun(main())
