"""Shortens a conversation to what a model can read: the oldest turns go first, and it is told how many."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import estimate_message

ANSWER_TOKENS = 1024  # kept free for the answer, in a window of any size but a small one
SMALL_SHARE = 4  # of a small window a quarter is kept free
SUMMARY_TOKENS = 800  # of what stands in the place of older messages


def room_in(window: int) -> int:
    """Return how many tokens a prompt may have in a window, beside the answer that it is to hold as well."""
    return window - min(ANSWER_TOKENS, window // SMALL_SHARE)


def fit(
    messages: Sequence[ChatMessage], window: int, *, beside_tokens: int = 0, summarised: bool = False
) -> tuple[tuple[ChatMessage, ...], int]:
    """Return the messages that fit into a window of so many tokens, and how many were left out.

    `beside_tokens` is what is sent with it: system text and tools. `summarised`: a summary takes the place of the rest.
    """
    sizes = [estimate_message(message) for message in messages]
    asks = [message.role is Role.USER for message in messages]
    first = first_kept(sizes, asks, window, beside_tokens=beside_tokens, summarised=summarised)
    return tuple(messages[first:]), first


def first_kept(
    sizes: Sequence[int], asks: Sequence[bool], window: int, *, beside_tokens: int = 0, summarised: bool = False
) -> int:
    """Return the place of the first message that still fits into a window, by their sizes and by who `asks`.

    Whole turns are left out, so that what remains begins with a person's words; the last message always stays.
    """
    room = room_in(window) - beside_tokens - (SUMMARY_TOKENS if summarised else 0)
    left, first, last = sum(sizes), 0, len(sizes) - 1
    while left > room and first < last:
        turn_ends = first + 1
        while turn_ends < last and not asks[turn_ends]:
            turn_ends += 1
        left -= sum(sizes[first:turn_ends])
        first = turn_ends
    return first
