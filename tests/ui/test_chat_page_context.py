"""The context meter: when it is there, what it tells, and what its panel lets a person leave out and go to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QLocale, QObject, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer
from tests.fakes.thread import answered, asked
from tests.ui.test_chat_page import CTRL, Key, Rig, chat, eventually, make_chain, play, said

from switchyard.core.chain import Chain, DeploymentName, Overflow, Policy, Track, step_to
from switchyard.core.content import StoredFile
from switchyard.core.context import Context, Fate, Fit, KeptBack, Load, Reader
from switchyard.core.draft import Draft
from switchyard.core.facts import Facts
from switchyard.core.message import Message
from switchyard.core.needs import Weight
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.context_list import ROW_PX, ContextList
from switchyard.ui.pages.chat.context_meter import ContextMeter, Sign
from switchyard.ui.pages.chat.context_panel import ContextPanel
from switchyard.ui.pages.chat.context_rows import ContextModel
from switchyard.ui.pages.chat.context_words import kept_free, reading_of, said_of_kept_back, said_of_smaller
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.acts import Act

ENGLISH = QLocale(QLocale.Language.English)
LONG = "lorem ipsum " * 120  # about 400 tokens
ONE = DeploymentName("one", "m")
TALK = (asked("1", "one"), answered("2", "two"), asked("3", "three"), answered("4", "four"))


def context(fit: Fit = Fit.FITS, past: Sequence[Message] = TALK, window: int | None = 8192, **more: object) -> Context:
    """Return a context of messages of ten tokens each."""
    load = Load(past, [Weight(10) if each.text else None for each in past], Weight(4), "Be brief", 3)
    whole = 4 + 3 + 10 * len(past)
    given = {"kept_from": 0, "left_out": 0} | more
    return Context(load, fit, Reader("one/m", window), whole, whole, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fit", "sign", "told"),
    [
        (Fit.FITS, Sign.NONE, "m reads 8,192: there is room for all of it."),
        (Fit.TIGHT, Sign.DOT, "m reads 8,192: all of it fits, with little room left."),
        (Fit.TRIMMED, Sign.BAR, "The chat is longer than m can read: it is sent without its oldest 2 messages."),
        (Fit.SUMMARISED, Sign.BAR, "The chat is longer than m can read: k sums up its oldest 2 messages."),
        (
            Fit.ASKS,
            Sign.QUESTION,
            "The chat is longer than m can read. You are asked before it is sent without its oldest 2 messages.",
        ),
        (
            Fit.OVERFULL,
            Sign.CROSS,
            "Even what is left is longer than m can read. Shorten it or use a longer model.",
        ),
        (
            Fit.TOO_LONG,
            Sign.CROSS,
            "The chat is longer than m can read: nothing is sent. Leave messages out or use a longer model.",
        ),
    ],
)
def test_every_state_has_its_sign_and_its_sentence(fit: Fit, sign: Sign, told: str) -> None:
    reading = reading_of(context(fit, kept_from=2, left_out=2, by="a/k"), ENGLISH)
    assert (reading.figure, reading.sign, reading.sentence) == ("47 of 8,192", sign, told)


def test_an_unknown_window_is_told_plainly() -> None:
    reading = reading_of(context(Fit.UNKNOWN, window=None), ENGLISH)
    assert (reading.figure, reading.sign) == ("47", Sign.DASHES)
    assert reading.sentence == "How much m reads is not known: all of it is sent."
    assert not kept_free(context(Fit.UNKNOWN, window=None), ENGLISH)
    nobody = context(Fit.UNKNOWN)._replace(reader=None)
    assert reading_of(nobody, ENGLISH).sentence.startswith("Nobody can be asked now")


def test_what_is_never_sent() -> None:
    assert said_of_kept_back(()) == ""
    assert said_of_kept_back(list(KeptBack)).split(". ") == [
        "Reasoning is not sent, except where its own model asks for it",
        "Tool calls without an answer are not sent",
        "Images that a model made are not sent.",
    ]


@pytest.mark.parametrize(
    ("reader", "fit", "told"),
    [
        (Reader("a/k", 2048, 2, True), Fit.FITS, "k reads 2,048. It is skipped: the chat is longer."),
        (Reader("a/k", 2048, 0), Fit.FITS, "k, where it falls over to, reads 2,048: all of it fits there too."),
        (
            Reader("a/k", 2048, 1),
            Fit.FITS,
            "k, where it falls over to, reads 2,048: there it would be sent without its oldest message.",
        ),
        (Reader("a/k", 2048, 1), Fit.ASKS, "k, where it falls over to, reads 2,048: you are asked first there too."),
    ],
)
def test_who_reads_less_is_named(reader: Reader, fit: Fit, told: str) -> None:
    assert said_of_smaller(reader, fit, ENGLISH) == told


@pytest.mark.parametrize("fit", list(Fit))
def test_the_meter_draws_every_state(qtbot: QtBot, theme: Theme, fit: Fit) -> None:
    meter = ContextMeter(theme)
    qtbot.addWidget(meter)
    meter.show_reading(reading_of(context(fit, window=None if fit is Fit.UNKNOWN else 50), ENGLISH))
    wide = meter.sizeHint().width()
    meter.set_narrow(True)
    assert (meter.sizeHint().width() < wide) is (fit is not Fit.UNKNOWN)  # where no figure stands beside the ring
    meter.resize(meter.sizeHint())
    shown = {meter.grab().toImage().pixelColor(x, y).name() for x in range(28) for y in range(28)}
    assert len(shown) > 3
    assert meter.accessibleName().startswith("Context, 47 ")
    assert meter.accessibleDescription()


# --- the rows ---------------------------------------------------------------------------------------------------------


def rows(model: QAbstractItemModel) -> list[str]:
    return [str(model.index(at, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for at in range(model.rowCount())]


def test_rows_stand_in_the_order_in_which_they_are_sent(qtmodeltester: ModelTester) -> None:
    failed = answered("5", "")
    noted = replace(TALK[0], files=(StoredFile("notes.txt", "text/plain", "", 9),))
    past = (noted, *TALK[1:3], replace(TALK[3], excluded=True), failed)
    told = context(Fit.SUMMARISED, past, kept_from=2, left_out=2, by="a/k")
    parent = QObject()
    model = ContextModel(told, Draft("and now?"), parent)
    qtmodeltester.check(model)
    assert rows(model) == [
        "System text, Be brief, 3",
        "You, one, notes.txt, 10, summed up",
        "Reply, two, 10, summed up",
        "Summary, of what stands above, at most 800",
        "You, three, 10",
        "Reply, four, 10, left out",
        "Reply, empty",
        "You, and now?, 4",
    ]
    checkable = [bool(model.flags(model.index(at)) & Qt.ItemFlag.ItemIsUserCheckable) for at in range(8)]
    assert checkable == [False, True, True, False, True, True, False, False]
    assert model.index(5).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    assert model.first_kept == 4


def test_fates_are_told_apart() -> None:
    told = context(Fit.TRIMMED, (*TALK[:3], replace(TALK[3], excluded=True)), kept_from=2, left_out=2)
    assert [told.fate(at) for at in range(4)] == [Fate.TRIMMED, Fate.TRIMMED, Fate.SENT, Fate.EXCLUDED]


# --- in the window ----------------------------------------------------------------------------------------------------


async def short(rig: Rig, server: HttpServer, *, window: int | None, overflow: Overflow = Overflow.TRIM) -> None:
    """Have a chat of three turns with a model of so many tokens, and show it."""
    services = rig.services
    await services.accounts.add("openai-compatible", "one", base_url=server.url("/one/v1"))
    await services.chains.save(
        Chain("Short", (Track(None, (step_to(ONE, retries=0),)),), policy=Policy(overflow=overflow))
    )
    await services.chains.set_default("Short")
    play(server, "one", *(said(f"reply {n} " * 60) for n in range(9)))
    uid = None
    for n in range(3):
        async with services.chat.open(Prompt(f"{n} {LONG}", Target(chain="Short"), uid)) as turn:
            async for _ in turn.run:
                pass
        uid = turn.conversation
    await services.catalog.override(ONE, Facts(context=window))
    await rig.hear_of_latest()
    await eventually(lambda: rig.titles and rig.page.column.composer.target.text())
    rig.page.list.open_requested.emit(uid)
    await eventually(lambda: len(rig.page.presenter._sessions.shown.messages) == 6)  # type: ignore[union-attr]


def meter(rig: Rig) -> ContextMeter:
    return rig.page.column.header.meter


def sign(rig: Rig) -> Sign | None:
    reading = meter(rig).reading
    return reading.sign if reading is not None and meter(rig).isVisible() else None


def panel(rig: Rig) -> ContextPanel:
    return next(each for each in rig.page.window().children() if isinstance(each, ContextPanel))


def ticks(rig: Rig) -> list[bool]:
    model = panel(rig).model
    found = (model.index(at).data(Qt.ItemDataRole.CheckStateRole) for at in range(model.rowCount()))
    return [each == Qt.CheckState.Checked for each in found if each is not None]


def test_it_is_hidden_until_there_is_something_to_tell(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            assert meter(rig).isHidden()
            await short(rig, server, window=8000)
            await eventually(lambda: sign(rig) is Sign.NONE)
            assert meter(rig).reading.figure.endswith(" of 8,000")  # type: ignore[union-attr]
            before = meter(rig).reading
            rig.type("And " * 30)
            await eventually(lambda: meter(rig).reading != before)
            rig.page.column.composer.set_text("")
            rig.new()
            await eventually(lambda: meter(rig).isHidden())
            rig.page.column.composer.set_text("x" * 30_000)
            await eventually(lambda: sign(rig) is Sign.CROSS)

    qrun(main())


def test_ticks_leave_messages_out_and_undo_takes_them_in(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await short(rig, server, window=2000)
            await eventually(lambda: sign(rig) is Sign.BAR)
            meter(rig).setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(meter(rig), Key.Key_Space)
            shown = panel(rig)
            assert shown.list.hasFocus()
            assert ticks(rig) == [True] * 6
            QTest.keyClick(shown.list, Key.Key_Home)
            for _ in range(2):
                QTest.keyClick(shown.list, Key.Key_Space)
                QTest.keyClick(shown.list, Key.Key_Down)
            await eventually(lambda: ticks(rig) == [False, False, True, True, True, True] and sign(rig) is Sign.NONE)
            assert [message.excluded for message in await rig.stored()][:3] == [True, True, False]
            QTest.keyClick(shown.list, Key.Key_Z, CTRL)
            await eventually(lambda: ticks(rig) == [False, True, True, True, True, True])
            await eventually(lambda: sign(rig) is Sign.DOT)
            QTest.keyClick(shown.list, Key.Key_Escape)
            assert meter(rig).hasFocus()
            QTest.keyClick(meter(rig), Key.Key_Tab)
            assert rig.page.column.header.more.hasFocus()
            QTest.keyClick(rig.page.column.header.more, Key.Key_Backtab)
            assert meter(rig).hasFocus()
            await rig.ask("and now?")
            await rig.settled()
            arrived = json.loads(server.received[-1].body)["messages"]
            stored = await rig.stored()
            assert [message["content"] for message in arrived] == [each.text for each in stored[1:7]]

    qrun(main())


def test_what_is_put_differently_takes_what_was_said_before_it(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await short(rig, server, window=2000)
            await eventually(lambda: sign(rig) is Sign.BAR)
            second = rig.page.presenter._sessions.shown.messages[2]  # type: ignore[union-attr]
            rig.thread.acts.requested.emit(second.uid, Act.EDIT)
            await eventually(lambda: sign(rig) is Sign.NONE)
            meter(rig).click()
            assert [row.split(" ")[:2] for row in rows(panel(rig).model)] == [
                ["You,", "0"],
                ["m,", "reply"],
                ["You,", "1"],
            ]
            QTest.keyClick(panel(rig).list, Key.Key_Escape)
            rig.press(Key.Key_Escape)
            await eventually(lambda: sign(rig) is Sign.BAR)

    qrun(main())


def test_the_pointer_ticks_at_the_left_and_goes_to_a_message_elsewhere(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await short(rig, server, window=8000)
            await eventually(lambda: sign(rig) is Sign.NONE)
            meter(rig).click()
            press(panel(rig).list, 1, 15)
            await eventually(lambda: ticks(rig) == [True, False, True, True, True, True])
            press(panel(rig).list, 1, 200)
            await eventually(lambda: not rig.page.window().findChildren(ContextList))
            view = rig.page.presenter._sessions.shown.view  # type: ignore[union-attr]
            assert view.walk.at == 1

    qrun(main())


def press(view: ContextList, row: int, x: int) -> None:
    """Click in a row."""
    view.scrollToTop()
    place = QPoint(x, view.visualRect(view.model().index(row, 0)).top() + ROW_PX // 2)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_of_a_temporary_chat_messages_are_left_out_too(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", said("first"), said("second"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            rig.page.presenter._sessions.shown.temporary = True  # type: ignore[union-attr]
            for words in ("one", "two"):
                await rig.ask(words)
                await rig.settled()
            await eventually(lambda: sign(rig) is Sign.DASHES)
            meter(rig).click()
            await eventually(lambda: len(ticks(rig)) == 4)
            press(panel(rig).list, 2, 15)
            await eventually(lambda: ticks(rig) == [True, True, False, True])
            QTest.keyClick(panel(rig).list, Key.Key_Escape)
            play(server, "one", said("third"))
            await rig.ask("three")
            await rig.settled()
            arrived = json.loads(server.received[-1].body)["messages"]
            assert [message["content"] for message in arrived] == ["one", "first", "second", "three"]

    qrun(main())


def test_a_screen_reader_hears_rows_with_their_ticks(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await short(rig, server, window=2000)
            await eventually(lambda: sign(rig) is Sign.BAR)
            meter(rig).click()
            found = QAccessible.queryAccessibleInterface(panel(rig).list)
            assert found.text(QAccessible.Text.Name) == "What is sent next"
            first = found.child(0)
            assert first.text(QAccessible.Text.Name).startswith("You, 0 lorem ipsum")
            assert first.text(QAccessible.Text.Name).endswith("no room")
            assert first.state().checkable
            assert first.state().checked

    qrun(main())
