"""Accounts and the models they listed."""

from dataclasses import replace
from types import MappingProxyType

from switchyard.core.catalog import Account, AccountId, Model, Quality
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Capability
from switchyard.core.usage import Price
from switchyard.storage.accounts import FRESH_S, AccountStore, Found
from switchyard.storage.database import Database, open_database
from switchyard.storage.ids import new_uid
from switchyard.storage.paths import Paths


def _account(name: str = "a") -> Account:
    settings = MappingProxyType({"place": "local"})
    return Account(AccountId(new_uid()), name, "openai-compatible", "http://localhost:1/v1;x=ä", settings, 1000)


async def test_an_account_is_read_back_as_it_was(database: Database) -> None:
    store = AccountStore(database)
    account = _account()
    assert await store.add(account)
    assert await store.get("a") == account
    assert await store.list() == [account]
    assert await store.get("A") is None


async def test_a_name_is_taken_once_and_free_after_removal(database: Database) -> None:
    store = AccountStore(database)
    first, second = _account(), _account()
    assert await store.add(first)
    assert not await store.add(second)
    await store.remove(first.uid)
    assert await store.get("a") is None
    assert await store.add(second)
    assert await store.list() == [second]


async def test_changes_are_kept(database: Database) -> None:
    store = AccountStore(database)
    account = _account()
    await store.add(account)
    changed = replace(account, base_url="http://localhost:2")
    await store.update(changed)
    assert await store.get("a") == changed


async def test_models_are_kept_in_the_order_of_the_list_and_replaced_whole(database: Database) -> None:
    store = AccountStore(database)
    account = _account()
    await store.add(account)
    assert await store.models(account.uid) == ((), None)
    told = Model(
        "told",
        price=Price(3, 15, cached_input_nanos=1),
        capabilities=MappingProxyType({Capability.VISION: True, Capability.TOOLS: False}),
        quality=Quality(28.9, "A bench"),
    )
    models = (Model("z/big:7b", 8192, 4096, 5_000_000_000), Model("embed", chat=False), Model("far", cloud=True), told)
    await store.save_models(account.uid, models, 5)
    assert await store.models(account.uid) == (models, 5)
    await store.save_models(account.uid, models[:1], 6)
    assert await store.models(account.uid) == (models[:1], 6)
    await store.save_models(AccountId("nobody"), models, 7)
    assert await store.models(AccountId("nobody")) == ((), None)


async def test_what_is_found_is_remembered_until_it_is_changed_here_or_a_second_has_gone(
    database: Database, paths: Paths
) -> None:
    now = 100.0
    store = AccountStore(database, monotonic=lambda: now)
    account, model = _account(), Model("m", 8192)
    wanted = [DeploymentName("a", "m"), DeploymentName("b", "m")]
    assert await store.find(wanted) == (None, None)
    await store.add(account)
    assert await store.find(wanted) == (Found(account), None)
    await store.save_models(account.uid, (model,), 5)
    assert await store.find(wanted[:1]) == (Found(account, model),)

    changed = replace(account, base_url="http://localhost:2")
    elsewhere = await open_database(paths)
    await AccountStore(elsewhere).update(changed)
    assert await store.find(wanted[:1]) == (Found(account, model),)
    assert await store.find(wanted) == (Found(changed, model), None)  # one that is not remembered is read with all
    await AccountStore(elsewhere).remove(account.uid)
    now += FRESH_S
    assert await store.find(wanted) == (None, None)
    await elsewhere.close()
