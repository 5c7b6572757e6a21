"""The first run: a pasted key, a local Ollama or the Simulator becomes something that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from switchyard.core.catalog import Account, KeySource, Model
from switchyard.core.chain import Chain, DeploymentName, plain_chain, step_to
from switchyard.core.errors import KeyringUnavailable
from switchyard.core.value import value
from switchyard.providers.addresses import is_own_host
from switchyard.providers.presets import PRESETS, SERVERS, KeyGuess, Preset, Server, recognise_key
from switchyard.services.accounts import SIMULATOR, Accounts, AccountView, TestResult
from switchyard.services.chains import EVERYDAY, Chains
from switchyard.services.everyday import pick_model, rank

SIMULATOR_CHAIN = "Simulator"
SIMULATOR_STEPS = ("sim-limited", "sim-steady")


@value
class EnvironmentKey:
    """A key that lies in the environment under a provider's usual name."""

    provider: str
    provider_name: str
    variable: str


@value
class FoundOllama:
    """An Ollama that answers at an address."""

    base_url: str
    models: tuple[Model, ...]


@value
class Added:
    """An account that was just made, and what its test said."""

    account: Account
    provider_name: str
    key: KeySource
    result: TestResult

    @property
    def works(self) -> bool:
        """Whether the test went well."""
        return self.result.failure is None


@value
class Choice:
    """One vendor's place in the proposed chain."""

    account: str
    provider: str
    provider_name: str
    model: str

    @property
    def deployment(self) -> DeploymentName:
        """What the step would use."""
        return DeploymentName(self.account, self.model)


class Onboarding:
    """Turns what a person has into accounts and a chain. `environment` is the process's."""

    def __init__(
        self,
        accounts: Accounts,
        chains: Chains,
        *,
        environment: Mapping[str, str],
        find_ollama: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._accounts = accounts
        self._chains = chains
        self._environment = environment
        self._find_ollama = find_ollama

    def recognise(self, key: str) -> KeyGuess:
        """Tell by its prefix whose key this is."""
        return recognise_key(key)

    def presets(self) -> list[Preset]:
        """Return the providers that an account can be added for; the Simulator has its own already."""
        return [preset for preset in PRESETS.values() if preset.id != SIMULATOR.provider]

    def servers(self) -> tuple[Server, ...]:
        """Return the usual addresses of servers that people run themselves."""
        return SERVERS

    def environment_keys(self, views: Sequence[AccountView]) -> list[EnvironmentKey]:
        """Return keys that lie in the environment and that no account uses yet: they are offered, never just used."""
        used = {v.account.provider for v in views if is_own_host(v.account.provider, v.account.base_url)}
        return [
            EnvironmentKey(preset.id, preset.name, preset.key_variable)
            for preset in self.presets()
            if preset.key_variable and preset.id not in used and self._environment.get(preset.key_variable)
            if preset.id != "ollama"
        ]

    async def add_key(self, provider: str, key: str) -> Added:
        """Add an account with this key and test it; a key that fails leaves nothing behind.

        Where the system keeps no keys, it lives until the program ends.
        """
        account = await self._accounts.add(provider, await self._accounts.free_name(provider))
        try:
            await self._accounts.set_key(account.name, key)
        except KeyringUnavailable:
            await self._accounts.keep_key_for_session(account.name, key)
        return await self._tested(account)

    async def use_environment_key(self, found: EnvironmentKey) -> Added:
        """Add an account whose key stays where it is: in the environment."""
        account = await self._accounts.add(found.provider, await self._accounts.free_name(found.provider))
        return await self._tested(account)

    async def find_ollama(self) -> FoundOllama | None:
        """Look for an Ollama on this computer's port and where OLLAMA_HOST points."""
        base_url = await self._find_ollama()
        if base_url is None:
            return None
        return FoundOllama(base_url, tuple(await self._accounts.list_at("ollama", base_url)))

    async def use_ollama(self, found: FoundOllama) -> Added:
        """Add an account for an Ollama that was found."""
        name = await self._accounts.free_name("ollama")
        return await self._tested(await self._accounts.add("ollama", name, base_url=found.base_url))

    async def proposal(self) -> list[Choice]:
        """Return one model of each account that works and has a model for chat, the best vendor first."""
        choices = []
        for view in await self._accounts.list():
            model = pick_model(view.account.provider, view.models)
            if model is not None and not view.lacks_key:
                choices.append(Choice(view.account.name, view.account.provider, view.provider_name, model))
        return sorted(choices, key=lambda choice: rank(choice.provider))

    async def make_everyday(self, choices: Sequence[Choice]) -> Chain:
        """Make the chain "Everyday" of these, in this order, and the default."""
        return await self._chains.make_everyday([choice.deployment for choice in choices])

    async def needs_everyday(self) -> bool:
        """Whether no chain "Everyday" was made yet: it is made once, then it is the person's."""
        return all(view.chain.name != EVERYDAY for view in await self._chains.list())

    async def start_simulator(self) -> Chain:
        """Make a chain of make-believe models, and the default one; it holds no real account."""
        steps = tuple(step_to(DeploymentName(SIMULATOR.name, model)) for model in SIMULATOR_STEPS)
        chain = plain_chain(SIMULATOR_CHAIN, steps)
        await self._chains.save(chain)
        await self._chains.set_default(chain.name)
        return chain

    async def _tested(self, account: Account) -> Added:
        result = await self._accounts.test(account)
        view = await self._accounts.view(account)
        if result.failure is not None:
            await self._accounts.discard(account.name)
        return Added(account, view.provider_name, view.key, result)
