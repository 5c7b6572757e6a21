"""Who is asked next when a person has answered a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchyard.core import questions
from switchyard.core.catalog import Deployment, Place
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.route import (
    AttemptRecord,
    Outcome,
    Question,
    QuestionKind,
    Reason,
    RouteRecord,
    Skip,
    SkipReason,
)


def deployment(name: str) -> Deployment:
    account, _, model = name.partition("/")
    return Deployment(account, model, "openai", "OpenAI", Place.CLOUD, has_key=True)


def attempt(n: int, name: str) -> AttemptRecord:
    account, _, model = name.partition("/")
    failure = Failure(FailureKind.SERVER)
    return AttemptRecord(n, n, Reason.FIRST, name, account, "openai", model, 0, Outcome.FAILED, failure=failure)


def route(*called: str, question: Question | None = None, skipped: tuple[Skip, ...] = ()) -> RouteRecord:
    attempts = tuple(attempt(n, name) for n, name in enumerate(called, 1))
    return RouteRecord("r", "Everyday", attempts, skipped, question=question)


def test_another_one_is_nobody_who_was_called() -> None:
    record = route("a/m", "b/m", question=questions.refusal(deployment("c/m")))
    assert questions.tried_after(record, questions.OTHER) == {"a/m", "b/m"}


def test_starting_again_is_somebody_else_too() -> None:
    record = route("a/m", question=questions.after_text(deployment("a/m"), deployment("b/m")))
    assert questions.tried_after(record, questions.RESTART) == {"a/m"}


def test_asking_again_is_the_one_that_gave_no_answer() -> None:
    record = route("a/m", "b/m", question=questions.empty_answer(None))
    assert questions.tried_after(record, questions.AGAIN) == {"a/m"}


@pytest.mark.parametrize("answer", [questions.GO, questions.TRIM])
def test_going_on_is_with_the_one_that_was_asked_about(answer: str) -> None:
    about = deployment("b/large")
    question = questions.budget(about) if answer == questions.GO else questions.overflow(about, None)
    assert questions.tried_after(route("a/m", question=question), answer) == {"a/m"}
    assert questions.tried_after(route("a/m", "b/large", question=question), answer) == {"a/m"}


def test_who_was_tried_before_stays_so_and_who_was_skipped_for_something_else_does_not() -> None:
    skipped = (
        Skip(1, "a/m", SkipReason.TRIED),
        Skip(2, "b/m", SkipReason.NO_KEY),
        Skip(3, "b/m", SkipReason.TRIED),  # it stands in the chain twice
    )
    record = route("c/m", question=questions.refusal(deployment("d/m")), skipped=skipped)
    assert questions.tried_after(record, questions.OTHER) == {"a/m", "c/m"}


def test_answers_are_kept_so_that_no_two_questions_take_turns() -> None:
    given = {QuestionKind.OVERFLOW: questions.OTHER, QuestionKind.TURN_COST: questions.GO}
    record = replace(route(question=questions.budget(deployment("a/m"))), answers=given)
    assert questions.answers_after(record, questions.GO) == {**given, QuestionKind.BUDGET: questions.GO}


def test_what_another_one_costs_is_asked_about_again() -> None:
    given = {QuestionKind.TURN_COST: questions.GO, QuestionKind.BUDGET: questions.GO}
    record = replace(route("a/m", question=questions.refusal(deployment("b/m"))), answers=given)
    expected = {QuestionKind.BUDGET: questions.GO, QuestionKind.REFUSAL: questions.OTHER}
    assert questions.answers_after(record, questions.OTHER) == expected
