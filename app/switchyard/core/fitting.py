"""Shortens a conversation to what a model can read: the oldest turns go first, and it is told how many."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import estimate_message

ANSWER_TOKENS = 1024  # kept free for the answer, in a window of any size but a small one
SMALL_SHARE = 4  # of a small window a quarter is kept free


def room_in(window: int) -> int:
    """Return how many tokens a prompt may have in a window, beside the answer that it is to hold as well."""
    return window - min(ANSWER_TOKENS, window // SMALL_SHARE)


def fit(messages: Sequence[ChatMessage], window: int, *, beside_tokens: int = 0) -> tuple[tuple[ChatMessage, ...], int]:
    """Return the messages that fit into a window of so many tokens, and how many were left out.

    Whole turns are left out, so that what remains begins with a person's words; the last message always stays.
    `beside_tokens` is what is sent with it: system text and tools.
    """
    room = room_in(window) - beside_tokens
    sizes = [estimate_message(message) for message in messages]
    left, first = sum(sizes), 0
    while left > room and first < len(messages) - 1:
        turn_ends = first + 1
        while turn_ends < len(messages) - 1 and messages[turn_ends].role is not Role.USER:
            turn_ends += 1
        left -= sum(sizes[first:turn_ends])
        first = turn_ends
    return tuple(messages[first:]), first
