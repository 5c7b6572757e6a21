"""Tells what would happen to a prompt: `ask --explain`."""

from __future__ import annotations

from typing import Any

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
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
    if cost.high_nanos:
        low, high = dollars(cost.low_nanos) or "0", dollars(cost.high_nanos) or "0"
        terminal.line(sentence("This message costs between ${low} and ${high}.", low=low, high=high).english())
    return DONE


def _line(prospect: Prospect) -> Sentence:
    name = prospect.candidate.deployment.name
    if prospect.skipped is not None:
        return Sentence(SKIP_SENTENCES[prospect.skipped].source, {"deployment": name})
    if prospect.candidate.deployment.free:
        return sentence("{n}. {deployment}, free", n=prospect.rank or 0, deployment=name)
    cost = dollars(prospect.candidate.estimate_nanos)
    if cost is None:
        return sentence("{n}. {deployment}, price unknown", n=prospect.rank or 0, deployment=name)
    return sentence("{n}. {deployment}, up to ${cost}", n=prospect.rank or 0, deployment=name, cost=cost)


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
