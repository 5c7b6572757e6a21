"""What an answer's headers tell of limits is passed on, and nothing where they tell nothing."""

from __future__ import annotations

from typing import Any

import pytest

from switchyard.core.events import RateLimitsTold, ResponseStarted, TextDelta

STREAM = {"content-type": "text/event-stream"}
LIMITS = {
    "openai": {"X-RateLimit-Limit-Requests": "60", "x-ratelimit-remaining-requests": "59"},
    "groq": {"x-ratelimit-remaining-tokens": "10", "x-ratelimit-reset-tokens": "2m59.56s"},
    "openrouter": {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "1795000000000"},
}
OTHERS = {"x-ratelimit-policy": "fair", "retry-after": "3", "x-request-id": "r1"}


@pytest.mark.parametrize("provider", LIMITS)
@pytest.mark.parametrize("stream", [True, False])
async def test_what_is_told_of_limits_is_passed_on_before_the_words(
    server: Any, fakes: Any, ask: Any, provider: str, stream: bool
) -> None:
    body = fakes.sse({"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]})
    whole = '{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'
    kind = STREAM if stream else {"content-type": "application/json"}
    server.play("/chat/completions", fakes.Script(body if stream else whole, headers=kind | OTHERS | LIMITS[provider]))
    told = await ask(provider, server.url(), stream=stream)
    kinds = [type(event) for event in told.events]
    assert kinds.index(ResponseStarted) < kinds.index(RateLimitsTold) < kinds.index(TextDelta)
    [event] = [event for event in told.events if isinstance(event, RateLimitsTold)]
    assert event.headers == {name.lower(): value for name, value in LIMITS[provider].items()}


async def test_anthropics_names_are_its_own(server: Any, fakes: Any, ask: Any) -> None:
    limits = {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-21T00:00:00Z",
    }
    events = fakes.sse({"type": "message_start", "message": {"model": "m"}}, {"type": "message_stop"}, done=False)
    server.play("/v1/messages", fakes.Script(events, headers=STREAM | limits))
    server.play("/messages", fakes.Script(events, headers=STREAM | limits))
    told = await ask("anthropic", server.url())
    assert [event.headers for event in told.events if isinstance(event, RateLimitsTold)] == [limits]


async def test_most_answers_tell_nothing(server: Any, fakes: Any, ask: Any) -> None:
    for headers in ({}, OTHERS):
        server.play("/chat/completions", fakes.Script(fakes.sse({"choices": []}), headers=STREAM | headers))
        told = await ask("openai", server.url())
        assert not [event for event in told.events if isinstance(event, RateLimitsTold)]
