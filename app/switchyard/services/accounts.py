"""The accounts: where they point, whether they have a key, which models they offer, and whether they work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.catalog import (
    ACCOUNT_NAME,
    Account,
    AccountId,
    Deployment,
    Endpoint,
    KeySource,
    Model,
    Place,
)
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import NameTaken, UnknownName, UserError
from switchyard.core.events import CallFailed
from switchyard.core.facts import UNKEPT, Facts, Kept
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.rate_limits import PARALLEL, RPM, TPM
from switchyard.core.scopes import ORGANISATION
from switchyard.core.sentence import sentence
from switchyard.core.value import replace, value
from switchyard.providers.addresses import is_loopback, is_nearby, is_own_host, normalise_base_url
from switchyard.providers.base import Provider
from switchyard.providers.declaration import Form
from switchyard.providers.network import is_network_setting, read_network_setting
from switchyard.providers.ollama_models import is_cloud
from switchyard.providers.presets import PRESETS, KeyNeed, Preset, preset_named, reasons_silently
from switchyard.services.proxies import Proxies
from switchyard.services.reference import Reference
from switchyard.services.signal import Signal
from switchyard.storage.accounts import AccountStore, Found
from switchyard.storage.deployments import DeploymentStore
from switchyard.storage.ids import new_uid
from switchyard.storage.removals import Removals
from switchyard.storage.secrets import KeyringStatus, Secrets

TEST_PATIENCE_S = 60.0
SIMULATOR = Account(
    uid=AccountId("simulator"), name="sim", provider="simulator", base_url="", settings=MappingProxyType({})
)


# What may be said of every account: whether it takes over where another failed, and whether it is sent files.
_OF_ANY: Mapping[str, tuple[str, ...]] = {"fallback": ("yes", "no"), "attachments": ("yes", "no")}
_COUNT = Form(re.compile(r"[1-9][0-9]{0,8}"), "60")
_FORMS_OF_ANY: Mapping[str, Form] = {  # and what it shares with others, and how much may be asked of it
    ORGANISATION: Form(re.compile(r"[\w.-]{1,80}"), "acme"),
    RPM: _COUNT,
    TPM: _COUNT,
    PARALLEL: _COUNT,
}


@value
class AccountView:
    """An account as lists and forms show it. `models_ms` is when its models were last asked for (UTC ms)."""

    account: Account
    provider_name: str
    key: KeySource
    models: tuple[Model, ...]
    models_ms: int | None

    @property
    def lacks_key(self) -> bool:
        """Whether it cannot be called for want of a key."""
        return self.key is KeySource.NONE

    @property
    def local(self) -> bool:
        """Whether it may be asked while offline."""
        return _is_local(self.account, place_of(self.account))


@value
class TestResult:
    """What a test of an account found: its models after `ms` milliseconds, or why not."""

    ms: int
    models: tuple[Model, ...] = ()
    failure: Failure | None = None


@value
class Resolved:
    """A deployment ready to be called; `account` is its account's uid."""

    deployment: Deployment
    endpoint: Endpoint
    account: AccountId


class Listed(NamedTuple):
    """A model that an account listed or the person added, with what is kept of it."""

    account: Account
    model: Model
    kept: Kept
    has_key: bool


class Accounts:
    """Adds, tests, resolves and removes accounts. `monotonic` is a clock in seconds, `now_ms` the wall clock."""

    def __init__(
        self,
        store: AccountStore,
        deployments: DeploymentStore,
        reference: Reference,
        secrets: Secrets,
        removals: Removals,
        providers: Mapping[str, Provider],
        *,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._deployments = deployments
        self._reference = reference
        self._secrets = secrets
        self._removals = removals
        self._providers = providers
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._proxies = Proxies(secrets)
        self._keys: dict[AccountId, tuple[str | None, KeySource]] = {}
        self.patience_s = TEST_PATIENCE_S
        self.changed: Signal[str] = Signal()

    # --- reading ------------------------------------------------------------------------------------------------

    async def list(self) -> list[AccountView]:
        """Return the accounts a person added, by name. The Simulator's own account is not among them."""
        accounts = await self._store.list()
        return list(await asyncio.gather(*(self.view(account) for account in accounts)))

    async def names(self) -> frozenset[str]:
        """Return the name of every account, the Simulator's among them."""
        return frozenset({SIMULATOR.name, *(account.name for account in await self._store.list())})

    async def view(self, account: Account) -> AccountView:
        """Return an account with what is known of its key and its models."""
        _, source = await self._key(account)
        models, models_ms = await self._models(account)
        return AccountView(account, preset_of(account).name, source, tuple(models), models_ms)

    async def get(self, name: str) -> Account:
        """Return the account of that name; raises `UnknownName`."""
        account = await self._store.get(name)
        if account is None:
            if name == SIMULATOR.name:
                return SIMULATOR
            raise UnknownName(
                sentence("There is no account named {name}.", name=name),
                sentence("List the accounts with: switchyard accounts list"),
            )
        return account

    async def resolve(self, names: Sequence[DeploymentName]) -> Sequence[Resolved | None]:
        """Return what is needed to call deployments, listed or not; None where there is no such account."""
        if not self._reference.is_open:
            await self._reference.open()
        found = await self._store.find(names)
        if len(names) == 1:
            return [await self._resolve(names[0], found[0])]
        return await asyncio.gather(*map(self._resolve, names, found))

    async def _resolve(self, name: DeploymentName, found: Found | None) -> Resolved | None:
        if found is None and name.account != SIMULATOR.name:
            return None
        account, model, kept = found if found is not None else Found(SIMULATOR)
        if account.provider == SIMULATOR.provider:
            model = next((m for m in (await self._models(account))[0] if m.name == name.model), None)
        if model is None:
            model = Model(name.model, cloud=account.provider == "ollama" and is_cloud(name.model))
        key, source = await self._key(account)
        known = self._reference.known(account, model, kept)
        deployment = deployment_of(
            account, model, known.facts, kept, has_key=source is not KeySource.NONE, at_ms=self._now_ms()
        )
        return Resolved(deployment, endpoint(account, key, await self._proxies.find(account)), account.uid)

    async def listed(self) -> Sequence[Listed]:
        """Return every model that an account listed when last asked, or the person added; the Simulator's last."""
        kept = await self._deployments.all()
        found: MutableSequence[Listed] = []
        for account in [*await self._store.list(), SIMULATOR]:
            _, source = await self._key(account)
            has_key = source is not KeySource.NONE
            for model in (await self._models(account))[0]:
                found.append(
                    Listed(account, model, kept.get(DeploymentName(account.name, model.name), UNKEPT), has_key)
                )
        return found

    async def keyring(self) -> KeyringStatus:
        """Return whether the system keeps keys, and by what name."""
        return await self._secrets.status()

    # --- changing -----------------------------------------------------------------------------------------------

    async def add(
        self, provider: str, name: str, *, base_url: str | None = None, settings: Mapping[str, str] | None = None
    ) -> Account:
        """Add an account; makes no request. Raises `NameTaken`, or `UserError` for a provider, name or address."""
        preset = PRESETS.get(provider)
        if preset is None:
            known = ", ".join(PRESETS)
            raise UnknownName(
                sentence("There is no provider named {name}.", name=provider),
                sentence("Known are: {known}.", known=known),
            )
        if not ACCOUNT_NAME.fullmatch(name):
            raise UserError(
                sentence("{name} cannot be an account's name.", name=name),
                sentence("Use lower-case letters, digits and hyphens, beginning with a letter or digit."),
            )
        if name == SIMULATOR.name:
            raise _taken(name)
        if base_url is None and preset.needs_address:
            raise UserError(sentence("This provider needs an address."), sentence("Give one with --base-url URL."))
        account = Account(
            uid=AccountId(new_uid()),
            name=name,
            provider=provider,
            base_url=normalise_base_url(provider, base_url or ""),
            settings=MappingProxyType(await asyncio.to_thread(_checked_settings, provider, settings or {})),
            created_ms=self._now_ms(),
        )
        if name in await self.names():
            raise _taken(name)
        if not await self._store.add(await self._proxies.take_out(account)):
            await self._secrets.delete(account.uid)
            raise _taken(name)
        self.changed.emit(name)
        return account

    async def free_name(self, provider: str) -> str:
        """Return a name that no account has yet: the provider's, or with a number."""
        taken = await self.names()
        names = [provider, *(f"{provider}-{n}" for n in range(2, 1000))]
        return next(name for name in names if name not in taken)

    async def change(
        self, name: str, *, base_url: str | None = None, settings: Mapping[str, str] | None = None
    ) -> Account:
        """Change an account's address or settings.

        A key that was found is looked for again: the one of the provider's usual variable may go to that provider's
        own hosts alone.
        """
        account = before = await self.get(name)
        if base_url is not None:
            account = replace(account, base_url=normalise_base_url(account.provider, base_url))
        if settings is not None:
            checked = await asyncio.to_thread(_checked_settings, account.provider, settings)
            account = await self._proxies.take_out(replace(account, settings=MappingProxyType(checked)), before)
        await self._store.update(account)
        self._keys.pop(account.uid, None)
        self.changed.emit(name)
        return account

    async def set_key(self, name: str, key: str) -> None:
        """Keep a key in the system's keyring; raises `KeyringUnavailable` where there is none."""
        account = await self.get(name)
        await self._secrets.set(account.uid, key.strip())
        self._keys.pop(account.uid, None)
        self.changed.emit(name)

    async def keep_key_for_session(self, name: str, key: str) -> None:
        """Keep a key until the program ends, and nowhere else."""
        account = await self.get(name)
        self._secrets.keep_for_session(account.uid, key.strip())
        self._keys.pop(account.uid, None)
        self.changed.emit(name)

    async def remove(self, name: str) -> Account:
        """Remove an account; history keeps its name, and `restore` brings it back.

        Its key stays where it is until `forget_removed`, or nothing could be brought back.
        """
        account = await self.get(name)
        if account is SIMULATOR:
            raise UserError(sentence("The Simulator's account cannot be removed."))
        self._removals.hold(account.uid)
        await self._store.remove(account.uid)
        self._keys.pop(account.uid, None)
        self.changed.emit(name)
        return account

    async def restore(self, name: str) -> None:
        """Bring back the account of that name that was removed last; raises `NameTaken` where the name is in use."""
        self._removals.release(await self._store.restore(name), settled=True)
        self.changed.emit(name)

    async def discard(self, name: str) -> Account:
        """Remove an account for good: its key goes at once, and nobody is offered to bring it back."""
        account = await self.remove(name)
        await self._forget(account.uid)
        return account

    async def forget_removed(self) -> None:
        """Delete the keys of the accounts that were removed since the program began: nothing is undone any more."""
        for uid in self._removals.held:
            await self._forget(uid)

    async def forget_left_behind(self) -> None:
        """Delete the keys of accounts that a process removed which was killed before it could delete them itself."""
        for uid in await asyncio.to_thread(self._removals.take_over):
            await self._forget(uid)

    async def _forget(self, uid: AccountId) -> None:
        settled = not await self._store.is_removed(uid) or await self._secrets.delete(uid)
        self._removals.release(uid, settled=settled)

    # --- testing ------------------------------------------------------------------------------------------------

    async def test(self, account: Account) -> TestResult:
        """Ask the provider for its models, and remember them."""
        key, _ = await self._key(account)
        began = self._monotonic()
        try:
            async with asyncio.timeout(self.patience_s):
                there = endpoint(account, key, await self._proxies.find(account))
                models = await self._providers[account.provider].list_models(there)
        except TimeoutError:
            failure = Failure(FailureKind.CONNECT, f"No whole answer within {self.patience_s:g} s.")
            return TestResult(round((self._monotonic() - began) * 1000), failure=failure)
        except CallFailed as failed:
            return TestResult(round((self._monotonic() - began) * 1000), failure=failed.failure)
        if account is not SIMULATOR:
            await self._store.save_models(account.uid, models, self._now_ms())
        self.changed.emit(account.name)
        return TestResult(round((self._monotonic() - began) * 1000), tuple(models))

    async def test_all(self, accounts: Sequence[Account]) -> Sequence[TestResult]:
        """Test several accounts at a time; the results stand in their order."""
        return await asyncio.gather(*map(self.test, accounts))

    async def list_at(self, provider: str, base_url: str) -> Sequence[Model]:
        """Return the models that a keyless server lists, before there is an account for it; none where it fails."""
        try:
            return await self._providers[provider].list_models(Endpoint("", provider, base_url, place=Place.COMPUTER))
        except CallFailed:
            return ()

    async def _models(self, account: Account) -> tuple[Sequence[Model], int | None]:
        if account.provider == SIMULATOR.provider:
            return await self._providers[account.provider].list_models(endpoint(account, None)), None
        return await self._store.models(account.uid)

    async def _key(self, account: Account) -> tuple[str | None, KeySource]:
        """Return the key and where it was found.

        What was found is remembered, since a keyring answers slowly; not while it does not answer at all.
        """
        known = self._keys.get(account.uid)
        if known is not None:
            return known
        key, source = await _find_key(self._secrets, account)
        if source is not KeySource.NONE and self._secrets.answers:
            self._keys[account.uid] = (key, source)
        return key, source


async def _find_key(secrets: Secrets, account: Account) -> tuple[str | None, KeySource]:
    preset = preset_of(account)
    if preset.key_need is KeyNeed.NONE:
        return None, KeySource.NOT_NEEDED
    at_home = is_own_host(account.provider, account.base_url)
    key, source = await secrets.find(account, preset.key_variable if at_home else None)
    optional = preset.key_need is KeyNeed.OPTIONAL or (preset.key_need is KeyNeed.AT_HOME and not at_home)
    if source is KeySource.NONE and optional:
        return None, KeySource.NOT_NEEDED
    return key, source


def _taken(name: str) -> NameTaken:
    return NameTaken(sentence("There is an account named {name} already.", name=name), sentence("Choose another name."))


def preset_of(account: Account) -> Preset:
    """Return the provider's data."""
    return preset_named(account.provider)


def endpoint(account: Account, key: str | None, proxy: str | None = None) -> Endpoint:
    """Return what a provider needs for a call; `proxy` is the account's with a name and a password in it."""
    return Endpoint(
        account=account.name,
        provider=account.provider,
        base_url=account.base_url,
        key=key,
        settings=account.settings,
        place=place_of(account),
        proxy=proxy,
    )


def deployment_of(account: Account, model: Model, facts: Facts, kept: Kept, *, has_key: bool, at_ms: int) -> Deployment:
    """Return a model of an account as a deployment, with its place, its price at this time, and how it behaves."""
    place, preset = Place.CLOUD if model.cloud else place_of(account), preset_of(account)
    return Deployment(
        account=account.name,
        model=model.name,
        provider=account.provider,
        provider_name=preset.name,
        place=place,
        has_key=has_key,
        simulated=account.provider == SIMULATOR.provider,
        local=_is_local(account, place),
        context=_window(account, model, facts.context),
        max_output=facts.max_output,
        quality=facts.quality.score if facts.quality is not None else None,
        price=facts.price_at(at_ms),
        free=account.provider == "ollama" and place is Place.COMPUTER,
        reasons_silently=reasons_silently(account.provider, model.name),
        loads_unseen=place is not Place.CLOUD and account.provider == "openai-compatible",
        capabilities=facts.capabilities,
        refuses=kept.refuses,
        hottest=preset.hottest,
        fallback=account.settings.get("fallback") != "no",
        attachments=account.settings.get("attachments") != "no",
    )


def _window(account: Account, model: Model, told: int | None) -> int | None:
    """Return how much a model is let read here: an account at Ollama may say less than the model could."""
    said = account.settings.get("num_ctx")
    if said is None or model.cloud:
        return told
    return int(said) if told is None else min(told, int(said))


def place_of(account: Account) -> Place:
    """Where an account's models run, as docs/chain-format says; unknown means cloud.

    Loopback is this computer for Ollama alone: for any other server the person says so, since a port may be a proxy.
    """
    if account.provider == SIMULATOR.provider:
        return Place.COMPUTER
    said = account.settings.get("place")
    if said == "local":
        return Place.COMPUTER
    if said == "network":
        return Place.NETWORK
    if account.provider != "ollama":
        return Place.CLOUD
    if is_loopback(account.base_url):
        return Place.COMPUTER
    return Place.NETWORK if is_nearby(account.base_url) else Place.CLOUD


def _is_local(account: Account, place: Place) -> bool:
    """Local is this computer, or the person's network where the person says so."""
    return place is Place.COMPUTER or (place is Place.NETWORK and account.settings.get("place") == "network")


def _checked_settings(provider: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings as they are used; raises `UserError`. Blocks: files may be named in them."""
    checked: dict[str, str] = {}
    for key, given in settings.items():
        if is_network_setting(key) and provider != SIMULATOR.provider:
            checked |= [read_network_setting(key, given)]
            continue
        choices = () if key in _FORMS_OF_ANY else _OF_ANY.get(key) or preset_named(provider).settings.get(key)
        if choices is None:
            raise UserError(sentence("{provider} has no setting named {key}.", provider=provider, key=key))
        if choices and given not in choices:
            known = sentence("{many} or {last}", many=", ".join(choices[:-1]), last=choices[-1]).english()
            raise UserError(sentence("{key} is {known}, not {value}.", key=key, known=known, value=given))
        form = _FORMS_OF_ANY.get(key) or preset_named(provider).forms.get(key)
        if form is not None and not form.pattern.fullmatch(given):
            raise UserError(
                sentence("{key} is written like {like}, not {value}.", key=key, like=form.like, value=given)
            )
        checked[key] = given
    return checked


def missing(name: DeploymentName) -> Deployment:
    """Return a deployment of an account that is not there, so that a chain can tell of it."""
    return Deployment(
        account=name.account,
        model=name.model,
        provider="",
        provider_name=name.account,
        place=Place.CLOUD,
        has_key=False,
    )
