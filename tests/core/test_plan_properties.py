"""Many messages at once over the same deployments, whatever these answer: what a plan promises, it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from switchyard.core.catalog import Deployment, Endpoint, Place
from switchyard.core.chain import (
    AfterText,
    Chain,
    DeploymentName,
    Limits,
    Member,
    OnLimit,
    OnRefusal,
    Policy,
    Step,
    Track,
)
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import Health, Permit
from switchyard.core.known import Known
from switchyard.core.moves import Candidate, Done, End, Resume, Try, Wait
from switchyard.core.planner import Plan
from switchyard.core.rate_limits import Allowance, Rates, Slot
from switchyard.core.resume import Progress
from switchyard.core.route import SkipReason
from switchyard.core.scopes import scopes_of
from switchyard.core.stats import PromptSize, Stats
from switchyard.core.waits import WAIT_LIMIT_S, WAIT_MARGIN_S

T0_MS = 1_795_000_000_000
NAMES = ("a/m", "b/m", "c/m", "c/n", "d/n", "near/m")
HOSTS = {"a": "one", "b": "two", "c": "two", "d": "four", "near": "near"}
MOVES_MAX = 300  # far more than any message may need

kinds = st.sampled_from([kind for kind in FailureKind if kind is not FailureKind.CANCELLED])
waits = st.none() | st.sampled_from([0.0, 1.0, 4.0, 20.0, 100.0])
failures = st.builds(Failure, kinds, status=st.sampled_from([None, 429, 503]), retry_after_s=waits)
outcomes = st.none() | failures
progresses = st.builds(Progress, st.sampled_from([0, 50, 500]), st.booleans(), st.booleans())
pools = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)

_RETRIES: list[int | Literal["auto"]] = ["auto", "auto", 0, 1, 3]
_HEDGES: list[float | Literal["auto", "none"]] = ["none", 1.0]


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Return a chain of a few steps; the first may go on in another track."""

    def step(names: list[str]) -> Step:
        pool = tuple(Member(DeploymentName(*name.split("/", 1)), draw(st.integers(0, 3))) for name in names)
        return Step(
            pool,
            pick=draw(st.sampled_from(["ordered", "round-robin", "weighted", "balanced", "fastest"])),
            tries=draw(st.none() | st.integers(1, 2)),
            retries=draw(st.sampled_from(_RETRIES)),
            hedge=draw(st.sampled_from(_HEDGES)),
        )

    tracks = draw(st.lists(st.lists(pools, min_size=1, max_size=3), min_size=1, max_size=2))
    made = [
        Track(f"t{n}", tuple(step(names) for names in steps), then=f"t{n + 1}" if n + 1 < len(tracks) else None)
        for n, steps in enumerate(tracks)
    ]
    policy = Policy(
        after_text=draw(st.sampled_from(AfterText)),
        refusal=draw(st.sampled_from(OnRefusal)),
        rate_limit=draw(st.sampled_from(OnLimit)),
    )
    limits = Limits(draw(st.sampled_from([1.0, 20.0, 120.0])), draw(st.integers(1, 6)), None)
    return Chain("c", tuple(made), limits=limits, policy=policy)


@dataclass(eq=False)
class Message:
    """A message on its way: its plan, the calls under way, and what it has done so far."""

    plan: Plan
    calls_max: int
    pinned: bool
    running: dict[int, tuple[Try, Permit, Slot]] = field(default_factory=dict)
    wait_until: float | None = None
    done: Done | None = None
    calls: int = 0
    fed: int = 0
    moves: int = 0
    waited_s: float = 0.0
    shown_chars: int = 0
    restarts: int = 0


class Traffic(RuleBasedStateMachine):
    """Messages come, calls end or are given up, and time goes by."""

    @initialize(seed=st.integers(0, 2**16), parallel=st.none() | st.integers(1, 2))
    def begin(self, seed: int, parallel: int | None) -> None:
        self.now = 0.0
        rng = Random(seed)
        self.health, self.rates, stats = Health(rng.random), Rates(), Stats()
        self.known = Known(
            self.health,
            self.rates,
            lambda deployment, tokens: stats.measured(deployment, PromptSize.SMALL, None, self.ms),
            now_ms=lambda: self.ms,
            rng=rng,
        )
        self.messages: list[Message] = []
        self.rng = rng
        self.deployments = {
            name: Deployment(account, model, "openai", "OpenAI", Place.CLOUD, has_key=True)
            for name in NAMES
            for account, _, model in [name.partition("/")]
        }
        self.scopes = {
            name: scopes_of(
                one,
                Endpoint(one.account, "openai", f"https://api.{HOSTS[one.account]}.com/v1"),
                nearby=one.account == "near",
            )
            for name, one in self.deployments.items()
        }
        self.parallel = parallel
        if parallel is not None:
            self.rates.allow(self.scopes["a/m"], Allowance(None, None, parallel))

    @property
    def ms(self) -> int:
        return T0_MS + round(self.now * 1000)

    # --- what happens ---------------------------------------------------------------------------------------------

    @rule(chain=chains(), pinned=st.booleans(), stream=st.booleans())
    def send(self, chain: Chain, pinned: bool, stream: bool) -> None:
        if len(self.messages) >= 12:
            return
        candidates = [
            Candidate(n, step, self.deployments[str(member.to)], None, track.name, self.scopes[str(member.to)])
            for track in chain.tracks
            for n, step in enumerate(track.steps, 1)
            for member in step.pool
        ]
        plan = Plan(
            chain,
            candidates[:1] if pinned else candidates,
            prompt_tokens=10,
            stream=stream,
            pinned=pinned,
            now=self.now,
            jitter=self.rng.random,
            guard=self.known,
        )
        message = Message(plan, chain.limits.calls, pinned)
        self.messages.append(message)
        self._go_on(message)

    @rule(which=st.integers(0, 20), outcome=outcomes, progress=progresses)
    def end_call(self, which: int, outcome: Failure | None, progress: Progress) -> None:
        calls = [(message, n) for message in self.messages for n in message.running]
        if not calls:
            return
        message, n = calls[which % len(calls)]
        self._end(message, n, outcome, progress)

    @rule(which=st.integers(0, 20))
    def hedge(self, which: int) -> None:
        busy = [message for message in self.messages if message.running]
        if not busy:
            return
        message = busy[which % len(busy)]
        move = message.plan.hedge(self.now)
        if move is not None:
            assert len(message.running) == 1
            (first, _, _) = next(iter(message.running.values()))
            assert move.candidate.host != first.candidate.host
            self._call(message, move)

    @rule(which=st.integers(0, 20))
    def stop(self, which: int) -> None:
        going = [message for message in self.messages if message.done is None]
        if going:
            self._stop(going[which % len(going)])

    @rule(seconds=st.sampled_from([0.01, 0.5, 2.0, 10.0, 40.0, 700.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.now += seconds
        self._wake()

    # --- how it goes on -------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        for message in self.messages:
            if message.wait_until is not None and message.wait_until <= self.now:
                message.wait_until = None
                message.plan.clock_runs(self.now)
                self._go_on(message)

    def _go_on(self, message: Message) -> None:
        while message.done is None:
            move = message.plan.next(self.now)
            message.moves += 1
            assert message.moves < MOVES_MAX, "it does not end"
            if isinstance(move, Done):
                message.done = move
                return
            if isinstance(move, Wait):
                assert move.seconds >= 0
                if move.clock_stands:
                    message.waited_s += move.seconds - WAIT_MARGIN_S
                    message.plan.clock_stands(self.now)
                message.wait_until = self.now + move.seconds
                return
            if self.rng.random() < 0.1:
                message.plan.deny(SkipReason.BUDGET)
                continue
            self._call(message, move)
            return

    def _call(self, message: Message, move: Try) -> None:
        scopes = move.candidate.scopes
        assert scopes is not None
        note(f"{self.now:.2f}: {move.candidate.deployment.name}, call {move.n}, {move.reason.value}")
        closed = self.health.closed(scopes, self.now, self.ms, forced=message.pinned)
        if closed is not None:
            assert closed.reason is SkipReason.BREAKER, "what is parked is called"
            assert not closed.probing, "a second call goes through an open breaker"
        message.calls += 1
        assert move.n == message.calls <= message.calls_max
        assert move.before_sent_s > 0
        if move.resume is Resume.CONTINUE:
            assert message.shown_chars
        message.plan.clock_runs(self.now)
        permit, slot = self.health.begin(scopes, self.now), self.rates.begin(scopes, 10, self.now)
        message.running[move.n] = (move, permit, slot)

    def _end(self, message: Message, n: int, outcome: Failure | None, progress: Progress) -> None:
        _, permit, slot = message.running.pop(n)
        self.rates.end(slot, None, sent=True)
        if outcome is None:
            for loser in list(message.running):  # the winner of a race leaves nobody beside it
                _, other, place = message.running.pop(loser)
                self.rates.end(place, None, sent=True)
                self.health.cancel(other)
                message.plan.lost(loser)
        shows = progress.chars > 0 and not message.running
        if shows:
            message.plan.text_shown()
        self.health.end(permit, outcome, self.now, self.ms)
        message.plan.feed(outcome, Finish.STOP if outcome is None else None, self.now, n=n, progress=progress)
        message.fed += 1
        if message.running:
            return
        follows = message.plan.next(self.now)
        if shows and isinstance(follows, Try):
            message.restarts += outcome is not None and outcome.kind not in _DECLINED
            message.shown_chars += progress.chars if message.plan.continues else 0
        self._go_on(message)

    def _stop(self, message: Message) -> None:
        for n in list(message.running):
            _, permit, slot = message.running.pop(n)
            self.rates.end(slot, None, sent=True)
            self.health.cancel(permit)
            message.plan.feed(Failure(FailureKind.CANCELLED), None, self.now, n=n)
            assert message.plan.next(self.now).end is End.CANCELLED  # type: ignore[union-attr]  # a Done has one
        message.wait_until = None
        message.done = Done(End.CANCELLED, Finish.CANCELLED)

    # --- what always holds ----------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_or_forgotten(self) -> None:
        for message in getattr(self, "messages", []):
            assert message.done is not None or message.running or message.wait_until is not None
            assert message.done is None or not message.running
            assert message.waited_s <= WAIT_LIMIT_S + 1e-6
            assert message.restarts <= 1, "a second failover after text was shown"
        for name, scopes in getattr(self, "scopes", {}).items():
            running = [
                move
                for message in self.messages
                for move, _, _ in message.running.values()
                if move.candidate.deployment.name == name
            ]
            assert self.health.in_flight(scopes) == len(running)

    def teardown(self) -> None:
        """Every message comes to its end, whatever its calls come to; then nothing is under way."""
        for _ in range(MOVES_MAX):
            for message in getattr(self, "messages", []):
                for n in list(message.running):
                    if n in message.running:
                        self._end(message, n, Failure(FailureKind.SERVER), Progress())
            if all(message.done is not None for message in getattr(self, "messages", [])):
                break
            waiting = [one.wait_until for one in self.messages if one.wait_until is not None]
            self.now = max(self.now, min(waiting, default=self.now))
            self._wake()
        for message in getattr(self, "messages", []):
            assert message.done is not None
        for scopes in getattr(self, "scopes", {}).values():
            assert self.health.in_flight(scopes) == 0
            assert self.parallel is None or self.rates.wait_s(scopes, 1, self.now + 3600) == 0


_DECLINED = (FailureKind.REFUSED_INPUT, FailureKind.REFUSED_OUTPUT)

TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
