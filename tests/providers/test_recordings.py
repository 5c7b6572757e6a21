"""Every dialect against recorded traffic of the real providers, in process: whole, and in pieces of any size.

`make conformance` plays the same over real HTTP, with every fault.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.conformance.in_process import HOST, Played
from tests.conformance.recorded import (
    CHATS,
    EMBEDDINGS,
    LISTS,
    NOT_SPOKEN,
    ROOT,
    Recorded,
    check_models,
    check_reply,
    check_vectors,
    embed,
    recordings_of,
    tell,
)

from switchyard.providers.registry import build_providers

RECORDED = recordings_of(CHATS)
EMBEDDED = recordings_of(EMBEDDINGS)
LISTED = recordings_of(LISTS)


def played(recorded: Recorded, pieces: Iterable[bytes]) -> Played:
    """Return connections that bring a recording's answer."""
    clients = Played(recorded.operation)
    clients.status, clients.headers = recorded.status, recorded.item["response"]["headers"]
    clients.pieces = pieces
    return clients


def sizes(body: bytes) -> Iterable[tuple[str, list[bytes]]]:
    """Yield a body in pieces: whole, byte by byte, inside every character, and at random."""
    yield "whole", [body]
    step = 1 if len(body) < 20_000 else 7
    yield "small", [body[at : at + step] for at in range(0, len(body), step)]
    yield "inside characters", re.split(rb"(?=[\x80-\xbf])", body)
    chance, pieces, at = random.Random(len(body)), [], 0
    while at < len(body):
        end = at + chance.randint(1, 400)
        pieces.append(body[at:end])
        at = end
    yield "random", pieces


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("name", RECORDED)
async def test_reply_is_read_as_expected(name: str) -> None:
    recorded = RECORDED[name]
    for how, pieces in sizes(recorded.body) if recorded.is_stream else [("whole", [recorded.body])]:
        told = await tell(build_providers(played(recorded, pieces)), recorded, HOST)
        try:
            check_reply(told, recorded)
        except AssertionError as error:
            error.add_note(f"its pieces: {how}")
            raise


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("name", EMBEDDED)
async def test_vectors_are_those_of_the_recording(name: str) -> None:
    recorded = EMBEDDED[name]
    check_vectors(await embed(build_providers(played(recorded, [recorded.body])), recorded, HOST), recorded)


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("name", LISTED)
async def test_list_of_models(name: str) -> None:
    recorded = LISTED[name]
    await check_models(build_providers(played(recorded, [recorded.body])), recorded, HOST)


def test_no_recording_is_left_out(recordings: Path) -> None:
    known = {*RECORDED, *EMBEDDED, *LISTED, *recordings_of(set(NOT_SPOKEN))}
    assert known == {f"{path.parent.name}/{path.stem}" for path in ROOT.glob("*/*.json")}
