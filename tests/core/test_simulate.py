"""Rehearsals: the same seed gives the same course, faults strike whom they name, and the plan keeps its promises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchyard.core.catalog import Deployment, Endpoint, Place
from switchyard.core.chain import Chain, DeploymentName, Limits, plain_chain, step_to
from switchyard.core.failures import FailureKind
from switchyard.core.moves import Candidate, End
from switchyard.core.route import SkipReason
from switchyard.core.scopes import scopes_of
from switchyard.core.simulate import Fault, FaultKind, Rehearsal, Setup, read_fault, rehearse
from switchyard.core.stats import Measured
from switchyard.core.usage import Price

K = FaultKind
MEASURED = Measured(30, 400.0, 900.0, 900.0, 400.0, 60.0, 0.03, 1.0, 30)
PRICE = Price(3_000_000_000, 15_000_000_000)


def deployment(name: str, *, local: bool = False) -> Deployment:
    account, _, model = name.partition("/")
    place = Place.COMPUTER if local else Place.CLOUD
    return Deployment(account, model, account, account, place, True, local=local, free=local, price=PRICE)


def played(*names: str, faults: tuple[Fault, ...] = (), turns: int = 200, seed: int = 1) -> Rehearsal:
    steps = tuple(step_to(DeploymentName(*name.split("/", 1))) for name in names)
    chain: Chain = plain_chain("c", steps, Limits())
    candidates = []
    for index, (name, step) in enumerate(zip(names, steps, strict=True), 1):
        one = deployment(name, local=name.startswith("local"))
        there = Endpoint(one.account, one.provider, f"https://{one.account}.example.com/v1")
        candidates.append(Candidate(index, step, one, scopes=scopes_of(one, there, nearby=one.local)))
    return rehearse(Setup(chain, candidates, dict.fromkeys(names, MEASURED), faults, turns=turns, seed=seed))


def test_without_faults_the_first_answers_everything() -> None:
    found = played("a/m", "b/m")
    assert (found.turns, found.ends[End.ANSWERED]) == (200, 200)
    assert (found.deployments["a/m"].answered, found.deployments["b/m"].calls) == (200, 0)
    assert found.cost_nanos == 200 * (500 * 3000 + 300 * 15000)
    assert found.quantile_s(0.5) == pytest.approx(0.4, rel=0.2)


def test_a_dead_provider_is_left_alone_once_its_breaker_is_open() -> None:
    found = played("a/m", "b/m", faults=(Fault(K.DOWN, "a"),))
    assert found.ends[End.ANSWERED] == 200
    assert found.deployments["b/m"].answered == 200
    assert 3 <= found.deployments["a/m"].calls <= 60
    assert found.deployments["a/m"].skipped[SkipReason.BREAKER] >= 140


def test_a_revoked_key_is_tried_once() -> None:
    found = played("a/m", "b/m", faults=(Fault(K.REVOKED, "a"),))
    assert found.deployments["a/m"].failed == {FailureKind.AUTH: 1}
    assert found.deployments["a/m"].skipped[SkipReason.PARKED] == 199


def test_offline_leaves_this_computer() -> None:
    found = played("a/m", "local/m", faults=(read_fault("offline"),))
    assert found.deployments["local/m"].answered == 200


def test_a_spent_budget_leaves_what_is_free() -> None:
    found = played("a/m", "local/m", faults=(read_fault("budget"),))
    assert (found.deployments["a/m"].calls, found.deployments["local/m"].answered) == (0, 200)
    assert found.deployments["a/m"].skipped[SkipReason.BUDGET] == 200


def test_cut_replies_are_continued_or_said_again() -> None:
    found = played("a/m", "b/m", faults=(Fault(K.CUT, "a", 0.5),))
    assert found.ends[End.ANSWERED] == 200
    assert found.seams > 0


def test_a_slow_network_meets_the_deadline_of_the_first_token() -> None:
    found = played("a/m", "b/m", faults=(read_fault("slow:a=100"),))
    assert found.deployments["a/m"].failed[FailureKind.TIMEOUT_TTFT] >= 1
    assert found.ends[End.ANSWERED] == 200


def test_the_same_seed_is_the_same_course() -> None:
    faults = (Fault(K.LIMITED, "a", 0.4), Fault(K.CUT, "b", 0.3))
    assert played("a/m", "b/m", faults=faults, seed=7) == played("a/m", "b/m", faults=faults, seed=7)
    assert played("a/m", "b/m", faults=faults, seed=7) != played("a/m", "b/m", faults=faults, seed=8)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("down:openai", Fault(K.DOWN, "openai", 1.0)),
        ("offline", Fault(K.OFFLINE, "*", 1.0)),
        ("limited:a/m:1=0.25", Fault(K.LIMITED, "a/m:1", 0.25)),
        ("slow", Fault(K.SLOW, "*", 8.0)),
    ],
)
def test_faults_are_read(text: str, fault: Fault) -> None:
    assert read_fault(text) == fault


@pytest.mark.parametrize("text", ["", "up", "cut=2", "cut=0", "cut=x", "slow=inf", "slow=nan", "down=0.5"])
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault|cannot|number"):
        read_fault(text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(Fault, st.sampled_from(K), st.sampled_from(["*", "a", "b", "c/m"]), st.floats(0.05, 1.0)), max_size=4
    ),
    st.integers(0, 10_000),
)
def test_every_message_ends_and_is_counted_once(faults: list[Fault], seed: int) -> None:
    found = played("a/m", "b/m", "c/m", faults=tuple(faults), turns=30, seed=seed)
    assert found.turns == sum(found.ends.values()) == 30
    assert sum(tally.answered for tally in found.deployments.values()) == found.ends[End.ANSWERED]
    assert sum(tally.calls for tally in found.deployments.values()) <= 30 * Limits().calls
