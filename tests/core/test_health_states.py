"""Whatever happens in whatever order: one probe at a time, parks only get longer, and nothing stays in flight."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import Health, HealthState, HealthView, Permit
from switchyard.core.parks import DAY_MS, Park
from switchyard.core.route import SkipReason
from switchyard.core.scopes import Scope, ScopeKind, Scopes

T0_MS = 1_795_000_000_000
_K = ScopeKind


def scopes(account: str, model: str, host: str, *, organisation: str | None = None) -> Scopes:
    """Return the scopes of a deployment."""
    return Scopes(
        Scope(_K.KEY, account),
        Scope(_K.ACCOUNT, organisation or account),
        Scope(_K.MODEL, f"{host} {model}"),
        Scope(_K.HOST, f"https://{host}:443"),
        Scope(_K.PROVIDER, host),
        Scope(_K.DEPLOYMENT, f"{account}/{model}"),
    )


EVERYONE = (
    scopes("a", "m1", "one.com"),
    scopes("a", "m2", "one.com"),
    scopes("b", "m1", "one.com", organisation="o"),
    scopes("c", "m1", "two.com", organisation="o"),
)
some_scopes = st.sampled_from(EVERYONE)
failures = st.none() | st.builds(
    Failure, st.sampled_from(FailureKind), retry_after_s=st.none() | st.floats(0, 2 * DAY_MS / 1000)
)


class HealthMachine(RuleBasedStateMachine):
    """A process that calls, fails, waits and stops as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.health = Health(lambda: 0.5)
        self.now = 0.0
        self.under_way: list[tuple[Permit, set[tuple[Scope, int | None]]]] = []  # and through which openings
        self.ends: dict[Scope, int | None] = {}

    @property
    def now_ms(self) -> int:
        return T0_MS + round(self.now * 1000)

    @rule(seconds=st.sampled_from([0.1, 4.0, 16.0, 70.0, 700.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(who=some_scopes, bypasses=st.booleans())
    def call(self, who: Scopes, bypasses: bool) -> None:
        found = self.health.closed(who, self.now, self.now_ms)
        if found is None or (bypasses and found.reason is SkipReason.BREAKER and not found.probing):
            through = {(v.scope, v.since_ms) for v in self.tripped() if v.scope in (who.model, who.host)}
            for _, others in self.under_way:
                assert not through & others, "a second call through a breaker that is not closed"
            self.under_way.append((self.health.begin(who, self.now), through))

    @rule(who=some_scopes, kind=st.sampled_from([FailureKind.SERVER, FailureKind.CONNECT]))
    def fail_again_and_again(self, who: Scopes, kind: FailureKind) -> None:
        for _ in range(3):
            if self.health.closed(who, self.now, self.now_ms) is None:
                self.health.end(self.health.begin(who, self.now), Failure(kind), self.now, self.now_ms)

    @rule(who=some_scopes, waits=st.lists(st.sampled_from([1.0, 30.0, 300.0]), min_size=2, max_size=3))
    def limit_calls_that_went_out_together(self, who: Scopes, waits: list[float]) -> None:
        """Whichever ends first, the longest wait holds."""
        for permit, wait_s in [(self.health.begin(who, self.now), wait_s) for wait_s in waits]:
            failure = Failure(FailureKind.RATE_LIMIT, retry_after_s=wait_s)
            for park in self.health.end(permit, failure, self.now, self.now_ms):
                self.note(park)
        until_ms = self.ends[who.quota]
        assert until_ms is None or until_ms >= self.now_ms + max(waits) * 1000

    def note(self, park: Park) -> None:
        before = self.ends.get(park.scope, 0)
        assert before is not None, "what lasts until it is edited cannot last longer"
        assert park.until_ms is None or park.until_ms > before
        assert park.until_ms is None or park.until_ms <= self.now_ms + DAY_MS
        self.ends[park.scope] = park.until_ms

    def tripped(self) -> list[HealthView]:
        views = self.health.snapshot(self.now, self.now_ms)
        return [view for view in views if view.state in (HealthState.OPEN, HealthState.HALF_OPEN)]

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), failure=failures)
    def end(self, data: st.DataObject, failure: Failure | None) -> None:
        permit, _ = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        for park in self.health.end(permit, failure, self.now, self.now_ms):
            self.note(park)
        assert self.health.end(permit, failure, self.now, self.now_ms) == ()

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        permit, _ = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.health.cancel(permit)

    @rule(who=some_scopes)
    def edit(self, who: Scopes) -> None:
        self.health.key_changed(who.key, f"{self.now}")
        self.health.edited(who, self.now_ms)
        for scope in self.health.take_lifted():
            del self.ends[scope]

    @rule(who=some_scopes)
    def try_now(self, who: Scopes) -> None:
        self.health.try_now(who.key, self.now)
        for scope in self.health.take_lifted():
            del self.ends[scope]

    @invariant()
    def what_is_parked_is_closed_until_its_end(self) -> None:
        for scope in self.health.take_lifted():
            del self.ends[scope]
        for who in EVERYONE:
            ends = [
                self.ends[scope] for scope in (who.key, who.account, who.deployment, who.model) if scope in self.ends
            ]
            parked = any(end is None or end > self.now_ms for end in ends)
            found = self.health.closed(who, self.now, self.now_ms)
            assert parked == (found is not None and found.reason is SkipReason.PARKED)

    @invariant()
    def what_is_in_flight_is_what_was_begun(self) -> None:
        for who in EVERYONE:
            assert self.health.in_flight(who) == sum(permit.scopes == who for permit, _ in self.under_way)

    @invariant()
    def whose_time_has_come_is_let_through_once(self) -> None:
        """A probe that was given up leaves its place to another."""
        busy = {scope for _, through in self.under_way for scope, _ in through}
        due = {view.scope for view in self.tripped() if (view.until_ms or 0) < self.now_ms} - busy
        shut = {view.scope for view in self.tripped()} - due
        for who in EVERYONE:
            if due & {who.model, who.host} and not shut & {who.model, who.host}:
                found = self.health.closed(who, self.now, self.now_ms)
                assert found is None or found.reason is SkipReason.PARKED

    @invariant()
    def nothing_is_open_for_more_than_six_minutes(self) -> None:
        for view in self.tripped():
            assert view.until_ms is not None
            assert view.until_ms <= self.now_ms + 360_000

    def teardown(self) -> None:
        for permit, _ in self.under_way:
            self.health.cancel(permit)
        assert all(self.health.in_flight(who) == 0 for who in EVERYONE)


TestHealth = HealthMachine.TestCase
TestHealth.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
