"""What is kept of single deployments, beside the account whose they are."""

from types import MappingProxyType

import pytest

from switchyard.core.catalog import Account, AccountId
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Capability
from switchyard.core.facts import NOTHING, UNKEPT, DatedPrice, Facts, Kept
from switchyard.core.usage import Price
from switchyard.storage.accounts import AccountStore, Found
from switchyard.storage.database import Database
from switchyard.storage.deployments import DeploymentStore
from switchyard.storage.ids import new_uid

NAME = DeploymentName("a", "m/x:1")
FACTS = Facts(9, 3, (DatedPrice(Price(1, 2)),), MappingProxyType({Capability.VISION: False}))


@pytest.fixture
def accounts(database: Database) -> AccountStore:
    return AccountStore(database)


@pytest.fixture
def store(database: Database, accounts: AccountStore) -> DeploymentStore:
    return DeploymentStore(database, on_change=accounts.forget)


@pytest.fixture
async def account(accounts: AccountStore) -> Account:
    account = Account(AccountId(new_uid()), "a", "openai", "http://localhost:1/v1")
    await accounts.add(account)
    return account


async def test_what_is_kept_counts_from_the_next_message_on(
    accounts: AccountStore, store: DeploymentStore, account: Account
) -> None:
    assert await accounts.find([NAME]) == (Found(account),)
    await store.override(account.uid, NAME.model, FACTS)
    await store.learn_refusal(account.uid, NAME.model, "temperature")
    await store.learn_refusal(account.uid, NAME.model, "seed")
    await store.learn_refusal(account.uid, NAME.model, "seed")
    await store.keep_lookups([(account.uid, NAME.model, NOTHING)], "2026")
    await store.add(account.uid, NAME.model, added=True)
    kept = Kept(FACTS, frozenset({"temperature", "seed"}), NOTHING, "2026", added=True)
    assert await accounts.find([NAME]) == (Found(account, None, kept),)
    assert await store.all() == {NAME: kept}

    await store.override(account.uid, NAME.model, NOTHING)
    await store.forget_refusals(account.uid, NAME.model)
    await store.add(account.uid, NAME.model, added=False)
    assert await store.all() == {NAME: Kept(looked_up=NOTHING, stamp="2026")}


async def test_nothing_is_kept_of_accounts_that_are_not_there(store: DeploymentStore) -> None:
    await store.learn_refusal(AccountId("simulator"), "m", "seed")
    await store.override(AccountId("simulator"), "m", FACTS)
    await store.keep_lookups([(AccountId("simulator"), "m", FACTS)], "2026")
    assert await store.all() == {}


async def test_a_removed_account_keeps_what_was_learnt_until_it_is_back(
    accounts: AccountStore, store: DeploymentStore, account: Account
) -> None:
    await store.learn_refusal(account.uid, NAME.model, "seed")
    await accounts.remove(account.uid)
    assert await store.all() == {}
    await accounts.restore("a")
    assert (await store.all())[NAME] == UNKEPT._replace(refuses=frozenset({"seed"}))
