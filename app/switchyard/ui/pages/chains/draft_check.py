"""What is wrong with a chain while it is edited, and where: what its form can tell, and what a check finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from switchyard.core.catalog import KeySource
from switchyard.core.chain import Chain, DeploymentName
from switchyard.core.chain_check import Finding, Kind, Severity
from switchyard.core.chain_dict import CALLS_MAX, check_name
from switchyard.core.chain_fields import is_name
from switchyard.core.errors import ChainInvalid
from switchyard.core.sentence import Sentence
from switchyard.core.step_dict import TRIES_MAX, WEIGHT_MAX
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.ui.format import count
from switchyard.ui.pages.chains.draft import (
    ALWAYS,
    LONGEST_S,
    Draft,
    StepDraft,
    read_hedge,
    read_retries,
    read_seconds,
    read_sum,
    read_tries,
)
from switchyard.ui.widgets.quantity import parse_count, parse_seconds
from switchyard.ui.words import Words, translate

Place = Literal[
    "name", "chain", "track", "steps", "use", "weight", "first_token", "idle", "retries", "hedge", "tries", "max_cost",
    "deadline", "calls", "turn_cost", "day_cost",
]  # fmt: skip
STEP_LIMITS: frozenset[Place] = frozenset({"first_token", "idle", "retries", "hedge", "tries", "max_cost"})
UNREADABLE: frozenset[Place] = STEP_LIMITS | {"weight", "deadline", "calls", "turn_cost", "day_cost"}
_SAID_HERE = frozenset(
    {Kind.UNKNOWN_ACCOUNT, Kind.UNKNOWN_MODEL, Kind.NO_KEY, Kind.SIMULATOR_MIXED, Kind.ASKED_ALREADY}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and where; what blocks has to be mended before the chain can be saved.

    `step` and `track` are places in the draft, None for what concerns all of it.
    """

    place: Place
    text: str
    blocks: bool
    step: int | None = None
    track: int | None = None


def problems_of(findings: Iterable[Finding], chain: Chain, words: Words) -> list[Problem]:
    """Return what a check of a chain found, at its place in the form; without what the form says by itself."""
    found: list[Problem] = []
    unpriced: list[str] = []
    for finding in findings:
        if finding.id in _SAID_HERE and finding.path[:1] != ("policy",):
            continue
        if finding.id is Kind.UNPRICED:
            unpriced.append(str(finding.sentence.params.get("model", "")))
            continue
        text, blocks = words.translate(_readable(finding.sentence, words)), finding.severity is Severity.ERROR
        track, step = _place_of(finding, chain)
        place: Place = "use" if step is not None else "track" if track is not None else "chain"
        found.append(Problem(place, text, blocks, step, track if step is None else None))
    if unpriced:
        text = translate("Chains", "No budget can count what these cost, since nobody knows it: {models}.")
        found.append(Problem("chain", text.format(models=", ".join(dict.fromkeys(unpriced))), blocks=False))
    return found


def _readable(said: Sentence, words: Words) -> Sentence:
    """Return a sentence whose number of tokens is written as everywhere in the window."""
    size = said.params.get("tokens")
    return replace(said, params={**said.params, "tokens": count(size, words.locale)}) if isinstance(size, int) else said


def _place_of(finding: Finding, chain: Chain) -> tuple[int | None, int | None]:
    """Return the track and the step, counted over all tracks, that a finding is about."""
    track, numbers = 0, [part for part in finding.path if isinstance(part, int)]
    if finding.path[:1] == ("tracks",):
        if not numbers:
            return None, None
        track, numbers = numbers[0], numbers[1:]
        if "steps" not in finding.path:
            return track, None
    elif finding.path[:1] != ("steps",) or not numbers:
        return None, None
    return track, sum(len(one.steps) for one in chain.tracks[:track]) + numbers[0]


def check(draft: Draft, accounts: Mapping[str, AccountView], taken: frozenset[str]) -> list[Problem]:
    """Return what is wrong. `accounts` holds the Simulator's too; `taken` are the names of the other chains."""
    return [
        *_name_problems(draft, taken),
        *_track_problems(draft),
        *_step_problems(draft, accounts),
        *_limit_problems(draft),
    ]


def _name_problems(draft: Draft, taken: frozenset[str]) -> Iterator[Problem]:
    name = draft.name.strip()
    try:
        check_name(name)
    except ChainInvalid:
        yield Problem("name", translate("Chains", "Give the chain a name of 1 to 80 characters."), blocks=True)
        return
    if name in taken:
        text = translate("Chains", "There is a chain named {name} already. Choose another name.").format(name=name)
        yield Problem("name", text, blocks=True)


def _track_problems(draft: Draft) -> Iterator[Problem]:
    if draft.plain:
        if not draft.steps:
            yield Problem("steps", translate("Chains", "A chain needs at least one step."), blocks=True)
        return
    names: set[str] = set()
    for at, track in enumerate(draft.tracks):
        name = (track.name or "").strip()
        if not is_name(name):
            text = translate("Chains", "Give the track a name of 1 to 80 characters.")
            yield Problem("track", text, blocks=True, track=at)
        elif name in names:
            text = translate("Chains", "There is a track named {name} already. Choose another name.").format(name=name)
            yield Problem("track", text, blocks=True, track=at)
        names.add(name)
        if not track.stops and all(step.track != at for step in draft.steps):
            yield Problem("track", translate("Chains", "A track needs at least one step."), blocks=True, track=at)


def _step_problems(draft: Draft, accounts: Mapping[str, AccountView]) -> Iterator[Problem]:
    members = [member.use.account for step in draft.steps for member in step.pool]
    if len({account == SIMULATOR.name for account in members if account in accounts}) > 1:
        text = translate(
            "Chains", "The Simulator stands beside real accounts: its make-believe answers would look like real ones."
        )
        yield Problem("chain", text, blocks=False)
    seen: dict[tuple[int, DeploymentName], int] = {}
    for number, step in enumerate(draft.steps):
        if len(step.pool) == 1 and step.only == ALWAYS:
            first = seen.setdefault((step.track, step.use), number)
            if first != number:
                text = translate("Chains", "Step {n} asks this model already, so this step is never reached.")
                yield Problem("use", text.format(n=first + 1), blocks=False, step=number)
        for member in step.pool:
            yield from _use_problems(number, member.use, accounts.get(member.use.account))
        yield from _step_limit_problems(number, step)


def _use_problems(number: int, use: DeploymentName, view: AccountView | None) -> Iterator[Problem]:
    if view is None:
        text = translate("Chains", "There is no account named {account}. Add it under Providers, or remove this step.")
        yield Problem("use", text.format(account=use.account), blocks=True, step=number)
        return
    if view.key is KeySource.NONE:
        text = translate("Chains", "The account {account} has no key, so this step is skipped.").format(
            account=use.account
        )
        yield Problem("use", text, blocks=False, step=number)
    elif view.models and use.model not in {model.name for model in view.models}:
        text = translate("Chains", "{account} does not list this model. It is asked all the same.").format(
            account=use.account
        )
        yield Problem("use", text, blocks=False, step=number)
    elif any(model.name == use.model and not model.chat for model in view.models):
        yield Problem("use", translate("Chains", "This model is not one to chat with."), blocks=False, step=number)


def _step_limit_problems(number: int, step: StepDraft) -> Iterator[Problem]:
    time = translate("Chains", "Write a time such as 8s, or none; empty is auto.")
    if read_seconds(step.first_token) is None:
        yield Problem("first_token", time, blocks=True, step=number)
    if read_seconds(step.idle) is None:
        yield Problem("idle", time, blocks=True, step=number)
    if read_retries(step.retries) is None:
        yield Problem("retries", translate("Chains", "Write 0 to 3; empty is auto."), blocks=True, step=number)
    if read_hedge(step.hedge) is None:
        text = translate("Chains", "Write a time such as 3s, or auto; empty is never.")
        yield Problem("hedge", text, blocks=True, step=number)
    if step.tries.strip() and read_tries(step.tries) is None:
        text = translate("Chains", "Write a whole number from 1 to {most}; empty is all.").format(most=TRIES_MAX)
        yield Problem("tries", text, blocks=True, step=number)
    if step.max_cost.strip() and read_sum(step.max_cost) is None:
        yield Problem("max_cost", _no_sum(), blocks=True, step=number)
    for member in step.pool:
        weight = parse_count(member.weight)
        if weight is None or not 0 <= weight <= WEIGHT_MAX:
            text = translate("Chains", "Write a whole number from 0 to {most} as a weight.").format(most=WEIGHT_MAX)
            yield Problem("weight", text, blocks=True, step=number)


def _limit_problems(draft: Draft) -> Iterator[Problem]:
    deadline, calls = parse_seconds(draft.deadline), parse_count(draft.calls)
    if deadline is None or not 0 < deadline <= LONGEST_S:
        yield Problem("deadline", translate("Chains", "Write a time above 0, such as 120s or 2 min."), blocks=True)
    if calls is None or not 1 <= calls <= CALLS_MAX:
        text = translate("Chains", "Write a whole number from 1 to {most}.").format(most=CALLS_MAX)
        yield Problem("calls", text, blocks=True)
    costs: tuple[tuple[Place, str], ...] = (("turn_cost", draft.turn_cost), ("day_cost", draft.day_cost))
    for place, cost in costs:
        if cost.strip() and read_sum(cost) is None:
            yield Problem(place, _no_sum(), blocks=True)


def _no_sum() -> str:
    return translate("Chains", "Write a sum such as $0.50; empty is no limit.")
