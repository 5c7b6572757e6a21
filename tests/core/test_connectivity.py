"""Whether there is a network, and what came to nothing because there was none."""

from __future__ import annotations

from dataclasses import replace

from switchyard.core.connectivity import out_of_reach
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.route import AttemptRecord, Outcome, Reason, RouteRecord, Skip, SkipReason


def failed(n: int, deployment: str, kind: FailureKind) -> AttemptRecord:
    account, _, model = deployment.partition("/")
    return AttemptRecord(n, n, Reason.FIRST, deployment, account, "x", model, 0, Outcome.FAILED, failure=Failure(kind))


LOST = RouteRecord(
    "r",
    "c",
    (failed(1, "a/m", FailureKind.CONNECT), failed(2, "b/m", FailureKind.OFFLINE), failed(3, "c/m", FailureKind.AUTH)),
    skipped=(Skip(4, "d/m", SkipReason.OFFLINE), Skip(5, "e/m", SkipReason.PARKED)),
    finish=Finish.ERROR,
)


def test_those_are_named_that_could_not_be_reached() -> None:
    assert out_of_reach(LOST) == ("a/m", "b/m", "d/m")


def test_a_route_that_made_no_call_names_those_that_were_passed_over() -> None:
    none = replace(LOST, attempts=(), failure=Failure(FailureKind.OFFLINE))
    assert out_of_reach(none) == ("d/m",)


def test_an_answer_or_another_failure_names_nobody() -> None:
    assert out_of_reach(replace(LOST, finish=Finish.STOP)) == ()
    assert out_of_reach(replace(LOST, finish=Finish.INCOMPLETE)) == ()
    assert out_of_reach(replace(LOST, attempts=LOST.attempts[:1])) == ()
