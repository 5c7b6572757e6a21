"""Models on an Ollama's disk: which Ollama, what it has, and pulls that break and go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.failures import FailureKind
from switchyard.core.local_models import LoadedModel, PullProgress, PullStage, PullStep, PullTally
from switchyard.providers.client import Clients
from switchyard.providers.ollama_store import OllamaStore
from switchyard.services.app import Services
from switchyard.services.local_models import PAUSES_S, LocalModels, OllamaFailed

A, B = "sha256:a", "sha256:b"
SUCCESS = {"status": "success"}


def layer(digest: str, done: int | None, total: int = 100) -> dict[str, Any]:
    return {"status": f"pulling {digest}", "digest": digest, "total": total, "completed": done}


def lines(*said: object, **how: Any) -> Script:
    text = "".join(json.dumps(line) + "\n" for line in said)
    return Script(text, headers={"content-type": "application/x-ndjson"}, **how)


def cut(*said: object) -> Script:
    whole = lines(*said)
    return lines(*said, cut_at=len(whole.raw), ending="reset")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        running.play("/api/tags", Script('{"models":[]}'))
        yield running


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(data_dir=str(tmp_path), environment={}) as opened:
        yield opened


class Rig:
    """The service over a scripted server, with the pauses that it made."""

    def __init__(
        self, services: Services, clients: Clients, *, offline: bool = False, found: str | None = None
    ) -> None:
        self.pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        async def find() -> str | None:
            return found

        self.models = LocalModels(
            OllamaStore(clients), services.accounts, find_ollama=find, sleep=sleep, offline=offline
        )

    async def pull(self, name: str = "m") -> list[PullProgress]:
        async with self.models.pull(await self.models.server(), name) as steps:
            return [step async for step in steps]


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    made = Clients("Switchyard/test")
    yield made
    await made.close()


@pytest.fixture
async def rig(services: Services, clients: Clients, server: HttpServer) -> Rig:
    await services.accounts.add("ollama", "here", base_url=server.url())
    return Rig(services, clients)


# --- which one --------------------------------------------------------------------------------------------------------


async def test_the_only_account_is_meant(rig: Rig, server: HttpServer) -> None:
    assert (await rig.models.server()).name == "here"
    assert (await rig.models.server("here")).base_url == server.url()


async def test_of_several_one_must_be_named(rig: Rig, services: Services) -> None:
    await services.accounts.add("ollama", "there", base_url="http://127.0.0.1:1")
    with pytest.raises(UserError) as caught:
        await rig.models.server()
    assert caught.value.exit_code == 2
    assert "here, there" in caught.value.title.english()
    assert (await rig.models.server("there")).name == "there"


async def test_another_providers_account_is_none(rig: Rig, services: Services) -> None:
    await services.accounts.add("openai", "o")
    for name, error in (("o", UserError), ("nobody", UnknownName), ("sim", UserError)):
        with pytest.raises(error):
            await rig.models.server(name)


async def test_without_an_account_the_one_that_is_found_is_meant(
    services: Services, clients: Clients, server: HttpServer
) -> None:
    found = await Rig(services, clients, found=server.url()).models.server()
    assert (found.account, found.base_url) == (None, server.url())
    with pytest.raises(OllamaFailed) as caught:
        await Rig(services, clients).models.server()
    assert (caught.value.exit_code, caught.value.failure) == (3, None)


async def test_offline_only_what_is_here_is_asked(services: Services, clients: Clients, server: HttpServer) -> None:
    rig = Rig(services, clients, offline=True)
    await services.accounts.add("ollama", "here", base_url=server.url())
    await services.accounts.add("ollama", "away", base_url="https://ollama.com")
    with pytest.raises(OllamaFailed):
        await rig.models.server("away")
    here = await rig.models.server("here")
    assert await rig.models.installed(here) == []
    with pytest.raises(OllamaFailed):
        async with rig.models.pull(here, "m"):
            pass
    assert "/api/pull" not in server.paths()


# --- what it has ------------------------------------------------------------------------------------------------------


async def test_what_is_installed(rig: Rig, server: HttpServer) -> None:
    rows = [
        {"name": "z:1b", "size": 5, "details": {"parameter_size": "1B", "quantization_level": "Q4_0", "family": "z"}},
        {"model": "big:cloud", "size": 300, "remote_host": "https://ollama.com"},
        {"name": "odd", "size": "x", "details": None}, {"name": None}, None, {},
    ]  # fmt: skip
    server.play("/api/tags", Script(json.dumps({"models": rows})))
    big, odd, small = await rig.models.installed(await rig.models.server())
    assert (big.name, big.cloud) == ("big:cloud", True)
    assert (odd.size_bytes, odd.parameters, odd.quantisation, odd.cloud) == (None, None, None, False)
    assert (small.size_bytes, small.parameters, small.quantisation, small.family) == (5, "1B", "Q4_0", "z")


@pytest.mark.parametrize(
    ("expires", "until"),
    [
        ("2026-11-21T12:00:00.123456789+01:00", 1_795_258_800.123456),
        ("2026-11-21T11:00:00Z", 1_795_258_800.0),
        ("2026-11-21T11:00:00", None),
        ("soon", None),
        (None, None),
    ],
)
async def test_what_is_loaded(rig: Rig, server: HttpServer, expires: object, until: float | None) -> None:
    entry = {"model": "m:1b", "size": 900, "size_vram": 0, "context_length": 8192, "expires_at": expires}
    server.play("/api/ps", Script(json.dumps({"models": [entry]})))
    loaded = await rig.models.loaded(await rig.models.server())
    assert loaded == [LoadedModel("m:1b", 900, 0, 8192, until)]


async def test_nobody_there(services: Services, clients: Clients) -> None:
    await services.accounts.add("ollama", "gone", base_url="http://127.0.0.1:1")
    rig = Rig(services, clients)
    with pytest.raises(OllamaFailed) as caught:
        await rig.models.installed(await rig.models.server())
    assert caught.value.title.english() == "gone could not be reached."
    assert caught.value.hint is not None
    assert "ollama serve" in caught.value.hint.english()


# --- pulls ------------------------------------------------------------------------------------------------------------


async def test_a_pull_adds_its_layers_up(rig: Rig, server: HttpServer, services: Services) -> None:
    told: list[str] = []
    services.accounts.changed.connect(told.append)
    server.play(
        "/api/pull",
        lines(
            {"status": "pulling manifest"}, layer(A, None), layer(A, 60), "noise", layer(A, 100), layer(B, 50, 300),
            {"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"other": 1}, SUCCESS,
        ),
    )  # fmt: skip
    steps = await rig.pull("qwen3:8b")
    assert [(step.stage.value, step.done_bytes, step.total_bytes) for step in steps] == [
        ("starting", 0, 0), ("downloading", 0, 100), ("downloading", 60, 100), ("downloading", 100, 100),
        ("downloading", 150, 400), ("checking", 150, 400), ("finishing", 150, 400), ("done", 150, 400),
    ]  # fmt: skip
    assert [step.percent for step in steps] == [None, 0, 60, 100, 37, 37, 37, 100]
    asked = next(request for request in server.received if request.path == "/api/pull")
    assert (asked.method, asked.json()) == ("POST", {"model": "qwen3:8b", "stream": True})
    assert told == ["here"]
    assert server.paths()[-1] == "/api/tags"


async def test_a_broken_pull_goes_on(rig: Rig, server: HttpServer) -> None:
    server.play(
        "/api/pull",
        cut(layer(A, 100), layer(B, 40)),
        Script("busy", 503),
        lines(layer(A, 100), layer(B, 40), layer(B, 70), {"error": "max retries exceeded: unexpected EOF"}),
        lines(layer(B, 90)),
        lines(layer(A, 100), layer(B, 100), SUCCESS),
    )
    steps = await rig.pull()
    assert steps[-1] == PullProgress(PullStage.DONE, 200, 200)
    assert [step.done_bytes for step in steps] == sorted(step.done_bytes for step in steps)
    assert [step.stage for step in steps].count(PullStage.WAITING) == 4
    assert rig.pauses == [PAUSES_S[0], PAUSES_S[1], PAUSES_S[0], PAUSES_S[0]]


async def test_a_pull_that_gets_nowhere_ends(rig: Rig, server: HttpServer) -> None:
    server.play("/api/pull", cut(layer(A, 40)), cut())
    with pytest.raises(OllamaFailed) as caught:
        await rig.pull()
    assert rig.pauses == list(PAUSES_S)
    assert caught.value.failure is not None
    assert caught.value.failure.kind is FailureKind.CUT
    assert server.paths().count("/api/pull") == 1 + len(PAUSES_S)


async def test_a_pull_that_never_began_is_not_asked_for_again(rig: Rig, server: HttpServer) -> None:
    for script in (
        cut({"status": "pulling manifest"}),
        Script("", drop=True),
        Script("<html>", headers={"content-type": "text/html"}),
    ):
        server.play("/api/pull", script)
        with pytest.raises(OllamaFailed):
            await rig.pull()
    assert rig.pauses == []


@pytest.mark.parametrize(
    "answer",
    [
        lines({"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}),
        Script('{"error":"model \'m\' not found"}', 404),
        Script('{"error":"invalid model name"}', 400),
    ],
)
async def test_no_such_model(rig: Rig, server: HttpServer, answer: Script) -> None:
    server.play("/api/pull", answer)
    with pytest.raises(UnknownName) as caught:
        await rig.pull("m")
    assert caught.value.title.english() == "here knows no model named m."


async def test_another_error_of_a_pull_ends_it(rig: Rig, server: HttpServer) -> None:
    server.play("/api/pull", lines(layer(A, 40), {"error": "write: no space left on device"}))
    with pytest.raises(OllamaFailed) as caught:
        await rig.pull()
    assert caught.value.hint is not None
    assert "no space left" in caught.value.hint.english()
    assert rig.pauses == []


async def test_leaving_a_pull_closes_its_connection(rig: Rig, server: HttpServer) -> None:
    server.play("/api/pull", lines(layer(A, 40), ending="stall"), lines(layer(A, 100), SUCCESS))
    here = await rig.models.server()
    async with rig.models.pull(here, "m") as steps:
        async for step in steps:
            assert step.done_bytes == 40
            break
    async with asyncio.timeout(5):
        await server.left.wait()
    assert (await rig.pull())[-1].stage is PullStage.DONE


async def test_delete(rig: Rig, server: HttpServer) -> None:
    server.play("/api/delete", Script("", chunked=False), Script('{"error":"model \'m\' not found"}', 404))
    here = await rig.models.server()
    await rig.models.delete(here, "m:1b")
    asked = server.received[0]
    assert (asked.method, asked.path, asked.json()) == ("DELETE", "/api/delete", {"model": "m:1b"})
    assert server.paths() == ["/api/delete", "/api/tags"]
    with pytest.raises(UnknownName):
        await rig.models.delete(here, "m")


def test_a_tally_trusts_no_count() -> None:
    tally = PullTally()
    assert tally.add(PullStep(PullStage.DOWNLOADING, A, 150, 100)).done_bytes == 100
    assert tally.add(PullStep(PullStage.DOWNLOADING, A, 10, 0)) == PullProgress(PullStage.DOWNLOADING, 100, 100)
    assert PullProgress(PullStage.DOWNLOADING).percent is None
