"""What a message is aimed at: the chain with its deployments as they stand now, ready for a plan."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from switchyard.core.catalog import Deployment, Endpoint
from switchyard.core.chain import Chain, DeploymentName, Step, parse_deployment, single
from switchyard.core.condition import Circumstances
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.estimate import Estimate, estimate, estimate_range, searches_of
from switchyard.core.explain import Outline, explain
from switchyard.core.filing import Workspace
from switchyard.core.fitting import room_in
from switchyard.core.message import ConversationId
from switchyard.core.moves import Candidate
from switchyard.core.needs import Demand, conditions_of, lacking
from switchyard.core.overrides import NO_OVERRIDE, Override, Rule, RuleKind, bars
from switchyard.core.route import SkipReason
from switchyard.core.scopes import Scopes
from switchyard.core.sentence import sentence
from switchyard.core.value import replace, value
from switchyard.services.accounts import SIMULATOR, Accounts, Resolved, missing
from switchyard.services.chains import Chains
from switchyard.services.ledger import Outlook
from switchyard.services.overrides import Overrides
from switchyard.services.settlement import AsResolved, Settlement
from switchyard.services.standing import Alone, Standing

SIMULATED_MODEL = DeploymentName(SIMULATOR.name, "sim-steady")
_ANY = Circumstances()
_UNTROUBLED = Outlook()


@value
class Target:
    """What answers: a chain by name, or one model. With neither, the default chain, or else the Simulator."""

    chain: str | None = None
    model: DeploymentName | None = None

    @property
    def named(self) -> bool:
        """Whether anything was named."""
        return self.chain is not None or self.model is not None


@value
class Aim:
    """A chain with its deployments in the order of its members; `pinned` is the model where one alone is meant.

    `private`: the conversation stays on this computer. It is in the `workspace`, None for none.
    """

    chain: Chain
    pinned: DeploymentName | None
    resolved: Sequence[Resolved | None]
    scopes: Mapping[str, Scopes | None]
    override: Override
    outlook: Outlook
    private: bool = False
    workspace: Workspace | None = None

    @property
    def local_only(self) -> bool:
        """Whether nothing may leave this computer."""
        return any(rule.kind is RuleKind.LOCAL for rule in self.override.rules)

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Where the accounts are called, by their names."""
        return {ready.deployment.account: ready.endpoint for ready in self.resolved if ready is not None}


class Aims:
    """Finds out what a message is aimed at. `offline` admits local deployments only; `now_ms` is the wall clock."""

    def __init__(
        self,
        accounts: Accounts,
        chains: Chains,
        *,
        now_ms: Callable[[], int],
        offline: bool,
        standing: Standing | None = None,
        overrides: Overrides | None = None,
        settlement: Settlement | None = None,
    ) -> None:
        self._accounts = accounts
        self._chains = chains
        self._now_ms = now_ms
        self._offline = offline
        self._standing = standing or Alone()
        self._overrides = overrides
        self._settlement = settlement or AsResolved()

    async def default_target(self) -> Target:
        """Return what answers when nothing is named: the default chain, or the Simulator where nothing is set up.

        With accounts but no default chain that is a person's choice: raises `UserError` naming the ways.
        """
        default = await self._chains.default()
        if default is not None:
            return Target(chain=default)
        if await self._accounts.list():
            raise UserError(
                sentence("There is no default chain."),
                sentence("Name one with --chain or --model, or choose one: switchyard chains default NAME"),
            )
        return Target(model=SIMULATED_MODEL)

    async def take(self, target: Target, *, private: bool = False, workspace: Workspace | None = None) -> Aim:
        """Return what a target stands for now; raises `UnknownName` for a chain or an account that is not there.

        Of a `private` conversation nothing leaves this computer, whatever the target is; its calls count for the
        `workspace` that it is in.
        """
        target = target if target.named else await self.default_target()
        override = await self._overrides.current() if self._overrides is not None else NO_OVERRIDE
        if private:
            override = Override((*override.rules, Rule(RuleKind.LOCAL)))
        model = target.model
        if override.forced is not None:
            model = parse_deployment(override.forced) or model
        chain = single(model) if model is not None else await self._chains.get(target.chain or "")
        aim = await self.take_chain(chain, pinned=model, override=override, workspace=workspace)
        if model is not None and aim.resolved[0] is None:
            await self._accounts.get(model.account)
        return replace(aim, private=private)

    async def take_chain(
        self,
        chain: Chain,
        *,
        pinned: DeploymentName | None = None,
        override: Override = NO_OVERRIDE,
        workspace: Workspace | None = None,
    ) -> Aim:
        """Return what a chain stands for now, be it one that is not saved."""
        resolved = await self._accounts.resolve([member.to for step in chain.steps for member in step.pool])
        resolved = [await self._priced(ready) if ready is not None else None for ready in resolved]
        scopes = await self._scopes(resolved)
        outlook = await self._outlook(chain, workspace, pinned=pinned is not None)
        return Aim(chain, pinned, resolved, scopes, override, outlook, workspace=workspace)

    async def take_chain_named(self, name: str) -> Aim:
        """Return what a chain stands for, whatever is decreed above it; raises `UnknownName`."""
        return await self.take_chain(await self._chains.get(name))

    def candidates(self, aim: Aim, demand: Demand) -> tuple[Candidate, ...]:
        """Return who may be asked, in the order of the chain, and who may not, and why."""
        chain = aim.chain
        found: list[Candidate] = []
        following = iter(aim.resolved)
        for track in chain.tracks:
            for index, step in enumerate(track.steps, 1):
                for member in step.pool:
                    ready = next(following)
                    if ready is None:
                        gone = missing(member.to)
                        found.append(Candidate(index, step, gone, SkipReason.NO_ACCOUNT, track.name))
                        continue
                    barred = _decreed(ready.deployment, aim.override) or self._barred(ready, demand)
                    high = _estimate(ready.deployment, step, chain, demand).high_nanos
                    scope = aim.scopes[ready.deployment.name]
                    found.append(
                        Candidate(index, step, ready.deployment, barred, track.name, scope, high, member.weight)
                    )
        return tuple(found)

    def circumstances(self, aim: Aim, conversation: ConversationId, demand: Demand) -> Circumstances:
        """Return what the chain's conditions are asked about; a plain list of steps asks nothing."""
        chain = aim.chain
        if chain.plain and all(step.only is None for step in chain.steps):
            return _ANY
        moment = datetime.fromtimestamp(self._now_ms() / 1000)
        return Circumstances(
            over_budget=aim.outlook.over_budget,
            offline=self._offline or self._standing.guard.offline(asyncio.get_running_loop().time()),
            minute=moment.hour * 60 + moment.minute,
            needs=conditions_of(demand.needs, demand.parameters, demand.tokens),
            tokens=demand.tokens,
            share=share_of(conversation, chain.name),
            private=aim.private,
            workspace=aim.workspace.name if aim.workspace is not None else None,
        )

    def outline(self, aim: Aim, conversation: ConversationId, demand: Demand) -> Outline:
        """Return what a plan would do with a message now."""
        return explain(
            aim.chain,
            self.candidates(aim, demand),
            self._standing.guard,
            self.circumstances(aim, conversation, demand),
            prompt_tokens=demand.prompt_tokens,
            pinned=aim.pinned is not None,
            now=asyncio.get_running_loop().time(),
        )

    def cost(self, aim: Aim, outline: Outline, demand: Demand, p95_output: int | None = None) -> Estimate:
        """Return what a message will cost, over the steps that it can reach; `p95_output` as `estimate` takes it."""
        return estimate_range(
            [
                [_estimate(one.deployment, one.step, aim.chain, demand, p95_output) for one in pool]
                for pool in outline.steps
            ]
        )

    async def _priced(self, ready: Resolved) -> Resolved:
        """Find the price that nobody asked for yet: what a message may cost is known before it is sent."""
        deployment = ready.deployment
        if deployment.price is not None or deployment.free or deployment.simulated:
            return ready
        with contextlib.suppress(DataDirError):
            await self._settlement.settle(deployment, [])
        price = self._settlement.price_of(deployment, None)
        return replace(ready, deployment=replace(deployment, price=price)) if price is not None else ready

    async def _outlook(self, chain: Chain, workspace: Workspace | None, *, pinned: bool) -> Outlook:
        """Return how far the budgets are spent, where anything of the chain hangs on it."""
        if chain.plain and all(step.only is None and step.hedge == "none" for step in chain.steps):
            return _UNTROUBLED
        uid = workspace.uid if workspace is not None else None
        return await self._standing.outlook(chain, pinned=pinned, workspace=uid)

    def _barred(self, ready: Resolved, demand: Demand) -> SkipReason | None:
        if self._offline and not ready.deployment.local:
            return SkipReason.OFFLINE
        if not ready.deployment.has_key:
            return SkipReason.NO_KEY
        if demand.attached and not ready.deployment.attachments:
            return SkipReason.NO_ATTACHMENTS
        return lacking(demand.needs, ready.deployment.capabilities)

    async def _scopes(self, resolved: Sequence[Resolved | None]) -> Mapping[str, Scopes | None]:
        """Return what the health of each deployment hangs on, by its name."""
        known = [one for one in resolved if one is not None]
        found = await self._standing.ready(known)
        return {one.deployment.name: scopes for one, scopes in zip(known, found, strict=True)}


def _decreed(one: Deployment, override: Override) -> SkipReason | None:
    return bars(override, name=one.name, account=one.account, provider=one.provider, local=one.local)


def _estimate(
    deployment: Deployment, step: Step, chain: Chain, demand: Demand, p95_output: int | None = None
) -> Estimate:
    """Return what a call will cost; what there is no room for is not sent."""
    parameters = demand.parameters.over(step.parameters, chain.parameters)
    searches = searches_of(deployment, parameters)
    tokens, window = demand.prompt_tokens, deployment.context
    sent = tokens if window is None else min(tokens, room_in(window))
    return estimate(deployment, sent, parameters.max_output, p95_output, searches=searches)


def share_of(conversation: ConversationId, chain: str) -> int:
    """Return a number from 0 to 99 that stays the same for a conversation in a chain."""
    return int.from_bytes(sha256(f"{conversation} {chain}".encode()).digest()[:8], "big") % 100
