"""Tells what would happen to a prompt: `ask --explain`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.budget import amount
from switchyard.core.estimate import Estimate
from switchyard.core.explain import Outline, Prospect
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.core.usage import dollars

DONE = 0


def tell(outline: Outline, cost: Estimate, terminal: Terminal, *, as_json: bool) -> int:
    """Write the outline to standard output; return the exit code."""
    if as_json:
        plan = [_object(prospect) for prospect in outline.prospects]
        told = {"low": dollars(cost.low_nanos), "high": dollars(cost.high_nanos), "known": cost.known}
        terminal.json({"schema": SCHEMA, "plan": plan, "cost": told, "stop": outline.stop})
        return DONE
    if outline.stop is not None:
        terminal.line(outline.stop)
    for prospect in outline.prospects:
        terminal.line(_line(prospect).english())
    for line in _cost_lines(cost):
        terminal.line(line.english())
    return DONE


def _cost_lines(cost: Estimate) -> Iterator[Sentence]:
    """Say what the message costs; nothing where nothing has a price, which each line has said already."""
    if cost.high_nanos is None:
        return
    low, high = amount(cost.low_nanos or 0), amount(cost.high_nanos)
    if not cost.high_nanos:
        yield sentence("This message is free.")
    elif not cost.low_nanos or low == high:
        yield sentence("This message costs up to {high}.", high=high)
    else:
        yield sentence("This message costs between {low} and {high}.", low=low, high=high)
    if not cost.known:
        yield sentence("Some of what could answer it has no price.")


def _line(prospect: Prospect) -> Sentence:
    name = prospect.candidate.deployment.name
    if prospect.skipped is not None:
        return Sentence(SKIP_SENTENCES[prospect.skipped].source, {"deployment": name})
    nanos = prospect.candidate.estimate_nanos
    if nanos is None:
        return sentence("{n}. {deployment}, no price", n=prospect.rank or 0, deployment=name)
    if not nanos:
        return sentence("{n}. {deployment}, free", n=prospect.rank or 0, deployment=name)
    return sentence("{n}. {deployment}, up to {cost}", n=prospect.rank or 0, deployment=name, cost=amount(nanos))


def _object(prospect: Prospect) -> dict[str, Any]:
    candidate = prospect.candidate
    return {
        "rank": prospect.rank,
        "track": candidate.track,
        "step": candidate.index,
        "deployment": candidate.deployment.name,
        "skipped": prospect.skipped.value if prospect.skipped is not None else None,
        "cost": dollars(candidate.estimate_nanos),
    }
