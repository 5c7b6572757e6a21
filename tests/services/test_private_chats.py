"""Chats that stay on this computer, and chats of which nothing is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.fakes.desk import Desk
from tests.fakes.replies import broken, failing, streamed

from switchyard.core.chain import DeploymentName
from switchyard.core.chat_options import ChatOptions
from switchyard.core.errors import UnknownName
from switchyard.core.facts import Facts
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import SkipReason
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.storage.paths import Paths

PRIVATE = ChatOptions(local_only=True)
CLOUD = Target(model=DeploymentName("a", "m"))


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("a", place="cloud")
        await desk.account("home", place="local")
        await desk.chain("a", "home")
        desk.play("a", *[streamed("cloud")] * 9)
        desk.play("home", *[streamed("home")] * 9)
        yield desk


async def test_nothing_of_a_local_only_chat_goes_to_the_cloud(desk: Desk) -> None:
    told = await desk.send(Prompt("one", options=PRIVATE))
    assert (told.text, desk.calls("a", "home")) == ("home", (0, 1))
    assert [(skip.deployment, skip.reason) for skip in told.record.skipped] == [("a/m", SkipReason.NOT_LOCAL)]
    uid = await desk.services.conversations.latest()
    for options in (None, ChatOptions()):  # whoever asks next, and forgets to say so
        told = await desk.send(Prompt("two", conversation=uid, options=options))
        assert told.text == "home"
        told = await desk.send(Prompt("three", conversation=uid, options=options, target=CLOUD))
        assert told.state is MessageState.FAILED
    assert desk.calls("a") == (0,)


async def test_a_chain_may_ask_whether_a_chat_stays_here(desk: Desk) -> None:
    await desk.chain_text(
        "tracks:\n  - name: mine\n    when: {private: true}\n    steps: [{use: home/m}]\n"
        "  - name: rest\n    steps: [{use: a/m}]\n"
    )
    assert (await desk.send(Prompt("one", options=PRIVATE))).record.skipped == ()
    assert (await desk.send(Prompt("one"))).text == "cloud"


async def test_no_cloud_model_summarises_a_chat_that_stays_here(desk: Desk) -> None:
    await desk.services.catalog.override(DeploymentName("home", "m"), Facts(context=700))
    await desk.chain_text("policy:\n  overflow: {summarise: a/m}\nsteps:\n  - use: home/m\n")
    await desk.send(Prompt("long " * 500, options=PRIVATE))
    uid = await desk.services.conversations.latest()
    assert uid is not None
    told = await desk.send(Prompt("go on", conversation=uid))
    assert told.text == "home"
    assert desk.calls("a") == (0,)
    assert not await _asked_cloud_after(desk, "go on")


async def _asked_cloud_after(desk: Desk, text: str) -> bool:
    """Whether the same chat is summarised by the cloud once it may leave: otherwise the test above tests nothing."""
    uid = await desk.services.conversations.latest()
    assert uid is not None
    await desk.services.kept.options.keep(uid, ChatOptions())
    await desk.send(Prompt(text, conversation=uid))
    return desk.calls("a") == (0,)


async def test_of_a_temporary_chat_figures_are_kept_and_no_words(desk: Desk, data_dir: Path) -> None:
    secret, answer, upset = "zanzibar question", "zanzibar answer", "zanzibar upset"
    desk.play("a", failing(500, message=upset), streamed(answer), broken(answer, answer))
    past: list[Message] = []
    for n in range(3):
        told = await desk.send(Prompt(f"{secret} {n}", save=False, past=tuple(past), options=ChatOptions(secret)))
        assert told.kept is None
        reply = Message(MessageId(f"r{n}"), told.user.uid, Role.ASSISTANT, MessageState.COMPLETE, told.text, 0)
        past += [told.user, reply]
    asked = json.loads((desk.received("a") or desk.received("home"))[-1].body)["messages"]
    assert [each["content"] for each in asked][:2] == [secret, f"{secret} 0"]
    with closing(sqlite3.connect(Paths(data_dir).database)) as database:
        assert database.execute("SELECT count(*) FROM attempt").fetchone()[0] >= 4, "figures are kept"
    assert await desk.services.conversations.list() == []
    words = secret.split()[0].encode()
    assert _files_with(words, data_dir) == []


def _files_with(words: bytes, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


async def test_a_message_of_a_temporary_chat_is_answered_again_or_put_differently(desk: Desk) -> None:
    told = await desk.send(Prompt("one", save=False))
    past = (told.user, Message(MessageId("r"), told.user.uid, Role.ASSISTANT, MessageState.COMPLETE, told.text, 0))
    again = await desk.send(Prompt(save=False, past=past, retry_of=told.user.uid))
    assert again.user == told.user
    other = await desk.send(Prompt("uno", save=False, past=past, edits=told.user.uid))
    assert (other.user.text, other.user.parent) == ("uno", None)
    with pytest.raises(UnknownName):
        await desk.send(Prompt("uno", save=False, past=past, edits=MessageId("gone")))
