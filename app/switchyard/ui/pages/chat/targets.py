"""What can answer a message: the chains, then the models of every account, the Simulator's last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.chain import DeploymentName, parse_deployment
from switchyard.core.errors import UserError
from switchyard.core.message import Message
from switchyard.core.overrides import NO_OVERRIDE, Override, bars
from switchyard.core.picks import PickKind, Picks
from switchyard.core.route import RouteRecord
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chains import ChainView


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can answer. `provider_id` is empty for a chain; `account` is None for one."""

    target: Target
    name: str
    provider_id: str = ""
    account: AccountView | None = None

    @property
    def simulated(self) -> bool:
        """Whether it is the Simulator's."""
        return self.account is not None and self.account.account.name == SIMULATOR.name


@dataclass(frozen=True, slots=True)
class Hop:
    """A model that a target tries, with whose it is."""

    provider_id: str
    model: str


class Names(NamedTuple):
    """How the providers are called by their ids, and by their names the accounts of which a provider has several."""

    providers: Mapping[str, str] = MappingProxyType({})
    accounts: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Targets:
    """Everything that can be chosen. `default` answers where nothing else was chosen; None where nothing does."""

    choices: tuple[Choice, ...] = ()
    default: Target | None = None
    names: Names = field(default_factory=Names)
    picks: Picks = field(default_factory=Picks)
    _providers: Mapping[str, str] = field(default_factory=dict)
    _chains: Mapping[str, ChainView] = field(default_factory=dict)
    _local: frozenset[str] = frozenset()  # the accounts whose models run on this computer or network
    _away: frozenset[str] = frozenset()  # the models of theirs that run elsewhere all the same
    _override: Override = NO_OVERRIDE

    @property
    def local(self) -> Target | None:
        """Return the first model that runs on this computer or network; None where there is none."""
        models = (each for each in self.choices if each.account is not None and not each.simulated)
        return next((each.target for each in models if self._stays(each.target)), None)

    @property
    def favourites(self) -> Sequence[Choice]:
        """Return what the person likes best, as far as it is still there."""
        return self._picked(self.picks.favourites)

    @property
    def recent(self) -> Sequence[Choice]:
        """Return what was chosen last, the newest first, as far as it is still there."""
        return self._picked(self.picks.recent)

    def likes(self, target: Target) -> bool:
        """Whether something is a favourite."""
        return pick_of(target) in self.picks.favourites

    def _picked(self, picks: Sequence[tuple[PickKind, str]]) -> Sequence[Choice]:
        by_pick = {pick_of(choice.target): choice for choice in self.choices}
        return [by_pick[pick] for pick in picks if pick in by_pick]

    def name(self, target: Target | None) -> tuple[str, str]:
        """Return how a target is called and whose mark it has (none for a chain)."""
        if target is None:
            return "", ""
        if target.model is not None:
            return target.model.model, self.provider(target.model.account)
        return target.chain or "", ""

    def steps(self, target: Target | None) -> Sequence[DeploymentName]:
        """Return the models that a target tries, in order."""
        if target is None:
            return ()
        if target.model is not None:
            return (target.model,)
        view = self._chains.get(target.chain or "")
        return [step.use for step in view.chain.steps] if view is not None else ()

    def hops(self, target: Target | None, *, local_only: bool = False) -> Sequence[Hop]:
        """Return those of the models that a target tries which may be asked now; `local_only`: in a chat that stays."""
        forced = parse_deployment(self._override.forced or "")
        tried = self.steps(target) if target is None or forced is None else (forced,)
        tried = [each for each in tried if not self.bars(each)]
        if local_only:
            tried = [each for each in tried if self._runs_here(str(each))]
        return [self._hop(each) for each in tried]

    def deployments(self, target: Target) -> Sequence[str]:
        """Return everyone that a target may ask, in order, by their names."""
        if target.model is not None:
            return (str(target.model),)
        view = self._chains.get(target.chain or "")
        members = (member for step in view.chain.steps for member in step.pool) if view is not None else ()
        return tuple(dict.fromkeys(str(member.to) for member in members))

    def bars(self, name: DeploymentName) -> bool:
        """Whether what a person decreed in an emergency leaves a model out."""
        provider, local = self.provider(name.account), not self.leaves(str(name))
        reason = bars(self._override, name=str(name), account=name.account, provider=provider, local=local)
        return reason is not None

    def staying(self) -> Targets:
        """Return what may be chosen for a chat that stays here: models of this computer, and chains that try one."""
        return replace(self, choices=tuple(each for each in self.choices if self._stays(each.target)))

    def _stays(self, target: Target) -> bool:
        return any(map(self._runs_here, self.deployments(target)))

    def _runs_here(self, deployment: str) -> bool:
        return deployment.partition("/")[0] in self._local and deployment not in self._away

    def meant(self, to: tuple[PickKind, str] | None) -> Target | None:
        """Return what a message is sent to that names it; None where it names nothing, or that is gone."""
        if to is None:
            return None
        kind, name = to
        target = Target(model=parse_deployment(name)) if kind is PickKind.MODEL else Target(chain=name)
        return target if self.knows(target) else None

    def leaves(self, deployment: str) -> bool:
        """Whether what is asked of a model leaves this computer and its network."""
        return not self._runs_here(deployment)

    def knows(self, target: Target) -> bool:
        """Whether a target is still there: a model is as long as its account is, listed or not."""
        if target.model is not None:
            return target.model.account in self._providers
        return target.chain in self._chains

    def provider(self, account: str) -> str:
        """Return the provider of an account; an account that is gone stands for itself."""
        return self._providers.get(account, account)

    def _hop(self, deployment: DeploymentName) -> Hop:
        return Hop(self.provider(deployment.account), deployment.model)


async def load_targets(services: Services) -> Targets:
    """Read chains, accounts and their models, but not what was picked. Models that are not for chat are not offered."""
    chains, accounts, simulator, override = await asyncio.gather(
        services.chains.list(),
        services.accounts.list(),
        services.accounts.view(SIMULATOR),
        services.overrides.current(),
    )
    try:
        default = await services.chat.default_target()
    except UserError:
        default = None  # accounts, but no default chain: the person chooses
    ordered = sorted(chains, key=lambda view: not view.is_default)
    choices = [Choice(Target(chain=view.chain.name), view.chain.name) for view in ordered]
    views = [*accounts, simulator]
    for view in views:
        choices += [
            Choice(Target(model=DeploymentName(view.account.name, model.name)), model.name, view.account.provider, view)
            for model in view.models
            if model.chat and model.offered
        ]
    return Targets(
        choices=tuple(choices),
        default=default,
        names=_names(views),
        _providers={view.account.name: view.account.provider for view in views},
        _chains={view.chain.name: view for view in chains},
        _local=frozenset(view.account.name for view in views if view.local),
        _away=frozenset(f"{view.account.name}/{model.name}" for view in views for model in view.models if model.cloud),
        _override=override,
    )


def pick_of(target: Target) -> tuple[PickKind, str]:
    """Return a target as picks are kept."""
    if target.model is not None:
        return PickKind.MODEL, str(target.model)
    return PickKind.CHAIN, target.chain or ""


def _names(views: Sequence[AccountView]) -> Names:
    several = Counter(view.account.provider for view in views)
    return Names(
        {view.account.provider: view.provider_name for view in views},
        {
            view.account.name: f"{view.provider_name} ({view.account.name})"
            for view in views
            if several[view.account.provider] > 1
        },
    )


def last_target(messages: Sequence[Message]) -> Target | None:
    """Return what answered last in a conversation, so that it is asked again; None where nothing is known.

    What was meant to answer one message alone does not count.
    """
    routes = (each.route for each in reversed(messages) if each.route is not None and not each.route.once)
    route = next(routes, None)
    return _target_of(route) if route is not None else None


def once_target(message: Message) -> Target | None:
    """Return what was meant to give this reply alone; None where the conversation's own choice gave it."""
    route = message.route
    return _target_of(route) if route is not None and route.once else None


def _target_of(route: RouteRecord) -> Target | None:
    if route.chain is not None:
        return Target(chain=route.chain)
    pinned = parse_deployment(route.pinned or "")
    return Target(model=pinned) if pinned is not None else None
