"""How fast and how reliable deployments were of late: what strategies order by, and deadlines are made of.

Younger samples weigh more: a sample's weight halves every six hours. Where little was measured, figures lean on what
is known of the neighbours, so that an unseen deployment is neither the best nor the worst.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterable
from enum import StrEnum
from itertools import accumulate, compress
from typing import NamedTuple

from switchyard.core.catalog import Deployment
from switchyard.core.facts import Speed
from switchyard.core.failures import FailureKind
from switchyard.core.route import AttemptRecord, Outcome

RING = 64
HALF_LIFE_MS = 6 * 60 * 60 * 1000
ALPHA = 0.3  # of the moving average that sees "slow right now"
ENOUGH = 8  # samples that speak for themselves
ENOUGH_FOR_P95 = 20
USUAL_TTFT_MS = 1500.0  # where nothing at all is known
SILENT_TTFT_MS = 10_000.0  # of a model that thinks before it streams anything
USUAL_FAILURES, USUAL_CALLS = 1, 10  # Beta(1, 9): one call in ten fails, until more is known
UNMEASURED_DEADLINE_S = 20.0
SHORTEST_DEADLINE_S, LONGEST_DEADLINE_S = 8.0, 60.0
DEADLINE_FACTOR = 3
FRESH_MS = 1000  # for so long the figures of a well-known deployment stand, unless a call fails
MINUTE_MS = 60_000  # for so long a probability of failure stands, and with it a `Measured`

_K = FailureKind
# What tells of the deployment. The rest tells of the message, the person or the account, which is parked for it.
COUNTED = frozenset(
    kind.value
    for kind in (
        _K.CONNECT, _K.TIMEOUT_TTFT, _K.STALL, _K.CUT, _K.OVERLOADED, _K.SERVER, _K.RATE_LIMIT, _K.EMPTY,
        _K.BAD_EVENT, _K.UNKNOWN,
    )
)  # fmt: skip
_COMPLETED, _NO_FIRST_TOKEN = Outcome.COMPLETED.value, _K.TIMEOUT_TTFT.value


class PromptSize(StrEnum):
    """How long a prompt is, as far as that tells how soon its answer begins."""

    SMALL = "0-2k"
    MEDIUM = "2-16k"
    LARGE = "16k+"


def prompt_size(tokens: int) -> PromptSize:
    """Return the size of a prompt of so many tokens."""
    if tokens < 2000:
        return PromptSize.SMALL
    return PromptSize.MEDIUM if tokens < 16_000 else PromptSize.LARGE


class Sample(NamedTuple):
    """What one call says of its deployment.

    `deadline_ms` is how long a first token was waited for that did not come: it took at least as long. What is not
    known of a failed call (`size`, `reasoning`) is taken to be as it mostly is with the deployment.
    """

    deployment: str
    provider: str
    at_ms: int
    size: PromptSize | None = None
    reasoning: bool | None = None
    ttft_ms: float | None = None
    tokens_per_s: float | None = None
    failed: bool = False
    deadline_ms: float | None = None


class Measured(NamedTuple):
    """What is known of a deployment for one size of prompt. Times are never 0.

    `samples` are first tokens measured or waited for in vain. With fewer than eight, the times lean on what is known
    of other calls; `ttft_p95_ms` is None with fewer than twenty. `ttft_tail_ms` is the 95th percentile that deadlines
    are made of, however few the samples. `p_fail` is never 0 or 1. `success` is the share of the last `calls` that
    were answered, each counted alike; None where nothing was called.
    """

    samples: int
    ttft_p50_ms: float
    ttft_p95_ms: float | None
    ttft_tail_ms: float
    ewma_ttft_ms: float
    tokens_per_s: float | None
    p_fail: float
    success: float | None
    calls: int


def score_ttft(measured: Measured, in_flight: int) -> float:
    """Return how long a first token may be expected to take, with what is in its way; less is better."""
    p50_ms, ewma_ms = measured.ttft_p50_ms, measured.ewma_ttft_ms
    return (p50_ms if p50_ms > ewma_ms else ewma_ms) * (in_flight + 1) / (1 - measured.p_fail)


def first_token_deadline_s(measured: Measured) -> float:
    """Return how long a first token is waited for where the chain leaves that to what was measured."""
    if not measured.samples:
        return UNMEASURED_DEADLINE_S
    return min(max(DEADLINE_FACTOR * measured.ttft_tail_ms / 1000, SHORTEST_DEADLINE_S), LONGEST_DEADLINE_S)


def hedge_delay_s(measured: Measured) -> float | None:
    """Return after how long a second call is worth its money; None where too little was measured to know."""
    return measured.ttft_p95_ms / 1000 if measured.ttft_p95_ms is not None else None


def weighted_quantiles(pairs: Iterable[tuple[float, float]], *shares: float) -> list[float]:
    """Return, for ascending shares, the least of the values at or below which such a share of the weight lies.

    The pairs are values, of which there is at least one, with their weights.
    """
    ordered = sorted(pairs)
    sums = list(accumulate([weight for _, weight in ordered]))
    whole = sums[-1] * (1 - 1e-12)  # sums of fractions are not quite exact
    return [ordered[bisect_left(sums, share * whole)][0] for share in shares]


def median(values: Iterable[float]) -> float:
    """Return the median of values, of which there is at least one; `statistics` is slow to load."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


# --- from calls to samples --------------------------------------------------------------------------------------------


def sample_of(attempt: AttemptRecord) -> Sample | None:
    """Return what an attempt that is over says of its deployment; None where it says nothing."""
    usage, failure = attempt.usage, attempt.failure
    ended_ms = attempt.started_ms + attempt.duration_ms if attempt.duration_ms is not None else None
    return make_sample(
        attempt.deployment,
        attempt.provider,
        attempt.started_ms,
        attempt.outcome.value,
        failure.kind.value if failure is not None else None,
        (attempt.sent_ms, attempt.ttft_ms, ended_ms),
        (usage.input, usage.output, usage.reasoning) if usage is not None else (None, None, None),
    )


def make_sample(
    deployment: str,
    provider: str,
    at_ms: int,
    outcome: str,
    failure: str | None,
    times: tuple[int | None, int | None, int | None],
    tokens: tuple[int | None, int | None, int | None],
) -> Sample | None:
    """Return the sample of a call whose outcome and failure have the words of the history.

    `times` are when it was sent, the time to the first token, and when it ended; `tokens` input, output, reasoning.
    """
    sent_ms, ttft_ms, ended_ms = times
    entered, output, reasoning = tokens
    failed = failure in COUNTED
    if ttft_ms is None and not failed and outcome != _COMPLETED:
        return None
    rate = deadline_ms = None
    if sent_ms is not None and ended_ms is not None:
        if ttft_ms is None:
            deadline_ms = max(ended_ms - sent_ms, 1) if failure == _NO_FIRST_TOKEN else None
        elif outcome == _COMPLETED and output and ended_ms > sent_ms + ttft_ms:
            rate = output * 1000 / (ended_ms - sent_ms - ttft_ms)
    return Sample(
        deployment,
        provider,
        at_ms,
        prompt_size(entered) if entered is not None else None,
        reasoning > 0 if reasoning is not None else False if outcome == _COMPLETED else None,
        ttft_ms,
        rate,
        failed,
        deadline_ms,
    )


# --- from samples to figures ------------------------------------------------------------------------------------------


class _Times(NamedTuple):
    """The figures of a ring as they were measured."""

    samples: int
    p50_ms: float
    p95_ms: float
    ewma_ms: float
    tokens_per_s: float | None


class _Taken(NamedTuple):
    """What a ring remembers of a sample, ready to be reckoned with at each call that ends."""

    ttft_ms: float
    log_ms: float
    at_ms: int
    tokens_per_s: float | None


class _Ring:
    """The last first tokens of a deployment for one size of prompt, with or without reasoning."""

    __slots__ = ("_reckoned_ms", "_times", "samples")

    def __init__(self) -> None:
        self.samples: deque[_Taken] = deque(maxlen=RING)
        self._times: _Times | None = None
        self._reckoned_ms = 0

    def add(self, sample: Sample) -> None:
        ttft_ms = _ttft_ms(sample)
        self.samples.append(_Taken(ttft_ms, math.log(ttft_ms), sample.at_ms, sample.tokens_per_s))

    def stands(self, now_ms: int) -> bool:
        """Whether what was reckoned is of a moment ago, and of so many samples that one more tells nothing."""
        fresh = self._times is not None and 0 <= now_ms - self._reckoned_ms < FRESH_MS
        return fresh and len(self.samples) >= ENOUGH_FOR_P95

    def reckon(self) -> _Times:
        self._times = _times_of(self.samples)
        self._reckoned_ms = max(taken.at_ms for taken in self.samples)
        return self._times

    @property
    def times(self) -> _Times:
        return self._times or self.reckon()


class _History:
    """What is known of one deployment: its rings, and how its last calls ended, whatever their size."""

    __slots__ = ("_ended", "outcomes", "provider", "rings")

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.rings: dict[tuple[PromptSize, bool], _Ring] = {}
        self.outcomes: deque[tuple[int, bool]] = deque(maxlen=RING)
        self._ended: tuple[int, float, float, float | None] | None = None

    def add(self, sample: Sample) -> _Ring | None:
        """Take in a sample; return the ring that it went into."""
        self.provider = sample.provider
        self.outcomes.append((sample.at_ms, sample.failed))
        self._ended = None
        if sample.ttft_ms is None and sample.deadline_ms is None:
            return None
        key = self.key(sample.size, sample.reasoning) or (sample.size or PromptSize.SMALL, bool(sample.reasoning))
        ring = self.rings.setdefault(key, _Ring())
        ring.add(sample)
        return ring

    def key(self, size: PromptSize | None, reasoning: bool | None) -> tuple[PromptSize, bool] | None:
        """Return the ring that is meant: the fullest where something is not known; None where there is none."""
        if size is not None and reasoning is not None:
            return size, reasoning
        fitting = [key for key in self.rings if size in (None, key[0]) and (reasoning is None or reasoning is key[1])]
        return max(fitting, key=lambda key: len(self.rings[key].samples), default=None)

    def ended(self, now_ms: int) -> tuple[float, float, float | None]:
        """Return the weight of the last calls, and of those that failed; and the share that was answered."""
        if self._ended is None:
            newest_ms = max([at_ms for at_ms, _ in self.outcomes], default=0)
            weights = [2.0 ** ((at_ms - newest_ms) / HALF_LIFE_MS) for at_ms, _ in self.outcomes]
            failed = [failed for _, failed in self.outcomes]
            success = failed.count(False) / len(failed) if failed else None
            self._ended = newest_ms, sum(weights), sum(compress(weights, failed)), success
        newest_ms, calls, failures, success = self._ended
        left = _weight(max(now_ms - newest_ms, 0))
        return calls * left, failures * left, success


class Stats:
    """Keeps the last samples of every deployment, and answers what they come to. Asking anew costs next to nothing."""

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        self._histories: dict[str, _History] = {}
        self._told: dict[tuple[PromptSize, bool | None], dict[str, Measured]] = {}  # in this minute
        self._minute = 0
        self._leaning: dict[str, set[str]] = {}  # by provider: whose figures were told with those of others in mind
        self._medians: dict[str, dict[str, float]] = {}  # by provider
        for sample in samples:
            self._history(sample).add(sample)

    def add(self, sample: Sample) -> None:
        """Take in what a call says; the oldest of 64 of its kind goes. What it comes to is reckoned up here already."""
        history = self._history(sample)
        ring = history.add(sample)
        if ring is not None:
            if not sample.failed and ring.stands(sample.at_ms):
                return
            ring.reckon()
        self._medians.pop(sample.provider, None)
        for name in (sample.deployment, *self._leaning.pop(sample.provider, ())):
            for told in self._told.values():
                told.pop(name, None)

    def _history(self, sample: Sample) -> _History:
        history = self._histories.get(sample.deployment)
        if history is None:
            history = self._histories[sample.deployment] = _History(sample.provider)
        return history

    def measured(self, deployment: Deployment, size: PromptSize, reasoning: bool | None, now_ms: int) -> Measured:
        """Return what is known of a deployment for such a prompt.

        `reasoning`: whether it will reason; None is as it mostly did.
        """
        return self.measured_all((deployment,), size, reasoning, now_ms)[0]

    def measured_all(
        self, deployments: Iterable[Deployment], size: PromptSize, reasoning: bool | None, now_ms: int
    ) -> list[Measured]:
        """Return what is known of each, as `measured` does of one."""
        if now_ms // MINUTE_MS != self._minute:
            self._minute = now_ms // MINUTE_MS
            self._told.clear()
        told = self._told.setdefault((size, reasoning), {})
        return [told.get(one.name) or self._tell(told, one, size, reasoning, now_ms) for one in deployments]

    def _tell(
        self,
        told: dict[str, Measured],
        deployment: Deployment,
        size: PromptSize,
        reasoning: bool | None,
        now_ms: int,
    ) -> Measured:
        measured = told[deployment.name] = self._measure(deployment, size, reasoning, now_ms)
        if measured.samples < ENOUGH:
            self._leaning.setdefault(deployment.provider, set()).add(deployment.name)
        return measured

    def speed(self, deployment: str) -> Speed | None:
        """Return how fast a deployment was whatever the prompt, as it was measured; None where nothing was."""
        history = self._histories.get(deployment)
        samples = [sample for ring in history.rings.values() for sample in ring.samples] if history else []
        if not samples:
            return None
        times = _times_of(samples)
        return Speed(round(times.p50_ms), times.tokens_per_s, times.samples)

    def _measure(self, deployment: Deployment, size: PromptSize, reasoning: bool | None, now_ms: int) -> Measured:
        history = self._histories.get(deployment.name)
        ring = None
        if history is not None and (key := history.key(size, reasoning)) is not None:
            ring = history.rings.get(key)
        times = ring.times if ring is not None else None
        calls, failures, success = history.ended(now_ms) if history is not None else (0.0, 0.0, None)
        p_fail = (USUAL_FAILURES + failures) / (USUAL_CALLS + calls)
        ended = len(history.outcomes) if history is not None else 0
        if times is not None and times.samples >= ENOUGH:
            p95_ms = times.p95_ms if times.samples >= ENOUGH_FOR_P95 else None
            return Measured(
                times.samples,
                times.p50_ms,
                p95_ms,
                times.p95_ms,
                times.ewma_ms,
                times.tokens_per_s,
                p_fail,
                success,
                ended,
            )
        prior_ms = self._prior_ms(deployment, history, ring)
        if history is not None and not history.rings:  # it never answered: each failure stands for a long wait
            prior_ms = _lean(UNMEASURED_DEADLINE_S * 1000, min(failures, ENOUGH), prior_ms)
        tail_ms = max(prior_ms, UNMEASURED_DEADLINE_S * 1000 / DEADLINE_FACTOR)
        if times is None:
            return Measured(0, prior_ms, None, tail_ms, prior_ms, None, p_fail, success, ended)
        return Measured(
            times.samples,
            _lean(times.p50_ms, times.samples, prior_ms),
            None,
            _lean(times.p95_ms, times.samples, tail_ms),
            _lean(times.ewma_ms, times.samples, prior_ms),
            times.tokens_per_s,
            p_fail,
            success,
            ended,
        )

    def _prior_ms(self, deployment: Deployment, history: _History | None, ring: _Ring | None) -> float:
        """Return what a first token usually takes: with other prompts, else with other models of the provider."""
        own = [_told_ms(other.times) for other in history.rings.values() if other is not ring] if history else []
        if own:
            return median(own)
        others = [p50_ms for name, p50_ms in self._neighbours(deployment.provider).items() if name != deployment.name]
        if others:
            return median(others)
        return SILENT_TTFT_MS if deployment.reasons_silently else USUAL_TTFT_MS

    def _neighbours(self, provider: str) -> dict[str, float]:
        """Return the medians of a provider's deployments."""
        known = self._medians.get(provider)
        if known is None:
            known = self._medians[provider] = {
                name: median(_told_ms(ring.times) for ring in history.rings.values())
                for name, history in self._histories.items()
                if history.provider == provider and history.rings
            }
        return known


def _times_of(samples: Collection[_Taken]) -> _Times:
    """Return the figures of samples, of which there is at least one, in the order in which they came."""
    times, logs, moments, rates = zip(*samples, strict=True)
    newest_ms = max(moments)
    weights = [2.0 ** ((at_ms - newest_ms) / HALF_LIFE_MS) for at_ms in moments]
    p50_ms, p95_ms = weighted_quantiles(zip(times, weights, strict=True), 0.5, 0.95)
    weighed = [(rate, weight) for rate, weight in zip(rates, weights, strict=True) if rate is not None]
    tokens_per_s = weighted_quantiles(weighed, 0.5)[0] if weighed else None
    ewma: float = logs[0]
    for log_ms in logs:
        ewma += ALPHA * (log_ms - ewma)
    return _Times(len(times), p50_ms, p95_ms, math.exp(ewma), tokens_per_s)


def _ttft_ms(sample: Sample) -> float:
    ttft_ms = sample.ttft_ms if sample.ttft_ms is not None else sample.deadline_ms
    return max(ttft_ms or 0.0, 1.0)


def _told_ms(times: _Times) -> float:
    """Return what a median tells its neighbours: the less, the less it stands for."""
    return _lean(times.p50_ms, min(times.samples, ENOUGH), USUAL_TTFT_MS)


def _weight(age_ms: int) -> float:
    return float(2.0 ** (-age_ms / HALF_LIFE_MS))


def _lean(value_ms: float, samples: float, prior_ms: float) -> float:
    """Return the mean, in ratios, of what was measured and what stands for the samples that are missing."""
    return math.exp((samples * math.log(value_ms) + (ENOUGH - samples) * math.log(prior_ms)) / ENOUGH)
