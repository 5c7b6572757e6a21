"""What the page knows of accounts, and what it does with them; nothing of it is a widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QLocale

from switchyard.core.catalog import Account
from switchyard.core.catalog_queries import Entry
from switchyard.core.chain import Chain
from switchyard.core.errors import KeyringUnavailable
from switchyard.services.accounts import SIMULATOR, AccountView, TestResult
from switchyard.services.app import Services
from switchyard.services.onboarding import EnvironmentKey, FoundOllama
from switchyard.ui.pages.providers.kinds import OLLAMA, Keeping, Kind, kinds_of
from switchyard.ui.pages.providers.rows import KEY_PREFIX, Troubles, rows_of
from switchyard.ui.setup.side_list import SideRow
from switchyard.ui.setup.verdict import is_here


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What the form holds when it is agreed to. The key is kept out of every representation."""

    provider: str
    name: str
    base_url: str
    key: str = field(repr=False)
    place: str | None


class Desk:
    """`results` are this session's tests, `troubles` what keeps accounts from being called; `ollama` answered last."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.kinds = kinds_of(services.onboarding)
        self.views: Sequence[AccountView] = ()
        self.results: dict[str, TestResult] = {}
        self.troubles: Troubles = {}
        self.ollama: FoundOllama | None = None
        self.keeping = Keeping(False, "")
        self._keys: Sequence[EnvironmentKey] = ()

    # --- reading ----------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the accounts anew."""
        self.views = await self._services.accounts.list()
        self._keys = self._services.onboarding.environment_keys(self.views)

    async def facts(self, account: str) -> dict[str, Entry]:
        """Return what the catalog knows of an account's models, by their names."""
        entries = await self._services.catalog.entries()
        return {entry.deployment.model: entry for entry in entries if entry.deployment.account == account}

    async def offer(self, account: str, models: Sequence[str], *, offered: bool) -> None:
        """Let models stand where one is chosen, or not."""
        await self._services.catalog.offer(account, models, offered=offered)

    async def learn_keyring(self) -> None:
        """Learn where keys are kept; a keyring may take its time to answer."""
        status = await self._services.accounts.keyring()
        self.keeping = Keeping(status.available, status.name)

    async def simulator(self) -> AccountView:
        """Return the Simulator's own account."""
        return await self._services.accounts.view(SIMULATOR)

    def view(self, name: str) -> AccountView | None:
        """Return an account; None for any other row."""
        return next((view for view in self.views if view.account.name == name), None)

    def kind(self, view: AccountView) -> Kind | None:
        """Return what an account was made for."""
        return next((kind for kind in self.kinds if kind.provider == view.account.provider), None)

    def found_key(self, row: str) -> EnvironmentKey | None:
        """Return the key of the environment that a row offers."""
        return next((found for found in self._keys if KEY_PREFIX + found.provider == row), None)

    def rows(self, locale: QLocale) -> list[str | SideRow]:
        """Return what the list shows."""
        used = {view.account.base_url for view in self.views if view.account.provider == OLLAMA}
        ollama = self.ollama if self.ollama is not None and self.ollama.base_url not in used else None
        return rows_of(self.views, self.results, self.troubles, self._keys, ollama, self.kinds, locale)

    # --- changing ---------------------------------------------------------------------------------------------------

    async def look_for_ollama(self) -> bool:
        """Look whether an Ollama answers, and test the accounts that use one here; whether anything changed."""
        found = await self._services.onboarding.find_ollama()
        mine = [view for view in self.views if view.account.provider == OLLAMA and is_here(view.account.base_url)]
        changed = found != self.ollama or any(view.account.name not in self.results for view in mine)
        self.ollama = found
        for view in mine if changed else ():
            await self.test(view.account.name)
        return changed

    async def add(self, new: NewAccount) -> None:
        """Add an account with its key; raises `UserError` for what the form could not see."""
        settings = {} if new.place is None else {"place": new.place}
        await self._services.accounts.add(new.provider, new.name, base_url=new.base_url, settings=settings)
        if new.key:
            await self.keep_key(new.name, new.key)

    async def use_found(self, row: str) -> str | None:
        """Add an account for what a row offers, and return its name."""
        accounts, key = self._services.accounts, self.found_key(row)
        if key is not None:
            return (await accounts.add(key.provider, await accounts.free_name(key.provider))).name
        if self.ollama is not None:
            name = await accounts.free_name(OLLAMA)
            return (await accounts.add(OLLAMA, name, base_url=self.ollama.base_url)).name
        return None

    async def keep_key(self, name: str, key: str) -> None:
        """Keep a key in the keyring, or for this session where there is none."""
        try:
            await self._services.accounts.set_key(name, key)
        except KeyringUnavailable:
            await self._services.accounts.keep_key_for_session(name, key)

    async def change(self, name: str, address: str, settings: Mapping[str, str]) -> Account:
        """Change an account's address and settings; what was found out with the old ones counts no more."""
        account = await self._services.accounts.change(name, base_url=address, settings=settings)
        self.results.pop(name, None)
        return account

    async def test(self, name: str) -> bool:
        """Test an account; whether it works."""
        result = await self._services.accounts.test(await self._services.accounts.get(name))
        self.results[name] = result
        return result.failure is None

    async def remove(self, name: str) -> None:
        """Remove an account; its key waits for `restore` until the program ends."""
        await self._services.accounts.remove(name)
        self.results.pop(name, None)

    async def restore(self, name: str) -> None:
        """Bring a removed account back; raises `NameTaken` where its name is in use again."""
        await self._services.accounts.restore(name)

    async def may_make_everyday(self) -> bool:
        """Whether nothing answers by default yet, and something could."""
        if await self._services.chains.default() is not None or not await self._services.onboarding.needs_everyday():
            return False
        return bool(await self._services.onboarding.proposal())

    async def make_everyday(self) -> Chain:
        """Make the first chain of what works."""
        return await self._services.onboarding.make_everyday(await self._services.onboarding.proposal())
