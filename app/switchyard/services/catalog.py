"""The catalog: every deployment with all that is known of it, what the person says of it, and what it turned out to be.

Each field is from the first that knows it: the person, the provider's list, the price list, our table.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from switchyard.core.catalog import Account, Deployment, Model
from switchyard.core.catalog_queries import Entry
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.facts import NOTHING, Facts, Known, Source, Speed
from switchyard.core.model_table import kin
from switchyard.core.sentence import sentence
from switchyard.core.usage import Price
from switchyard.services.accounts import SIMULATOR, Accounts, Listed, deployment_of
from switchyard.services.figures import Figures
from switchyard.services.reference import Reference
from switchyard.services.signal import Signal
from switchyard.storage.accounts import AccountStore, Found
from switchyard.storage.deployments import DeploymentStore


class Catalog:
    """Knows deployments. `now_ms` is the wall clock. `changed` names a deployment of which more is known now."""

    def __init__(
        self,
        accounts: Accounts,
        account_store: AccountStore,
        deployments: DeploymentStore,
        figures: Figures,
        reference: Reference,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        self._accounts = accounts
        self._account_store = account_store
        self._deployments = deployments
        self._figures = figures
        self._reference = reference
        self._now_ms = now_ms
        self._priced: dict[DeploymentName, Known] = {}
        self._refused: dict[DeploymentName, set[str]] = {}
        self.changed: Signal[str] = Signal()
        accounts.changed.connect(self._forget)

    # --- reading ------------------------------------------------------------------------------------------------

    async def entries(self) -> list[Entry]:
        """Return every model that an account lists or the person added, with all that is known."""
        await self._reference.open()
        listed = await self._accounts.listed()
        lacking = [(one.account, one.model.name) for one in listed if self._reference.lacks_facts(*one[:3])]
        if lacking:
            with contextlib.suppress(DataDirError):  # a database that cannot be written can still be shown
                await self._look_up(lacking)
        speeds = await self._figures.speeds(f"{one.account.name}/{one.model.name}" for one in listed)
        return await asyncio.to_thread(self._complete, listed, speeds)

    def _complete(self, listed: Sequence[Listed], speeds: Mapping[str, Speed]) -> list[Entry]:
        at_ms = self._now_ms()
        return with_scores([self._entry(one, speeds, at_ms) for one in listed])

    def _entry(self, one: Listed, speeds: Mapping[str, Speed], at_ms: int) -> Entry:
        facts, sources = self._reference.known(one.account, one.model, one.kept)
        deployment = deployment_of(one.account, one.model, facts, one.kept, has_key=one.has_key, at_ms=at_ms)
        return Entry(
            deployment=deployment,
            sources=sources,
            quality=facts.quality,
            speed=speeds.get(deployment.name),
            chat=one.model.chat,
            added=one.kept.added,
            offered=one.model.offered,
        )

    # --- the person's word --------------------------------------------------------------------------------------

    async def said(self, name: DeploymentName) -> Facts:
        """Return what the person says of a deployment; raises `UnknownName` where there is no such account."""
        await self._account(name)
        (found,) = await self._account_store.find([name])
        return found.kept.override if found is not None else NOTHING

    async def override(self, name: DeploymentName, facts: Facts) -> None:
        """Let the person's word count; with `NOTHING` the other sources count again. A new model is added by it."""
        account = await self._account(name)
        listed, _ = await self._account_store.models(account.uid)
        if all(model.name != name.model for model in listed):
            await self._deployments.add(account.uid, name.model, added=True)
        await self._deployments.override(account.uid, name.model, facts)
        self._tell(name)

    async def remove(self, name: DeploymentName) -> None:
        """Take out a model that the person added, and what the person said of it."""
        account = await self._account(name)
        await self._deployments.add(account.uid, name.model, added=False)
        await self._deployments.override(account.uid, name.model, NOTHING)
        self._tell(name)

    async def offer(self, account: str, models: Sequence[str], *, offered: bool) -> None:
        """Let models of an account stand where one is chosen, or not; a chain may name them all the same."""
        found = await self._accounts.get(account)
        if found is not SIMULATOR:
            await self._deployments.hide(found.uid, models, hidden=not offered)
            self._accounts.changed.emit(account)

    async def forget_refusals(self, name: DeploymentName) -> None:
        """Send a deployment again what it was seen to refuse."""
        account = await self._account(name)
        await self._deployments.forget_refusals(account.uid, name.model)
        self._tell(name)

    async def _account(self, name: DeploymentName) -> Account:
        account = await self._accounts.get(name.account)
        if account is SIMULATOR:
            raise UserError(sentence("The Simulator's models cannot be changed."))
        return account

    # --- what an attempt learns and needs -----------------------------------------------------------------------

    def learn_refusal(self, deployment: Deployment, parameter: str) -> None:
        """Hear that a deployment does not take a parameter; `settle` keeps it."""
        self._refused.setdefault(_name(deployment), set()).add(parameter)

    async def settle(self, deployment: Deployment, models: Collection[str] | None) -> None:
        """Keep what an attempt learnt, and find the prices of its deployment and of these models; None for no price."""
        if deployment.simulated:
            return
        name = _name(deployment)
        for parameter in self._refused.pop(name, ()):
            await self._keep_refusal(name, parameter)
        if models is not None and not deployment.free:
            wanted = {DeploymentName(deployment.account, model) for model in (deployment.model, *models)}
            unknown = [one for one in wanted if one not in self._priced]
            if unknown:
                await self._find_prices(unknown)

    def price_of(self, deployment: Deployment, model: str | None) -> Price | None:
        """Return what a model costs now that answered through a deployment (None: the one asked for), after `settle`.

        What the person says of the deployment's price holds whoever answers.
        """
        own = self._priced.get(_name(deployment))
        if own is not None and own.sources.get("prices") is Source.PERSON:
            return own.facts.price_at(self._now_ms())
        if model is None or model == deployment.model:
            return own.facts.price_at(self._now_ms()) if own is not None else deployment.price
        other = self._priced.get(DeploymentName(deployment.account, model))
        return other.facts.price_at(self._now_ms()) if other is not None else None

    async def _keep_refusal(self, name: DeploymentName, parameter: str) -> None:
        (found,) = await self._account_store.find([name])
        if found is not None:
            await self._deployments.learn_refusal(found.account.uid, name.model, parameter)
            self._tell(name)

    async def _find_prices(self, names: Sequence[DeploymentName]) -> None:
        for name, found in zip(names, await self._account_store.find(names), strict=True):
            if found is not None:
                self._priced[name] = await self._known(name, found)

    async def _known(self, name: DeploymentName, found: Found) -> Known:
        """Return what is known of a deployment, after the price list was asked."""
        account, kept = found.account, found.kept
        model = found.model or Model(name.model)
        if self._reference.lacks_price(account, model, kept):
            await self._look_up([(account, name.model)])
        return self._reference.known(account, model, kept)

    async def _look_up(self, wanted: Sequence[tuple[Account, str]]) -> None:
        """Ask the price list; what it says is kept for later runs."""
        told = await self._reference.look_up(wanted)
        found = [(account.uid, model, facts) for (account, model), facts in zip(wanted, told, strict=True)]
        await self._deployments.keep_lookups(found, self._reference.stamp)

    def _tell(self, name: DeploymentName) -> None:
        self._priced.clear()
        self.changed.emit(str(name))

    def _forget(self, account: str) -> None:
        self._priced.clear()


def _name(deployment: Deployment) -> DeploymentName:
    return DeploymentName(deployment.account, deployment.model)


def with_scores(entries: Sequence[Entry]) -> list[Entry]:
    """Give a model the score that another account's list has of it: it is the same model wherever it is reached."""
    scores = {kin(entry.deployment.model): entry.quality for entry in entries if entry.quality is not None}
    if not scores:
        return list(entries)
    return [
        entry if entry.quality is not None else replace(entry, quality=scores.get(kin(entry.deployment.model)))
        for entry in entries
    ]
