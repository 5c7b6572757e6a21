"""What a route asks a person, with the answers there are."""

from __future__ import annotations

from collections.abc import Mapping

from switchyard.core.catalog import Deployment
from switchyard.core.failures import FailureKind
from switchyard.core.route import Option, Question, QuestionKind, RouteRecord, SkipReason
from switchyard.core.sentence import sentence
from switchyard.core.usage import NANOS

GO, LEAVE, OTHER, AGAIN, TRIM, RESTART, CONTINUE = "go", "leave", "other", "again", "trim", "restart", "continue"
_CENT = NANOS // 100
_ABOUT_ONE = frozenset({QuestionKind.TURN_COST, QuestionKind.UNPRICED})


def refusal(other: Deployment) -> Question:
    """One model declined, and another could be tried."""
    text = sentence("The model declined to answer. Try another one?")
    return Question(QuestionKind.REFUSAL, text, (_ask(other), _leave()))


def empty_answer(other: Deployment | None) -> Question:
    """A model thought, but said nothing."""
    again = Option(AGAIN, sentence("Ask again"))
    if other is None:
        text = sentence("The model thought, but gave no answer. Ask again?")
        return Question(QuestionKind.EMPTY_ANSWER, text, (again, _leave()))
    text = sentence("The model thought, but gave no answer. Ask again, or try another model?")
    return Question(QuestionKind.EMPTY_ANSWER, text, (_ask(other), again, _leave()))


def turn_cost(deployment: Deployment, estimate_nanos: int, limit_nanos: int) -> Question:
    """A call may cost more than the chain lets pass unasked."""
    text = sentence(
        "{model} may cost up to {cost} for this message, above the chain's {limit}. Send it?",
        model=deployment.model,
        cost=amount(estimate_nanos),
        limit=amount(limit_nanos),
    )
    return Question(QuestionKind.TURN_COST, text, (Option(GO, sentence("Send it")), _leave()))


def budget(deployment: Deployment) -> Question:
    """A budget that asks is reached."""
    text = sentence("Your budget is reached. Send this message to {model} all the same?", model=deployment.model)
    return Question(QuestionKind.BUDGET, text, (Option(GO, sentence("Send it")), _leave()))


def unpriced(deployment: Deployment) -> Question:
    """A budget that blocks cannot tell what a call would cost."""
    text = sentence(
        "{model} has no price, so your budget cannot count it. Send this message all the same?", model=deployment.model
    )
    return Question(QuestionKind.UNPRICED, text, (Option(GO, sentence("Send it")), _leave()))


def overflow(deployment: Deployment, other: Deployment | None) -> Question:
    """The conversation is longer than a model can read."""
    text = sentence("This chat is longer than {model} can read. Leave out its oldest messages?", model=deployment.model)
    trim = Option(TRIM, sentence("Leave them out"))
    options = (trim, _leave()) if other is None else (trim, _ask(other), _leave())
    return Question(QuestionKind.OVERFLOW, text, options)


def after_text(failed: Deployment, other: Deployment, *, spliceable: bool = True) -> Question:
    """A reply broke off after some of it was shown; `spliceable` where another model can go on behind that."""
    text = sentence("{model} broke off in the middle of its reply. Go on with another model?", model=failed.model)
    go_on = Option(CONTINUE, sentence("Continue with {model}", model=other.model))
    again = Option(RESTART, sentence("Start again with {model}", model=other.model))
    options = (go_on, again, _leave()) if spliceable else (again, _leave())
    return Question(QuestionKind.AFTER_TEXT, text, options)


def of_failure(kind: FailureKind, other: Deployment | None) -> Question | None:
    """Return what is asked after such a failure; None where there is nobody else to ask."""
    if kind is FailureKind.EMPTY_ANSWER:
        return empty_answer(other)
    return refusal(other) if other is not None else None


def tried_after(route: RouteRecord, answer: str) -> frozenset[str]:
    """Return who is not called any more when a route goes on with this answer to its question.

    Those that were called, now and before earlier questions, except for the one that the answer is about.
    """
    unfit = {skip.deployment for skip in route.skipped if skip.reason is not SkipReason.TRIED}
    before = {skip.deployment for skip in route.skipped if skip.reason is SkipReason.TRIED} - unfit
    called = route.attempts
    if answer == AGAIN:
        called = tuple(attempt for attempt in called if attempt.deployment != called[-1].deployment)
    elif answer in (GO, TRIM) and route.question is not None:
        about = route.question.text.params.get("model")
        called = tuple(attempt for attempt in called if attempt.model != about)
    return frozenset(before | {attempt.deployment for attempt in called})


def answers_after(route: RouteRecord, answer: str) -> Mapping[QuestionKind, str]:
    """Return what a person has decided when a route goes on with this answer to its question.

    What another model may cost is another question.
    """
    assert route.question is not None
    kept = {**route.answers, route.question.kind: answer}
    if answer in (OTHER, RESTART, CONTINUE):
        return {kind: given for kind, given in kept.items() if kind not in _ABOUT_ONE}
    return kept


def carried_after(route: RouteRecord, answer: str, text: str) -> str:
    """Return what of a reply stays when its route goes on with this answer: the text, where a model continues that."""
    continues = route.answers.get(QuestionKind.AFTER_TEXT) == CONTINUE and answer in (GO, TRIM)
    return text if continues or answer == CONTINUE else ""


def amount(nanos: int) -> str:
    """Return an amount for a sentence: whole cents, rounded up, below a cent all that matters."""
    if nanos < _CENT:
        return f"${nanos / NANOS:.4f}"
    cents = -(-nanos // _CENT)
    return f"${cents // 100}.{cents % 100:02}"


def _ask(deployment: Deployment) -> Option:
    return Option(OTHER, sentence("Ask {model}", model=deployment.model))


def _leave() -> Option:
    return Option(LEAVE, sentence("Leave it"))
