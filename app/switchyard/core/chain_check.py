"""What is wrong with a chain, and what may surprise: findings as data, each with its place and its sentence.

An error stops saving and importing, a warning does not. What is not known of a deployment is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.catalog import Deployment
from switchyard.core.chain import Chain, DeploymentName, Member, Step, Summarise, Track
from switchyard.core.chain_fields import Path
from switchyard.core.condition import Condition, Holds, Need, Never, Word
from switchyard.core.content import Capability
from switchyard.core.reach import can_hold, circles, facts_in, promised, unreached
from switchyard.core.sentence import Scalar, Sentence, sentence
from switchyard.core.value import field, replace, value


class Severity(StrEnum):
    """Whether a finding stops a chain from being saved."""

    ERROR = "error"
    WARNING = "warning"


class Kind(StrEnum):
    """What a finding is about."""

    UNREADABLE = "unreadable"
    UNKNOWN_ACCOUNT = "unknown_account"
    THEN_UNKNOWN = "then_unknown"
    THEN_CIRCLE = "then_circle"
    NO_LAST_TRACK = "no_last_track"
    UNREACHABLE = "unreachable"
    WEIGHTS_ZERO = "weights_zero"
    LOCAL_ONLY_CLOUD = "local_only_cloud"
    PROMISE_BROKEN = "promise_broken"
    UNKNOWN_MODEL = "unknown_model"
    NO_KEY = "no_key"
    TAKES_LESS = "takes_less"
    SIMULATOR_MIXED = "simulator_mixed"
    PAID_AFTER_FREE = "paid_after_free"
    ONE_PROVIDER = "one_provider"
    UNPRICED = "unpriced"
    NEVER_FALLBACK = "never_fallback"
    ASKED_ALREADY = "asked_already"
    UNKNOWN_WORKSPACE = "unknown_workspace"


@value
class Finding:
    """Something about a chain. `path` leads to its place in the chain's plain data."""

    severity: Severity
    path: Path
    sentence: Sentence
    id: Kind

    @property
    def place(self) -> str:
        """The place as a text: `tracks[0].steps[1].use`, counted from 0; empty for the whole chain."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.removeprefix(".")


@value
class Known:
    """What a check knows of the world: the accounts, and the deployments that the chain names.

    A deployment of a known account that is not in `deployments` is one of which nothing is known. `unlisted` are
    those that their account's list of models does not have. `budgeted`: a budget beside the chain's own may block.
    `workspaces` are known by their names.
    """

    accounts: frozenset[str]
    deployments: Mapping[DeploymentName, Deployment] = field(default_factory=lambda: MappingProxyType({}))
    unlisted: frozenset[DeploymentName] = frozenset()
    budgeted: bool = False
    workspaces: frozenset[str] = frozenset()


class _Use(NamedTuple):
    """A deployment that a chain names, where, and what is known of it."""

    path: Path
    name: DeploymentName
    deployment: Deployment | None


class _Place(NamedTuple):
    """A step with its place, its track, and its pool."""

    path: Path
    track: Track
    step: Step
    pool: tuple[_Use, ...]

    @property
    def known(self) -> list[Deployment]:
        """What is known of the pool."""
        return [use.deployment for use in self.pool if use.deployment is not None]


@value
class _Checked:
    """A chain in the shape in which it is checked."""

    chain: Chain
    known: Known
    tracks: tuple[tuple[_Place, ...], ...]

    @property
    def places(self) -> list[_Place]:
        """Every step."""
        return [place for track in self.tracks for place in track]

    @property
    def uses(self) -> list[_Use]:
        """Every deployment that a step names."""
        return [use for place in self.places for use in place.pool]


def named_in(chain: Chain) -> tuple[DeploymentName, ...]:
    """Return every deployment that a chain names, each once: those of which a check wants to know."""
    names = [member.to for step in chain.steps for member in step.pool]
    if isinstance(chain.policy.overflow, Summarise):
        names.append(chain.policy.overflow.by)
    return tuple(dict.fromkeys(names))


def check(chain: Chain, known: Known | None) -> tuple[Finding, ...]:
    """Return what there is to say of a chain, errors first; with None only what the chain itself tells."""
    checked = _checked(chain, known or Known(frozenset()))
    rules = (*_OF_THE_CHAIN, *(_OF_THE_WORLD if known is not None else ()))
    findings = [finding for rule in rules for finding in rule(checked)]
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR))


def _checked(chain: Chain, known: Known) -> _Checked:
    tracks = []
    for at, track in enumerate(chain.tracks):
        path: Path = ("steps",) if chain.plain else ("tracks", at, "steps")
        places = [_Place((*path, n), track, step, _pool((*path, n), step, known)) for n, step in enumerate(track.steps)]
        tracks.append(tuple(places))
    return _Checked(chain, known, tuple(tracks))


def _pool(path: Path, step: Step, known: Known) -> tuple[_Use, ...]:
    alone = len(step.pool) == 1 and step.pool[0] == Member(step.use)
    return tuple(
        _Use((*path, "use") if alone else (*path, "use", at, "to"), one.to, known.deployments.get(one.to))
        for at, one in enumerate(step.pool)
    )


def _error(path: Path, id_: Kind, said: Sentence) -> Finding:
    return Finding(Severity.ERROR, path, said, id_)


def _warning(path: Path, id_: Kind, said: Sentence) -> Finding:
    return Finding(Severity.WARNING, path, said, id_)


# --- what the chain itself tells --------------------------------------------------------------------------------------


def _find_lost_thens(checked: _Checked) -> Iterator[Finding]:
    names = {track.name for track in checked.chain.tracks}
    for at, track in enumerate(checked.chain.tracks):
        if track.then is not None and track.then not in names:
            said = sentence("There is no track named {name} to go on to.", name=track.then)
            yield _error(("tracks", at, "then"), Kind.THEN_UNKNOWN, said)


def _find_circles(checked: _Checked) -> Iterator[Finding]:
    for way in circles(checked.chain):
        names = " > ".join(str(checked.chain.tracks[at].name) for at in (*way, way[0]))
        said = sentence("These tracks go round in a circle: {names}.", names=names)
        yield _error(("tracks", way[0], "then"), Kind.THEN_CIRCLE, said)


def _find_no_last(checked: _Checked) -> Iterator[Finding]:
    if all(track.when is not None for track in checked.chain.tracks):
        said = sentence("No track is left for the other messages: the last one must have no condition.")
        yield _error(("tracks", len(checked.chain.tracks) - 1), Kind.NO_LAST_TRACK, said)


def _find_unreached(checked: _Checked) -> Iterator[Finding]:
    tracks = checked.chain.tracks
    for at in sorted(unreached(checked.chain)):
        name = str(tracks[at].name)
        if not can_hold(tracks[at].when) and not isinstance(tracks[at].when, Never):
            said = sentence("The track {name} is never reached: its condition cannot hold.", name=name)
        elif isinstance(tracks[at].when, Never):
            said = sentence("The track {name} is never reached: no other track goes on to it.", name=name)
        else:
            said = sentence("The track {name} is never reached: an earlier one takes every message first.", name=name)
        yield _error(("tracks", at), Kind.UNREACHABLE, said)


def _find_zero_weights(checked: _Checked) -> Iterator[Finding]:
    for place in checked.places:
        if place.step.pool and not any(member.weight for member in place.step.pool):
            said = sentence("Every weight of this pool is 0, so none of it is ever chosen.")
            yield _error((*place.path, "use"), Kind.WEIGHTS_ZERO, said)


def _find_repeats(checked: _Checked) -> Iterator[Finding]:
    for places in checked.tracks:
        seen: set[DeploymentName] = set()
        for use in (use for place in places if place.step.only is None for use in place.pool):
            if use.name in seen:
                said = sentence("{model} stands in this track already, so it is not asked again.", model=str(use.name))
                yield _warning(use.path, Kind.ASKED_ALREADY, said)
            seen.add(use.name)


# --- what takes knowledge of accounts and models ----------------------------------------------------------------------


def _find_unknown(checked: _Checked) -> Iterator[Finding]:
    uses = checked.uses
    if isinstance(checked.chain.policy.overflow, Summarise):
        by = checked.chain.policy.overflow.by
        uses = [*uses, _Use(("policy", "overflow", "summarise"), by, checked.known.deployments.get(by))]
    for path, name, deployment in uses:
        if name.account not in checked.known.accounts:
            yield _error(
                path, Kind.UNKNOWN_ACCOUNT, sentence("There is no account named {account}.", account=name.account)
            )
            continue
        if name in checked.known.unlisted:
            said = sentence("{account} does not list {model}.", account=name.account, model=name.model)
            yield _warning(path, Kind.UNKNOWN_MODEL, said)
        if deployment is not None and not deployment.has_key:
            said = sentence("The account {account} has no key, so this step is skipped.", account=name.account)
            yield _warning(path, Kind.NO_KEY, said)


def _find_not_local(checked: _Checked) -> Iterator[Finding]:
    if not checked.chain.local_only:
        return
    for use in checked.uses:
        if use.deployment is not None and use.deployment.leaves:
            said = sentence("{model} does not run on this computer, but this chain is local only.", model=str(use.name))
            yield _error(use.path, Kind.LOCAL_ONLY_CLOUD, said)


class _Lack(NamedTuple):
    """What to say of a deployment that lacks something: where it is asked for, and where an earlier step has it.

    `short` is the latter among other things that it lacks.
    """

    broken: Sentence
    less: Sentence
    short: Sentence


_NEEDED: Mapping[Need, Capability] = {
    Need.VISION: Capability.VISION,
    Need.TOOLS: Capability.TOOLS,
    Need.FILES: Capability.FILES,
    Need.JSON: Capability.JSON,
}
_LACKS: Mapping[Capability, _Lack] = {
    Capability.VISION: _Lack(
        sentence("{model} cannot see images, which this is for: it is always skipped."),
        sentence("{model} cannot see images, which an earlier step can: it is skipped where there are some."),
        sentence("no images"),
    ),
    Capability.TOOLS: _Lack(
        sentence("{model} cannot call tools, which this is for: it is always skipped."),
        sentence("{model} cannot call tools, which an earlier step can: it is skipped where there are some."),
        sentence("no tools"),
    ),
    Capability.FILES: _Lack(
        sentence("{model} cannot read documents, which this is for: it is always skipped."),
        sentence("{model} cannot read documents, which an earlier step can: it is skipped where it must."),
        sentence("no documents"),
    ),
    Capability.JSON: _Lack(
        sentence("{model} cannot answer in JSON, which this is for: it is always skipped."),
        sentence("{model} cannot answer in JSON, which an earlier step can: it is skipped where it must."),
        sentence("no JSON"),
    ),
}
_NO_REASONING = sentence("{model} does not reason, which this is for.")
_NOT_LOCAL = sentence("{model} does not run on this computer, as it must here: it is always skipped.")
_TOO_SMALL = sentence("{model} cannot read so long a chat as this is for: it is always skipped.")
_SMALLER = sentence("{model} reads {tokens} tokens, fewer than an earlier step: it is skipped where a chat is longer.")
_LESS = sentence("{model} takes less than an earlier step ({lacks}): it is skipped where a message needs more.")
_LESS_AND_SMALLER = sentence(
    "{model} takes less than an earlier step ({lacks}, {tokens} tokens): it is skipped where a message needs more."
)


def _about(said: Sentence, use: _Use, **params: Scalar | Sentence) -> Sentence:
    return replace(said, params=MappingProxyType({"model": str(use.name), **params}))


def _find_broken_promises(checked: _Checked) -> Iterator[Finding]:
    """Find what can never be called where it stands: an error where that is a whole step."""
    for place in checked.places:
        facts = [fact for when in (place.track.when, place.step.only) for fact, so in promised(when).items() if so]
        broken = [(use, _broken(facts, use.deployment)) for use in place.pool]
        whole = all(said is not None for _, said in broken)
        for use, said in broken:
            if said is not None:
                yield (_error if whole else _warning)(use.path, Kind.PROMISE_BROKEN, _about(said, use))


def _broken(facts: Iterable[Holds], deployment: Deployment | None) -> Sentence | None:
    """Return what a deployment is known not to do though conditions say that it is asked for."""
    if deployment is None:
        return None
    return next((said for fact in facts if (said := _failing(fact, deployment)) is not None), None)


def _failing(fact: Holds, deployment: Deployment) -> Sentence | None:
    if fact.word in (Word.OFFLINE, Word.PRIVATE):
        return _NOT_LOCAL if deployment.leaves else None
    if fact.word is Word.TOKENS_OVER and isinstance(fact.value, int) and deployment.context is not None:
        return _TOO_SMALL if deployment.context <= fact.value else None
    if fact.word is not Word.NEEDS:
        return None
    if fact.value == Need.REASONING:
        return _NO_REASONING if deployment.capabilities.get(Capability.REASONING) is False else None
    needed = next((capability for need, capability in _NEEDED.items() if need == fact.value), None)
    return _LACKS[needed].broken if needed is not None and deployment.capabilities.get(needed) is False else None


def _find_takes_less(checked: _Checked) -> Iterator[Finding]:
    """Find who takes less than an earlier step, each once; of windows the smallest of a track tells enough."""
    for places in checked.tracks:
        taken: set[Capability] = set()
        narrowest = _narrowest(places)
        for place in places:
            for use in place.pool:
                said = _less(use, taken, smaller=use is narrowest)
                if said is not None:
                    yield _warning(use.path, Kind.TAKES_LESS, said)
            for one in place.known:
                taken |= {capability for capability, can in one.capabilities.items() if can}


def _narrowest(places: Iterable[_Place]) -> _Use | None:
    """Return who reads least of those that read less than an earlier step; None where nobody does."""
    found: list[tuple[int, _Use]] = []
    widest = 0
    for place in places:
        for use in place.pool:
            window = use.deployment.context if use.deployment is not None else None
            found += [(window, use)] if window is not None and window < widest else []
        widest = max([widest, *(one.context or 0 for one in place.known)])
    return min(found, key=itemgetter(0))[1] if found else None


def _less(use: _Use, taken: Container[Capability], *, smaller: bool) -> Sentence | None:
    """Return what an earlier deployment is known to take, and this one not to, in one sentence."""
    one = use.deployment
    if one is None:
        return None
    lacks = [lack for able, lack in _LACKS.items() if one.capabilities.get(able) is False and able in taken]
    tokens = one.context if smaller else None
    if not lacks:
        return _about(_SMALLER, use, tokens=tokens) if tokens is not None else None
    if tokens is not None:
        return _about(_LESS_AND_SMALLER, use, lacks=_listed(lacks), tokens=tokens)
    return _about(lacks[0].less, use) if len(lacks) == 1 else _about(_LESS, use, lacks=_listed(lacks))


def _listed(lacks: Sequence[_Lack]) -> Sentence:
    first, *rest = lacks
    return sentence("{first}, {rest}", first=first.short, rest=_listed(rest)) if rest else first.short


def _find_mixed_simulator(checked: _Checked) -> Iterator[Finding]:
    if len({use.deployment.simulated for use in checked.uses if use.deployment is not None}) > 1:
        said = sentence(
            "The Simulator stands beside real accounts: its make-believe answers would look like real ones."
        )
        yield _warning(_all_steps(checked.chain), Kind.SIMULATOR_MIXED, said)


def _find_one_provider(checked: _Checked) -> Iterator[Finding]:
    known = [use.deployment for use in checked.uses]
    providers = {one.provider for one in known if one is not None}
    several = len({use.name for use in checked.uses}) > 1
    if several and None not in known and len(providers) == 1 and not any(one.simulated for one in known if one):
        name = next(one.provider_name for one in known if one is not None)
        said = sentence("Every step is {provider}: where that is down, nobody answers.", provider=name)
        yield _warning(_all_steps(checked.chain), Kind.ONE_PROVIDER, said)


def _all_steps(chain: Chain) -> Path:
    return ("steps",) if chain.plain else ("tracks",)


def _find_paid_after_free(checked: _Checked) -> Iterator[Finding]:
    for places in checked.tracks:
        for earlier, later in pairwise(places):
            paid = next((use for use in later.pool if use.deployment is not None and _costs(use.deployment)), None)
            if paid is not None and earlier.known and all(one.free for one in earlier.known):
                said = sentence("{model} costs money, and the step before is free.", model=str(paid.name))
                yield _warning(paid.path, Kind.PAID_AFTER_FREE, said)


def _costs(deployment: Deployment) -> bool:
    return not deployment.free and not deployment.simulated and deployment.price is not None


def _find_unpriced(checked: _Checked) -> Iterator[Finding]:
    limited = checked.known.budgeted or checked.chain.limits.day_cost_nanos is not None
    limited = limited or any(
        fact.word is Word.OVER_BUDGET for track in checked.chain.tracks for fact in facts_in(track.when)
    )
    for place in checked.places:
        for use in place.pool:
            one = use.deployment
            unpriced = one is not None and one.price is None and not one.free and not one.simulated
            if unpriced and (limited or place.step.max_cost_nanos is not None):
                said = sentence("Nobody knows what {model} costs, so no budget can count it.", model=str(use.name))
                yield _warning(use.path, Kind.UNPRICED, said)


def _find_unknown_workspaces(checked: _Checked) -> Iterator[Finding]:
    tracks = enumerate(checked.chain.tracks)
    asked: list[tuple[Path, Condition | None]] = [(("tracks", at, "when"), track.when) for at, track in tracks]
    asked += [((*place.path, "only"), place.step.only) for place in checked.places]
    for path, condition in asked:
        for fact in facts_in(condition):
            if fact.word is Word.WORKSPACE and fact.value not in checked.known.workspaces:
                said = sentence("There is no workspace named {name}, so no chat is in it.", name=str(fact.value))
                yield _warning(path, Kind.UNKNOWN_WORKSPACE, said)


def _find_never_fallback(checked: _Checked) -> Iterator[Finding]:
    for places in checked.tracks:
        for use in (use for place in places[1:] for use in place.pool):
            if use.deployment is not None and not use.deployment.fallback:
                said = sentence(
                    "The account {account} is not used as a fallback, so it is skipped here once another was asked.",
                    account=use.name.account,
                )
                yield _warning(use.path, Kind.NEVER_FALLBACK, said)


_Rule = Callable[[_Checked], Iterator[Finding]]
_OF_THE_CHAIN: tuple[_Rule, ...] = (
    _find_lost_thens,
    _find_circles,
    _find_no_last,
    _find_unreached,
    _find_zero_weights,
    _find_repeats,
)
_OF_THE_WORLD: tuple[_Rule, ...] = (
    _find_unknown,
    _find_not_local,
    _find_broken_promises,
    _find_takes_less,
    _find_mixed_simulator,
    _find_one_provider,
    _find_paid_after_free,
    _find_unpriced,
    _find_unknown_workspaces,
    _find_never_fallback,
)
