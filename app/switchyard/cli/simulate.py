"""`switchyard simulate`: rehearses a chain against faults, in virtual time and at no cost."""

from __future__ import annotations

import argparse
from typing import Any

from switchyard.cli.objects import SCHEMA
from switchyard.cli.parser import UsageError
from switchyard.cli.terminal import Terminal
from switchyard.core.budget import amount
from switchyard.core.moves import End
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.simulate import Fault, Rehearsal, Tally, read_fault
from switchyard.core.usage import dollars
from switchyard.services.app import Services

DONE = 0


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Rehearse, tell what came of it, and return the exit code."""
    faults = [_fault(text) for text in args.faults]
    found = await services.rehearsals.play(args.chain, faults, turns=args.turns, seed=args.seed)
    if args.json:
        terminal.json(_object(args.chain, found, args.seed))
    else:
        _tell(found, terminal)
    for fault in found.idle:
        text = args.faults[faults.index(fault)]
        terminal.say(sentence("The fault {fault} strikes nobody in this chain.", fault=text))
    return DONE


def _fault(text: str) -> Fault:
    try:
        return read_fault(text)
    except ValueError as error:
        raise UsageError(
            sentence("The fault {text} cannot be read: {problem}.", text=text, problem=str(error)),
            sentence("Write KIND, KIND:TARGET or KIND:TARGET=AMOUNT; see: switchyard simulate --help"),
        ) from None


def _tell(found: Rehearsal, terminal: Terminal) -> None:
    answered = found.ends[End.ANSWERED]
    terminal.line(sentence("{count} of {turns} answered", count=answered, turns=found.turns).english())
    middle, slow = found.quantile_s(0.5), found.quantile_s(0.95)
    if middle is not None and slow is not None:
        told = sentence("First token: {p50} s, 95 in 100 within {p95} s", p50=f"{middle:.1f}", p95=f"{slow:.1f}")
        terminal.line(told.english())
    terminal.line(_cost(found).english())
    for name, tally in found.deployments.items():
        terminal.line("\t".join((name, *_words(tally))))


def _cost(found: Rehearsal) -> Sentence:
    if found.unpriced and found.cost_nanos:
        cost = amount(found.cost_nanos)
        return sentence("Cost: {cost}, and {count} calls without a price", cost=cost, count=found.unpriced)
    if found.unpriced:
        return sentence("Cost: {count} calls without a price", count=found.unpriced)
    return sentence("Cost: {cost}", cost=amount(found.cost_nanos)) if found.cost_nanos else sentence("Cost: free")


def _words(tally: Tally) -> list[str]:
    words = [f"{tally.answered} answered", f"{tally.calls} calls"]
    words += [f"{count} {kind.value}" for kind, count in sorted(tally.failed.items())]
    return words + [f"{count} skipped ({reason.value})" for reason, count in sorted(tally.skipped.items())]


def _object(chain: str, found: Rehearsal, seed: int) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "chain": chain,
        "seed": seed,
        "turns": found.turns,
        "ends": {end.value: found.ends[end] for end in End},
        "seams": found.seams,
        "first_token_s": {"p50": _rounded(found.quantile_s(0.5)), "p95": _rounded(found.quantile_s(0.95))},
        "waited_s": _rounded(found.waited_s),
        "cost": dollars(found.cost_nanos),
        "unpriced_calls": found.unpriced,
        "deployments": {
            name: {
                "calls": tally.calls,
                "answered": tally.answered,
                "failed": {kind.value: count for kind, count in sorted(tally.failed.items())},
                "skipped": {reason.value: count for reason, count in sorted(tally.skipped.items())},
            }
            for name, tally in found.deployments.items()
        },
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
