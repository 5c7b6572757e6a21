"""The picker: favourites and what was chosen last first, words that find among hundreds, and what new chats keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer, Script
from tests.ui.test_chat_page import FAST, Rig, chat, eventually, make_chain

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.picker import Picker
from switchyard.ui.pages.chat.targets import Choice, Targets, pick_of
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.headed_rows import HeadedRows

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def opened(rig: Rig) -> Picker:
    """Open the picker by its key."""
    rig.page.presenter.choosing.pick()  # type: ignore[union-attr]
    picker = rig.page.window().findChildren(Picker)[-1]
    assert isinstance(picker, Picker)
    return picker


def lines(picker: Picker) -> list[str]:
    """Return headings and names from the top."""
    model = picker.view.model()
    assert isinstance(model, HeadedRows)
    return [str(model.index(n, 0).data()) for n in range(model.rowCount())]


def test_a_favourite_stands_first_and_stays_over_a_restart(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await make_chain(rig.services, server, "one")
                await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
                picker = opened(rig)
                assert lines(picker)[:2] == ["Chains", "Everyday"]
                QTest.keyClicks(picker.field.edit, "sim fast")
                QTest.keyClick(picker.field.edit, Key.Key_D, CTRL)
                QTest.keyClick(picker.field.edit, Key.Key_Escape)
                await eventually(lambda: targets(rig).likes(Target(model=FAST)))
                picker = opened(rig)
                assert lines(picker)[:2] == ["Favourites", "sim-fast"]
            async with chat(dark, data_dir) as rig:
                picker = opened(rig)
                assert lines(picker)[:3] == ["Favourites", "sim-fast", "Chains"]
                view = picker.view
                assert isinstance(view, QListView)
                row = view.visualRect(view.model().index(1, 0))
                star = QPoint(row.right() - 10, row.center().y())
                QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=star)
                QTest.keyClick(picker.field.edit, Key.Key_Escape)
                await eventually(lambda: not targets(rig).favourites)
                assert lines(opened(rig))[0] == "Chains"

    qrun(main())


def test_a_new_chat_keeps_the_last_choice_and_the_picker_offers_it(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await make_chain(rig.services, server, "one")
                await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
                picker = opened(rig)
                QTest.keyClicks(picker.field.edit, "sim fast")
                QTest.keyClick(picker.field.edit, Key.Key_Return)
                await rig.ask("first")
                await rig.settled()
                rig.new()
                await eventually(lambda: not rig.shown)
                assert rig.page.column.composer.target.text() == "sim-fast"
            async with chat(dark, data_dir) as rig:
                await eventually(lambda: rig.page.column.composer.target.text() == "sim-fast")
                assert lines(opened(rig))[:2] == ["Recent", "sim-fast"]

    qrun(main())


def test_models_of_two_accounts_are_told_apart_where_no_heading_does(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            listed = Script('{"data": [{"id": "same"}]}', headers={"content-type": "application/json"})
            await make_chain(rig.services, server, "home", "work")
            for name in ("home", "work"):
                server.play(f"/{name}/v1/models", listed)
                await rig.services.accounts.test(await rig.services.accounts.get(name))
                await rig.services.kept.picks.use(*pick_of(Target(model=DeploymentName(name, "same"))))
            rig.page.presenter.choosing.reload()  # type: ignore[union-attr]
            await eventually(lambda: len(targets(rig).recent) == 2)
            options = opened(rig).options()
            assert [(option.name, option.note) for option in options[:2]] == [("same", "work"), ("same", "home")]
            assert [option.note for option in options[2:] if option.name == "same"] == ["", ""]

    qrun(main())


def test_words_find_a_model_among_hundreds(qtbot: QtBot, dark: Theme) -> None:
    window = QWidget()
    window.resize(900, 700)
    qtbot.addWidget(window)
    window.show()
    names = [f"maker-{n // 20}/model-{n}{'-mini' if n % 7 == 0 else ''}" for n in range(400)]
    choices = tuple(Choice(Target(model=DeploymentName("one", name)), name, "openai") for name in names)
    picker = Picker(dark, window, Targets(choices), None)
    picker.open_beside(window)
    chosen: list[Target] = []
    picker.chosen.connect(chosen.append)
    assert len(picker.options()) == 400
    QTest.keyClicks(picker.field.edit, "mini 399 maker")
    assert [option.name for option in picker.options()] == ["maker-19/model-399-mini"]
    QTest.keyClick(picker.field.edit, Key.Key_Return)
    assert chosen == [choices[399].target]


def test_a_favourite_differs_by_the_shape_of_its_star(qtbot: QtBot, dark: Theme) -> None:
    window = QWidget()
    window.resize(900, 700)
    qtbot.addWidget(window)
    window.show()
    choices = tuple(Choice(Target(model=DeploymentName("one", name)), name, "openai") for name in ("a", "b"))
    picker = Picker(dark, window, Targets(choices), None)
    picker.open_beside(window)
    ground = QColor(star_of(picker, 0))
    assert ground != QColor(dark.color("accent.text"))  # an outline
    QTest.keyClick(picker.field.edit, Key.Key_D, CTRL)
    assert QColor(star_of(picker, 0)) == QColor(dark.color("accent.text"))
    QTest.keyClick(picker.field.edit, Key.Key_D, CTRL)
    assert QColor(star_of(picker, 0)) == ground
    QTest.keyClick(picker.field.edit, Key.Key_Escape)


def star_of(picker: Picker, option: int) -> int:
    """Return the colour in the middle of an option's star, which is the row's own where that is an outline."""
    view = picker.view
    row = view.visualRect(view.model().index(option + 1, 0))
    return view.viewport().grab().toImage().pixel(row.right() + 1 - 8 - 7, row.center().y())


def targets(rig: Rig) -> Targets:
    assert rig.page.presenter is not None
    return rig.page.presenter.choosing.targets


def test_a_key_that_comes_before_anything_can_be_chosen_opens_the_picker_then(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir, early="Hello") as rig:
            choosing = rig.page.presenter.choosing  # type: ignore[union-attr]
            assert not choosing.ready
            choosing.pick()
            assert not rig.page.window().findChildren(Picker)
            await eventually(lambda: bool(rig.page.window().findChildren(Picker)))
            assert len(rig.page.window().findChildren(Picker)) == 1

    qrun(main())


def test_what_another_process_adds_can_be_chosen_once_the_picker_was_opened_again(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            async with open_services(data_dir=str(data_dir), environment={}) as other:
                await make_chain(other, server, "one")
            picker = opened(rig)
            QTest.keyClick(picker.field.edit, Key.Key_Escape)
            await eventually(lambda: targets(rig).knows(Target(chain="Everyday")))
            assert "Everyday" in lines(opened(rig))

    qrun(main())
