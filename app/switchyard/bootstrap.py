"""The composition root: builds every object, hands each what it needs, and takes everything down in order."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from switchyard import __version__
from switchyard.core.chain_check import named_in
from switchyard.core.errors import DataDirError
from switchyard.core.sentence import Sentence, sentence
from switchyard.providers.base import Provider
from switchyard.providers.client import Clients
from switchyard.providers.installed import add_installed
from switchyard.providers.knock import is_reached
from switchyard.providers.ollama_store import OllamaStore, find_ollama
from switchyard.providers.registry import build_providers
from switchyard.providers.web_images import fetch_image
from switchyard.resources import resource
from switchyard.services.accounts import Accounts
from switchyard.services.aims import Aims
from switchyard.services.app import Services
from switchyard.services.attachments import Attachments
from switchyard.services.bin import Bin
from switchyard.services.catalog import Catalog
from switchyard.services.chains import Chains, known_to
from switchyard.services.chat import Chat
from switchyard.services.conversations import Conversations
from switchyard.services.crash import write_report
from switchyard.services.doctor import Check, Doctor, Status
from switchyard.services.embedding import Embedding
from switchyard.services.figures import Figures
from switchyard.services.forecasts import Forecasts
from switchyard.services.health import HealthService
from switchyard.services.kept import Kept
from switchyard.services.ledger import Ledger, has_paid_key
from switchyard.services.library import Library
from switchyard.services.live_standing import LiveStanding
from switchyard.services.local_models import LocalModels
from switchyard.services.local_zone import LocalZone
from switchyard.services.messages import Messages
from switchyard.services.notices import Notices
from switchyard.services.onboarding import Onboarding
from switchyard.services.outgoing import Outgoing
from switchyard.services.overrides import Overrides
from switchyard.services.probes import Probes
from switchyard.services.reconnection import Reconnection
from switchyard.services.reference import Reference
from switchyard.services.references import References
from switchyard.services.refusal_notices import tell_refusals
from switchyard.services.rehearsals import Rehearsals
from switchyard.services.router import Router
from switchyard.services.sampling import Sampling
from switchyard.services.search import Search
from switchyard.services.secrecy import Secrecy
from switchyard.services.settings import SettingsStore
from switchyard.services.side_calls import SideCalls
from switchyard.services.summaries import Summaries
from switchyard.services.titles import Titles
from switchyard.services.transcription import Transcription
from switchyard.services.web_images import WebImages
from switchyard.storage.accounts import AccountStore
from switchyard.storage.blobs import Blobs
from switchyard.storage.branches import Branches
from switchyard.storage.budgets import BudgetStore
from switchyard.storage.chains import ChainStore
from switchyard.storage.chat_options import ChatOptionsStore
from switchyard.storage.database import Database, open_database
from switchyard.storage.deployments import DeploymentStore
from switchyard.storage.drafts import Drafts
from switchyard.storage.erasure import Erasure
from switchyard.storage.figures import FigureStore
from switchyard.storage.history import History
from switchyard.storage.ids import now_ms
from switchyard.storage.liveness import Liveness
from switchyard.storage.logs import start_log
from switchyard.storage.marks import Marks
from switchyard.storage.overrides import OverrideStore
from switchyard.storage.parks import ParkStore
from switchyard.storage.paths import Paths, default_data_dir, prepare
from switchyard.storage.picks import PickStore
from switchyard.storage.references import ReferenceStore
from switchyard.storage.removals import Removals
from switchyard.storage.reservations import Reservations
from switchyard.storage.search import SearchIndex
from switchyard.storage.secrets import Secrets
from switchyard.storage.settings_file import SettingsFile
from switchyard.storage.shelves import ShelfStore
from switchyard.storage.turns import Turns
from switchyard.storage.unsent import UnsentQueue

USER_AGENT = f"switchyard/{__version__}"


def paths_of(data_dir: str | None, environment: Mapping[str, str]) -> Paths:
    """Return the places in the data directory that is meant."""
    return Paths(default_data_dir(data_dir, environment))


@asynccontextmanager
async def open_services(
    *,
    data_dir: str | None = None,
    environment: Mapping[str, str],
    offline: bool = False,
    log_level: str = "warning",
    max_pages: int | None = None,
) -> AsyncIterator[Services]:
    """Open the data directory and everything on it; leaving closes the network first and the database last.

    Before that it forgets the keys of removed accounts: nobody can bring those back any more. Raises `DataDirError`
    where the directory cannot be used. `max_pages` bounds the database as a full disk would.
    """
    paths = paths_of(data_dir, environment)
    await asyncio.to_thread(prepare, paths)
    async with AsyncExitStack() as stack:
        stack.callback(start_log(paths.logs, log_level))
        database, liveness, history = await _open_history(stack, paths, max_pages)
        settings, remarks = _make_settings(paths)
        problems = await asyncio.to_thread(add_installed)
        clients = Clients(USER_AGENT)
        stack.push_async_callback(clients.close)
        ground = _Ground(paths, environment, offline, database, liveness, history, settings, clients, problems, remarks)
        services = _build(ground)
        stack.push_async_callback(services.accounts.forget_removed)
        yield services


class _Ground(NamedTuple):
    """What is open, and everything else stands on."""

    paths: Paths
    environment: Mapping[str, str]
    offline: bool
    database: Database
    liveness: Liveness
    history: History
    settings: SettingsStore
    clients: Clients
    problems: Sequence[Sentence]
    remarks: Sequence[Sentence]


def _build(ground: _Ground) -> Services:
    paths, environment, offline, database, liveness, history, settings, clients, problems, remarks = ground
    providers = build_providers(clients)
    accounts, catalog, figures = _make_catalog(paths, environment, database, providers)
    ledger, reservations = _make_ledger(database, liveness, accounts)
    chains = Chains(ChainStore(database), partial(known_to, accounts, ledger.may_refuse, ShelfStore(database).read))
    blobs = Blobs(paths.blobs)
    conversations, branches = Conversations(history, Drafts(database, blobs)), Branches(database)
    local_models, onboarding = _make_setup(clients, environment, accounts, chains, offline=offline)
    options = ChatOptionsStore(database)
    turns, files = Turns(database, liveness, reservations), Attachments(blobs)
    side_calls = _make_side_calls(providers, accounts, turns, ledger, catalog, offline=offline)
    health, overrides = _make_health(database, accounts)
    standing = _make_standing(health, figures, ledger)
    router = _make_router(providers, catalog, standing, Summaries(side_calls))
    aims = _make_aims(accounts, chains, catalog, standing, overrides, offline=offline)
    secrecy = Secrecy(aims, files, settings)
    return Services(
        data_dir=paths.data_dir,
        version=__version__,
        offline=offline,
        settings=settings,
        accounts=accounts,
        catalog=catalog,
        figures=figures,
        chains=chains,
        ledger=ledger,
        conversations=conversations,
        messages=Messages(branches, Marks(database), conversations),
        titles=Titles(side_calls, conversations, options, settings, secrecy),
        library=_make_library(database, conversations, files),
        search=Search(SearchIndex(database), branches, conversations, sleep=asyncio.sleep),
        kept=Kept(options, Outgoing(UnsentQueue(database), now_ms=now_ms), PickStore(database)),
        attachments=files,
        references=References(ReferenceStore(database), conversations, files),
        chat=Chat(router, turns, aims, conversations, files, options, now_ms=now_ms),
        forecasts=Forecasts(aims, files, ledger),
        web_images=WebImages(partial(fetch_image, clients), offline=offline),
        secrecy=secrecy,
        sampling=Sampling(aims),
        rehearsals=Rehearsals(aims, figures),
        embedding=Embedding(side_calls),
        transcription=Transcription(side_calls),
        local_models=local_models,
        onboarding=onboarding,
        health=health,
        overrides=overrides,
        reconnection=Reconnection(partial(is_reached, clients), accounts, health, offline=offline),
        probes=Probes(accounts, health, side_calls, offline=offline),
        doctor=_make_doctor(paths, database, accounts, chains, problems),
        notices=_make_notices(health),
        hurry=database.hurry,
        warnings=(*database.warnings, *remarks),
    )


def _make_library(database: Database, conversations: Conversations, files: Attachments) -> Library:
    bin = Bin(Erasure(database, files.blobs), conversations, sleep=asyncio.sleep)
    return Library(ShelfStore(database), conversations, bin)


def _make_router(
    providers: Mapping[str, Provider], catalog: Catalog, standing: LiveStanding, summaries: Summaries
) -> Router:
    return Router(
        providers,
        wall_ms=now_ms,
        jitter=random.random,
        settlement=catalog,
        standing=standing,
        summarise=summaries.summarise,
    )


async def _open_history(
    stack: AsyncExitStack, paths: Paths, max_pages: int | None
) -> tuple[Database, Liveness, History]:
    """Open the database, and mark what a process that died had left running."""
    database = await open_database(paths, max_pages=max_pages)
    stack.push_async_callback(database.close)
    liveness = Liveness(paths.locks)
    stack.callback(liveness.release)
    history = History(database, liveness)
    await history.recover()
    return database, liveness, history


def _make_settings(paths: Paths) -> tuple[SettingsStore, Sequence[Sentence]]:
    file = SettingsFile(paths.settings)
    settings, remarks = file.read()
    return SettingsStore(settings, file.write), remarks


def _make_catalog(
    paths: Paths, environment: Mapping[str, str], database: Database, providers: Mapping[str, Provider]
) -> tuple[Accounts, Catalog, Figures]:
    account_store = AccountStore(database)
    deployments = DeploymentStore(database, on_change=account_store.forget)
    reference = Reference(resource("models.json"))
    accounts = Accounts(
        account_store,
        deployments,
        reference,
        Secrets(environment),
        Removals(paths.locks),
        providers,
        now_ms=now_ms,
        monotonic=time.monotonic,
    )
    figures = Figures(FigureStore(database), now_ms=now_ms)
    return accounts, Catalog(accounts, account_store, deployments, figures, reference, now_ms=now_ms), figures


def _make_ledger(database: Database, liveness: Liveness, accounts: Accounts) -> tuple[Ledger, Reservations]:
    reservations = Reservations(database, liveness)
    budgets = BudgetStore(database, reservations)
    paid = partial(has_paid_key, accounts)
    return Ledger(budgets, reservations, paid, now_ms=now_ms, zone=LocalZone()), reservations


def _make_setup(
    clients: Clients, environment: Mapping[str, str], accounts: Accounts, chains: Chains, *, offline: bool
) -> tuple[LocalModels, Onboarding]:
    look = partial(find_ollama, clients, environment)
    local_models = LocalModels(OllamaStore(clients), accounts, find_ollama=look, sleep=asyncio.sleep, offline=offline)
    return local_models, Onboarding(accounts, chains, environment=environment, find_ollama=look)


def _make_side_calls(
    providers: Mapping[str, Provider],
    accounts: Accounts,
    turns: Turns,
    ledger: Ledger,
    catalog: Catalog,
    *,
    offline: bool,
) -> SideCalls:
    return SideCalls(
        providers, accounts, turns, ledger, settlement=catalog, now_ms=now_ms, jitter=random.random, offline=offline
    )


def _make_health(database: Database, accounts: Accounts) -> tuple[HealthService, Overrides]:
    health = HealthService(ParkStore(database), accounts, rng=random.random, now_ms=now_ms, monotonic=time.monotonic)
    return health, Overrides(OverrideStore(database), accounts, now_ms=now_ms, monotonic=time.monotonic)


def _make_aims(
    accounts: Accounts, chains: Chains, catalog: Catalog, standing: LiveStanding, overrides: Overrides, *, offline: bool
) -> Aims:
    return Aims(
        accounts,
        chains,
        now_ms=now_ms,
        offline=offline,
        standing=standing,
        overrides=overrides,
        settlement=catalog,
    )


def _make_standing(health: HealthService, figures: Figures, ledger: Ledger) -> LiveStanding:
    rng = random.Random()
    return LiveStanding(health, figures, ledger, now_ms=now_ms, monotonic=time.monotonic, rng=rng)


def _make_notices(health: HealthService) -> Notices:
    notices = Notices()
    tell_refusals(health, notices)
    return notices


def _make_doctor(
    paths: Paths, database: Database, accounts: Accounts, chains: Chains, problems: Sequence[Sentence]
) -> Doctor:
    return Doctor(
        [
            partial(_check_data, paths, database),
            partial(_check_use, accounts, chains),
            partial(_check_installed, problems),
        ]
    )


def report_bug(error: BaseException, *, data_dir: str | None, environment: Mapping[str, str]) -> Path | None:
    """Write a bug report into the data directory; None where even that fails."""
    return write_report(paths_of(data_dir, environment).crash, error, version=__version__, where="command line")


async def _check_data(paths: Paths, database: Database) -> Sequence[Check]:
    try:
        problem = await database.check()
    except DataDirError as error:
        return [Check("database", Status.FAIL, error.title, error.hint)]
    if problem:
        return [
            Check("database", Status.FAIL, sentence("The database is damaged."), sentence("Start Switchyard again."))
        ]
    where = sentence("The database {file} is sound.", file=str(paths.database))
    return [Check("database", Status.OK, where)]


async def _check_installed(problems: Sequence[Sentence]) -> Sequence[Check]:
    hint = sentence("Update or remove the package that it comes with.")
    return [Check("providers", Status.WARN, problem, hint) for problem in problems] or [
        Check("providers", Status.OK, sentence("Every installed provider can be used."))
    ]


async def _check_use(accounts: Accounts, chains: Chains) -> Sequence[Check]:
    status = await accounts.keyring()
    keyring = Check(
        "keyring",
        Status.OK if status.available else Status.WARN,
        status.sentence,
        None if status.available else sentence("Give keys in variables: SWITCHYARD_KEY_NAME."),
    )
    views = await accounts.list()
    lacking = [view.account.name for view in views if view.lacks_key]
    keys = Check("keys", Status.OK, sentence("Every account has what it needs."))
    if lacking:
        names = ", ".join(lacking)
        keys = Check(
            "keys",
            Status.WARN,
            sentence("These accounts have no key: {names}.", names=names),
            sentence("Give them one in the window's Providers page, or in SWITCHYARD_KEY_NAME."),
        )
    return [keyring, keys, await _check_default(accounts, chains, set_up=bool(views))]


async def _check_default(accounts: Accounts, chains: Chains, *, set_up: bool) -> Check:
    name, id_ = await chains.default(), "default_chain"
    if name is None:
        if not set_up:
            return Check(id_, Status.OK, sentence("Nothing is set up: the Simulator answers."))
        choose = sentence("Choose one: switchyard chains default NAME")
        return Check(id_, Status.WARN, sentence("There is no default chain."), choose)
    chain, known = await chains.get(name), await accounts.names()
    gone = sorted({name.account for name in named_in(chain)} - set(known))
    if not gone:
        return Check(id_, Status.OK, sentence("{name} answers by default.", name=name))
    named = sentence(
        "{name} answers by default, and names accounts that are gone: {gone}.", name=name, gone=", ".join(gone)
    )
    return Check(
        id_, Status.WARN, named, sentence("Change the chain, or choose another: switchyard chains default NAME")
    )
