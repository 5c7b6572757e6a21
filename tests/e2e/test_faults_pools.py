"""Faults that users of other routers have filed, of pools, limits and money.

Each test names its source. A real server plays the fault; the program must not repeat it, with a stream or without.
Over thousands of picks and over days these are tested in tests/core/test_strategies.py, tests/core/test_budget.py,
tests/services/test_ledger.py and tests/services/test_ledger_stateful.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.e2e.command_line import start
from tests.fakes.desk import ANTHROPIC, GEMINI, Desk, Told, answered
from tests.fakes.http_server import HttpServer, Script
from tests.fakes.replies import STREAM, body, broken, failing, good, half_body, named, streamed, tokens, words

from switchyard.bootstrap import open_services
from switchyard.core.budget import Action, Period, Scope
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Parameters
from switchyard.core.errors import ChainInvalid
from switchyard.core.events import AttemptStarted, Finish, RouteEvent, Shown
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.failures import FailureKind
from switchyard.core.route import Outcome, Reason
from switchyard.core.usage import MILLION, NANOS, CostSource, Price, estimate_tokens
from switchyard.services.router import Run

K = FailureKind
BOTH = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
ONE_DOLLAR = Price(NANOS, NANOS)  # for a million tokens, whichever way
COUNTED = {"prompt_tokens": 11, "completion_tokens": 20}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk.open() as opened:
        yield opened


# --- pools ------------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("pick", ["fastest", "balanced"])
async def test_fault_31_what_fails_at_once_is_not_taken_for_fast(desk: Desk, pick: str, stream: bool) -> None:
    """BerriAI/litellm#6345."""
    for name in "pf":
        await desk.account(name)
    await desk.chain_text(f"steps:\n  - use: [{{to: p/m}}, {{to: f/m}}]\n    pick: {pick}\n")
    desk.play("p", failing(500))
    desk.play("f", good(stream))
    for _ in range(100):
        answered(await desk.ask(stream=stream))
    touched, well = desk.calls("p", "f")
    assert touched <= 5
    assert well == 100


@BOTH
async def test_fault_32_cancelled_calls_give_their_places_back(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#20256, BerriAI/litellm#30020."""
    await desk.account("p", parallel="2")
    await desk.chain("p", "f")
    pieces = [*words(0, 6)]
    desk.play("p", broken(*pieces, ending="stall") if stream else half_body("stall"))
    rng = random.Random(7)

    async def cancelled() -> None:
        after = rng.choice(["at once", "soon", "a word", "words"])
        pause_s = rng.random() * 0.02

        def stop(run: Run, event: RouteEvent) -> None:
            if isinstance(event, AttemptStarted):
                if after == "at once":
                    run.stop()
                elif after == "soon" or not stream:
                    asyncio.get_running_loop().call_later(pause_s, run.stop)
            elif isinstance(event, Shown) and (after == "a word" or pieces[-1] in event.text):
                run.stop()

        told = await desk.ask(stream=stream, during=stop, save=False)
        assert told.finish is Finish.CANCELLED
        assert [attempt.outcome for attempt in told.attempts] == [Outcome.CANCELLED]

    for _ in range(100):
        await asyncio.gather(cancelled(), cancelled())
    scopes = await desk.scopes("p/m")
    assert desk.services.health.health.in_flight(scopes) == 0
    async with asyncio.timeout(10):
        await desk.server.until_alone()
    assert desk.calls("f") == (0,)
    assert not await desk.closed("p")
    await check_two_at_a_time(desk, stream)


async def check_two_at_a_time(desk: Desk, stream: bool) -> None:
    """Two calls go to P at once, a third one goes elsewhere."""
    gate = asyncio.Event()
    before, received = desk.calls("p")[0], len(desk.server.received)
    script = good(stream)
    desk.play("p", Script(script.body, headers=script.headers, chunked=script.chunked, gate=gate))
    desk.play("f", good(stream))
    async with asyncio.TaskGroup() as group:
        two = [group.create_task(desk.ask(stream=stream)) for _ in range(2)]
        await desk.server.until_received(received + 2)
        third = await desk.ask(stream=stream)
        answered(third)
        assert [(skip.deployment, skip.reason.value) for skip in third.record.skipped] == [("p/m", "limited")]
        gate.set()
    for task in two:
        answered(task.result())
    assert desk.calls("p") == (before + 2,)


@BOTH
async def test_fault_32_of_messages_at_the_same_moment_no_more_than_the_limit_go_out(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#20256."""
    await desk.account("p", parallel="2")
    await desk.chain("p", "f")
    gate = asyncio.Event()
    script = good(stream)
    desk.play("p", Script(script.body, headers=script.headers, chunked=script.chunked, gate=gate))
    desk.play("f", good(stream))
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(desk.ask(stream=stream)) for _ in range(6)]
        await desk.server.until_received(6)
        assert desk.calls("p", "f") == (2, 4)
        gate.set()
    for task in asked:
        answered(task.result())


@BOTH
async def test_fault_32_who_is_turned_away_for_the_crowd_uses_no_request(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#39309."""
    await desk.account("p", parallel="2", rpm="3")
    await desk.chain("p", "f")
    await check_two_at_a_time(desk, stream)
    answered(await desk.ask(stream=stream))
    assert desk.calls("p") == (3,), "the third one in its minute"
    answered(await desk.ask(stream=stream))
    assert desk.calls("p") == (3,)


async def test_fault_33_weights_are_kept_and_zero_is_zero(desk: Desk) -> None:
    """Portkey-AI/gateway#228."""
    for name in "abc":
        await desk.account(name)
        desk.play(name, good(False))
    pool = "[{to: a/m, weight: 0}, {to: b/m, weight: 3}, {to: c/m, weight: 1}]"
    await desk.chain_text(f"steps:\n  - use: {pool}\n    pick: weighted\n")
    for _ in range(200):
        await desk.ask(stream=False, save=False)
    a, b, c = desk.calls("a", "b", "c")
    assert a == 0
    assert 115 <= b <= 185
    assert b + c == 200


async def test_fault_33_a_pool_of_nothing_but_zeros_cannot_be_saved(desk: Desk) -> None:
    """Portkey-AI/gateway#228."""
    await desk.account("a")
    await desk.account("b")
    with pytest.raises(ChainInvalid):
        await desk.chain_text("steps:\n  - use: [{to: a/m, weight: 0}, {to: b/m, weight: 0}]\n    pick: weighted\n")


# --- what it cost -----------------------------------------------------------------------------------------------------

CLAUDE = "claude-sonnet-4-5"


def claude(start: dict[str, Any], *deltas: dict[str, Any], text: str = "w0 w1") -> Script:
    """Anthropic's stream, with the counts of its beginning and of what follows."""
    ends = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": delta} for delta in deltas]
    return named(
        {"type": "message_start", "message": {"model": CLAUDE, "usage": start}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        *ends,
        {"type": "message_stop"},
    )


def claude_whole(usage: dict[str, Any]) -> Script:
    content = [{"type": "text", "text": "w0 w1"}]
    return body({"type": "message", "model": CLAUDE, "content": content, "stop_reason": "end_turn", "usage": usage})


def gemini(usage: dict[str, Any], stream: bool) -> Script:
    candidate = {"content": {"role": "model", "parts": [{"text": "w0 w1"}]}, "finishReason": "STOP"}
    value = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-2.5-pro"}
    return Script(f"data: {json.dumps(value)}\n\n", headers=STREAM) if stream else body(value)


def rates(put_in: float, out: float, *, read: float | None = None, write: float | None = None) -> Price:
    """Return a price from dollars per million tokens."""
    read_nanos, write_nanos = (None if rate is None else round(rate * NANOS) for rate in (read, write))
    return Price(round(put_in * NANOS), round(out * NANOS), read_nanos, write_nanos)


def written(fresh: int, write: int, out: int) -> dict[str, int]:
    return {
        "input_tokens": fresh, "cache_creation_input_tokens": write, "cache_read_input_tokens": 0, "output_tokens": out,
    }  # fmt: skip


BILLS: dict[str, tuple[dict[str, int], Price, int]] = {
    "a write": (written(3, 12_304, 550), rates(3, 15, read=0.3, write=3.75), 54_399_000),
    "a large write": (written(6, 159_217, 2_745), rates(5, 25, read=0.5, write=6.25), 1_063_761_250),
}


@BOTH
@pytest.mark.parametrize("kind", BILLS)
async def test_fault_34_cached_tokens_are_billed_once(desk: Desk, kind: str, stream: bool) -> None:
    """BerriAI/litellm#9812, maximhq/bifrost#3451: the rates and the tokens are the issues' own."""
    usage, price, nanos = BILLS[kind]
    await desk.account("p", ANTHROPIC)
    await desk.chain(f"p/{CLAUDE}", limits="{turn_cost: none}")
    await desk.price(f"p/{CLAUDE}", price)
    begins = usage | {"output_tokens": 1}
    desk.play("p", claude(begins, {"output_tokens": usage["output_tokens"]}) if stream else claude_whole(usage))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.record.cost_nanos == nanos
    assert told.attempts[0].cost_source is CostSource.COMPUTED


@BOTH
async def test_fault_34_cached_tokens_of_gemini_are_billed_once(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#14849: the rates and the tokens are the issue's own."""
    await desk.account("p", GEMINI)
    await desk.chain("p/gemini-2.5-pro", limits="{turn_cost: none}")
    await desk.price("p/gemini-2.5-pro", rates(1.25, 10, read=0.625))
    usage = {"promptTokenCount": 262_960, "cachedContentTokenCount": 257_955, "candidatesTokenCount": 1_744}
    desk.play("p", gemini(usage, stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.record.cost_nanos == 184_918_125


NOTHING_NEW = {"input_tokens": None, "cache_creation_input_tokens": None, "cache_read_input_tokens": None}
LATER: dict[str, tuple[list[dict[str, Any]], tuple[int, int, int, int]]] = {
    # the counts after the first, and what they come to: input, output, read, written
    "the same again": ([written(10, 100, 20)], (110, 20, 0, 100)),
    "less than at first": ([{**written(5, 0, 20), "cache_read_input_tokens": 1000}], (1005, 20, 1000, 0)),
    "nulls": ([{**NOTHING_NEW, "output_tokens": 20}], (110, 20, 0, 100)),
    "output alone": ([{"output_tokens": 9}, {"output_tokens": 20}], (110, 20, 0, 100)),
    "nulls after more": (
        [{**written(5, 0, 9), "cache_read_input_tokens": 1000}, {**NOTHING_NEW, "output_tokens": 20}],
        (1005, 20, 1000, 0),
    ),
}


@pytest.mark.parametrize("kind", LATER)
async def test_fault_35_the_last_count_wins_whole_and_nulls_erase_nothing(desk: Desk, kind: str) -> None:
    """maximhq/bifrost#5354, maximhq/bifrost#6598."""
    deltas, (put_in, out, read, write) = LATER[kind]
    await desk.account("p", ANTHROPIC)
    await desk.chain(f"p/{CLAUDE}")
    desk.play("p", claude(written(10, 100, 1), *deltas))
    told = await desk.ask()
    answered(told)
    usage = told.attempts[0].usage
    assert usage is not None
    assert (usage.input, usage.output, usage.cached_input or 0, usage.cache_write) == (put_in, out, read, write)


@BOTH
async def test_fault_36_each_attempt_is_a_line_at_its_own_price(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#8810, BerriAI/litellm#13486, BerriAI/litellm#28241, earendil-works/pi#8285."""
    await desk.chain("p", "q", "f", limits="{turn_cost: none}")
    for name, dollars in (("p", 100), ("q", 10), ("f", 1)):
        await desk.price(f"{name}/m", rates(dollars, dollars))
    desk.play("p", failing(500))
    desk.play("q", broken("one ", "two ") if stream else half_body())
    desk.play("f", good(stream, usage=COUNTED))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.kept is not None
    assert told.kept.route is not None
    first, second, third = told.kept.route.attempts
    assert (first.cost_nanos, third.cost_nanos) == (0, 31 * NANOS // MILLION)
    assert (third.deployment, third.served_model, third.price) == ("f/m", "m-2026", rates(1, 1))
    if stream:
        assert second.cost_source is CostSource.ESTIMATED
        assert second.price == rates(10, 10)
        assert second.cost_nanos


@BOTH
async def test_fault_36_models_that_shared_a_call_are_each_billed_as_their_own(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#39294."""
    await desk.account("p", ANTHROPIC)
    await desk.chain(f"p/{CLAUDE}", limits="{turn_cost: none}")
    other = "claude-opus-4-1"  # 15 and 75 dollars, by our own table; the other 3 and 15
    iterations = [
        {"type": "message", "input_tokens": 10, "output_tokens": 20},
        {"type": "fallback_message", "model": other, "input_tokens": 100, "output_tokens": 200},
    ]
    usage = {"input_tokens": 10, "output_tokens": 20, "iterations": iterations}
    desk.play("p", claude({"input_tokens": 10, "output_tokens": 1}, usage) if stream else claude_whole(usage))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.record.cost_nanos == (10 * 3 + 20 * 15 + 100 * 15 + 200 * 75) * NANOS // MILLION


def stop_at(word: str, run: Run, event: RouteEvent) -> None:
    """Stop as soon as a word is shown."""
    if isinstance(event, Shown) and word in event.text:
        run.stop()


async def test_fault_37_a_stream_that_is_stopped_is_not_free(desk: Desk) -> None:
    """BerriAI/litellm#30630, BerriAI/litellm#33736, BerriAI/litellm#13245."""
    await desk.chain("p")
    await desk.price("p/m", ONE_DOLLAR)
    events = tokens(*words(0, 100))
    desk.play("p", broken(*words(0, 100), ending="stall"))
    told = await desk.ask(during=lambda run, event: stop_at("word099", run, event))
    assert len(events) > 100
    (attempt,) = told.attempts
    assert told.finish is Finish.CANCELLED
    assert attempt.cost_source is CostSource.ESTIMATED
    assert attempt.usage is not None
    assert attempt.usage.estimated
    assert attempt.cost_nanos is not None
    assert attempt.cost_nanos >= 100 * NANOS // MILLION


async def test_fault_37_what_was_counted_before_the_stop_is_exact(desk: Desk) -> None:
    """Wei-Shaw/sub2api#4408."""
    await desk.account("p", ANTHROPIC)
    await desk.chain(f"p/{CLAUDE}")
    await desk.price(f"p/{CLAUDE}", ONE_DOLLAR)
    script = claude({"input_tokens": 4321, "output_tokens": 1}, text="".join(words(0, 100)))
    cut_at = script.raw.index(b"event: content_block_stop")
    desk.play("p", Script(script.raw, headers=STREAM, cut_at=cut_at, ending="stall"))
    told = await desk.ask(during=lambda run, event: stop_at("word099", run, event))
    (attempt,) = told.attempts
    assert attempt.usage is not None
    assert attempt.usage.input == 4321
    assert attempt.usage.output is not None
    assert attempt.usage.output >= 100
    assert attempt.usage.estimated


async def hedged(desk: Desk, other: HttpServer, *, text: bool = False) -> Told:
    """Ask P, which is slow, with F at another host beside it, which is quick."""
    await desk.account("f", at=other)
    await desk.chain("p", "f", step="    hedge: 0.1\n")
    for name in "pf":
        await desk.price(f"{name}/m", ONE_DOLLAR)
    desk.play("p", Script("", headers=STREAM, cut_at=0, ending="stall"))
    desk.play("f", streamed("w0", " w1", usage=COUNTED), at=other)
    return await desk.ask()


async def test_fault_37_who_was_slower_is_a_line_as_well(desk: Desk) -> None:
    """BerriAI/litellm#13245, of hedges."""
    async with HttpServer.running() as other:
        told = await hedged(desk, other)
    answered(told)
    assert told.kept is not None
    assert told.kept.route is not None
    slower, quicker = told.kept.route.attempts
    assert (slower.deployment, slower.outcome, slower.reason) == ("p/m", Outcome.CANCELLED, Reason.FIRST)
    assert (quicker.deployment, quicker.outcome, quicker.reason) == ("f/m", Outcome.COMPLETED, Reason.HEDGE)
    assert quicker.cost_nanos == 31 * NANOS // MILLION
    await asyncio.wait_for(desk.server.left.wait(), 10)
    scopes = await desk.scopes("p/m")
    assert desk.services.health.health.in_flight(scopes) == 0


# --- what is set aside ------------------------------------------------------------------------------------------------


async def reserved(desk: Desk) -> tuple[int, int]:
    """Return what is spent and what is reserved of the one budget."""
    (view,) = await desk.services.ledger.spent_view()
    return view.spent_nanos, view.reserved_nanos


async def limit(desk: Desk, dollars: float) -> None:
    nanos = round(dollars * NANOS)
    await desk.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, nanos, action=Action.BLOCK)


@BOTH
async def test_fault_38_nothing_stays_reserved_of_any_mix_of_ends(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#30522."""
    await desk.chain("p", "f", limits="{turn_cost: none}")
    for name in "pf":
        await desk.price(f"{name}/m", ONE_DOLLAR)
    await limit(desk, 10)
    scripts = [
        good(stream, usage=COUNTED),
        failing(500),
        broken(*words(0, 40)) if stream else half_body(),
        failing(400, "content_policy_violation"),
        failing(401),
    ]
    desk.play("f", good(stream, usage=COUNTED))
    expected = 0
    for n, script in enumerate(scripts * 4):
        desk.play("p", script)

        def stop(run: Run, event: RouteEvent, *, now: bool = n % 3 == 0) -> None:
            if now and isinstance(event, AttemptStarted):
                run.stop()

        told = await desk.ask(stream=stream, during=stop)
        expected += sum(attempt.cost_nanos or 0 for attempt in told.attempts)
        assert (await reserved(desk))[1] == 0
    spent, left = await reserved(desk)
    assert left == 0
    assert spent == expected > 0


async def test_fault_38_a_process_that_is_killed_leaves_nothing_reserved() -> None:
    """BerriAI/litellm#30522."""
    async with HttpServer.running() as server:
        async with open_services(environment=os.environ) as services:
            await services.accounts.add("openai-compatible", "p", base_url=server.url("/p/v1"))
            await services.catalog.override(DeploymentName("p", "m"), Facts(prices=(DatedPrice(ONE_DOLLAR),)))
            await services.ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS, action=Action.BLOCK)
        server.play("/p/v1/chat/completions", broken("half", ending="stall"))
        process = await start("ask", "hi", "--model", "p/m")
        async with asyncio.timeout(60):
            await server.stalled.wait()
        async with open_services(environment=os.environ) as services:
            (view,) = await services.ledger.spent_view()
            assert view.reserved_nanos > 0
        process.kill()
        await process.communicate()
        async with open_services(environment=os.environ) as services:
            (view,) = await services.ledger.spent_view()
            assert view.reserved_nanos == 0


async def test_fault_38_what_failed_is_not_estimated_above_what_it_said(desk: Desk) -> None:
    """theopenco/llmgateway#3443."""
    await desk.chain("p")
    await desk.price("p/m", ONE_DOLLAR)
    await limit(desk, 10)
    desk.play("p", broken(*words(0, 40)))
    told = await desk.ask("a question of some length")
    most = estimate_tokens("a question of some length") * 1.25 + estimate_tokens("".join(words(0, 40))) + 16
    assert told.record.cost_nanos is not None
    assert 0 < told.record.cost_nanos <= most * NANOS / MILLION
    assert await reserved(desk) == (told.record.cost_nanos, 0)


async def test_fault_39_a_second_call_beside_the_first_hits_the_same_ledger(desk: Desk) -> None:
    """BerriAI/litellm#38176, of hedges; other calls are those of tests/services/test_side_calls.py."""
    await limit(desk, 1)
    async with HttpServer.running() as other:
        told = await hedged(desk, other)
    answered(told)
    assert len(told.attempts) == 2
    spent, left = await reserved(desk)
    assert spent == sum(attempt.cost_nanos or 0 for attempt in told.attempts) > 0
    assert left == 0


@BOTH
async def test_fault_39_two_at_once_cannot_both_spend_the_last_of_it(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#29006."""
    await desk.chain("p", limits="{turn_cost: none}")
    await desk.price("p/m", ONE_DOLLAR)
    await limit(desk, 0.0012)  # a thousand tokens, and the prompt
    desk.play("p", good(stream, usage={"prompt_tokens": 11, "completion_tokens": 900}))
    asked = [desk.ask(stream=stream, parameters=Parameters(max_output=1000)) for _ in range(4)]
    told = await asyncio.gather(*asked)
    answers = [one for one in told if one.finish is Finish.STOP]
    assert len(answers) == 1
    assert desk.calls("p") == (1,)
    for one in told:
        if one.finish is not Finish.STOP:
            assert one.record.failure is not None
            assert one.record.failure.kind is K.BUDGET
    spent, left = await reserved(desk)
    assert spent <= 1_200_000
    assert left == 0


@BOTH
async def test_fault_39_no_limit_is_no_block(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#10288, BerriAI/litellm#34896."""
    await desk.chain("p")
    await desk.price("p/m", ONE_DOLLAR)
    await desk.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, None, action=Action.BLOCK)
    desk.play("p", good(stream, usage=COUNTED))
    answered(await desk.ask(stream=stream))
    await limit(desk, 15)
    answered(await desk.ask(stream=stream))
    assert not await desk.services.ledger.warnings()
