"""What a reply that ended in order amounts to: an answer, a refusal, or nothing."""

from __future__ import annotations

from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.usage import Usage


def judge(
    finish: Finish | None, text: str, reasoning: str, usage: Usage | None, *, produced: bool = False
) -> FailureKind | None:
    """Return the class of a reply that is no answer; None for an answer.

    `produced`: it called a tool, or made an image. Refusals are told before emptiness, and text that
    stopped at the length limit is an answer (docs/routing.md, decisions). A pause is one whatever was said: it goes on
    with the next message.
    """
    if finish in (Finish.CONTENT_FILTER, Finish.REFUSAL):
        return FailureKind.REFUSED_OUTPUT
    if text.strip() or produced or finish is Finish.PAUSE:
        return None
    reasoned = bool(reasoning.strip()) or bool(usage and usage.reasoning)
    if reasoned or finish is Finish.LENGTH:
        return FailureKind.EMPTY_ANSWER
    return FailureKind.EMPTY
