"""Every recording over real HTTP: whole, in pieces, paced, compressed, with other line ends, cut, stalled, dropped.

Part of `make conformance`; `--recordings DIR` names another folder of the same form.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from tests.conformance.in_process import HOST, Played
from tests.conformance.recorded import (
    CHATS,
    EMBEDDINGS,
    LISTS,
    Recorded,
    check_models,
    check_reply,
    check_vectors,
    embed,
    recordings_of,
    tell,
)
from tests.providers.conftest import Told

from switchyard.core.events import CallFailed, ProviderEvent, ReasoningDelta, TextDelta
from switchyard.core.failures import FailureKind
from switchyard.providers.base import Provider
from switchyard.providers.registry import build_providers

RECORDED = recordings_of(CHATS)
EMBEDDED = recordings_of(EMBEDDINGS)
LISTED = recordings_of(LISTS)
STREAMS = [name for name, recorded in RECORDED.items() if recorded.is_stream and recorded.status == 200]
SOUND = [name for name in STREAMS if "error-in-stream" not in RECORDED[name].kinds]
ONE_OF_EACH = {recorded.provider: name for name, recorded in RECORDED.items()}

FAULTS = (
    "split=1", "split=300;seed=1", "split=7;seed=2", "split=utf8", "pace=0.001", "gzip=1", "gzip=1;split=5",
    "eol=crlf", "eol=cr", "delay=0.05",
)  # fmt: skip

Providers = dict[str, Provider]


def fits(faults: str, recorded: Recorded) -> bool:
    """Whether an answer is still one of its kind with these faults: only event streams take any end of a line."""
    content_type = recorded.item["response"]["headers"].get("content-type", "")
    return "eol" not in faults or not content_type.startswith("application/")


async def through(providers: Providers, replay: Any, name: str, faults: str = "") -> Told:
    """Return what a recording's answer comes to, with faults on its way."""
    return await tell(providers, RECORDED[name], replay.url(name, faults))


@pytest.mark.parametrize("name", RECORDED)
async def test_reply(providers: Providers, replay: Any, name: str) -> None:
    check_reply(await through(providers, replay, name), RECORDED[name])


@pytest.mark.parametrize(
    ("name", "faults"), [(name, faults) for name in STREAMS for faults in FAULTS if fits(faults, RECORDED[name])]
)
async def test_reply_by_any_transport(providers: Providers, replay: Any, name: str, faults: str) -> None:
    if len(RECORDED[name].body) > 30_000:
        faults = faults.replace("split=1", "split=5").replace("pace=0.001", "pace=0")
    check_reply(await through(providers, replay, name, faults), RECORDED[name])


@pytest.mark.parametrize("name", [name for name, recorded in RECORDED.items() if not recorded.is_stream])
async def test_whole_reply_in_pieces(providers: Providers, replay: Any, name: str) -> None:
    pieces = max(1, len(RECORDED[name].body) // 500)
    check_reply(await through(providers, replay, name, f"split={pieces};gzip=1"), RECORDED[name])


@pytest.mark.parametrize("end", ["close", "reset", "clean"])
@pytest.mark.parametrize("share", [1, 4, 8, 11])
@pytest.mark.parametrize("name", SOUND)
async def test_cut_stream_keeps_what_came(providers: Providers, replay: Any, name: str, share: int, end: str) -> None:
    recorded = RECORDED[name]
    size = len(recorded.body) * share // 12
    told = await through(providers, replay, name, f"cut={size};end={end}")
    whole = await told_in_process(recorded, recorded.body)
    assert whole.text.startswith(told.text)
    assert whole.reasoning.startswith(told.reasoning)
    if told.failure is None:  # all that mattered had come, and only the end of the connection was missing
        assert (told.text, told.finish) == (whole.text, whole.finish)
        assert told.calls == whole.calls
        return
    nothing = not told.text and not told.reasoning
    assert told.failure.kind is FailureKind.CUT or (
        nothing and told.failure.kind in {FailureKind.EMPTY, FailureKind.BAD_EVENT}
    )


@pytest.mark.parametrize("name", SOUND)
async def test_stalled_stream_shows_what_came(providers: Providers, replay: Any, name: str) -> None:
    """Nothing is held back until the next piece comes, and leaving takes no patience."""
    recorded = RECORDED[name]
    size = len(recorded.body) * 2 // 3
    expected = await said_before_the_end(recorded, recorded.body[:size])
    host = replay.url(name, f"stall={size}")
    seen: list[ProviderEvent] = []
    async with asyncio.timeout(20), providers[recorded.provider].stream(recorded.call(host)) as batches:
        while len(words_of(seen)) < len(expected):
            seen += await anext(aiter(batches))
    assert words_of(seen) == expected


@pytest.mark.parametrize("provider", ONE_OF_EACH)
async def test_dropped_connection_is_none(providers: Providers, replay: Any, provider: str) -> None:
    told = await through(providers, replay, ONE_OF_EACH[provider], "drop=1")
    assert told.failure is not None
    assert told.failure.kind is FailureKind.CONNECT
    assert not told.events


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.BAD_REQUEST),
        (401, FailureKind.AUTH),
        (403, FailureKind.PERMISSION),
        (404, FailureKind.UNKNOWN),
        (413, FailureKind.CONTEXT),
        (429, FailureKind.RATE_LIMIT),
        (500, FailureKind.SERVER),
        (502, FailureKind.SERVER),
        (503, FailureKind.OVERLOADED),
        (524, FailureKind.SERVER),
        (529, FailureKind.OVERLOADED),
    ],
)
@pytest.mark.parametrize("provider", ONE_OF_EACH)
async def test_status_in_the_providers_own_shape(
    providers: Providers, replay: Any, provider: str, status: int, kind: FailureKind
) -> None:
    told = await through(providers, replay, ONE_OF_EACH[provider], f"status={status};retry-after=7")
    failure = told.failure
    assert failure is not None
    assert (failure.kind, failure.status, failure.message) == (kind, status, f"replayed {status}")
    assert failure.retry_after_s == 7


@pytest.mark.parametrize("name", EMBEDDED)
async def test_vectors(providers: Providers, replay: Any, name: str) -> None:
    check_vectors(await embed(providers, EMBEDDED[name], replay.url(name)), EMBEDDED[name])


@pytest.mark.parametrize("faults", ["", "gzip=1;split=900"])
@pytest.mark.parametrize("name", LISTED)
async def test_list_of_models(providers: Providers, replay: Any, name: str, faults: str) -> None:
    await check_models(providers, LISTED[name], replay.url(name, faults))


# --- the same in process, to compare with -----------------------------------------------------------------------------


async def told_in_process(recorded: Recorded, body: bytes) -> Told:
    """Return what a body comes to where nothing is in its way."""
    return await tell(build_providers(played(recorded, body)), recorded, HOST)


async def said_before_the_end(recorded: Recorded, body: bytes) -> list[str]:
    """Return the words that can be told from a body of which more may come."""
    providers = build_providers(played(recorded, body))
    seen: list[ProviderEvent] = []
    async with providers[recorded.provider].stream(recorded.call(HOST)) as batches:
        with contextlib.suppress(CallFailed):  # not one event is whole yet
            seen += [*await anext(aiter(batches)), *await anext(aiter(batches))]
    return words_of(seen)


def played(recorded: Recorded, body: bytes) -> Played:
    """Return connections that bring this body, as one piece, for a recording's answer."""
    clients = Played(recorded.operation)
    clients.status, clients.headers = recorded.status, recorded.item["response"]["headers"]
    clients.pieces = [body]
    return clients


def words_of(events: list[ProviderEvent]) -> list[str]:
    """Return what was said, and what was thought."""
    return [event.text for event in events if isinstance(event, TextDelta | ReasoningDelta)]
