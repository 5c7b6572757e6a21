"""A person at the program: accounts at a scripted server, a chain of them, and what is told of each message."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.fakes import new_database
from tests.fakes.http_server import HttpServer, Received, Script

# What talks to servers is otherwise loaded by the first call, and a short deadline of that is over before it is sent:
import switchyard.providers.transport  # noqa: F401
from switchyard.bootstrap import open_services
from switchyard.core import questions
from switchyard.core.chain import DeploymentName
from switchyard.core.events import (
    AttemptEnded,
    AttemptStarted,
    Finish,
    RouteEnded,
    RouteEvent,
    Shown,
    TakenBack,
    Warned,
)
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.failures import FailureKind
from switchyard.core.health import HealthState
from switchyard.core.message import Message, MessageState
from switchyard.core.route import AttemptRecord, RouteRecord
from switchyard.core.scopes import Scopes
from switchyard.core.usage import Price
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.router import Run

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Dialect:
    """A provider as the server is to look: where its account is rooted, and what a call to its model `m` asks for."""

    provider: str
    root: str
    path: str
    settings: Mapping[str, str] | None = None


COMPATIBLE = Dialect("openai-compatible", "/v1", "/v1/chat/completions")
RESPONSES = Dialect("openai", "/v1", "/v1/responses", {"api": "responses"})
ANTHROPIC = Dialect("anthropic", "/v1", "/v1/messages")
OPENROUTER = Dialect("openrouter", "/v1", "/v1/chat/completions")
GEMINI = Dialect("gemini", "/v1beta", "/v1beta/models/*")
OLLAMA = Dialect("ollama", "", "/api/chat")


class Told(NamedTuple):
    """All that became of a message, as whoever listened heard it, and as it was kept."""

    events: Sequence[RouteEvent]
    text: str
    reasoning: str
    record: RouteRecord
    user: Message
    kept: Message | None

    @property
    def attempts(self) -> Sequence[AttemptRecord]:
        return self.record.attempts

    @property
    def finish(self) -> Finish | None:
        return self.record.finish

    @property
    def kinds(self) -> list[FailureKind | None]:
        """The class of each attempt; None for one that answered."""
        return [attempt.failure.kind if attempt.failure is not None else None for attempt in self.attempts]

    @property
    def state(self) -> MessageState:
        """How the reply is kept."""
        assert self.kept is not None
        return self.kept.state

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def heard(events: Sequence[RouteEvent]) -> RouteRecord:
    """Return the record of a route that was told as it must be: each attempt begins and ends once, the route ends last.

    Nothing is shown of an attempt before it began or after it ended, nor taken back twice.
    """
    open_now: set[int] = set()
    begun: set[int] = set()
    gone: set[int] = set()
    for event in events:
        if isinstance(event, AttemptStarted):
            assert event.attempt.n not in begun
            begun.add(event.attempt.n)
            open_now.add(event.attempt.n)
        elif isinstance(event, AttemptEnded):
            open_now.remove(event.attempt.n)
        elif isinstance(event, Shown):
            assert event.n in open_now
        elif isinstance(event, TakenBack):
            assert event.n in begun - open_now - gone
            gone.add(event.n)
    assert not open_now
    ends = [event for event in events if isinstance(event, RouteEnded)]
    assert len(ends) == 1
    assert events[-1] is ends[0]
    assert [attempt.n for attempt in ends[0].record.attempts] == sorted(begun)
    return ends[0].record


def _words(events: Iterable[RouteEvent]) -> tuple[str, str]:
    """Return text and reasoning as they stand on the screen at the end."""
    text: dict[int, str] = {}
    reasoning: dict[int, str] = {}
    for event in events:
        if isinstance(event, Shown):
            text[event.n] = text.get(event.n, "") + event.text
            reasoning[event.n] = reasoning.get(event.n, "") + event.reasoning
        elif isinstance(event, TakenBack):
            text.pop(event.n, None)
            reasoning.pop(event.n, None)
    return "".join(text.values()), "".join(reasoning.values())


class Desk:
    """The program, open on the test's data directory, with a server that its accounts lie at."""

    def __init__(self, services: Services, server: HttpServer) -> None:
        self.services = services
        self.server = server
        self._dialects: dict[str, Dialect] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Desk]:
        new_database.lay(Path(os.environ["SWITCHYARD_DATA_DIR"]))
        environment = os.environ | {f"SWITCHYARD_KEY_{name}": f"sk-{name}-0123456789" for name in "ABCDEFGHIJPQR"}
        async with HttpServer.running() as server, open_services(environment=environment) as services:
            yield cls(services, server)

    async def account(
        self, name: str, dialect: Dialect = COMPATIBLE, *, at: HttpServer | str | None = None, **settings: str
    ) -> None:
        """Add an account at a place of its own on the server, at another server, or at an address."""
        address = at if isinstance(at, str) else (at or self.server).url(f"/{name}{dialect.root}")
        self._dialects[name] = dialect
        given = {**(dialect.settings or {}), **settings}
        await self.services.accounts.add(dialect.provider, name, base_url=address, settings=given)

    async def chain(self, *names: str, step: str = "", **more: str) -> None:
        """Make a chain of accounts the default; those that are not there are added. `more` are its other keys."""
        known = await self.services.accounts.names()
        for account in dict.fromkeys(name.partition("/")[0] for name in names):
            if account not in known:
                await self.account(account)
        uses = [name if "/" in name else f"{name}/m" for name in names]
        steps = "".join(f"  - use: {use}\n{step}" for use in uses)
        await self.chain_text("".join(f"{key}: {value}\n" for key, value in more.items()) + f"steps:\n{steps}")

    async def chain_text(self, text: str) -> None:
        """Make a chain the default, from all of its file but the head."""
        name = f"Chain {len(await self.services.chains.list())}"
        await self.services.chains.import_text(f"switchyard-chain: 1\nname: {name}\n{text}")
        await self.services.chains.set_default(name)

    async def price(self, deployment: str, price: Price) -> None:
        """Say what a deployment costs."""
        await self.services.catalog.override(
            DeploymentName(*deployment.split("/", 1)), Facts(prices=(DatedPrice(price),))
        )

    def play(self, name: str, *scripts: Script, at: HttpServer | None = None) -> None:
        """Set what an account's calls are answered with."""
        (at or self.server).play(self._path(name), *scripts)

    def received(self, name: str) -> list[Received]:
        """Return the calls to an account, without what was asked about its models."""
        path = self._path(name)
        begins = path.removesuffix("*")
        return [
            request
            for request in self.server.received
            if request.method == "POST"
            and (request.path == path or (begins != path and request.path.startswith(begins)))
        ]

    def calls(self, *names: str) -> tuple[int, ...]:
        """Return how often each account was called."""
        return tuple(len(self.received(name)) for name in names)

    def _path(self, name: str) -> str:
        return f"/{name}{self._dialects[name].path}"

    async def ask(
        self,
        text: str = "hi",
        *,
        stream: bool = True,
        during: Callable[[Run, RouteEvent], None] = lambda run, event: None,
        model: str | None = None,
        **more: Any,
    ) -> Told:
        """Send a message, listen to its end, and read what is kept of it."""
        target = Target(model=DeploymentName(*model.split("/", 1))) if model is not None else Target()
        return await self.send(Prompt(text=text, stream=stream, target=target, **more), during)

    async def send(self, prompt: Prompt, during: Callable[[Run, RouteEvent], None] = lambda run, event: None) -> Told:
        """Send a prompt as `ask` does."""
        events: list[RouteEvent] = []
        async with asyncio.timeout(PATIENCE_S), self.services.chat.open(prompt) as turn:
            async for batch in turn.run:
                for event in batch:
                    events.append(event)
                    during(turn.run, event)
        kept = None
        if turn.conversation is not None:
            _, messages = await self.services.conversations.open(turn.conversation)
            kept = next(message for message in messages if message.uid == turn.reply.uid)
        record = heard(events)
        text, reasoning = _words(events)
        if kept is not None:
            assert (kept.text, kept.reasoning) == (text, reasoning)
            assert kept.route is not None
            assert [a.n for a in kept.route.attempts] == [a.n for a in record.attempts], "an attempt is no row"
        return Told(events, text, reasoning, record, turn.user, kept)

    async def answer(self, told: Told, option: str, *, stream: bool = True) -> Told:
        """Answer the question that a route ended with."""
        question, conversation = told.record.question, await self.services.conversations.latest()
        assert question is not None
        return await self.send(
            Prompt(
                conversation=conversation,
                retry_of=told.user.uid,
                stream=stream,
                tried=questions.tried_after(told.record, option),
                answers={question.kind: option},
            )
        )

    async def scopes(self, deployment: str) -> Scopes:
        """Return what the health of a deployment hangs on."""
        [resolved] = await self.services.accounts.resolve([DeploymentName(*deployment.split("/", 1))])
        assert resolved is not None
        [scopes] = await self.services.health.ready([resolved])
        return scopes

    async def closed(self, account: str) -> Mapping[str, tuple[str, float | None]]:
        """Return the state of what stands against an account, and for how many more seconds, by its scope."""
        now_ms = time.time() * 1000
        return {
            view.scope.kind.value: (
                view.state.value,
                None if view.until_ms is None else (view.until_ms - now_ms) / 1000,
            )
            for view in await self.services.health.view()
            if view.state is not HealthState.HEALTHY and self._concerns(view.scope.name, account)
        }

    @staticmethod
    def _concerns(scope: str, account: str) -> bool:
        return scope in (account, f"{account}/m") or f"/{account}/" in scope


def warnings(told: Told) -> list[str]:
    """Return what a route warned of, in English."""
    return [event.sentence.english() for event in told.of(Warned)]


def answered(told: Told, text: str = "w0 w1") -> None:
    """The person sees an answer, and no error."""
    assert (told.text, told.finish, told.state) == (text, Finish.STOP, MessageState.COMPLETE)
    assert told.record.failure is None
    assert told.record.question is None
