"""What a call will cost, before it is sent: a range for the person, and the most it can be for a budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from switchyard.core.catalog import Deployment
from switchyard.core.content import Capability, Parameter, Parameters
from switchyard.core.usage import MILLION, NANOS, Price, Usage, compute_cost

SHORT_OUTPUT = 100
FEWEST_ANSWERS = 8  # of a chat: with fewer nobody can say how long they usually are
USUAL_OUTPUT = 4_096  # what a long answer has, while nothing was measured
UNTOLD_OUTPUT = 8_192  # the limit that is set for a model of which nobody tells how much it can write
LEAST_OUTPUT = 256  # an answer that is cut shorter than this is worth nothing
MOST_SEARCHES = 5  # of the web, for one answer: whoever takes a limit is told
SEARCHED_TOKENS = 10_000  # what one search brings to read
UNTOLD_SEARCH_NANOS = 35 * NANOS // 1000  # what the dearest asks for one, where nobody tells


class Estimate(NamedTuple):
    """A range in nano-dollars over what has a price; `known` is False where something in it has none."""

    low_nanos: int | None
    high_nanos: int | None
    known: bool = True


def searches_of(deployment: Deployment, parameters: Parameters) -> int:
    """Return how often a model may search the web for one answer."""
    able = deployment.capabilities.get(Capability.WEB_SEARCH) is not False
    takes = Parameter.WEB_SEARCH.value not in deployment.refuses
    return MOST_SEARCHES if parameters.web_search and able and takes else 0


def long_output(outputs: Iterable[int]) -> int | None:
    """Return how long nineteen in twenty of a chat's answers are at most; None where there are too few to tell."""
    ordered = sorted(outputs)
    return ordered[-(-len(ordered) * 95 // 100) - 1] if len(ordered) >= FEWEST_ANSWERS else None


def estimate(
    deployment: Deployment,
    prompt_tokens: int,
    max_output: int | None = None,
    p95_output: int | None = None,
    *,
    searches: int = 0,
) -> Estimate:
    """Return what a call will cost: a short answer to a prompt that is cached, up to a long one to a new prompt.

    `max_output` is what the person set; `p95_output` how long nineteen in twenty of this chat's answers are. Nobody
    searches for nothing: where a search has no price, it is taken that there will be none.
    """
    if deployment.free or deployment.simulated:
        return Estimate(0, 0)
    price = deployment.price
    if price is None:
        return Estimate(None, None, known=False)
    told = [tokens for tokens in (max_output, p95_output) if tokens is not None]
    long = min(told) if told else USUAL_OUTPUT
    if deployment.max_output is not None:
        long = min(long, deployment.max_output)
    cheap = Usage(prompt_tokens, min(SHORT_OUTPUT, long), cached_input=prompt_tokens)
    sought = searches if price.search_nanos is not None else 0
    dear = Usage(prompt_tokens + sought * SEARCHED_TOKENS, long, cache_write_5m=prompt_tokens, searches=sought)
    costs = sorted(compute_cost(usage, price) or 0 for usage in (cheap, dear))
    return Estimate(costs[0], costs[1])


def estimate_range(steps: Sequence[Sequence[Estimate]]) -> Estimate:
    """Return what a message will cost, from the estimates of the pools of the steps that it can reach.

    Low is the cheapest of the first step. High is the dearest single one: a call that is left for the next is mostly
    refused, and refused calls cost nothing.
    """
    first = [one.low_nanos for one in (steps[0] if steps else ()) if one.low_nanos is not None]
    every = [one for pool in steps for one in pool]
    highs = [one.high_nanos for one in every if one.high_nanos is not None]
    return Estimate(min(first, default=None), max(highs, default=None), all(one.known for one in every))


def worst_case_nanos(
    deployment: Deployment, prompt_tokens: int, max_output: int | None, *, searches: int = 0, audio: bool = False
) -> int | None:
    """Return the most that a call can cost; None where there is no price.

    The prompt is counted with a margin, since it is an estimate, and at the dearest rate that it may be charged at;
    the answer with all that it may have. `audio`: the prompt is a recording.
    """
    if deployment.free or deployment.simulated:
        return 0
    if deployment.price is None:
        return None
    most = most_output(deployment, max_output)
    return max(
        _rounded_up(sent + most * output_nanos)
        for sent, output_nanos in _rates(deployment.price, prompt_tokens, searches, audio=audio)
    )


def least_case_nanos(
    deployment: Deployment, prompt_tokens: int, max_output: int | None, *, searches: int = 0
) -> int | None:
    """Return the least that must be reserved for a call to be worth making; None where there is no price."""
    least = most_output(deployment, max_output)
    if _can_be_capped(deployment):
        least = min(least, LEAST_OUTPUT)
    return worst_case_nanos(deployment, prompt_tokens, least, searches=searches)


def cap_output(
    deployment: Deployment, prompt_tokens: int, max_output: int | None, room_nanos: int, *, searches: int = 0
) -> int | None:
    """Return how much a call may write at most so that it cannot cost more than `room_nanos`; None: not be made at all.

    Where there is no price nothing can be promised, so that the answer is None too.
    """
    most = most_output(deployment, max_output)
    if deployment.free or deployment.simulated:
        return most
    if deployment.price is None:
        return None
    capped = most
    for sent, output_nanos in _rates(deployment.price, prompt_tokens, searches):
        left = room_nanos * MILLION - sent
        if left < 0:
            return None
        if output_nanos:
            capped = min(capped, left // output_nanos)
    least = min(most, LEAST_OUTPUT) if _can_be_capped(deployment) else most
    if capped < least:
        return None
    if deployment.context is not None:  # some servers refuse what would not fit into the window together
        capped = min(capped, max(deployment.context - _with_margin(prompt_tokens), least))
    return capped


def most_output(deployment: Deployment, max_output: int | None) -> int:
    """Return the limit for what a call may write: the person's, the model's, or a large one where neither is known."""
    told = [tokens for tokens in (max_output, deployment.max_output) if tokens is not None]
    if told:
        return min(told)
    return min(UNTOLD_OUTPUT, deployment.context or UNTOLD_OUTPUT)


def _can_be_capped(deployment: Deployment) -> bool:
    return Parameter.MAX_OUTPUT.value not in deployment.refuses


def _rates(price: Price, prompt_tokens: int, searches: int, *, audio: bool = False) -> Iterator[tuple[int, int]]:
    """Yield what a prompt costs at most (in millionths of a nano-dollar) and each token of output, by price tier."""
    tokens = _with_margin(prompt_tokens + searches * SEARCHED_TOKENS)
    for at in (price, *(tier.price for tier in price.tiers if tokens > tier.above)):
        sent = max(at.input_nanos, at.cache_write_5m_nanos or 0, at.image_input_nanos or 0)
        if audio:
            sent = max(sent, at.audio_input_nanos or 0)
        yield (
            tokens * sent
            + searches * MILLION * (at.search_nanos if at.search_nanos is not None else UNTOLD_SEARCH_NANOS),
            max(at.output_nanos, at.image_output_nanos or 0),
        )


def _with_margin(prompt_tokens: int) -> int:
    return -(-prompt_tokens * 5 // 4)


def _rounded_up(millionths: int) -> int:
    return -(-millionths // MILLION)
