"""The states of a reply on its way, and what is asked when it does not come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.fakes.http_server import Script, sse
from tests.shots import texts
from tests.shots.rig import Rig

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.ui.pages.page import PageName
from switchyard.ui.transcript.attempt_panel import AttemptPanel
from switchyard.ui.transcript.reasoning import Reasoning
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.route_line import RouteLine
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.thread_view import ThreadView

Act = Callable[[Rig], Awaitable[None]]
_LIVE = "/live/v1/chat/completions"
_EVENTS = {"content-type": "text/event-stream"}
_JSON = {"content-type": "application/json"}
_QUESTION = "Which of the two limiters would you ship first, and why?"


async def wait(rig: Rig) -> None:
    """Nothing has come for longer than two seconds."""
    await _ask(rig, "Live", Script(gate=asyncio.Event()))
    await _says(rig, "Waiting for")


async def fall_over(rig: Rig) -> None:
    """The first one had no room, and the next one is called."""
    busy = Script('{"error": {"message": "No capacity."}}', 503, _JSON, chunked=False)
    await _ask(rig, "Live", busy, Script(gate=asyncio.Event()))
    await _says(rig, "overloaded, trying")


async def think(rig: Rig) -> None:
    """A model thinks, and what it thought so far is shown."""
    deltas = [{"model": "gpt-5", "choices": [{"delta": {"reasoning_content": texts.THOUGHT}}]}]
    await _ask(rig, "Live", Script(sse(*deltas, done=False), headers=_EVENTS, ending="stall"))
    await _says(rig, "tok so far")


async def show_thoughts(rig: Rig) -> None:
    """Unfold what the model thinks."""
    view = _reply(rig)
    await rig.until(lambda: any(isinstance(each, Reasoning) for each in view.children()))
    view.show_thoughts()
    await rig.settle()


async def load(rig: Rig) -> None:
    """A model of this computer is not in memory yet."""
    rig.server.play("/api/chat", Script(gate=asyncio.Event()))
    await rig.services.chains.save(plain_chain("Here", (step_to(DeploymentName("ollama", "gemma3:12b")),)))
    await _ask(rig, "Here")
    await _says(rig, "into memory")


async def leave_loading(rig: Rig) -> None:
    """Stop the reply, and take away the chain that it needed."""
    await stop(rig)
    await rig.services.chains.remove("Here")


async def tell_attempt(rig: Rig) -> None:
    """A route as a track, and what is known of the attempt that failed."""
    told = {"error": {"message": "The engine is overloaded.", "type": "server_error", "code": "engine_overloaded"}}
    headers = {**_JSON, "x-request-id": "req_7f41c2", "retry-after": "2", "server": "gateway"}
    words = [{"model": "gpt-5-mini", "choices": [{"delta": {"content": texts.SHORT_ANSWER}}]}]
    last = {
        "choices": [{"delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 497, "completion_tokens": 96},
    }
    failed = Script(json.dumps(told), 503, headers, chunked=False)
    await _ask(rig, "Live", failed, Script(sse(*words, last), headers=_EVENTS))
    await rig.until(lambda: not rig.window.workbench.page.column.composer.send.stops)  # type: ignore[union-attr]
    await rig.settle()
    _reply(rig).foot.toggle()
    await rig.settle()


async def choose_attempt(rig: Rig) -> None:
    """Open what is known of the first attempt."""
    if _reply(rig).findChild(AttemptPanel) is not None:
        return
    timeline = _reply(rig).findChild(RouteTimeline)
    assert isinstance(timeline, RouteTimeline)
    timeline.attempt_chosen.emit(1)
    _thread(rig).to_end()
    await rig.settle()


async def read_on(rig: Rig) -> None:
    """New text has come while somebody reads further up."""
    pieces = [{"model": "gpt-5", "choices": [{"delta": {"content": f"{texts.LIMITER_ANSWER}\n\n"}}]} for _ in range(8)]
    body = sse(*pieces, done=False)
    await _ask(rig, "Live", Script(body, headers=_EVENTS, piece_bytes=1_000, pause_s=0.1, ending="stall"))
    await rig.until(lambda: _thread(rig)._stage.verticalScrollBar().maximum() > 0)
    QTest.keyClick(_thread(rig), Qt.Key.Key_Home)
    await rig.until(lambda: _thread(rig)._floats.newer.isVisible())
    await rig.settle()


async def stop(rig: Rig) -> None:
    """Stop the reply."""
    page = rig.window.workbench.page
    page.presenter.shown.stop()  # type: ignore[union-attr]
    await rig.until(lambda: not page.column.composer.send.stops)  # type: ignore[union-attr]


async def _ask(rig: Rig, chain: str, *scripts: Script) -> None:
    if scripts:
        rig.server.play(_LIVE, *scripts)
    await rig.show(PageName.CHAT, "")
    await rig.services.chains.set_default(chain)
    await rig.settle()
    await rig.ask(_QUESTION)
    await rig.services.chains.set_default("Everyday")


async def _says(rig: Rig, words: str) -> None:
    """Wait until the line of the last reply says something."""

    def said() -> bool:
        line = _reply(rig).findChild(RouteLine)
        return isinstance(line, RouteLine) and line.facts is not None and words in line.facts.spoken

    await rig.until(said)
    await rig.settle()


def _thread(rig: Rig) -> ThreadView:
    view = rig.window.workbench.page.column.threads.currentWidget()  # type: ignore[union-attr]
    assert isinstance(view, ThreadView)
    return view


def _reply(rig: Rig) -> ReplyView:
    view = _thread(rig)._stage.items[-1].view
    assert isinstance(view, ReplyView)
    return view
