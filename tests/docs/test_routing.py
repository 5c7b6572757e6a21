"""Hold docs/routing.md to the code: its tables are the code's own, its figures and its outcomes are what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.decision_table import BUTTONS, LIMITS, PAGE, PICKS, THEN, asked, written

from switchyard.core.breaker import FORGIVES_S, OPEN_MAX_S, OPEN_S, ROW_S, SHARE, SHARE_OF, SHARE_S, SPREAD, TRIPS_AT
from switchyard.core.budget import Action
from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import DeploymentName, Limits, plain_chain, step_to
from switchyard.core.connectivity import REACHED_S, TOGETHER_S
from switchyard.core.deadlines import IDLE_S, LOADING_S, REASONING_IDLE_S
from switchyard.core.estimate import LEAST_OUTPUT
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind, Fix, Leave
from switchyard.core.guard import FIRST_TOKEN_S
from switchyard.core.health import RETRY_COST, RETRY_REFUND, RETRY_TOKENS
from switchyard.core.known import HEDGED_SHARE
from switchyard.core.moves import Candidate, Done, End, Wait
from switchyard.core.parks import DAY_MS
from switchyard.core.planner import Plan
from switchyard.core.resume import LITTLE_CHARS, Progress
from switchyard.core.route import QuestionKind, SkipReason
from switchyard.core.stats import DEADLINE_FACTOR, LONGEST_DEADLINE_S, RING, SHORTEST_DEADLINE_S
from switchyard.core.strategies import STRATEGIES
from switchyard.core.usage import NANOS, CostSource
from switchyard.core.waits import BLIND_WAIT_S, NEAR_S, WAIT_LIMIT_S
from switchyard.services.attempt import LOADING_POLL_S
from switchyard.services.calls import CONNECT_TIMEOUT_S
from switchyard.services.chat import HEDGED_BELOW

TEXT = PAGE.read_text(encoding="utf-8")
FLAT = " ".join(TEXT.split())
FAILURE_CARD = Path(__file__).parents[2] / "app" / "switchyard" / "ui" / "transcript" / "failure_card.py"


def rows(heading: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the first table under a heading, without its head."""
    section = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = re.search(r"(?m)^\|.*\n\|[ |-]+\|\n((?:\|.*\n?)+)", section)
    assert table is not None
    for line in table[1].splitlines():
        yield tuple(cell.strip() for cell in line.strip("|").split(" | "))


def test_the_tables_are_those_of_the_code() -> None:
    assert written(TEXT) == TEXT, "run: python tests/docs/decision_table.py"


def test_every_word_of_the_tables_is_chosen() -> None:
    assert set(THEN) == set(Leave)
    assert set(BUTTONS) == set(Fix)


def test_the_buttons_are_those_of_the_card() -> None:
    card = FAILURE_CARD.read_text(encoding="utf-8")
    for fix, words in BUTTONS.items():
        if fix is not Fix.NONE:
            assert re.search(rf'\("(Route", ")?{words}( {{time}})?"\)', card), f"the card has no button {words}"


def test_the_deadlines_are_those_in_force() -> None:
    usual = Limits()
    said = {what: how_long for what, how_long, _ in rows("Deadlines")}
    assert said == {
        "all attempts together, to the first token": f"{usual.deadline_s:g} s",
        "one attempt, to its first token": f"by what was measured, {FIRST_TOKEN_S:g} s before; its share of the"
        " chain's time where that is less",
        "silence after the first token": f"{IDLE_S:g} s, {REASONING_IDLE_S:g} s while the model reasons",
        "a connection": f"{CONNECT_TIMEOUT_S:g} s, or `first_token_s` where that is less",
        "a local model that loads": f"{LOADING_S:g} s",
        "calls for one message": f"{usual.calls}",
    }
    assert f"with a countdown, {WAIT_LIMIT_S:g} seconds in all" in FLAT
    assert f"tried again after {BLIND_WAIT_S:g} s, then {2 * BLIND_WAIT_S:g} s" in FLAT
    assert LOADING_POLL_S == 2
    assert "asked again every two seconds" in FLAT


def test_every_source_of_a_cost_is_told() -> None:
    assert {row[0].strip("`") for row in rows("What it costs")} == set(CostSource)


# --- the outcomes -----------------------------------------------------------------------------------------------------

_FIGURES = re.compile(r"(\d+) \((\d+)\)")
_EXITS = {End.ANSWERED: 0, End.FAILED: 3, End.CUT: 3, End.ASKED: 5, End.CANCELLED: 130}


def outcomes() -> Iterator[tuple[FailureKind, tuple[int, int], tuple[int, int]]]:
    """Yield what the page says of each class that a call can end with: exit code and calls, alone and with another."""
    for classes, alone, together in rows("What `ask` returns"):
        first, second = _FIGURES.match(alone), _FIGURES.match(together)
        if first and second:
            for name in re.findall(r"`([A-Z_]+)`", classes):
                yield FailureKind(name), (int(first[1]), int(first[2])), (int(second[1]), int(second[2]))


def course(kind: FailureKind, steps: int, *, shown: int = 0) -> tuple[int, int]:
    """Send a message over a chain whose first step always fails so, and the second never; return exit and calls.

    `shown` is how many characters of text the first one had said.
    """
    candidates = []
    for index, account in enumerate(["first", "second"][:steps], 1):
        step = step_to(DeploymentName(account, "m"))
        deployment = Deployment(account, "m", "openai", "OpenAI", Place.CLOUD, has_key=True)
        candidates.append(Candidate(index, step, deployment))
    chain = plain_chain("c", tuple(candidate.step for candidate in candidates))
    plan = Plan(chain, candidates, prompt_tokens=10, stream=True, pinned=False, now=0, jitter=lambda: 0.5)
    now, calls = 0.0, 0
    while not isinstance(move := plan.next(now), Done):
        if isinstance(move, Wait):
            now += move.seconds
        elif move.candidate.index == 1:
            calls += 1
            if shown:
                plan.text_shown()
            finish = Finish.STOP if kind is FailureKind.EMPTY_ANSWER else None
            plan.feed(Failure(kind), finish, now, progress=Progress(shown))
        else:
            plan.feed(None, Finish.STOP, now)
    return _EXITS[move.end], calls


@pytest.mark.parametrize(("kind", "alone", "together"), list(outcomes()), ids=str)
def test_the_outcomes_are_what_happens(kind: FailureKind, alone: tuple[int, int], together: tuple[int, int]) -> None:
    assert course(kind, 1) == alone
    assert course(kind, 2) == together


@pytest.mark.parametrize(("steps", "told"), [(1, "3 (1), the partial text"), (2, "0 (1), the text of both")])
def test_the_outcome_after_text_is_what_happens(steps: int, told: str) -> None:
    row = next(row for row in rows("What `ask` returns") if "after text was shown" in row[0])
    figures = _FIGURES.match(row[steps])
    assert row[steps] == told
    assert figures is not None
    assert course(FailureKind.CUT, steps, shown=LITTLE_CHARS) == (int(figures[1]), int(figures[2]))
    assert f"less than {LITTLE_CHARS} characters were shown" in FLAT


def test_the_outcomes_leave_no_class_out() -> None:
    told = {name for row in rows("What `ask` returns") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    assert told == set(FailureKind) - {FailureKind.CANCELLED}
    assert len(list(outcomes())) >= 16


def test_every_reason_to_pass_over_is_told() -> None:
    assert {row[0].strip("`") for row in rows("Passed over")} == set(SkipReason)


def test_the_figures_of_what_is_left_alone_are_those_in_force() -> None:
    low, high = SPREAD
    assert (low, high) == (0.8, 1.2)
    assert f"when {TRIPS_AT:g} failures come in a row within {ROW_S / 60:g} minutes" in FLAT
    assert SHARE == 0.5
    assert f"half of at least {SHARE_OF} calls within {SHARE_S / 60:g} minutes" in FLAT
    assert f"stays open for {OPEN_S:g} s" in FLAT
    assert f"up to {OPEN_MAX_S:g} s, a fifth more or less" in FLAT
    assert f"every {FORGIVES_S / 60:g} minutes without trouble" in FLAT
    assert f"more than {DAY_MS / 3_600_000:g} h" in FLAT
    assert f"within {TOGETHER_S:g} s, and none could for {REACHED_S:g} s" in FLAT
    assert f"draw on {RETRY_TOKENS / RETRY_COST:g} tokens" in FLAT
    assert RETRY_REFUND * 10 == RETRY_COST


def test_the_words_of_the_tables_are_complete() -> None:
    assert set(PICKS) == set(STRATEGIES)
    assert set(asked()) == set(QuestionKind)
    assert set(LIMITS) == set(Action)


def test_the_figures_of_pools_hedges_and_budgets_are_those_in_force() -> None:
    assert f"over its last {RING} calls" in FLAT
    assert DEADLINE_FACTOR == 3
    assert f"but {SHORTEST_DEADLINE_S:g} s at least and {LONGEST_DEADLINE_S:g} s at most" in FLAT
    assert f"no more than {HEDGED_SHARE * 100:g} in 100 calls of a day" in FLAT
    assert f"more than {HEDGED_BELOW * 100:g} % of a budget is spent" in FLAT
    assert f"not below {LEAST_OUTPUT} tokens" in FLAT
    assert f"open up again within {NEAR_S:g} s are waited for" in FLAT
    limit = Limits().turn_cost_nanos
    assert limit is not None
    assert f"${limit / NANOS:.2f} by default" in FLAT
