"""The bin takes out what was deleted for good, also by a program that ended before it had, and bears a full disk."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import DataDirError
from switchyard.core.filing import Change
from switchyard.core.message import ConversationId
from switchyard.core.sentence import sentence
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.bin import Bin
from switchyard.services.chat import Prompt

FAST = Target(model=DeploymentName("sim", "sim-fast"))


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as opened:
        yield opened


async def _say(services: Services, text: str) -> ConversationId:
    async with services.chat.open(Prompt(text=text, target=FAST)) as turn:
        async for _ in turn.run:
            pass
    assert turn.conversation is not None
    return turn.conversation


async def test_only_the_bin_is_erased_and_whoever_looks_hears_of_it(services: Services) -> None:
    kept, gone = await _say(services, "kept"), await _say(services, "gone")
    await services.library.change([gone], Change(deleted=True))
    told: list[str] = []
    services.conversations.changed.connect(told.append)
    await services.library.bin.erase([kept, gone])
    assert told == [gone]
    assert await services.library.bin.list() == []
    assert [each.uid for each in await services.conversations.list()] == [kept]


class _Erasure:
    """Needs a few steps, on a disk that takes nothing at first."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.idle = asyncio.Event()

    async def condemn(self, uids: Iterable[ConversationId]) -> Sequence[ConversationId]:
        return list(uids)

    async def sweep(self) -> None:
        self.done.append("sweep")
        raise DataDirError(sentence("The disk is full."))

    async def step(self) -> bool:
        self.done.append("step")
        if self.done.count("step") == 2:
            self.idle.set()
            raise DataDirError(sentence("The disk is full."))
        if self.done.count("step") == 4:
            self.idle.set()
            return False
        return True


async def test_it_goes_on_at_the_start_and_after_a_full_disk_when_more_is_erased(services: Services) -> None:
    erasure = _Erasure()

    async def sleep(_delay_s: float) -> None:
        await asyncio.sleep(0)

    bin = Bin(erasure, services.conversations, sleep=sleep)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(bin.keep_up())
        await erasure.idle.wait()
        assert erasure.done == ["sweep", "step", "step"]
        erasure.idle.clear()
        await bin.erase([ConversationId("x")])
        await erasure.idle.wait()
        keeping.cancel()
    assert erasure.done == ["sweep", *["step"] * 4]
