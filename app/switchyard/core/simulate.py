"""Rehearses a chain: the router's own plan in virtual time, against deployments that are modelled and made to fail.

Nothing is sent and nothing is spent. The same seed gives the same course.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from random import Random

from switchyard.core.catalog import Deployment
from switchyard.core.chain import Chain
from switchyard.core.condition import Circumstances
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import Health
from switchyard.core.known import Known
from switchyard.core.moves import Candidate, Done, End, Try, Wait
from switchyard.core.planner import Plan
from switchyard.core.rate_limits import Rates
from switchyard.core.resume import Progress
from switchyard.core.route import Reason, SkipReason
from switchyard.core.stats import Measured
from switchyard.core.usage import Usage, compute_cost
from switchyard.core.value import field, record, value

TURNS, TURNS_MOST, SEED = 100, 100_000, 1
GAP_S = 30.0  # between two messages of a person
PROMPT_TOKENS, OUTPUT_TOKENS = 500, 300
TOKENS_PER_S = 60.0  # where nothing was measured
SPREAD = 0.35  # of the logarithm of a first token's time: half of them lie within a third around the middle
REFUSED_S = 0.05  # how long a refusal takes
LIMITED_S = 20.0  # what a limit that is injected asks for
SLOWER = 8.0  # how much slower a slow network makes everything, unless the fault says


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    DOWN = "down"  # nobody can be reached there
    ERROR = "error"  # a share of the calls ends in a server's error
    LIMITED = "limited"  # a share of the calls meets a rate limit
    SLOW = "slow"  # first tokens take so many times as long
    CUT = "cut"  # a share of the replies breaks off in the middle
    REVOKED = "revoked"  # the key is rejected
    OFFLINE = "offline"  # only this computer can be reached
    BUDGET = "budget"  # nothing that costs money may be called


ANYBODY = "*"
_SHARES: Mapping[FaultKind, float] = {
    FaultKind.ERROR: 0.5,
    FaultKind.LIMITED: 0.5,
    FaultKind.CUT: 0.5,
    FaultKind.SLOW: SLOWER,
}


@value
class Fault:
    """Something that goes wrong at `target`: a provider, an account, `account/model`, or anybody.

    `amount` is the share of the calls it strikes, or how many times slower it makes them.
    """

    kind: FaultKind
    target: str = ANYBODY
    amount: float = 1.0

    def strikes(self, deployment: Deployment) -> bool:
        """Whether it concerns a deployment."""
        if self.kind is FaultKind.OFFLINE:
            return not deployment.local
        return self.target in (ANYBODY, deployment.provider, deployment.account, deployment.name)


def read_fault(text: str) -> Fault:
    """Return the fault that `KIND[:TARGET][=AMOUNT]` names; raises `ValueError` with what is wrong."""
    named, equals, told = text.partition("=")
    word, _, target = named.partition(":")
    if word not in {kind.value for kind in FaultKind}:
        raise ValueError(f"there is no fault {word}")
    kind = FaultKind(word)
    amount = _SHARES.get(kind, 1.0)
    if equals:
        try:
            amount = float(told)
        except ValueError:
            raise ValueError(f"{told} is no number") from None
        most = math.inf if kind is FaultKind.SLOW else 1.0
        if not 0 < amount <= most or kind not in _SHARES or math.isinf(amount):
            raise ValueError(f"{word} cannot be {told}")
    return Fault(kind, target or ANYBODY, amount)


@value
class Setup:
    """What is rehearsed: the candidates of a chain, what was measured of each, and what goes wrong.

    `prompt_tokens` and `output_tokens` are those of every message; `gap_s` lies between two of them.
    """

    chain: Chain
    candidates: Sequence[Candidate]
    measured: Mapping[str, Measured]
    faults: Sequence[Fault] = ()
    turns: int = TURNS
    seed: int = SEED
    gap_s: float = GAP_S
    prompt_tokens: int = PROMPT_TOKENS
    output_tokens: int = OUTPUT_TOKENS


@record
class Tally:
    """What one deployment came to: `answered` counts messages, the others calls."""

    calls: int = 0
    answered: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    failed: Counter[FailureKind] = field(default_factory=Counter)


@record
class Rehearsal:
    """What became of all messages. Times are seconds to the first token, by message; money is nano-dollars.

    `idle` are the faults that concern nobody of the chain.
    """

    turns: int = 0
    ends: Counter[End] = field(default_factory=Counter)
    seams: int = 0
    first_token_s: list[float] = field(default_factory=list)
    waited_s: float = 0.0
    cost_nanos: int = 0
    unpriced: int = 0
    idle: tuple[Fault, ...] = ()
    deployments: dict[str, Tally] = field(default_factory=dict)

    def quantile_s(self, share: float) -> float | None:
        """Return the time within which such a share of the answered messages had its first token."""
        ordered = sorted(self.first_token_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None


@value
class _Outcome:
    """How a modelled call ends, after how long, and what was shown of it."""

    failure: Failure | None
    seconds: float
    first_token_s: float | None = None
    chars: int = 0


def rehearse(setup: Setup) -> Rehearsal:
    """Send a chain's messages into a world that is made up."""
    return _Stage(setup).play()


class _Stage:
    """The made-up world of one rehearsal: its clock, and the same health and limits that the program keeps."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._rng = Random(setup.seed)
        self._now = 0.0
        self._health = Health(self._rng.random)
        self._rates = Rates()
        measured: Callable[[Deployment, int], Measured] = lambda deployment, _: setup.measured[deployment.name]  # noqa: E731
        self._known = Known(self._health, self._rates, measured, now_ms=self._now_ms, rng=self._rng)
        self._found = Rehearsal()
        self._broke = any(fault.kind is FaultKind.BUDGET for fault in setup.faults)
        self._circumstances = Circumstances(
            over_budget=self._broke,
            offline=any(fault.kind is FaultKind.OFFLINE for fault in setup.faults),
            tokens=setup.prompt_tokens,
        )

    def play(self) -> Rehearsal:
        """Play every message."""
        deployments = [candidate.deployment for candidate in self._setup.candidates]
        for deployment in deployments:
            self._found.deployments.setdefault(deployment.name, Tally())
        self._found.idle = tuple(fault for fault in self._setup.faults if not any(map(fault.strikes, deployments)))
        for _ in range(self._setup.turns):
            self._message()
            self._now += self._setup.gap_s
        return self._found

    def _now_ms(self) -> int:
        return round(self._now * 1000)

    def _message(self) -> None:
        setup, found = self._setup, self._found
        plan = Plan(
            setup.chain,
            setup.candidates,
            prompt_tokens=setup.prompt_tokens,
            stream=True,
            pinned=False,
            now=self._now,
            jitter=self._rng.random,
            guard=self._known,
            circumstances=self._circumstances,
        )
        began, first_token_s = self._now, None
        while True:
            move = plan.next(self._now)
            if isinstance(move, Done):
                break
            if isinstance(move, Wait):
                self._wait(plan, move)
            elif self._broke and not (move.candidate.deployment.free or move.candidate.deployment.simulated):
                plan.deny(SkipReason.BUDGET)
            else:
                shown = self._call(plan, move)
                first_token_s = shown - began if shown is not None else first_token_s
        found.turns += 1
        found.ends[move.end] += 1
        for skip in plan.skipped:
            found.deployments[skip.deployment].skipped[skip.reason] += 1
        if move.end is End.ANSWERED and first_token_s is not None:
            found.first_token_s.append(first_token_s)

    def _wait(self, plan: Plan, move: Wait) -> None:
        if move.clock_stands:
            plan.clock_stands(self._now)
        self._now += move.seconds
        self._found.waited_s += move.seconds
        plan.clock_runs(self._now)

    def _call(self, plan: Plan, move: Try) -> float | None:
        """Make a modelled call; return when its first token came."""
        candidate = move.candidate
        tally = self._found.deployments[candidate.deployment.name]
        tally.calls += 1
        self._known.note_call(hedge=move.reason is Reason.HEDGE)
        permit = self._health.begin(candidate.scopes, self._now) if candidate.scopes is not None else None
        plan.clock_runs(self._now)
        outcome = self._outcome(move)
        shown = self._now + outcome.first_token_s if outcome.first_token_s is not None else None
        if shown is not None:
            plan.clock_stands(shown)
            plan.text_shown()
        self._now += outcome.seconds
        if permit is not None:
            self._health.end(permit, outcome.failure, self._now, self._now_ms())
        if outcome.failure is None:
            tally.answered += 1
            self._found.seams += plan.continues
        else:
            tally.failed[outcome.failure.kind] += 1
        self._charge(candidate.deployment, outcome)
        finish = Finish.STOP if outcome.failure is None else None
        plan.feed(outcome.failure, finish, self._now, n=move.n, progress=Progress(outcome.chars))
        return shown

    def _charge(self, deployment: Deployment, outcome: _Outcome) -> None:
        if outcome.first_token_s is None or deployment.free or deployment.simulated:
            return
        output = self._setup.output_tokens if outcome.failure is None else outcome.chars // 4
        price = deployment.price
        cost = compute_cost(Usage(self._setup.prompt_tokens, output), price) if price is not None else None
        self._found.unpriced += cost is None
        self._found.cost_nanos += cost or 0

    def _outcome(self, move: Try) -> _Outcome:
        deployment = move.candidate.deployment
        faults = [fault for fault in self._setup.faults if fault.strikes(deployment)]
        refused = next((failure for fault in faults if (failure := self._refusal(fault)) is not None), None)
        if refused is not None:
            return _Outcome(refused, REFUSED_S)
        measured = self._setup.measured[deployment.name]
        slower = math.prod(fault.amount for fault in faults if fault.kind is FaultKind.SLOW)
        first_s = measured.ttft_p50_ms / 1000 * slower * math.exp(self._rng.gauss(0.0, SPREAD))
        if move.first_token_s is not None and first_s > move.first_token_s:
            return _Outcome(Failure(FailureKind.TIMEOUT_TTFT), move.first_token_s)
        whole_s = self._setup.output_tokens / (measured.tokens_per_s or TOKENS_PER_S)
        for fault in faults:
            if fault.kind is FaultKind.CUT and self._rng.random() < fault.amount:
                said = self._rng.random()
                chars = round(said * self._setup.output_tokens * 4)
                return _Outcome(Failure(FailureKind.CUT), first_s + said * whole_s, first_s, max(chars, 1))
        return _Outcome(None, first_s + whole_s, first_s, self._setup.output_tokens * 4)

    def _refusal(self, fault: Fault) -> Failure | None:
        """Return how a fault lets a call fail before its first token."""
        if fault.kind in (FaultKind.DOWN, FaultKind.OFFLINE):
            return Failure(FailureKind.CONNECT)
        if fault.kind is FaultKind.REVOKED:
            return Failure(FailureKind.AUTH, status=401)
        if fault.kind is FaultKind.ERROR and self._rng.random() < fault.amount:
            return Failure(FailureKind.SERVER, status=500)
        if fault.kind is FaultKind.LIMITED and self._rng.random() < fault.amount:
            return Failure(FailureKind.RATE_LIMIT, status=429, retry_after_s=LIMITED_S)
        return None
