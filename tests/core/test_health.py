"""What may be called: scopes, parks, breakers and the network together. Sources: docs/routing; each fault its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from switchyard.core.catalog import Deployment, Endpoint, Place
from switchyard.core.failures import DECISIONS, Failure, FailureKind, Lasts
from switchyard.core.health import Closed, Health, HealthState
from switchyard.core.parks import DAY_MS, Park
from switchyard.core.route import SkipReason
from switchyard.core.scopes import Scope, ScopeKind, Scopes, host_name, scopes_of, site_of

K = FailureKind
T0_MS = 1_795_000_000_000


def of(
    account: str, model: str = "m", url: str = "https://api.a.com/v1", *, local: bool = False, org: str = ""
) -> Scopes:
    """Return the scopes of a deployment."""
    deployment = Deployment(account, model, "openai", "OpenAI", Place.CLOUD, has_key=True)
    settings = {"organisation": org} if org else {}
    return scopes_of(deployment, Endpoint(account, "openai", url, settings=settings), nearby=local)


A, B = of("a"), of("b", url="https://api.b.com/v1")


def fresh() -> Health:
    return Health(lambda: 0.5)


def ms(now: float) -> int:
    return T0_MS + round(now * 1000)


def call(health: Health, scopes: Scopes, failure: Failure | FailureKind | None, now: float) -> tuple[Park, ...]:
    """Make a call that ends so at once."""
    told = Failure(failure) if isinstance(failure, FailureKind) else failure
    return health.end(health.begin(scopes, now), told, now, ms(now))


def closed(health: Health, scopes: Scopes, now: float, *, forced: bool = False) -> Closed | None:
    return health.closed(scopes, now, ms(now), forced=forced)


# --- scopes -----------------------------------------------------------------------------------------------------------


def test_what_belongs_together_has_the_same_scope() -> None:
    one, other = of("a", "m1"), of("b", "m1")
    assert one.key != other.key
    assert one.account != other.account
    assert one.model == other.model, "the model is the provider's, whoever asks"
    assert (one.host, one.provider) == (other.host, other.provider)
    elsewhere = of("c", "m1", "https://api.a.com/other")
    assert elsewhere.host == one.host
    assert elsewhere.model != one.model
    assert of("a", org="acme").account == of("b", org="acme").account != of("acme").account


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://API.example.com/v1", "https://api.example.com:443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:1/v1", "http://[::1]:1"),
        ("HTTPS://me:pw@h:8443/v1", "https://h:8443"),
        ("https://h?x=1", "https://h:443"),
        ("", ""),
        ("http://[", ""),
    ],
)
def test_a_host_is_scheme_name_and_port(url: str, name: str) -> None:
    assert host_name(url) == name


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("https://api.example.com:443", "example.com"),
        ("https://example.com:443", "example.com"),
        ("https://api.example.co.uk:443", "example.co.uk"),
        ("http://10.0.0.7:80", "10.0.0.7"),
        ("http://[fe80::1]:80", "[fe80::1]"),
        ("http://box:80", "box"),
        ("openai", "openai"),
    ],
)
def test_hosts_of_one_site_are_related(host: str, site: str) -> None:
    assert site_of(host) == site


# --- breakers ---------------------------------------------------------------------------------------------------------

COUNTED = {kind: row.trips for kind, row in DECISIONS.items() if row.trips is not None}


@pytest.mark.parametrize("kind", FailureKind)
def test_the_decision_table_says_what_counts_and_where(kind: FailureKind) -> None:
    health = fresh()
    trip = COUNTED.get(kind)
    times = [40.0 * n for n in range(round(3 / trip.weight) if trip is not None else 20)]
    for now in times:
        assert trip is None or closed(health, A, now) is None
        call(health, A, kind, now)
    now, sibling = times[-1], of("a2", "m2")
    found = closed(health, A, now)
    if trip is None:
        assert found is None or found.reason is SkipReason.PARKED
        assert closed(health, sibling, now) is None
        return
    assert found is not None
    assert (found.reason, found.kind, found.scope.kind) == (SkipReason.BREAKER, kind, trip.scope)
    assert found.until_s == now + 15
    assert (closed(health, sibling, now) is not None) == (trip.scope is ScopeKind.HOST)
    assert closed(health, A, now, forced=True) is None, "who asks for this one alone gets it"
    assert closed(health, A, now + 15) is None


def test_what_reached_the_host_closes_its_breaker_whatever_it_was() -> None:
    health = fresh()
    for _ in range(3):
        call(health, A, K.CONNECT, 0)
    assert closed(health, A, 20) is None
    call(health, A, Failure(K.BAD_REQUEST, status=400), 20)
    assert closed(health, A, 20) is None
    call(health, A, K.CONNECT, 21)
    assert closed(health, A, 21) is None


def test_fault_23_after_three_failures_none_until_half_open_then_one_at_a_time() -> None:
    """BerriAI/litellm#34836: 25 failures in a row stayed in rotation, and a cooled target was still called."""
    health = fresh()
    calls = 0
    for message in range(50):
        if closed(health, A, message * 0.1) is None:
            calls += 1
            call(health, A, Failure(K.SERVER, status=500), message * 0.1)
    assert calls == 3
    now = 0.2 + 15
    assert closed(health, A, now - 0.1) is not None
    probes = []
    for _ in range(10):
        if closed(health, A, now) is None:
            probes.append(health.begin(A, now))
    assert len(probes) == 1
    beside = closed(health, A, now)
    assert beside is not None
    assert beside.probing
    assert beside.until_s == now + 1
    health.end(probes[0], None, now, ms(now))
    assert closed(health, A, now) is None


def test_a_bypass_of_an_open_breaker_is_its_probe() -> None:
    health = fresh()
    for _ in range(3):
        call(health, A, K.SERVER, 0)
    bypass = health.begin(A, 1)
    found = closed(health, A, 1)
    assert found is not None
    assert found.probing
    health.end(bypass, Failure(K.SERVER), 1, ms(1))
    found = closed(health, A, 1)
    assert found is not None
    assert (found.until_s, found.probing) == (31, False)


def test_a_cancelled_probe_returns_its_permit_without_a_verdict() -> None:
    health = fresh()
    for _ in range(3):
        call(health, A, K.SERVER, 0)
    probe = health.begin(A, 20)
    health.cancel(probe)
    health.cancel(probe)
    assert closed(health, A, 20) is None
    assert health.in_flight(A) == 0


def test_a_permit_is_given_back_once() -> None:
    health = fresh()
    permit, other = health.begin(A, 0), health.begin(A, 0)
    assert health.in_flight(A) == 2
    for _ in range(4):
        health.end(permit, Failure(K.SERVER), 0, T0_MS)
    assert health.in_flight(A) == 1
    assert closed(health, A, 0) is None, "one failure told four times is one"
    health.end(other, None, 0, T0_MS)
    assert health.in_flight(A) == 0


def test_fault_29_dead_targets_are_not_tried_again_by_the_next_messages() -> None:
    """damianvtran/local-operator#198: every message tried the same dead waterfall again."""
    refused, unknown_key = of("x", url="http://127.0.0.1:1/v1", local=True), of("y", url="https://api.y.com/v1")
    health = fresh()
    call(health, unknown_key, Failure(K.AUTH, status=401), 0)
    assert closed(health, unknown_key, 1) is not None, "with 401 the second message makes no call"
    for message in range(3):
        assert closed(health, refused, message) is None
        call(health, refused, K.CONNECT, message)
    assert closed(health, refused, 3) is not None, "with refused connections the fourth makes none"


def test_fault_30_a_local_model_that_loads_counts_nowhere() -> None:
    """cline/cline#12829: a cold load was taken for a failure."""
    health = fresh()
    for now in range(20):
        call(health, of("o", url="http://127.0.0.1:11434", local=True), K.LOADING, now)
    assert health.snapshot(20, ms(20))[0].state is HealthState.HEALTHY


# --- parks ------------------------------------------------------------------------------------------------------------


def test_a_limit_parks_the_key_exactly_until_it_ends() -> None:
    health = fresh()
    [park] = call(health, A, Failure(K.RATE_LIMIT, status=429, retry_after_s=2), 10)
    assert (park.scope, park.kind, park.until_ms) == (A.key, K.RATE_LIMIT, ms(12))
    found = closed(health, of("a", "other"), 10)
    assert found is not None
    assert (found.reason, found.kind, found.until_s) == (SkipReason.PARKED, K.RATE_LIMIT, 12)
    assert closed(health, of("b"), 10) is None, "another key of the same provider is free"
    assert closed(health, A, 11.99) is not None
    assert closed(health, A, 12) is None


def test_fault_21_accounts_of_one_organisation_share_a_limit() -> None:
    """BerriAI/litellm#34399: two deployments of one quota, and the second was called at once."""
    health = fresh()
    call(health, of("a", org="acme"), Failure(K.RATE_LIMIT, retry_after_s=2), 0)
    assert closed(health, of("b", org="acme"), 1) is not None
    assert closed(health, of("b", org="acme"), 2) is None
    assert closed(health, of("c", org="other"), 1) is None


def test_fault_22_a_park_only_gets_longer() -> None:
    """BerriAI/litellm#40130: a second limit could not move the end."""
    health = fresh()
    call(health, A, Failure(K.RATE_LIMIT, retry_after_s=10), 0)
    assert call(health, A, Failure(K.RATE_LIMIT, retry_after_s=1), 2) == ()
    assert closed(health, A, 9.9) is not None
    assert closed(health, A, 10) is None
    call(health, A, Failure(K.RATE_LIMIT, retry_after_s=1), 20)
    [longer] = call(health, A, Failure(K.RATE_LIMIT, retry_after_s=10), 20.5)
    assert (longer.since_ms, longer.until_ms) == (ms(20), ms(30.5))


def test_fault_24_what_is_parked_says_until_when_and_is_free_at_that_moment() -> None:
    """BerriAI/litellm#3646: with all in cooldown the message failed at once, though a wait would heal it."""
    health = fresh()
    call(health, A, Failure(K.RATE_LIMIT, status=429, retry_after_s=3), 0)
    for forced in (False, True):
        found = closed(health, A, 0.2, forced=forced)
        assert found is not None
        assert found.until_s == pytest.approx(3)
    assert closed(health, A, 3) is None
    call(health, A, None, 3)


def test_fault_25_a_key_without_credit_is_parked_at_once() -> None:
    """2389-research/tracker#547: a quota that will not heal by waiting was tried again and again."""
    health = fresh()
    [park] = call(health, A, Failure(K.QUOTA, status=429, code="insufficient_quota", retry_after_s=20), 0)
    assert (park.scope, park.until_ms, park.message) == (A.key, T0_MS + DAY_MS, "429 insufficient_quota")
    assert closed(health, A, 3600) is not None


def test_what_a_person_did_not_wait_for_counts_against_nobody() -> None:
    health = fresh()
    for second in range(5):
        call(health, A, Failure(K.TIMEOUT_TTFT, code="left"), second)
    assert closed(health, A, 6) is None
    for second in range(3):
        call(health, A, Failure(K.TIMEOUT_TTFT), 10 + second)
    assert closed(health, A, 13) is not None


def test_a_quota_of_a_day_is_parked_until_the_providers_day_is_over() -> None:
    """Google's ends at midnight in California, in summer an hour earlier; a short wait beside it is about minutes."""
    for now, midnight in (
        (datetime(2026, 11, 21, 12, 0), datetime(2026, 11, 22, 8, 0)),
        (datetime(2026, 7, 4, 6, 59, 59), datetime(2026, 7, 4, 7, 0)),
        (datetime(2026, 7, 4, 7, 0), datetime(2026, 7, 5, 7, 0)),
        (datetime(2026, 3, 8, 9, 0), datetime(2026, 3, 9, 7, 0)),  # the day on which summer time begins has 23 hours
        (datetime(2026, 3, 7, 9, 0), datetime(2026, 3, 8, 8, 0)),
        (datetime(2026, 11, 1, 8, 0), datetime(2026, 11, 2, 8, 0)),  # and the one on which it ends has 25
        (datetime(2026, 11, 1, 8, 30), datetime(2026, 11, 2, 8, 0)),
        (datetime(2026, 11, 1, 9, 30), datetime(2026, 11, 2, 8, 0)),
        (datetime(2026, 10, 31, 8, 0), datetime(2026, 11, 1, 7, 0)),
    ):
        now_ms = round(now.replace(tzinfo=UTC).timestamp() * 1000)
        health = fresh()
        told = Failure(K.QUOTA, status=429, code="GenerateRequestsPerDayPerProjectPerModel-FreeTier", retry_after_s=38)
        [park] = health.end(health.begin(A, 0), told, 0, now_ms)
        assert park.until_ms == round(midnight.replace(tzinfo=UTC).timestamp() * 1000), now


def test_a_quota_is_parked_until_the_time_that_is_told_where_that_is_no_matter_of_minutes() -> None:
    for told_s, kept_s in ((7200, 7200), (3600, 3600), (600, 86_400), (None, 86_400), (9e9, 86_400)):
        [park] = call(fresh(), A, Failure(K.QUOTA, status=429, retry_after_s=told_s), 0)
        assert park.until_ms == T0_MS + kept_s * 1000


def test_fault_26_the_wait_that_is_told_is_the_wait_that_is_kept() -> None:
    """letterstory/lettertrace#34: a wait of 38 s in the body was not read."""
    health = fresh()
    call(health, A, Failure(K.RATE_LIMIT, retry_after_s=38), 0)
    found = closed(health, A, 0)
    assert found is not None
    assert found.until_s == 38
    long = fresh()
    [park] = call(long, A, Failure(K.RATE_LIMIT, retry_after_s=9e9), 0)
    assert park.until_ms == T0_MS + DAY_MS


def test_a_limit_without_a_time_doubles_while_it_repeats() -> None:
    health, now, waits = fresh(), 0.0, []
    for _ in range(6):
        [park] = call(health, A, K.RATE_LIMIT, now)
        assert park.until_ms is not None
        waits.append((park.until_ms - ms(now)) / 1000)
        now += waits[-1]
    assert waits == [5, 10, 20, 40, 60, 60]
    call(health, A, None, now)
    [park] = call(health, A, K.RATE_LIMIT, now)
    assert park.until_ms == ms(now + 5)


def test_calls_that_were_under_way_together_are_one_limit() -> None:
    health = fresh()
    permits = [health.begin(A, 0) for _ in range(5)]
    for permit in permits:
        health.end(permit, Failure(K.RATE_LIMIT), 0, T0_MS)
    found = closed(health, A, 0)
    assert found is not None
    assert found.until_s is not None
    assert found.until_s <= 10


def test_permission_parks_the_model_for_this_key_alone() -> None:
    health = fresh()
    [park] = call(health, A, Failure(K.PERMISSION, status=403), 0)
    assert (park.scope, park.until_ms) == (A.deployment, T0_MS + DAY_MS)
    assert closed(health, of("a", "other"), 1) is None
    assert closed(health, of("b"), 1) is None


def test_a_model_that_is_gone_is_gone_for_every_key() -> None:
    health = fresh()
    [park] = call(health, A, Failure(K.MODEL_GONE, status=404), 0)
    assert (park.scope, park.until_ms) == (A.model, None)
    found = closed(health, of("b"), 10**6)
    assert found is not None
    assert found.until_s is None
    health.edited(of("b"), ms(5))
    assert closed(health, A, 6) is None
    assert health.take_lifted() == {A.model}
    assert health.take_lifted() == set()


def test_an_overload_parks_the_model_only_where_a_time_is_told() -> None:
    health = fresh()
    assert call(health, A, Failure(K.OVERLOADED, status=529), 0) == ()
    [park] = call(health, A, Failure(K.OVERLOADED, status=503, retry_after_s=7), 0)
    assert (park.scope, park.until_ms) == (A.model, ms(7))


def test_a_dead_key_is_parked_until_it_is_another_one() -> None:
    health = fresh()
    health.key_changed(A.key, "first")
    [park] = call(health, A, Failure(K.AUTH, status=401), 0)
    assert (park.scope, park.until_ms, park.fingerprint) == (A.key, None, "first")
    health.key_changed(A.key, "first")
    assert closed(health, A, 10**6) is not None
    health.key_changed(A.key, "second")
    assert closed(health, A, 10**6) is None
    assert health.take_lifted() == {A.key}


def test_a_call_with_the_old_key_does_not_park_the_new_one() -> None:
    health = fresh()
    health.key_changed(A.key, "first")
    permit = health.begin(A, 0)
    health.key_changed(A.key, "second")
    assert health.end(permit, Failure(K.AUTH, status=401), 1, ms(1)) == ()
    assert closed(health, A, 1) is None


def test_another_key_lifts_what_the_old_one_had_no_permission_and_no_credit_for() -> None:
    health = fresh()
    health.key_changed(A.key, "first")
    call(health, A, Failure(K.PERMISSION), 0)
    call(health, of("ab"), Failure(K.PERMISSION), 0)
    health.key_changed(A.key, "second")
    assert closed(health, A, 1) is None
    assert closed(health, of("ab"), 1) is not None, "the key of another account"


@pytest.mark.parametrize("kind", [kind for kind, row in DECISIONS.items() if row.parks is not None])
def test_a_pinned_model_passes_what_waiting_does_not_heal(kind: FailureKind) -> None:
    health = fresh()
    call(health, A, Failure(kind, retry_after_s=60), 0)
    rule = DECISIONS[kind].parks
    assert rule is not None
    limited = rule.lasts in (Lasts.LIMIT, Lasts.IF_TOLD)
    assert (closed(health, A, 1, forced=True) is not None) == limited
    call(health, A, None, 1)
    assert (closed(health, A, 1) is not None) == limited, "what a forced call found healed is healed"


def test_parks_win_over_breakers_and_the_longest_is_told() -> None:
    health = fresh()
    for _ in range(3):
        call(health, A, Failure(K.OVERLOADED, status=503, retry_after_s=2), 0)
    call(health, A, Failure(K.RATE_LIMIT, retry_after_s=9), 0)
    found = closed(health, A, 0)
    assert found is not None
    assert (found.reason, found.scope, found.until_s) == (SkipReason.PARKED, A.key, 9)
    found = closed(health, A, 9)
    assert found is not None
    assert found.reason is SkipReason.BREAKER


def test_a_clock_that_was_set_back_does_not_park_for_ever() -> None:
    health = fresh()
    call(health, A, Failure(K.RATE_LIMIT, retry_after_s=60), 0)
    assert health.closed(A, 1, T0_MS - 5000) is not None, "a clock that was put right"
    assert health.closed(A, 1, T0_MS - 365 * DAY_MS) is None


def test_what_was_written_down_is_in_force_again() -> None:
    kept = (
        Park(A.key, K.AUTH, T0_MS, None, "401", "first"),
        Park(B.key, K.RATE_LIMIT, T0_MS, T0_MS + 1000),
        Park(of("c").key, K.QUOTA, T0_MS - DAY_MS, T0_MS),
    )
    health = fresh()
    health.load(kept, T0_MS)
    assert closed(health, A, 0) is not None
    assert closed(health, B, 0) is not None
    assert closed(health, of("c"), 0) is None
    health.key_changed(A.key, "second")
    assert closed(health, A, 0) is None


# --- the network ------------------------------------------------------------------------------------------------------


def test_two_sites_out_of_reach_mean_that_there_is_no_network() -> None:
    health = fresh()
    for now in (0.0, 1.0, 2.0):
        call(health, A, K.CONNECT, now)
    assert closed(health, A, 2.5) is not None
    assert not health.offline(2.5)
    call(health, B, K.CONNECT, 3)
    assert health.offline(3)
    assert closed(health, A, 3) is None, "no host is to blame"
    for now in (4.0, 5.0, 6.0):
        call(health, B, K.CONNECT, now)
        call(health, A, Failure(K.CUT), now)
    assert closed(health, B, 7) is None
    assert not health.offline(17), "somebody has to be asked again some time"
    call(health, A, None, 8)
    assert not health.offline(8)


@pytest.mark.parametrize(
    ("second", "apart", "why"),
    [
        (of("c", url="https://eu.a.com/v1"), 1.0, "the same site"),
        (B, 6.0, "too far apart"),
        (of("o", url="http://127.0.0.1:9/v1", local=True), 1.0, "this computer"),
    ],
)
def test_what_does_not_mean_that_there_is_no_network(second: Scopes, apart: float, why: str) -> None:
    health = fresh()
    call(health, A, K.CONNECT, 0)
    call(health, second, K.CONNECT, apart)
    assert not health.offline(apart), why


def test_a_host_that_answered_of_late_means_that_there_is_a_network() -> None:
    health = fresh()
    call(health, of("c", url="https://c.org"), Failure(K.SERVER, status=500), 0)
    for now in (10.0, 11.0, 12.0):
        call(health, A, K.CONNECT, now)
        call(health, B, K.CONNECT, now)
    assert not health.offline(12)
    assert closed(health, A, 12) is not None
    assert closed(health, B, 12) is not None


def test_a_server_of_ones_own_keeps_its_breaker_without_a_network() -> None:
    own = of("o", url="http://127.0.0.1:9/v1", local=True)
    health = fresh()
    for _ in range(3):
        call(health, own, K.CONNECT, 0)
    call(health, A, K.CONNECT, 1)
    call(health, B, K.CONNECT, 1)
    assert health.offline(1)
    assert closed(health, own, 1) is not None


# --- retries, and what is shown ---------------------------------------------------------------------------------------


def test_ten_retries_and_a_tenth_of_one_for_each_success() -> None:
    health = fresh()
    assert [health.retry_token(A.provider) for _ in range(11)] == [True] * 10 + [False]
    assert health.retry_token(B.provider), "another provider's bucket"
    for _ in range(9):
        call(health, A, None, 0)
    assert not health.retry_token(A.provider)
    health.success(A.provider)
    assert health.retry_token(A.provider)
    for _ in range(200):
        health.success(A.provider)
    assert sum(health.retry_token(A.provider) for _ in range(20)) == 10, "never more than ten"


def test_the_person_sees_how_everything_is_and_may_have_it_tried() -> None:
    health = fresh()
    for _ in range(3):
        call(health, A, Failure(K.SERVER, status=500), 0)
    call(health, B, Failure(K.RATE_LIMIT, status=429, retry_after_s=30), 0)
    views = {view.scope: view for view in health.snapshot(1, ms(1))}
    assert (views[A.host].state, views[A.host].until_ms) == (HealthState.HEALTHY, None)
    model = views[A.model]
    assert (model.state, model.kind, model.message) == (HealthState.OPEN, K.SERVER, "500")
    assert (model.since_ms, model.until_ms) == (ms(0), ms(15))
    key = views[B.key]
    assert (key.state, key.since_ms, key.until_ms) == (HealthState.PARKED, ms(0), ms(30))
    assert health.try_now(A.model, 1)
    assert health.try_now(B.key, 1)
    assert not health.try_now(Scope(ScopeKind.KEY, "nobody"), 1)
    assert health.take_lifted() == {B.key}
    assert closed(health, B, 1) is None
    assert closed(health, A, 1) is None
    health.begin(A, 1)
    assert closed(health, A, 1) is not None, "one call, no more"
    assert {v.scope: v.state for v in health.snapshot(1, ms(1))}[A.model] is HealthState.HALF_OPEN
