"""The estimate beside Send: its words, when it comes and goes, and where it stands in a narrow window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Rig, chat, eventually, make_chain

from switchyard.core.budget import Period, Scope
from switchyard.core.chain import DeploymentName
from switchyard.core.context import Context, Fit, Load
from switchyard.core.estimate import Estimate
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.needs import Weight
from switchyard.core.usage import NANOS, Price
from switchyard.services.forecasts import Forecast
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.estimating import in_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label

CENT = NANOS // 100
NOTHING_SAID = Context(Load((), (), Weight(4)), Fit.UNKNOWN, None, 4, 4)


@pytest.mark.parametrize(
    ("tokens", "cost", "simulated", "words"),
    [
        (2310, Estimate(CENT, 2 * CENT), False, "2,310 tok in, about $0.0100 to $0.0200"),
        (5, Estimate(CENT, CENT), False, "5 tok in, about $0.0100"),
        (5, Estimate(CENT, 2 * CENT, known=False), False, "5 tok in, about $0.0200 or more"),
        (5, Estimate(None, None, known=False), False, "5 tok in, no price"),
        (5, Estimate(0, 0), False, "5 tok in, free"),
        (5, Estimate(0, 0), True, "5 tok in, simulated"),
        (5, Estimate(None, None), False, "5 tok in"),
        (5, Estimate(0, CENT), False, "5 tok in, free to $0.0100"),
    ],
)
def test_a_forecast_in_words(tokens: int, cost: Estimate, simulated: bool, words: str) -> None:
    forecast = Forecast(tokens, cost, simulated, False, NOTHING_SAID)
    assert in_words(forecast, QLocale(QLocale.Language.English)) == words


def test_where_it_is_tight_it_says_how_much_is_left() -> None:
    forecast = Forecast(2310, Estimate(CENT, 9 * CENT), False, True, NOTHING_SAID, 10 * CENT)
    told = in_words(forecast, QLocale(QLocale.Language.English))
    assert told == "2,310 tok in, about $0.0100 to $0.0900 of $0.10 left today"


def shown(rig: Rig) -> str:
    label = rig.page.column.composer.foot.estimate
    return label.text() if not label.isHidden() else ""


def test_it_follows_what_is_written_and_warns_of_the_budget(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            price = Facts(prices=(DatedPrice(Price(input_nanos=NANOS, output_nanos=10 * NANOS)),))
            await rig.services.catalog.override(DeploymentName("one", "model-one"), price)
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            rig.type("Why?")
            await eventually(lambda: "about $" in shown(rig))
            before = shown(rig)
            colour = rig.page.column.composer.foot.estimate.palette().windowText().color()
            assert colour == dark.color("text.tertiary")
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, CENT)
            rig.page.column.composer.set_text("Why? " * 2_000)
            await eventually(lambda: shown(rig) not in {"", before})
            await eventually(
                lambda: rig.page.column.composer.foot.estimate.palette().windowText().color() == dark.color("warn.text")
            )
            rig.page.column.composer.set_text("")
            assert shown(rig) == ""

    qrun(main())


def test_in_a_narrow_window_it_stands_above_the_words(qtbot: QtBot, dark: Theme) -> None:
    composer = Composer(dark)
    composer.resize(804, 80)
    qtbot.addWidget(composer)
    composer.show()
    composer.estimate.show("5 tok in, free")
    assert not composer.foot.estimate.isHidden()
    composer.estimate.set_narrow(True)
    assert composer.foot.estimate.isHidden()
    above = next(each for each in composer.findChildren(Label) if each.text() == "5 tok in, free" and each.isVisible())
    assert above.geometry().bottom() <= composer.box.geometry().top()
