"""What the cards of the welcome do with what they are given: connect it, test it, and say what came of it."""

from __future__ import annotations

import asyncio

from switchyard.core.errors import KeyringUnavailable, UserError
from switchyard.services.app import Services
from switchyard.services.onboarding import Added, FoundOllama
from switchyard.ui.pages.welcome.key_card import KeyOffer
from switchyard.ui.pages.welcome.ways import WaysScreen
from switchyard.ui.words import Words

_LOOK_EVERY_S = 5.0


class Connecting:
    """`connected` is whether anything was connected since the welcome was opened."""

    def __init__(self, services: Services, ways: WaysScreen, words: Words) -> None:
        self._services = services
        self._keys = ways.key_card
        self._ollama = ways.ollama_card
        self._words = words
        self.connected = False

    # --- keys -------------------------------------------------------------------------------------------------------

    async def test_key(self) -> bool:
        """Connect the key in the field; whether it works. One that does not leaves nothing behind."""
        offer = self._keys.offer()
        if offer is None:
            return False
        self._keys.set_busy(True)
        try:
            added = await self._add_key(offer)
        except UserError as error:
            hint = self._words.translate(error.hint) if error.hint is not None else ""
            self._keys.show_error(self._words.translate(error.title), hint)
            return False
        finally:
            self._keys.set_busy(False)
        self._keys.show_added(added, self._words.locale)
        return self._count(added)

    async def offer_environment_keys(self) -> None:
        """Show the keys that lie in the environment and are not used yet."""
        views = await self._services.accounts.list()
        self._keys.show_environment(self._services.onboarding.environment_keys(views))

    async def use_environment_key(self, provider: str) -> None:
        """Connect a provider by its key of the environment."""
        found = self._services.onboarding.environment_keys(await self._services.accounts.list())
        key = next((each for each in found if each.provider == provider), None)
        if key is None:
            return
        self._keys.set_busy(True)
        try:
            added = await self._services.onboarding.use_environment_key(key)
        finally:
            self._keys.set_busy(False)
        self._keys.show_found_added(added, self._words.locale)
        if self._count(added):
            await self.offer_environment_keys()

    async def _add_key(self, offer: KeyOffer) -> Added:
        """Add and test a key; one for a server of the person's own goes to the address that they gave."""
        if offer.base_url is None:
            return await self._services.onboarding.add_key(offer.provider, offer.key)
        accounts = self._services.accounts
        name = await accounts.free_name(offer.provider)
        account = await accounts.add(offer.provider, name, base_url=offer.base_url)
        try:
            await accounts.set_key(name, offer.key)
        except KeyringUnavailable:
            await accounts.keep_key_for_session(name, offer.key)
        result = await accounts.test(account)
        view = await accounts.view(account)
        if result.failure is not None:
            await accounts.discard(name)
        return Added(account, view.provider_name, view.key, result)

    # --- Ollama -----------------------------------------------------------------------------------------------------

    async def watch_ollama(self) -> None:
        """Look until an Ollama with a model for chat is there; the person may be starting it right now."""
        while not self._ollama.usable:
            await self._look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look_again(self) -> None:
        """Look now."""
        self._ollama.button.set_busy(True)
        try:
            await self._look()
        finally:
            self._ollama.button.set_busy(False)

    async def use_ollama(self) -> bool:
        """Connect the Ollama that was found; whether it works."""
        found = self._ollama.found
        if found is None:
            return False
        self._ollama.button.set_busy(True)
        try:
            added = await self._add_ollama(found)
        finally:
            self._ollama.button.set_busy(False)
        self._ollama.show_added(added, self._words.locale)
        return self._count(added)

    async def _look(self) -> None:
        self._ollama.show_found(await self._services.onboarding.find_ollama(), self._words.locale)

    async def _add_ollama(self, found: FoundOllama) -> Added:
        """Add an Ollama, once."""
        for view in await self._services.accounts.list():
            if view.account.provider == "ollama" and view.account.base_url == found.base_url:
                result = await self._services.accounts.test(view.account)
                return Added(view.account, view.provider_name, view.key, result)
        return await self._services.onboarding.use_ollama(found)

    def _count(self, added: Added) -> bool:
        self.connected = self.connected or added.works
        return added.works
