"""The models that an Ollama keeps: listed, pulled with progress, and deleted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

from switchyard.core.catalog import Account, Endpoint, Place
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.events import CallFailed
from switchyard.core.failures import DECISIONS, Failure, FailureKind
from switchyard.core.local_models import InstalledModel, LoadedModel, PullProgress, PullStage, PullStep, PullTally
from switchyard.core.route import SkipReason
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.core.value import field, replace, value
from switchyard.providers.addresses import is_loopback, is_nearby
from switchyard.providers.ollama_models import OLLAMA
from switchyard.providers.ollama_store import OllamaStore
from switchyard.services.accounts import Accounts

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # before a broken pull is asked for again; anew once something came
_BROKEN = frozenset({FailureKind.CUT, FailureKind.CONNECT, FailureKind.SERVER, FailureKind.OVERLOADED})
_NETWORK = re.compile(
    r"max retries exceeded|unexpected EOF|\bEOF$|connection (reset|refused|timed out)|i/o timeout|no such host|TLS",
    re.IGNORECASE,
)


class OllamaFailed(UserError):
    """An Ollama could not do what it was asked for; `failure` is what it said, None where nobody was there to say."""

    exit_code = 3

    def __init__(self, title: Sentence, hint: Sentence | None = None, failure: Failure | None = None) -> None:
        super().__init__(title, hint)
        self.failure = failure


@value
class LocalServer:
    """An Ollama: an account's, or one that was found without an account."""

    account: Account | None
    endpoint: Endpoint = field(repr=False)

    @property
    def name(self) -> str:
        """How it is called in sentences."""
        return self.account.name if self.account is not None else "Ollama"

    @property
    def base_url(self) -> str:
        """Where it is."""
        return self.endpoint.base_url


class LocalModels:
    """Asks Ollamas about the models that they keep. `sleep` waits before a broken pull is asked for again."""

    def __init__(
        self,
        store: OllamaStore,
        accounts: Accounts,
        *,
        find_ollama: Callable[[], Awaitable[str | None]],
        sleep: Callable[[float], Awaitable[object]],
        offline: bool,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._find_ollama = find_ollama
        self._sleep = sleep
        self._offline = offline

    async def server(self, account: str | None = None) -> LocalServer:
        """Return the Ollama of an account; without a name the only one's, or the one that is found on its port.

        Raises `UserError` where that is none, or not certain, or away while offline.
        """
        found = await self._of_account(account) if account is not None else await self._only()
        local = found.endpoint.place is Place.COMPUTER or found.endpoint.settings.get("place") == "network"
        if self._offline and not local:
            raise OllamaFailed(Sentence(SKIP_SENTENCES[SkipReason.OFFLINE].source, {"deployment": found.name}))
        return found

    async def installed(self, server: LocalServer) -> list[InstalledModel]:
        """Return what is on its disk, by name; raises `OllamaFailed`."""
        with _told(server):
            return sorted(await self._store.installed(server.endpoint), key=lambda model: model.name)

    async def loaded(self, server: LocalServer) -> list[LoadedModel]:
        """Return what is in its memory; raises `OllamaFailed`."""
        with _told(server):
            return await self._store.loaded(server.endpoint)

    @asynccontextmanager
    async def pull(self, server: LocalServer, model: str) -> AsyncIterator[AsyncIterator[PullProgress]]:
        """Have a model fetched, and iterate over how far it is.

        A broken connection is made anew; the pull goes on from what is there. Leaving stops it, and what came is kept
        for the next time. Raises `UnknownName` where there is no such model, and `OllamaFailed`.
        """
        if self._offline:
            raise OllamaFailed(sentence("Offline: no model is fetched."))
        async with AsyncExitStack() as stack:
            connect = partial(self._store.pull, server.endpoint, model)
            yield _Pull(server, model, connect, stack, self._sleep, partial(self._list_anew, server))

    async def delete(self, server: LocalServer, model: str) -> None:
        """Delete a model from its disk; raises `UnknownName` where it is not there, and `OllamaFailed`."""
        with _told(server, model):
            await self._store.delete(server.endpoint, model)
        await self._list_anew(server)

    # --- which one ------------------------------------------------------------------------------------------------

    async def _of_account(self, name: str) -> LocalServer:
        account = await self._accounts.get(name)
        if account.provider != OLLAMA:
            raise UserError(sentence("{name} is no account of an Ollama.", name=name))
        (resolved,) = await self._accounts.resolve([DeploymentName(name, "")])
        if resolved is None:
            raise RuntimeError("an account that is there was not resolved")
        return LocalServer(account, resolved.endpoint)

    async def _only(self) -> LocalServer:
        names = [view.account.name for view in await self._accounts.list() if view.account.provider == OLLAMA]
        if len(names) > 1:
            raise UserError(
                sentence("There are several Ollamas: {names}.", names=", ".join(names)),
                sentence("Say which one with --account NAME."),
            )
        if names:
            return await self._of_account(names[0])
        base_url = await self._find_ollama()
        if base_url is None:
            raise OllamaFailed(
                sentence("No Ollama answers on this computer."),
                sentence("Start it with “ollama serve”, or say in OLLAMA_HOST where it is."),
            )
        place = Place.COMPUTER if is_loopback(base_url) else Place.NETWORK if is_nearby(base_url) else Place.CLOUD
        return LocalServer(None, Endpoint("", OLLAMA, base_url, place=place))

    # --- afterwards -----------------------------------------------------------------------------------------------

    async def _list_anew(self, server: LocalServer) -> None:
        """Have the account's models listed as they are now; where that fails, they are the next time."""
        if server.account is not None:
            await self._accounts.test(server.account)


class _Pull:
    """Iterates over a pull's progress, over as many connections as it takes; `stack` holds the one there is."""

    def __init__(
        self,
        server: LocalServer,
        model: str,
        connect: Callable[[], AbstractAsyncContextManager[AsyncIterator[PullStep]]],
        stack: AsyncExitStack,
        sleep: Callable[[float], Awaitable[object]],
        at_end: Callable[[], Awaitable[None]],
    ) -> None:
        self._server = server
        self._model = model
        self._connect = connect
        self._stack = stack
        self._sleep = sleep
        self._at_end = at_end
        self._tally = PullTally()
        self._last = PullProgress(PullStage.STARTING)
        self._steps: AsyncIterator[PullStep] | None = None
        self._best_bytes = 0
        self._fruitless = 0

    def __aiter__(self) -> _Pull:
        return self

    async def __anext__(self) -> PullProgress:
        if self._last.stage is PullStage.DONE:
            raise StopAsyncIteration
        if self._last.stage is PullStage.WAITING:
            await self._sleep(PAUSES_S[self._fruitless])
            self._fruitless += 1
        with _told(self._server, self._model):
            try:
                if self._steps is None:
                    self._steps = await self._stack.enter_async_context(self._connect())
                self._last = self._tally.add(await anext(self._steps))
            except CallFailed as failed:
                if not self._goes_on_after(failed.failure):
                    raise
                await self._stack.aclose()
                self._steps = None
                self._last = replace(self._last, stage=PullStage.WAITING)
        if self._last.done_bytes > self._best_bytes:
            self._best_bytes, self._fruitless = self._last.done_bytes, 0
        if self._last.stage is PullStage.DONE:
            await self._at_end()
        return self._last

    def _goes_on_after(self, failure: Failure) -> bool:
        """Whether something is there to go on from, and the network failed, which may not be for long."""
        return self._last.total_bytes > 0 and self._fruitless < len(PAUSES_S) and _can_go_on(failure)


def _can_go_on(failure: Failure) -> bool:
    """Whether it was the network that failed, on one of its two stretches."""
    return failure.kind in _BROKEN or _NETWORK.search(failure.message) is not None


@contextmanager
def _told(server: LocalServer, model: str | None = None) -> Iterator[None]:
    """Tell a failure as a sentence with something to do about it."""
    try:
        yield
    except CallFailed as failed:
        failure = failed.failure
        if failure.kind is FailureKind.MODEL_GONE and model is not None:
            raise UnknownName(
                sentence("{name} knows no model named {model}.", name=server.name, model=model),
                sentence("{message}", message=failure.message),
            ) from None
        hint = sentence("{message}", message=failure.message)
        if failure.kind is FailureKind.CONNECT and is_loopback(server.base_url):
            hint = sentence("Start it with “ollama serve”.")
        title = Sentence(DECISIONS[failure.kind].summary.source, {"deployment": server.name})
        raise OllamaFailed(title, hint, failure) from None
