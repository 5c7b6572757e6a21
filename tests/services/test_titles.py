"""Titles by a model: asked for once, of the right model, and never over a title of the person's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import Desk
from tests.fakes.http_server import Script
from tests.fakes.replies import failing, streamed, whole

from switchyard.core.budget import Action, Period, Scope
from switchyard.core.chat_options import ChatOptions
from switchyard.core.message import ConversationId, TitleSource
from switchyard.core.usage import NANOS, Price, estimate_tokens
from switchyard.services.chat import Prompt


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("a", place="cloud")
        await desk.account("home", place="local")
        await desk.chain("home")
        desk.play("home", *[streamed("A token bucket.")] * 9)
        await desk.services.settings.change(title_model="a/m")
        yield desk


async def begin(desk: Desk, **more: object) -> ConversationId:
    await desk.send(Prompt("which limiter do I take for a gateway that drops bursts", **more))  # type: ignore[arg-type]
    uid = await desk.services.conversations.latest()
    assert uid is not None
    return uid


async def title(desk: Desk, uid: ConversationId) -> tuple[str, TitleSource | None]:
    conversations = desk.services.conversations
    return (await conversations.open(uid))[0].title, await conversations.title_source(uid)


async def test_a_model_gives_a_title_once(desk: Desk) -> None:
    uid = await begin(desk)
    desk.play("a", whole('"Limiter for bursts"\nbecause'), whole("Another"))
    await desk.services.titles.give(uid)
    assert await title(desk, uid) == ("Limiter for bursts", TitleSource.MODEL)
    asked = [each["content"] for each in json.loads(desk.received("a")[-1].body)["messages"]]
    assert asked[:2] == ["which limiter do I take for a gateway that drops bursts", "A token bucket."]
    await desk.services.titles.give(uid)
    assert desk.calls("a") == (1,)


async def test_a_title_of_the_person_stays(desk: Desk) -> None:
    uid = await begin(desk)
    await desk.services.conversations.rename(uid, "Mine")
    await desk.services.titles.give(uid)
    assert await title(desk, uid) == ("Mine", TitleSource.PERSON)
    assert desk.calls("a") == (0,)


@pytest.mark.parametrize("answer", [failing(500), whole("  "), whole('""')])
async def test_where_no_title_comes_the_first_words_stay(desk: Desk, answer: Script) -> None:
    uid = await begin(desk)
    desk.play("a", *[answer] * 4)
    await desk.services.titles.give(uid)
    assert (await title(desk, uid))[1] is TitleSource.WORDS


async def test_a_chat_that_stays_here_is_shown_to_no_model_elsewhere(desk: Desk) -> None:
    uid = await begin(desk, options=ChatOptions(local_only=True))
    await desk.services.titles.give(uid)
    assert (await title(desk, uid))[1] is TitleSource.WORDS
    assert desk.calls("a") == (0,)
    await desk.services.settings.change(title_model="home/m")
    desk.play("home", whole("At home"))
    await desk.services.titles.give(uid)
    assert await title(desk, uid) == ("At home", TitleSource.MODEL)


async def test_no_secret_goes_elsewhere_for_a_title(desk: Desk) -> None:
    key = "sk-" + "a1B2" * 8
    await desk.send(Prompt(f"why is {key} refused"))
    uid = await desk.services.conversations.latest()
    assert uid is not None
    desk.play("a", failing(400), whole("A key that is refused"))
    await desk.services.titles.give(uid)
    assert b"[KEY 1]" in desk.received("a")[-1].body
    reply = (await desk.services.conversations.open(uid))[1][1]
    await desk.services.messages.exclude(reply.uid, True)
    await desk.services.titles.give(uid)
    assert not [each for each in desk.received("a") if key.encode() in each.body]
    assert b"token bucket" not in desk.received("a")[-1].body


async def test_what_a_title_cost_is_in_the_ledger_and_in_the_workspace_of_the_chat(desk: Desk) -> None:
    await desk.price("a/m", Price(1_000 * NANOS, 0))
    work = await desk.services.library.add_workspace("Work")
    uid = await begin(desk, workspace=work)
    ledger = desk.services.ledger
    for scope, name in ((Scope.EVERYTHING, ""), (Scope.WORKSPACE, "Work")):
        await ledger.set(scope, name, Period.DAY, NANOS, action=Action.WARN)
        assert (await ledger.find(scope, name, Period.DAY)).spent_nanos == 0
    desk.play("a", whole("Limiters", usage={"prompt_tokens": 40, "completion_tokens": 2}))
    await desk.services.titles.give(uid)
    for scope, name in ((Scope.EVERYTHING, ""), (Scope.WORKSPACE, "Work")):
        assert (await ledger.find(scope, name, Period.DAY)).spent_nanos == 40 * 1_000 * NANOS // 1_000_000


async def test_a_title_that_nobody_counted_is_reckoned_and_none_goes_beyond_a_budget(desk: Desk) -> None:
    await desk.price("a/m", Price(0, 1_000 * NANOS))
    uid = await begin(desk)
    ledger = desk.services.ledger
    await ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS // 10, action=Action.BLOCK)
    desk.play("a", whole("Limiters for bursts"))
    await desk.services.titles.give(uid)
    assert desk.calls("a") == (0,), "300 tokens may cost 30 cents"
    await ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS, action=Action.BLOCK)
    await desk.services.titles.give(uid)
    spent = (await ledger.find(Scope.EVERYTHING, "", Period.DAY)).spent_nanos
    assert spent == estimate_tokens("Limiters for bursts") * 1_000 * NANOS // 1_000_000


async def test_nobody_is_asked_without_a_choice(desk: Desk) -> None:
    uid = await begin(desk)
    for model in ("", "gone/m"):
        await desk.services.settings.change(title_model=model)
        await desk.services.titles.give(uid)
    assert (await title(desk, uid))[1] is TitleSource.WORDS
