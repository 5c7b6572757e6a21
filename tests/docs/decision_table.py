"""Writes the generated tables of docs/routing.md from the code; run it by hand where they differ.

`python tests/docs/decision_table.py` rewrites the page; tests/docs/test_routing.py fails where that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from switchyard.core import questions
from switchyard.core.budget import Action
from switchyard.core.catalog import Deployment, Place
from switchyard.core.failures import DECISIONS, Decision, Fix, Lasts, Leave
from switchyard.core.parks import BLIND_MAX_S, BLIND_S
from switchyard.core.planner import JITTER_BASE_S
from switchyard.core.route import Question, QuestionKind
from switchyard.core.scopes import ScopeKind
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.core.strategies import STRATEGIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "routing.md"

THEN: dict[Leave, str] = {
    Leave.YES: "the next one",
    Leave.NO: "the end",
    Leave.ASK: "you are asked",
    Leave.FITS: "the next one that may fit",
    Leave.ONCE: "the next one, once",
}

BUTTONS: dict[Fix, str] = {
    Fix.TRY_AGAIN: "Try again",
    Fix.WAIT: "Wait",
    Fix.RAISE_DEADLINE: "Raise timeout",
    Fix.CHECK_KEY: "Check key",
    Fix.CHECK_ACCOUNT: "Check account",
    Fix.EDIT_CHAIN: "Edit chain",
    Fix.CHECK_SERVER: "Check server",
    Fix.NONE: "",
}


def decisions() -> str:
    """Return the table of classes."""
    rows = [
        (f"`{row.kind}`", _retries(row), THEN[row.leave], _text(row.sentence.source), BUTTONS[row.fix])
        for row in DECISIONS.values()
    ]
    return _table(("class", "again, where it is the last one", "then", "what you read", "what helps"), rows)


def skips() -> str:
    """Return the table of reasons to pass a model over."""
    rows = [(f"`{reason}`", _text(told.source)) for reason, told in SKIP_SENTENCES.items()]
    return _table(("reason", "what you read"), rows)


SCOPES: dict[ScopeKind, str] = {
    ScopeKind.KEY: "the account",
    ScopeKind.ACCOUNT: "the account, or all of its organisation",
    ScopeKind.DEPLOYMENT: "the model, for this account",
    ScopeKind.MODEL: "the model at its provider",
    ScopeKind.HOST: "the host",
}
LASTS: dict[Lasts, str] = {
    Lasts.LIMIT: f"as long as the provider says, else {BLIND_S:g} s, doubling to {BLIND_MAX_S:g} s while it repeats",
    Lasts.IF_TOLD: "as long as the provider says, if it does",
    Lasts.RESET: "until its quota begins anew, where that is known, else 24 h",
    Lasts.DAY: "24 h",
    Lasts.EDIT: "until something is changed",
}


def rests() -> str:
    """Return the table of what is left alone after which class."""
    rows = [
        (f"`{row.kind}`", _counts(row), *((SCOPES[row.parks.scope], LASTS[row.parks.lasts]) if row.parks else ("", "")))
        for row in DECISIONS.values()
        if row.trips or row.parks
    ]
    return _table(("class", "counts towards the breaker of", "parks", "for"), rows)


PICKS: dict[str, str] = {
    "ordered": "as it is written",
    "round_robin": "another one first each time",
    "weighted": "at random, in proportion to the weights",
    "balanced": "by price, speed, quality and health together, each with its share",
    "cheapest": "what this message costs least with; an unknown price stands in the middle",
    "fastest": "of two at random the one that begins sooner, and so on",
    "best_quality": "by score; one without stands in the middle",
    "local_first": "this computer, then your network, then the cloud",
    "capability_match": "what is known to take all that the message needs, then what may take it",
    "health_aware": "what failed least of late",
    "least_busy": "what has the fewest calls running for its weight",
}


def picks() -> str:
    """Return the table of strategies."""
    rows = [(f"`{one.id}`", one.title.english(), PICKS[one.id]) for one in STRATEGIES.values()]
    return _table(("`pick`", "in the window", "who is tried first"), rows)


def asked() -> dict[QuestionKind, Question]:
    """Return every question, with all answers that there may be."""
    one, other = (Deployment(name, "m", "p", "P", Place.CLOUD, has_key=True) for name in "ab")
    every = (
        questions.refusal(other),
        questions.empty_answer(other),
        questions.turn_cost(one, 2, 1),
        questions.budget(one),
        questions.unpriced(one),
        questions.overflow(one, other),
        questions.after_text(one, other),
    )
    return {question.kind: question for question in every}


def asks() -> str:
    """Return the table of questions."""
    rows = [
        (
            f"`{kind}`",
            _text(question.text.source),
            ", ".join(f"{_text(option.label.source)} (`{option.id}`)" for option in question.options),
        )
        for kind, question in asked().items()
    ]
    return _table(("question", "what you read", "answers"), rows)


LIMITS: dict[Action, str] = {
    Action.WARN: "tells you, and nothing else",
    Action.DOWNGRADE: "takes the tracks that are for it (`when: over_budget`), and calls only what is free",
    Action.ASK: "asks before each call that costs money",
    Action.BLOCK: "never lets the limit be passed: what does not fit is skipped",
}


def limits() -> str:
    """Return the table of what budgets do at their limit."""
    return _table(("action", "what it does at the limit"), [(f"`{action}`", LIMITS[action]) for action in Action])


def _counts(row: Decision) -> str:
    if row.trips is None:
        return ""
    return SCOPES[row.trips.scope] + (", half" if row.trips.weight < 1 else "")


def _retries(row: Decision) -> str:
    if not row.retries:
        return "no"
    if row.delay_s is not None:
        return f"{_times(row.retries)}, after {row.delay_s:g} s"
    waits = " and ".join(f"{JITTER_BASE_S * 2**n:g} s" for n in range(row.retries))
    return f"{_times(row.retries)}, after up to {waits}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _text(source: str) -> str:
    return source.replace("{", "*").replace("}", "*")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


TABLES: Mapping[str, Callable[[], str]] = {
    "decisions": decisions,
    "skips": skips,
    "rests": rests,
    "picks": picks,
    "questions": asks,
    "limits": limits,
}


def written(page: str) -> str:
    """Return the page with its tables as the code has them now; raises `ValueError` where a mark is missing."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: made from the code -->", f"<!-- {name}: end -->"
        before, rest = page[: page.index(begin)], page[page.index(begin) + len(begin) :]
        page = f"{before}{begin}\n\n{table()}\n\n{rest[rest.index(end) :]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
