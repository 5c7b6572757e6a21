"""Owns what is known of deployments beyond one message: breakers, parks and the room that rate limits leave.

Parks are written down as they come, and read again now and then, since the window and the command line share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import DataDirError
from switchyard.core.failure_words import Cause, cause_of
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import Health, HealthState, HealthView, Permit
from switchyard.core.parks import Park
from switchyard.core.rate_limits import NO_ALLOWANCE, PARALLEL, RPM, TPM, Allowance, Rates, Slot
from switchyard.core.scopes import Scope, ScopeKind, Scopes, scopes_of
from switchyard.providers.addresses import is_nearby
from switchyard.services.accounts import Accounts, Resolved
from switchyard.services.signal import Signal
from switchyard.storage.parks import ParkStore

FRESH_S = 1.0
_REFUSED = (FailureKind.AUTH, FailureKind.QUOTA)  # nothing heals these but a person
SLEPT_S = 10.0  # the wall clock went on for so much longer than the other one: the computer has slept
_WIDEST = (ScopeKind.HOST, ScopeKind.ACCOUNT, ScopeKind.KEY, ScopeKind.MODEL, ScopeKind.DEPLOYMENT, ScopeKind.PROVIDER)


class Flight(NamedTuple):
    """A call under way: what health and the limits know of it."""

    permit: Permit
    slot: Slot


class Refusal(NamedTuple):
    """What a provider refuses from now on: a key, or an account without credit. `kind` is None once it does not.

    `spent`: it is a quota that comes back by itself.
    """

    scope: Scope
    kind: FailureKind | None
    spent: bool = False


class HealthService:
    """Knows how everything is. `rng` returns numbers in [0, 1), `monotonic` is the clock of the event loop.

    `health` and `rates` are for the planner to ask; calls go through `begin`, and `end` or `cancel`. `changed` tells
    that something is in another state than before, `refusals` what a person alone can heal.
    """

    def __init__(
        self,
        store: ParkStore,
        accounts: Accounts,
        *,
        rng: Callable[[], float],
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._read_at: float | None = None
        self._ahead_s = now_ms() / 1000 - monotonic()  # how far the wall clock is before the other one
        self._unwritten: dict[Scope, Park] = {}
        self._unstruck: set[Scope] = set()
        self._edited: dict[str, int] = {}
        self._scopes: dict[str, tuple[tuple[str, Mapping[str, str]], Scopes]] = {}
        self._allowances: dict[str, tuple[Mapping[str, str], Allowance]] = {}
        self.health = Health(rng)
        self.rates = Rates()
        self._refused: Mapping[Scope, Refusal] = {}
        self.changed: Signal[None] = Signal()
        self.refusals: Signal[Refusal] = Signal()
        accounts.changed.connect(self._on_account)

    @property
    def offline(self) -> bool:
        """Whether there is no network, as far as calls tell."""
        return self.health.offline(self._monotonic())

    async def ready(self, resolved: Sequence[Resolved]) -> Sequence[Scopes]:
        """Return the scopes of deployments before they are planned with; what changed since the last time counts."""
        await self._refresh()
        scopes = [self._ready(one) for one in resolved]
        await self._write(())
        return scopes

    def waiting_for_probe(self) -> Sequence[str]:
        """Return the deployments, by their names, whose breaker would let one call through now to see how they are."""
        if not self.health.troubled:
            return ()
        now, now_ms = self._monotonic(), self._now_ms()
        seen = self.health.snapshot(now, now_ms)
        ready = {view.scope for view in seen if view.state is HealthState.HALF_OPEN}
        known = [(name, scopes) for name, (_, scopes) in self._scopes.items() if not ready.isdisjoint(scopes.every)]
        return [name for name, scopes in known if self.health.closed(scopes, now, now_ms) is None]

    def begin(self, scopes: Scopes, tokens: int) -> Flight:
        """A call goes out, with an estimate of its tokens."""
        now = self._monotonic()
        return Flight(self.health.begin(scopes, now), self.rates.begin(scopes, tokens, now))

    def learn(self, scopes: Scopes, headers: Mapping[str, str]) -> None:
        """Take in what an answer tells of the limits that it counts against."""
        self.rates.learn(scopes, headers, self._monotonic(), self._now_ms())

    async def end(self, flight: Flight, failure: Failure | None, tokens: int | None, *, sent: bool = True) -> None:
        """A call has ended, with the tokens that it used where they are known.

        What it parks is on disk when this returns, as far as the disk allows.
        """
        self.rates.end(flight.slot, tokens, sent=sent)
        troubled = self.health.troubled
        parks = self.health.end(flight.permit, failure, self._monotonic(), self._now_ms())
        await self._write(parks)
        if troubled or failure is not None:
            self.changed.emit(None)

    def cancel(self, flight: Flight, *, sent: bool = True) -> None:
        """A call was given up: it tells nothing, and gives back what it held; all of it where it was never sent."""
        self.rates.end(flight.slot, None, sent=sent)
        self.health.cancel(flight.permit)

    def knocked(self, scopes: Scopes, *, reached: bool) -> None:
        """Hear whether anybody answered at an address, where no call was made."""
        now = self._monotonic()
        if reached:
            self.health.connected(scopes.host, now)
        else:
            self.health.connect_failed(scopes.host, now, scopes.local)

    async def view(self) -> Sequence[HealthView]:
        """Return how everything is: every account first, then what else is known, what is well at the end."""
        names = [view.account.name for view in await self._accounts.list()]
        await self.ready([one for one in await self._accounts.resolve([_any(name) for name in names]) if one])
        await self._forget_others(names)
        seen = {view.scope: view for view in self.health.snapshot(self._monotonic(), self._now_ms())}
        keys = [Scope(ScopeKind.KEY, name) for name in names]
        told = [seen.pop(key, HealthView(key, HealthState.HEALTHY)) for key in keys]
        rest = sorted(seen.values(), key=lambda one: (one.state is HealthState.HEALTHY, one.scope))
        return [*told, *rest]

    async def troubles(self, names: Sequence[DeploymentName]) -> Mapping[DeploymentName, Sequence[HealthView]]:
        """Return what stands in the way to deployments now, what concerns most of them first.

        A name without a model is its account with all of its models. Of one that is gone nothing is said.
        """
        resolved = await self._accounts.resolve(names)
        ready = iter(await self.ready([one for one in resolved if one is not None]))
        seen = self.health.snapshot(self._monotonic(), self._now_ms())
        bad = sorted((one for one in seen if one.state is not HealthState.HEALTHY), key=lambda one: one.scope)
        found: dict[DeploymentName, Sequence[HealthView]] = {}
        for name, one in zip(names, resolved, strict=True):
            if one is not None:
                scopes = next(ready)
                near = [view for view in bad if _concerns(view.scope, scopes, every=not name.model)]
                found[name] = sorted(near, key=lambda view: _WIDEST.index(view.scope.kind))
        return found

    async def try_now(self, account: str, model: str | None = None) -> bool:
        """Clear the way to an account, or to one model of it, for one call; whether anything stood in it.

        Raises `UnknownName`.
        """
        await self._accounts.get(account)
        [resolved] = await self._accounts.resolve([_any(account, model)])
        if resolved is None:
            return False
        [scopes] = await self.ready([resolved])
        now = self._monotonic()
        seen = [view.scope for view in self.health.snapshot(now, self._now_ms())]
        tried = [self.health.try_now(scope, now) for scope in seen if _concerns(scope, scopes, every=model is None)]
        await self._write(())
        if any(tried):
            self.changed.emit(None)
        return any(tried)

    # --- inside -------------------------------------------------------------------------------------------------

    async def _forget_others(self, names: Sequence[str]) -> None:
        """Lift what is parked for accounts that are there no more: nothing else ever would."""
        now = self._monotonic()
        for view in self.health.snapshot(now, self._now_ms()):
            kind, name = view.scope
            if kind in (ScopeKind.KEY, ScopeKind.DEPLOYMENT) and name.partition("/")[0] not in names:
                self.health.try_now(view.scope, now)
        await self._write(())

    def _ready(self, resolved: Resolved) -> Scopes:
        scopes, there = self._scopes_of(resolved), resolved.endpoint
        if resolved.deployment.has_key:  # a server that needs none may have refused that there was none
            self.health.key_changed(scopes.key, _fingerprint(resolved.account, there.base_url, there.key or ""))
        edited_ms = self._edited.get(there.account)
        if edited_ms is not None:
            self.health.edited(scopes, edited_ms)
        self._allow(scopes, there)
        return scopes

    def _scopes_of(self, resolved: Resolved) -> Scopes:
        there = resolved.endpoint
        known = self._scopes.get(resolved.deployment.name)
        if known is None or known[0] != (there.base_url, there.settings):
            nearby = bool(there.base_url) and is_nearby(there.base_url)
            known = (there.base_url, there.settings), scopes_of(resolved.deployment, there, nearby=nearby)
            self._scopes[resolved.deployment.name] = known
        return known[1]

    def _allow(self, scopes: Scopes, there: Endpoint) -> None:
        known = self._allowances.get(there.account)
        if known is None or known[0] != there.settings:
            numbers = [int(there.settings[name]) if name in there.settings else None for name in (RPM, TPM, PARALLEL)]
            allowance = Allowance(*numbers) if any(numbers) else NO_ALLOWANCE
            self._allowances[there.account] = there.settings, allowance
            self.rates.allow(scopes, allowance)

    async def _refresh(self) -> None:
        """Read what is written down where that is a while ago, but for what is about to be written."""
        self._notice_sleep()
        now = self._monotonic()
        if self._read_at is None or now - self._read_at >= FRESH_S:
            parks = {park.scope: park for park in await self._store.all() if park.scope not in self._unstruck}
            self.health.load((parks | self._unwritten).values(), self._now_ms())
            self._read_at = now

    def _notice_sleep(self) -> None:
        """Let breakers have the time that the computer has slept, in which the monotonic clock may stand."""
        ahead_s = self._now_ms() / 1000 - self._monotonic()
        slept_s, self._ahead_s = ahead_s - self._ahead_s, ahead_s
        if slept_s >= SLEPT_S:
            self.health.slept(slept_s)

    async def _write(self, parks: Sequence[Park]) -> None:
        """Write down what is new. Where the disk does not take it, it counts for this process all the same."""
        self._tell_refusals()
        for scope in self.health.take_lifted():
            self._unwritten.pop(scope, None)
            self._unstruck.add(scope)
        self._unwritten |= {park.scope: park for park in parks}
        if not self._unwritten and not self._unstruck:
            return
        kept, struck = dict(self._unwritten), set(self._unstruck)
        with suppress(DataDirError):
            await self._store.change(tuple(kept.values()), struck, self._now_ms())
            self._unwritten = {scope: park for scope, park in self._unwritten.items() if kept.get(scope) != park}
            self._unstruck -= struck

    def _tell_refusals(self) -> None:
        if not self._refused and not self.health.troubled:
            return
        seen = self.health.snapshot(self._monotonic(), self._now_ms())
        now = {
            view.scope: Refusal(view.scope, view.kind, spent=_is_spent(view))
            for view in seen
            if view.state is HealthState.PARKED and view.kind in _REFUSED
        }
        before, self._refused = self._refused, now
        for scope in before.keys() - self._refused.keys():
            self.refusals.emit(Refusal(scope, None))
        for scope, refusal in self._refused.items():
            if before.get(scope) != refusal:
                self.refusals.emit(refusal)

    def _on_account(self, name: str) -> None:
        """What was said of a model of this account may not hold any more."""
        self._edited[name] = self._now_ms()


def _is_spent(view: HealthView) -> bool:
    return view.kind is not None and cause_of(Failure(view.kind, code=view.message)) is Cause.SPENT


def _fingerprint(salt: str, base_url: str, key: str) -> str:
    """Return what tells one key from another at an address, and from which nobody learns it.

    The salt is the account's uid, which no other database has. It is so short that of all keys that somebody might
    guess many have the same.
    """
    return blake2b(f"{base_url}\n{key}".encode(), key=salt.encode(), digest_size=4).hexdigest()


def _any(account: str, model: str | None = None) -> DeploymentName:
    """Return a deployment of an account, be it one of no model: what all its models share is in its scopes."""
    return DeploymentName(account, model or "")


def _concerns(scope: Scope, scopes: Scopes, *, every: bool) -> bool:
    """Whether a scope may stand in the way to a deployment, or to `every` model of its account."""
    if scope in (scopes.key, scopes.account, scopes.host, scopes.model, scopes.deployment):
        return True
    return every and any(
        scope.kind is one.kind and scope.name.startswith(one.name) for one in (scopes.model, scopes.deployment)
    )
