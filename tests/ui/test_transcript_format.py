"""Figures are written one way: design rules for money, time, tokens and percent."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale

from switchyard.core.failures import Failure, FailureKind
from switchyard.core.route import AttemptRecord, Outcome, Reason, RouteRecord
from switchyard.core.sentence import sentence
from switchyard.core.usage import CostSource
from switchyard.ui import format as written
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.words import Words

ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)


@pytest.mark.parametrize(
    ("nanos", "text"),
    [
        (12_100_000, "$0.0121"),
        (840_000_000, "$0.84"),
        (1, "<$0.0001"),
        (99_999, "<$0.0001"),
        (100_000, "$0.0001"),
        (99_960_000, "$0.10"),
        (99_940_000, "$0.0999"),
        (1_204_500_000_000, "$1,204.50"),
    ],
)
def test_money(nanos: int, text: str) -> None:
    assert written.money(nanos, ENGLISH) == text


def test_money_follows_the_locale() -> None:
    assert written.money(12_100_000, GERMAN) == "$0,0121"


def test_cost_says_why_there_is_no_sum() -> None:
    assert written.cost(None, ENGLISH) == "no price"
    assert written.cost(0, ENGLISH, free=True) == "free"
    assert written.cost(5_000_000, ENGLISH, simulated=True) == "simulated"


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (2, "2 ms"),
        (214, "0.21 s"),
        (610, "0.61 s"),
        (994, "0.99 s"),
        (996, "1.0 s"),
        (8_400, "8.4 s"),
        (59_940, "59.9 s"),
        (59_980, "1 min 0 s"),
        (124_000, "2 min 4 s"),
        (3_720_000, "1 h 2 min"),
    ],
)
def test_duration(ms: int, text: str) -> None:
    assert written.duration(ms, ENGLISH) == text


def test_a_test_is_shown_in_milliseconds() -> None:
    assert written.milliseconds(214, ENGLISH) == "214 ms"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 tok"),
        (1_204, "1,204 tok"),
        (14_210, "14,210 tok"),
        (41_200, "41k tok"),
        (999_400, "999k tok"),
        (999_600, "1.0M tok"),
        (1_240_000, "1.2M tok"),
        (12_400_000, "12M tok"),
    ],
)
def test_tokens(n: int, text: str) -> None:
    assert written.tokens(n, ENGLISH) == text


def test_speed() -> None:
    assert written.throughput(84.2, ENGLISH) == "84 tok/s"
    assert written.throughput(7.49, ENGLISH) == "7.5 tok/s"


def _attempt(n: int, cost_nanos: int | None, source: CostSource, outcome: Outcome = Outcome.COMPLETED) -> AttemptRecord:
    failure = Failure(FailureKind.TIMEOUT_TTFT) if outcome is Outcome.FAILED else None
    return AttemptRecord(
        n,
        n,
        Reason.FIRST,
        "a/m",
        "a",
        "openai",
        "m",
        0,
        outcome,
        failure=failure,
        cost_nanos=cost_nanos,
        cost_source=source,
    )


def test_the_cost_of_a_route_never_claims_more_than_is_known() -> None:
    failed = _attempt(1, None, CostSource.UNPRICED, Outcome.FAILED)
    refused = _attempt(1, 0, CostSource.COMPUTED, Outcome.FAILED)
    answer = _attempt(2, 12_100_000, CostSource.COMPUTED)
    assert written.route_cost(RouteRecord("r", None, (refused, answer)), ENGLISH) == "$0.0121"
    assert written.route_cost(RouteRecord("r", None, (failed, answer)), ENGLISH) == "at least $0.0121"
    assert written.route_cost(RouteRecord("r", None, (_attempt(1, None, CostSource.UNPRICED),)), ENGLISH) == "no price"
    assert written.route_cost(RouteRecord("r", None, (_attempt(1, 0, CostSource.FREE),)), ENGLISH) == "free"
    assert written.route_cost(RouteRecord("r", None, (refused,)), ENGLISH) is None
    assert written.route_cost(RouteRecord("r", None), ENGLISH) is None


def test_sentences_are_filled_and_numbers_follow_the_locale() -> None:
    words = Words(GERMAN)
    assert words.translate(sentence("No first token within {seconds} s.", seconds=8.0)) == "No first token within 8 s."
    assert words.translate(sentence("{n} s", n=1.5)) == "1,5 s"
    assert words.translate(sentence("A brace { stays.")) == "A brace { stays."


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (FailureKind.RATE_LIMIT, "The provider was limiting your key."),
        (FailureKind.TIMEOUT_TTFT, "No first token in time."),
        (FailureKind.AUTH, "The key was rejected."),
    ],
)
def test_a_route_that_called_nobody_says_why_in_a_whole_sentence(kind: FailureKind, told: str) -> None:
    record = RouteRecord("r", "Everyday", failure=Failure(kind))
    assert Speech(Words(ENGLISH), {}).route_reason(record, 0) == told
