"""The emergency override: force a deployment, freeze a provider or an account out, everything on this computer.

It is kept in the database until it is undone, and counts for the window and the command line alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UnknownName
from switchyard.core.overrides import NO_OVERRIDE, Override, Rule, RuleKind
from switchyard.core.sentence import sentence
from switchyard.services.accounts import Accounts
from switchyard.services.signal import Signal
from switchyard.storage.overrides import OverrideStore

FRESH_S = 1.0


class Overrides:
    """Keeps the override. `changed` tells of every change that is seen, another process's among them."""

    def __init__(
        self,
        store: OverrideStore,
        accounts: Accounts,
        *,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._override = NO_OVERRIDE
        self._read_at: float | None = None
        self.changed: Signal[Override] = Signal()

    async def current(self) -> Override:
        """Return what is in force; what another process decreed counts after a second at the latest."""
        now = self._monotonic()
        if self._read_at is None or now - self._read_at >= FRESH_S:
            await self._read()
            self._read_at = now
        return self._override

    async def force(self, name: DeploymentName) -> None:
        """Let one deployment answer everything; raises `UnknownName`."""
        await self._accounts.get(name.account)
        await self._add(RuleKind.FORCE, str(name))

    async def freeze(self, name: str, *, account: bool = False) -> Rule:
        """Freeze a provider out, or an account where `account` says so or no provider has that name.

        Returns what was frozen; raises `UnknownName`.
        """
        views = await self._accounts.list()
        if not account and any(view.account.provider == name for view in views):
            return await self._add(RuleKind.FREEZE_PROVIDER, name)
        if any(view.account.name == name for view in views):
            return await self._add(RuleKind.FREEZE_ACCOUNT, name)
        raise UnknownName(
            sentence("There is no account named {name}, and none of that provider.", name=name),
            sentence("List the accounts with: switchyard accounts list"),
        )

    async def keep_local(self) -> None:
        """Let nothing leave this computer."""
        await self._add(RuleKind.LOCAL, "")

    async def clear(self, names: Sequence[str] = ()) -> Sequence[Rule]:
        """Undo what is in force for these names (`local` for that rule), or all of it; return what was undone."""
        await self._read()
        rules = [rule for rule in self._override.rules if not names or (rule.target or rule.kind.value) in names]
        unknown = set(names) - {rule.target or rule.kind.value for rule in rules}
        if unknown:
            raise UnknownName(
                sentence("Nothing is overridden for {name}.", name=min(unknown)),
                sentence("See what is with: switchyard override"),
            )
        if rules:
            await self._store.remove(rules)
            await self._read()
        return rules

    async def _add(self, kind: RuleKind, target: str) -> Rule:
        rule = Rule(kind, target, self._now_ms())
        await self._store.add(rule)
        await self._read()
        return rule

    async def _read(self) -> None:
        before, self._override = self._override, await self._store.read()
        if self._override != before:
            self.changed.emit(self._override)
