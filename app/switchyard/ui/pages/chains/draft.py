"""A chain while it is edited: what a person typed, as they typed it, and what is wrong with it.

The form shows a part of a chain. The rest goes through it unseen, and comes out as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from switchyard.core.catalog import KeySource
from switchyard.core.chain import Chain, DeploymentName, Limits, Seconds, Step, Track, plain_chain, step_to
from switchyard.core.chain_dict import CALLS_MAX, check_name
from switchyard.core.errors import ChainInvalid
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.ui.widgets.quantity import parse_count, parse_seconds
from switchyard.ui.words import translate

Place = Literal["name", "steps", "use", "first_token", "idle", "retries", "deadline", "calls"]

UNREADABLE: frozenset[Place] = frozenset({"first_token", "idle", "retries", "deadline", "calls"})

_LONGEST_S = 86_400
_MOST_RETRIES = 3
_AUTO = frozenset({"", "auto"})


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step; an empty limit is "auto". `base` is the step that it was, None for a new one."""

    use: DeploymentName
    first_token: str = ""
    idle: str = ""
    retries: str = ""
    base: Step | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A chain as its form holds it. `base` is the chain that it was, None for a new one."""

    name: str
    note: str = ""
    steps: tuple[StepDraft, ...] = ()
    deadline: str = field(default_factory=lambda: _written(Limits().deadline_s))
    calls: str = field(default_factory=lambda: str(Limits().calls))
    base: Chain | None = None

    @property
    def is_list(self) -> bool:
        """Whether the form shows its steps as they are: it knows no tracks and no pools."""
        return self.base is None or (self.base.plain and all(len(step.pool) == 1 for step in self.base.steps))

    def with_step(self, number: int, step: StepDraft) -> Draft:
        """Return the draft with another step at a place."""
        return replace(self, steps=(*self.steps[:number], step, *self.steps[number + 1 :]))

    def without_step(self, number: int) -> Draft:
        """Return the draft without a step."""
        return replace(self, steps=(*self.steps[:number], *self.steps[number + 1 :]))

    def with_moved(self, number: int, by: int) -> Draft:
        """Return the draft with a step at another place."""
        steps = list(self.steps)
        steps.insert(number + by, steps.pop(number))
        return replace(self, steps=tuple(steps))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and where; what blocks has to be mended before the chain can be saved."""

    place: Place
    text: str
    blocks: bool
    step: int | None = None


def draft_of(chain: Chain) -> Draft:
    """Return a chain as its form shows it."""
    return Draft(
        name=chain.name,
        note=chain.note or "",
        steps=tuple(
            StepDraft(
                step.use, _written(step.first_token_s), _written(step.idle_s), _retries_written(step.retries), step
            )
            for step in chain.steps
        ),
        deadline=_written(chain.limits.deadline_s),
        calls=str(chain.limits.calls),
        base=chain,
    )


def chain_of(draft: Draft) -> Chain:
    """Return the chain that a draft without blocking problems means. What the form does not show stays as it was."""
    base = draft.base or plain_chain("", ())
    was = draft_of(base)
    deadline, calls = parse_seconds(draft.deadline), parse_count(draft.calls)
    assert deadline is not None
    assert calls is not None
    if draft.deadline == was.deadline:
        deadline = base.limits.deadline_s
    return replace(
        base,
        name=draft.name.strip(),
        note=base.note if draft.note == was.note else draft.note.strip() or None,
        limits=replace(base.limits, deadline_s=deadline, calls=calls),
        tracks=(Track(None, tuple(map(_step_of, draft.steps))),) if draft.is_list else base.tracks,
    )


def _step_of(step: StepDraft) -> Step:
    base = step.base or step_to(step.use)
    retries = _retries(step.retries)
    assert retries is not None
    return replace(
        base,
        first_token_s=_seconds_of(step.first_token, base.first_token_s),
        idle_s=_seconds_of(step.idle, base.idle_s),
        retries=retries,
    )


def _seconds_of(text: str, was: Seconds) -> Seconds:
    """Return what a limit's text means; one that nobody changed means what it was, to the last digit."""
    seconds = was if text == _written(was) else _seconds(text)
    assert seconds is not None
    return seconds


def check(draft: Draft, accounts: Mapping[str, AccountView], taken: frozenset[str]) -> list[Problem]:
    """Return what is wrong. `accounts` holds the Simulator's too; `taken` are the names of the other chains."""
    steps = _step_problems(draft, accounts) if draft.is_list else ()
    return [*_name_problems(draft, taken), *steps, *_limit_problems(draft)]


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


def _step_problems(draft: Draft, accounts: Mapping[str, AccountView]) -> Iterator[Problem]:
    if not draft.steps:
        yield Problem("steps", translate("Chains", "A chain needs at least one step."), blocks=True)
    kinds = {step.use.account == SIMULATOR.name for step in draft.steps if step.use.account in accounts}
    if len(kinds) > 1:
        text = translate(
            "Chains", "The Simulator stands beside real accounts: its make-believe answers would look like real ones."
        )
        yield Problem("steps", text, blocks=False)
    seen: dict[DeploymentName, int] = {}
    for number, step in enumerate(draft.steps):
        if step.use in seen:
            text = translate("Chains", "Step {n} asks this model already, so this step is never reached.").format(
                n=seen[step.use] + 1
            )
            yield Problem("use", text, blocks=False, step=number)
        else:
            seen[step.use] = number
        yield from _use_problems(number, step.use, accounts.get(step.use.account))
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
    if _seconds(step.first_token) is None:
        yield Problem("first_token", time, blocks=True, step=number)
    if _seconds(step.idle) is None:
        yield Problem("idle", time, blocks=True, step=number)
    if _retries(step.retries) is None:
        yield Problem("retries", translate("Chains", "Write 0 to 3; empty is auto."), blocks=True, step=number)


def _limit_problems(draft: Draft) -> Iterator[Problem]:
    deadline, calls = parse_seconds(draft.deadline), parse_count(draft.calls)
    if deadline is None or not 0 < deadline <= _LONGEST_S:
        yield Problem("deadline", translate("Chains", "Write a time above 0, such as 120s or 2 min."), blocks=True)
    if calls is None or not 1 <= calls <= CALLS_MAX:
        text = translate("Chains", "Write a whole number from 1 to {most}.").format(most=CALLS_MAX)
        yield Problem("calls", text, blocks=True)


def _seconds(text: str) -> Seconds | None:
    """Return what a limit's text means; None where it means nothing."""
    word = text.strip().casefold()
    if word in _AUTO:
        return "auto"
    if word == "none":
        return "none"
    seconds = parse_seconds(word)
    return seconds if seconds is not None and 0 < seconds <= _LONGEST_S else None


def _retries(text: str) -> int | Literal["auto"] | None:
    """Return what the text of the retries means; None where it means nothing."""
    word = text.strip().casefold()
    if word in _AUTO:
        return "auto"
    count = parse_count(word)
    return count if count is not None and 0 <= count <= _MOST_RETRIES else None


def _written(seconds: Seconds) -> str:
    if seconds == "auto":
        return ""
    if seconds == "none":
        return "none"
    return f"{seconds:g} s"


def _retries_written(retries: int | Literal["auto"]) -> str:
    return "" if retries == "auto" else str(retries)
