"""The sampling panel: what it offers, what is sent, what is kept, and what the foot says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import chat, eventually, make_chain, play, said

from switchyard.core.content import Effort, Parameter
from switchyard.services.sampling import Taken
from switchyard.ui.pages.chat.sampling_panel import SamplingPanel
from switchyard.ui.pages.chat.sampling_words import changed_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.segmented import Segmented

ALL = frozenset({Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.MAX_OUTPUT, Parameter.EFFORT})
Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(900, 700)
    qtbot.addWidget(window)
    window.show()
    return window


def panel_of(theme: Theme, window: QWidget, taken: Taken, **given: object) -> tuple[SamplingPanel, list[object]]:
    panel = SamplingPanel(theme, window, taken, given, chain=True)
    panel.open_beside(window)
    heard: list[object] = []
    panel.changed.connect(heard.append)
    return panel, heard


def test_sliders_fields_and_choices_set_what_is_sent(dark: Theme, window: QWidget) -> None:
    panel, heard = panel_of(dark, window, Taken(ALL, 2.0, 32_768, {}))
    temperature = panel.rows[Parameter.TEMPERATURE]
    temperature.slider.setValue(8)
    assert heard[-1] == {"temperature": 0.4}
    assert temperature.field.text() == "0.4"
    output = panel.rows[Parameter.MAX_OUTPUT]
    output.field.set_text("4k")
    QTest.keyClick(output.field.edit, Key.Key_Return)
    assert heard[-1] == {"temperature": 0.4, "max_output": 4000}
    output.slider.setValue(0)
    assert heard[-1] == {"temperature": 0.4, "max_output": 256}
    output.slider.setValue(output.slider.maximum())
    assert heard[-1] == {"temperature": 0.4, "max_output": 32_768}
    temperature.field.set_text("")
    QTest.keyClick(temperature.field.edit, Key.Key_Return)
    assert heard[-1] == {"max_output": 32_768}
    assert isinstance(panel.effort, Segmented)
    panel.effort.chosen.emit("low")
    assert heard[-1] == {"max_output": 32_768, "effort": Effort.LOW}
    panel.reset.click()
    assert heard[-1] == {}
    assert not panel.reset.isEnabled()


def test_a_value_that_is_none_changes_nothing(dark: Theme, window: QWidget) -> None:
    panel, heard = panel_of(dark, window, Taken(ALL, 1.0, 8_192, {}))
    field = panel.rows[Parameter.TEMPERATURE].field
    for wrong in ("hot", "1.5", "-1"):
        field.set_text(wrong)
        QTest.keyClick(field.edit, Key.Key_Return)
        assert field.error() is not None
    assert heard == []


def test_only_what_is_taken_is_offered(dark: Theme, window: QWidget) -> None:
    panel, _ = panel_of(dark, window, Taken(frozenset({Parameter.MAX_OUTPUT}), 2.0, 8_192, {}))
    assert list(panel.rows) == [Parameter.MAX_OUTPUT]
    assert panel.effort is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ""),
        ({"temperature": 0.4}, "0.4"),
        ({"top_p": 0.9}, "top p 0.9"),
        ({"max_output": 4096}, "4,096 tok out"),
        ({"effort": Effort.NONE}, "no reasoning"),
        ({"temperature": 0.4, "top_p": 0.9, "effort": Effort.HIGH}, "0.4 +2"),
    ],
)
def test_what_was_changed_in_words(given: dict[str, object], words: str) -> None:
    assert changed_words(given, QLocale(QLocale.Language.English)) == words


def test_what_is_set_is_sent_and_stays_with_the_chat(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await make_chain(rig.services, server, "one")
                play(server, "one", said("Hello."), said("Again."))
                await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
                button = rig.page.column.composer.foot.sampling
                button.click()
                await eventually(lambda: rig.page.window().findChildren(SamplingPanel))
                panel = rig.page.window().findChildren(SamplingPanel)[0]
                panel.rows[Parameter.TEMPERATURE].slider.setValue(8)
                assert button.text() == "0.4"
                await rig.ask("first")
                await rig.settled()
                assert json.loads(server.received[-1].body)["temperature"] == 0.4
                rig.new()
                await eventually(lambda: button.text() == "")
            async with chat(dark, data_dir) as rig:
                rig.open("first")
                await eventually(lambda: rig.page.column.composer.foot.sampling.text() == "0.4")
                await rig.ask("second")
                await rig.settled()
                assert json.loads(server.received[-1].body)["temperature"] == 0.4

    qrun(main())
