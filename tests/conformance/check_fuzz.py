"""A hundred thousand spoiled answers, recordings among them: nothing but events and failures, and no memory kept.

Part of `make conformance`. A number that fails is told; it always means the same answer.
"""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from tests.conformance.mutations import SPEAKERS, TYPES, Player, Seed, seeds_of
from tests.conformance.recorded import CHATS, EMBEDDINGS, LISTS, ROOT, recordings_of

ANSWERS = 20_000  # for each of the five dialects
WATCHED, WARM = 2_000, 1_000
GROWTH_BYTES = 200_000
LONGEST_SEED_BYTES = 6_000

APIS = {
    "openai-chat": {"openai-chat", "azure-openai-chat", "mistral-chat"},
    "openai-responses": {"openai-responses", "azure-openai-responses"},
    "anthropic": {"anthropic-messages"},
    "gemini": {"gemini-generate"},
    "ollama": {"ollama-chat"},
}


def recorded_seeds(dialect: str) -> list[Seed]:
    """Return the recordings of a dialect as seeds; none where there are no recordings."""
    found = recordings_of(CHATS | EMBEDDINGS | LISTS) if ROOT.is_dir() else {}
    ours = [recorded for recorded in found.values() if recorded.api in APIS[dialect]]
    suffixes = {kind: suffix for suffix, kind in TYPES.items()}
    seeds = []
    for recorded in ours:
        kind = recorded.item["response"]["headers"].get("content-type", "").partition(";")[0]
        if len(recorded.body) <= LONGEST_SEED_BYTES:
            seeds.append(Seed(dialect, suffixes.get(kind, ".json"), recorded.body))
    return seeds


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("dialect", SPEAKERS)
async def test_spoiled_answers_are_events_and_failures(dialect: str) -> None:
    player = Player(dialect, seeds_of(dialect) + recorded_seeds(dialect))
    for number in range(ANSWERS):
        await player.play(1_000_000 + number)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", SPEAKERS)
async def test_spoiled_answers_leave_no_memory_behind(dialect: str) -> None:
    player = Player(dialect, seeds_of(dialect))
    sizes = []
    tracemalloc.start()
    try:
        for number in range(WARM + WATCHED):
            await player.play(number % WARM)  # the same ones again: whatever they need once is there
            if (number + 1) % WARM == 0:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] - sizes[0] < GROWTH_BYTES, sizes
