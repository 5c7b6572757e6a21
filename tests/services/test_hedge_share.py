"""The share of a day's calls that had another one beside them, over the processes that made them."""

from __future__ import annotations

import os

from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.chain import Chain, DeploymentName, plain_chain, step_to
from switchyard.core.events import RouteEnded
from switchyard.core.route import Reason
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt

STREAM = {"content-type": "text/event-stream"}
SLOW = Script("", headers=STREAM, cut_at=0, ending="stall")
GOOD = Script(
    sse({"choices": [{"delta": {"content": "Hello."}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    headers=STREAM,
)
PATH = "/v1/chat/completions"


def hedging() -> Chain:
    first = replace(step_to(DeploymentName("slow", "m"), first_token_s=0.4), hedge=0.02)
    return plain_chain("Pair", (first, step_to(DeploymentName("quick", "m"))))


async def reasons() -> list[Reason]:
    """Ask in a process of its own; return why each call was made."""
    async with open_services(environment=os.environ) as services:
        for name in ("slow", "quick"):
            await services.accounts.keep_key_for_session(name, "k")
        async with services.chat.open(Prompt("hi", Target(chain="Pair"))) as turn:
            async for batch in turn.run:
                for event in batch:
                    if isinstance(event, RouteEnded):
                        return [attempt.reason for attempt in event.record.attempts]
    raise AssertionError("a route without an end")


async def test_a_second_process_counts_what_the_first_has_done() -> None:
    async with HttpServer.running() as slow, HttpServer.running() as quick:
        slow.play(PATH, SLOW)
        quick.play(PATH, GOOD)
        async with open_services(environment=os.environ) as services:
            await services.accounts.add("openai-compatible", "slow", base_url=slow.url("/v1"))
            await services.accounts.add("openai-compatible", "quick", base_url=quick.url("/v1"))
            await services.chains.save(hedging())
        assert await reasons() == [Reason.FIRST, Reason.HEDGE]
        assert await reasons() == [Reason.FIRST, Reason.FALLBACK]
