"""The states of a reply on the page, from real calls: what each says, and what its buttons do."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from tests.fakes.http_server import HttpServer, Script, sse
from tests.ui.test_chat_page import (
    CTRL,
    EVENTS,
    Rig,
    begin_with,
    called,
    chat,
    eventually,
    make_chain,
    play,
    refused,
    said,
    views_in,
)

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.failures import Fix
from switchyard.core.message import MessageState
from switchyard.services.app import Services
from switchyard.ui.pages.page import PageName
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.attempt_panel import AttemptPanel
from switchyard.ui.transcript.failure_card import FailureCard
from switchyard.ui.transcript.question_card import QuestionCard
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.why_panel import WhyPanel
from switchyard.ui.widgets.labels import Label, Paragraph

Run = Callable[..., None]
Key = Qt.Key


def declined(words: str) -> Script:
    """Return a refusal in the model's own words."""
    delta = {"choices": [{"delta": {"refusal": words}}]}
    return Script(sse(delta, {"choices": [{"delta": {}, "finish_reason": "stop"}]}), headers=EVENTS)


def texts(widget: QWidget) -> list[str]:
    """Return what is written in a widget, from the top."""
    labels = sorted(widget.findChildren(Label), key=lambda each: each.mapTo(widget, each.rect().topLeft()).y())
    return [each.text() for each in labels if each.isVisible() and each.text()]


def last_view(rig: Rig) -> ReplyView:
    view = views_in(rig.thread)[-1]
    assert isinstance(view, ReplyView)
    return view


def test_what_a_model_says_instead_of_answering_stands_in_the_card(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            play(server, "one", declined("I cannot help with that."))
            play(server, "two", declined("Nor can I."))
            await rig.ask("question")
            await rig.settled(MessageState.FAILED)
            await eventually(lambda: last_view(rig).findChild(QuestionCard))
            card = last_view(rig).findChild(QuestionCard)
            assert isinstance(card, QuestionCard)
            assert texts(card)[:2] == [
                "The model declined to answer. Try another one?",
                "The model said: I cannot help with that.",
            ]
            below = [each for each in last_view(rig).foot.findChildren(Paragraph) if not card.isAncestorOf(each)]
            assert below == []
            await rig.click("Ask model-two")
            await eventually(lambda: last_view(rig).findChild(FailureCard))
            assert "The model said: Nor can I." in texts(last_view(rig))

    qrun(main())


def test_one_of_several_is_tried_alone_and_the_chat_keeps_its_chain(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            play(server, "one", refused(500, "broken"))
            play(server, "two", refused(503, "busy"), said("It works now."))
            await rig.ask("question")
            reply = await rig.settled(MessageState.FAILED)
            assert len([each for each in last_view(rig).findChildren(QWidget) if is_fix(each)]) == 2
            rig.thread.fix_requested.emit(reply.uid, Fix.TRY_AGAIN.value, 2)
            assert (await rig.settled()).text == "It works now."
            assert called(server) == ["one", "two", "two"]
            assert rig.page.column.composer.target.text() == "Everyday"

    qrun(main())


def is_fix(widget: QWidget) -> bool:
    return getattr(widget, "text", lambda: "")() == "Try this one" and bool(widget.accessibleDescription())


def test_a_fix_is_about_its_own_reply_and_what_was_passed_over(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            await rig.services.accounts.add("openai", "keyless")
            names = (DeploymentName("keyless", "gpt-5"), DeploymentName("one", "model-one"))
            steps = tuple(step_to(name, retries=0) for name in names)
            await rig.services.chains.save(plain_chain("Other", steps))
            await rig.services.chains.set_default("Other")
            await eventually(lambda: rig.page.column.composer.target.text() == "Other")
            play(server, "one", refused(500, "broken"))
            await rig.ask("question")
            reply = await rig.settled(MessageState.FAILED)
            await rig.click("Check key")
            rig.thread.edit_chain_requested.emit(reply.uid)
            rig.thread.check_keys_requested.emit(reply.uid)
            assert reply.route is not None
            assert rig.wishes.opened == [
                (PageName.PROVIDERS, "keyless"),
                (PageName.CHAINS, reply.route.chain),
                (PageName.PROVIDERS, "keyless"),
            ]

    qrun(main())


async def local(services: Services) -> None:
    """Make a default chain of a server on this computer that does not run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    await services.accounts.add("ollama", "ollama", base_url=f"http://127.0.0.1:{port}")
    await services.chains.save(plain_chain("Here", (step_to(DeploymentName("ollama", "qwen3:8b"), retries=0),)))
    await services.chains.set_default("Here")


def test_a_server_that_does_not_run_is_called_that_and_opened(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await local(rig.services)
            await eventually(lambda: rig.page.column.composer.target.text() == "Here")
            await rig.ask("question")
            await rig.settled(MessageState.FAILED)
            assert "Ollama is not running on this computer." in texts(last_view(rig))
            await rig.press_button("Check Ollama")
            assert rig.wishes.opened == [(PageName.PROVIDERS, "ollama")]

    qrun(main())


def test_the_route_tells_why_and_how_an_attempt_failed_after_a_restart(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            play(server, "one", refused(429, "slow down", retry_after="60", set_cookie="a=secret"))
            play(server, "two", said("The second answers."))
            await rig.ask("question")
            await rig.settled()
        async with chat(dark, data_dir) as rig:
            rig.open("question")
            await eventually(lambda: rig.shown and rig.last is not None and rig.last.text == "The second answers.")
            rig.press(Key.Key_I, CTRL)
            await eventually(lambda: last_view(rig).findChild(RouteTimeline))
            timeline = last_view(rig).findChild(RouteTimeline)
            why = last_view(rig).findChild(WhyPanel)
            assert isinstance(timeline, RouteTimeline)
            assert isinstance(why, WhyPanel)
            assert "Step 2 healthy; not measured yet." in texts(why)
            timeline.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(timeline, Key.Key_Return)
            panel = last_view(rig).findChild(AttemptPanel)
            assert isinstance(panel, AttemptPanel)
            [raw] = [text for text in texts(panel) if text.startswith("HTTP 429")]
            assert "retry-after: 60" in raw
            assert "slow down" in raw
            assert "secret" not in raw
            await rig.press_button("Copy details")
            assert raw in QGuiApplication.clipboard().text()

    qrun(main())


def test_a_new_chat_tells_how_the_signals_stand(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            line = rig.page.column.around.signals
            assert line.isHidden()  # the Simulator is always there
            await begin_with(rig, server)
            await eventually(lambda: line.text() == "all signals clear")
            play(server, "one", refused(429, "slow down", retry_after="3000"))
            play(server, "two", said("The second answers."))
            await rig.ask("question")
            await rig.settled()
            rig.new()
            await eventually(lambda: line.text().startswith("model-one is parked for 49 min"))
            line.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(line, Key.Key_Space)
            assert rig.wishes.opened == [(PageName.PROVIDERS, "one")]
            await rig.services.health.try_now("one")
            await eventually(lambda: line.text() == "all signals clear")
            assert line.accessibleName() == line.text()

    qrun(main())
