"""The Simulator as a provider: paces, vices and memory, without waiting for any of it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed, Finish, ReasoningDelta, TextDelta
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call
from switchyard.providers.simulator import Simulator


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def simulator(time: Time) -> Simulator:
    return Simulator(sleep=time.sleep, clock=time.clock)


@pytest.fixture
def play(simulator: Simulator) -> Any:
    """Call a model; return its events by batch, and its failure."""

    async def play(model: str, prompt: str = "Hello", **call: Any) -> Any:
        batches, failure, sent = [], None, []
        try:
            async with simulator.stream(
                Call(
                    Endpoint("sim", "simulator", ""),
                    model,
                    (ChatMessage(Role.USER, prompt),),
                    on_sent=lambda: sent.append(True),
                    **call,
                )
            ) as stream:
                batches = [batch async for batch in stream]
        except CallFailed as failed:
            failure = failed.failure
        return [event for batch in batches for event in batch], failure, len(batches), len(sent)

    return play


def text_of(events: Any) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    ("model", "least_s", "most_s"), [("sim-steady", 1.5, 5), ("sim-fast", 0.5, 1.5), ("sim-slow", 19.9, 20.1)]
)
async def test_pace(play: Any, time: Time, model: str, least_s: float, most_s: float) -> None:
    began = time.now
    events, failure, batches, sent = await play(model)
    assert failure is None
    assert sent == 1
    assert batches > 50
    assert least_s < time.now - began < most_s
    assert events[-1].finish is Finish.STOP
    assert events[-2].usage.output > 0


async def test_whole_reply_is_one_batch_with_the_same_words(play: Any) -> None:
    streamed, *_ = await play("sim-steady")
    whole, _, batches, _ = await play("sim-steady", stream=False)
    assert batches == 1
    assert text_of(whole) == text_of(streamed)


async def test_every_second_reply_is_cut(play: Any) -> None:
    whole = text_of((await play("sim-flaky"))[0])
    kinds = []
    for _ in range(4):
        _, failure, _, _ = await play("sim-flaky")
        kinds.append(failure.kind if failure else None)
    assert kinds == [FailureKind.CUT, None, FailureKind.CUT, None]
    assert whole


async def test_cut_reply_has_shown_something(simulator: Simulator) -> None:
    call = Call(Endpoint("sim", "simulator", ""), "sim-flaky", (ChatMessage(Role.USER, "Hello"),))
    texts = ["", ""]
    for n in range(2):
        with contextlib.suppress(CallFailed):
            async with simulator.stream(call) as stream:
                async for batch in stream:
                    texts[n] += text_of(batch)
    assert texts[0].startswith(texts[1])
    assert len(texts[0]) > len(texts[1]) > 100


async def test_limit_heals_five_seconds_after_the_first_call(play: Any, time: Time) -> None:
    _, failure, _, _ = await play("sim-limited")
    assert (failure.kind, failure.status, failure.retry_after_s) == (FailureKind.RATE_LIMIT, 429, 5)
    time.now += 2.5
    _, failure, _, _ = await play("sim-limited")
    assert failure.retry_after_s == 3
    time.now += 2.49  # a timer that rings a little early
    _, failure, _, _ = await play("sim-limited")
    assert failure is None


async def test_thinking_comes_first(play: Any) -> None:
    events, *_ = await play("sim-think")
    kinds = [type(event) for event in events if isinstance(event, ReasoningDelta | TextDelta)]
    assert kinds[0] is ReasoningDelta
    assert kinds == sorted(kinds, key=lambda kind: kind is TextDelta)
    assert events[-2].usage.reasoning > 0


async def test_unknown_model(play: Any) -> None:
    _, failure, _, _ = await play("sim-none")
    assert (failure.kind, failure.status) == (FailureKind.MODEL_GONE, 404)


async def test_list(simulator: Simulator) -> None:
    assert len(await simulator.list_models(Endpoint("sim", "simulator", ""))) == 6


def test_nothing_of_the_network_is_loaded_before_it_is_needed() -> None:
    """Building every provider and asking the Simulator must not import HTTP: the window paints before."""
    code = (
        "import asyncio, sys\n"
        "from switchyard.providers.registry import build_providers\n"
        "from switchyard.providers.client import Clients\n"
        "from switchyard.providers.presets import PRESETS\n"
        "from switchyard.core.catalog import Endpoint\n"
        "clients = Clients('x')\n"
        "providers = build_providers(clients)\n"
        "assert list(providers) == list(PRESETS)\n"
        "asyncio.run(providers['simulator'].list_models(Endpoint('sim', 'simulator', '')))\n"
        "heavy = {'httpx', 'httpcore', 'h11', 'anyio', 'truststore', 'PySide6', 'sqlite3', 'keyring'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
