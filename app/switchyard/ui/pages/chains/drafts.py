"""All chains of the page: the saved ones, what is being changed in them, and new ones that were never saved."""

from __future__ import annotations

from collections.abc import Mapping

from switchyard.core.chain import Chain
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.services.app import Services
from switchyard.services.chains import ChainView
from switchyard.ui.pages.chains.draft import Draft, chain_of, draft_of
from switchyard.ui.pages.chains.draft_check import UNREADABLE, Problem, check, problems_of
from switchyard.ui.pages.chains.live import learn_prices
from switchyard.ui.words import Words

_NEW = "\nnew "  # a name holds no line break


class Drafts:
    """A chain's key is the name under which it is saved; a new one has a key that no name can be mistaken for."""

    def __init__(self) -> None:
        self._saved: dict[str, ChainView] = {}
        self._drafts: dict[str, Draft] = {}
        self._accounts: dict[str, AccountView] = {}
        self._found: dict[str, tuple[Chain, list[Problem]]] = {}
        self._made = 0

    @property
    def accounts(self) -> Mapping[str, AccountView]:
        """The accounts by name, the Simulator's too."""
        return self._accounts

    @property
    def keys(self) -> list[str]:
        """The saved chains by name, then the new ones."""
        return [*self._saved, *(key for key in self._drafts if _is_new(key))]

    @property
    def default(self) -> str:
        """The key of the default chain; empty where there is none."""
        return next((name for name, view in self._saved.items() if view.is_default), "")

    async def load(self, services: Services) -> dict[str, str]:
        """Read everything anew; returns the new keys of drafts whose chains are gone: nothing typed is lost."""
        self._saved = {view.chain.name: view for view in await services.chains.list()}
        accounts = [*await services.accounts.list(), await services.accounts.view(SIMULATOR)]
        self._accounts = {view.account.name: view for view in accounts}
        self._found.clear()
        orphans = [key for key in self._drafts if not _is_new(key) and key not in self._saved]
        return {key: self.begin(self._drafts.pop(key)) for key in orphans}

    def saved(self, key: str) -> ChainView | None:
        """Return the chain as it is saved; None for a new one."""
        return self._saved.get(key)

    def draft(self, key: str) -> Draft:
        """Return the chain as it stands, changes included."""
        return self._drafts[key] if key in self._drafts else draft_of(self._saved[key].chain)

    def is_edited(self, key: str) -> bool:
        """Whether it differs from what is saved."""
        return key in self._drafts

    def put(self, key: str, draft: Draft) -> None:
        """Keep a change; one that leads back to what is saved is none."""
        saved = self._saved.get(key)
        if saved is not None and draft == draft_of(saved.chain):
            self._drafts.pop(key, None)
        else:
            self._drafts[key] = draft

    def drop(self, key: str) -> Draft | None:
        """Forget the changes, and return them."""
        return self._drafts.pop(key, None)

    def begin(self, draft: Draft) -> str:
        """Add a chain that was never saved and return its key."""
        self._made += 1
        key = f"{_NEW}{self._made}"
        self._drafts[key] = draft
        return key

    def free_name(self, start: str) -> str:
        """Return a name that no chain has."""
        taken = {*self._saved, *(draft.name for draft in self._drafts.values())}
        return next(name for name in (start, *(f"{start} {n}" for n in range(2, 1000))) if name not in taken)

    def chain(self, key: str) -> Chain | None:
        """Return the chain that a draft means; None while something in it cannot be read."""
        told = check(self.draft(key), self._accounts, frozenset())
        return None if any(one.place in UNREADABLE for one in told if one.blocks) else chain_of(self.draft(key))

    def problems(self, key: str) -> list[Problem]:
        """Return what is wrong with a chain as it stands, with what a look at it found."""
        told = check(self.draft(key), self._accounts, frozenset(self._saved) - {key})
        chain, found = self._found.get(key, (None, []))
        return [*told, *found] if chain is not None and chain == self.chain(key) else told

    def forget_findings(self) -> None:
        """Forget what was found: budgets and accounts may have changed while nobody looked."""
        self._found.clear()

    async def look_at(self, services: Services, key: str, chain: Chain, words: Words) -> bool:
        """Have a chain checked as it stands; whether there is anything new to show."""
        if self._found.get(key, (None,))[0] == chain:
            return False
        await learn_prices(services, chain)
        found = problems_of(await services.chains.check(chain), chain, words)
        self._found[key] = chain, found
        return key in self.keys


def _is_new(key: str) -> bool:
    return key.startswith(_NEW)
