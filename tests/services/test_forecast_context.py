"""What is told of the next message against what a real server then receives: whole, trimmed, excluded, summarised."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from tests.fakes.desk import OLLAMA, Desk
from tests.fakes.replies import streamed

from switchyard.core.chain import DeploymentName
from switchyard.core.chat_options import ChatOptions
from switchyard.core.context import Context, Fate, Fit, KeptBack
from switchyard.core.draft import Draft
from switchyard.core.facts import Facts
from switchyard.core.fitting import room_in
from switchyard.core.message import Message, Role
from switchyard.core.usage import estimate_tokens
from switchyard.services.aims import Target
from switchyard.services.attachments import check_upload
from switchyard.services.chat import Prompt
from switchyard.services.forecasts import Wording

LONG = "lorem ipsum " * 120  # about 400 tokens
B = Target(model=DeploymentName("b", "m"))
SYSTEM = "Answer briefly. " * 20


class Talk:
    """A chat of three turns, at two accounts of which the first reads 2,000 tokens."""

    def __init__(self, desk: Desk, past: Sequence[Message]) -> None:
        self.desk = desk
        self.past = past
        self.options = ChatOptions()

    async def exclude(self, at: int) -> None:
        """Leave a message out."""
        uid = await self.desk.services.conversations.latest()
        assert uid is not None
        await self.desk.services.messages.exclude(self.past[at].uid, True)
        _, self.past = await self.desk.services.conversations.open(uid)

    async def told(self, text: str = "and now?", target: Target | None = None, **more: object) -> Context:
        """Return what would be sent."""
        draft = Draft(text, tuple(more.pop("files", ())))  # type: ignore[arg-type]
        uid = await self.desk.services.conversations.latest()
        wording = Wording(draft, target or Target(), self.past, uid, options=self.options)
        return (await self.desk.services.forecasts.forecast(wording)).context

    async def sent(self, account: str = "a", text: str = "and now?", target: Target | None = None) -> list[str]:
        """Send the message, and return the texts that arrived in its last call, the system text included."""
        uid = await self.desk.services.conversations.latest()
        prompt = Prompt(text, conversation=uid, target=target or Target(), options=self.options)
        await self.desk.send(prompt)
        return [message["content"] for message in json.loads(self.desk.received(account)[-1].body)["messages"]]

    def said(self, context: Context, *fates: Fate) -> list[str]:
        """Return the texts of messages that have one of these fates."""
        return [message.text for at, message in enumerate(self.past) if context.fate(at) in fates]


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        yield desk


async def talk(desk: Desk, policy: str, *, window: int = 2000) -> Talk:
    await desk.chain("a", "b", policy=f"{{overflow: {policy}}}")
    for name in ("a", "b"):
        desk.play(name, *(streamed(f"reply {n} " * 60) for n in range(9)))
    uid = None
    for n in range(3):
        await desk.ask(f"{n} {LONG}", model="b/m", conversation=uid)
        uid = await desk.services.conversations.latest()
    await desk.services.catalog.override(DeploymentName("a", "m"), Facts(context=window))
    assert uid is not None
    _, past = await desk.services.conversations.open(uid)
    return Talk(desk, past)


async def test_all_of_it_is_sent_where_there_is_room(desk: Desk) -> None:
    chat = await talk(desk, "trim", window=4000)
    context = await chat.told()
    assert (context.fit, context.left_out, context.kept_from) == (Fit.FITS, 0, 0)
    assert context.reader is not None
    assert (context.reader.name, context.window) == ("a/m", 4000)
    assert await chat.sent() == [*chat.said(context, Fate.SENT), "and now?"]


async def test_little_room_is_told_before_anything_is_left_out(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    whole = (await chat.told()).whole
    least = next(window for window in count(whole) if room_in(window) >= whole)
    for window, fit in ((least, Fit.TIGHT), (least - 1, Fit.TRIMMED), (2 * least, Fit.FITS)):
        await desk.services.catalog.override(DeploymentName("a", "m"), Facts(context=window))
        assert (await chat.told()).fit is fit


async def test_what_is_trimmed_is_what_does_not_arrive(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    chat.options = ChatOptions(SYSTEM)
    context = await chat.told()
    assert context.fit is Fit.TRIMMED
    trimmed = chat.said(context, Fate.TRIMMED)
    assert context.left_out == len(trimmed) > 0
    arrived = await chat.sent()
    assert arrived == [SYSTEM, *chat.said(context, Fate.SENT), "and now?"]
    assert not set(trimmed) & set(arrived)
    assert context.tokens == sum(map(estimate_tokens, arrived)) + 4 * (len(arrived) - 1)
    assert context.tokens <= room_in(2000) < context.whole


async def test_what_is_excluded_neither_arrives_nor_counts(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    before = await chat.told()
    await chat.exclude(0)
    await chat.exclude(3)
    context = await chat.told()
    assert chat.said(context, Fate.EXCLUDED) == [chat.past[0].text, chat.past[3].text]
    assert context.whole < before.whole
    assert await chat.sent() == [*chat.said(context, Fate.SENT), "and now?"]


async def test_excluding_enough_leaves_nothing_to_trim(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    for at in (0, 1, 2, 3):
        await chat.exclude(at)
    context = await chat.told()
    assert (context.fit, context.left_out) == (Fit.FITS, 0)
    assert await chat.sent() == [chat.past[4].text, chat.past[5].text, "and now?"]


async def test_a_summary_takes_its_room(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    trimmed = await chat.told()
    await desk.chain("a", "b", policy="{overflow: {summarise: b/m}}")
    context = await chat.told()
    assert (context.fit, context.by) == (Fit.SUMMARISED, "b/m")
    assert context.left_out > trimmed.left_out
    assert context.tokens < (context.window or 0)
    arrived = await chat.sent()
    assert arrived[2:] == [*chat.said(context, Fate.SENT), "and now?"]
    summed_up = [message["content"] for message in json.loads(desk.received("b")[-1].body)["messages"]]
    assert summed_up[:-1] == chat.said(context, Fate.SUMMARISED)


async def test_a_chain_that_asks_leaves_nothing_out_by_itself(desk: Desk) -> None:
    chat = await talk(desk, "ask")
    calls = desk.calls("a", "b")
    context = await chat.told()
    assert (context.fit, context.tokens) == (Fit.ASKS, context.whole)
    told = await desk.send(Prompt("and now?", conversation=await desk.services.conversations.latest()))
    assert told.record.question is not None
    assert desk.calls("a", "b") == calls
    await desk.answer(told, "trim")
    arrived = [message["content"] for message in json.loads(desk.received("a")[-1].body)["messages"]]
    assert arrived == [*chat.said(context, Fate.SENT), "and now?"]


async def test_who_reads_too_little_is_passed_over_and_named(desk: Desk) -> None:
    chat = await talk(desk, "fit")
    context = await chat.told()
    assert context.reader is not None
    assert (context.fit, context.reader.name, context.reader.window) == (Fit.UNKNOWN, "b/m", None)
    assert [(one.name, one.window, one.passed_over) for one in context.smaller] == [("a/m", 2000, True)]
    assert len(await chat.sent("b")) == 7
    assert desk.calls("a") == (0,)


async def test_what_nobody_can_read_is_not_sent(desk: Desk) -> None:
    chat = await talk(desk, "fit")
    alone = Target(model=DeploymentName("a", "m"))
    context = await chat.told(target=alone)
    assert context.reader is not None
    assert (context.fit, context.reader.name, context.window) == (Fit.TOO_LONG, "a/m", 2000)
    uid = await desk.services.conversations.latest()
    told = await desk.send(Prompt("and now?", conversation=uid, target=alone))
    assert told.record.failure is not None
    assert desk.calls("a") == (0,)


async def test_a_question_longer_than_the_window_is_told_too(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    context = await chat.told("x" * 20_000)
    assert context.fit is Fit.OVERFULL
    assert (context.left_out, context.kept_from) == (6, 6)
    assert await chat.sent(text="x" * 20_000) == ["x" * 20_000]


async def test_a_smaller_one_behind_the_first_is_named(desk: Desk) -> None:
    chat = await talk(desk, "trim", window=8000)
    await desk.services.catalog.override(DeploymentName("b", "m"), Facts(context=2000))
    context = await chat.told()
    assert context.fit is Fit.FITS
    assert [(one.name, one.window, one.passed_over) for one in context.smaller] == [("b/m", 2000, False)]
    assert context.smaller[0].left_out > 0


async def test_files_and_replies_that_never_came(desk: Desk) -> None:
    await desk.account("a")
    desk.play("a", streamed("fine"), streamed("again"))
    notes = check_upload("notes.txt", b"word " * 720)
    await desk.ask("read this", model="a/m", uploads=(notes,))
    desk.server.play("/a/v1/chat/completions")
    uid = await desk.services.conversations.latest()
    assert uid is not None
    await desk.ask("hello?", model="a/m", conversation=uid)
    _, past = await desk.services.conversations.open(uid)
    target = Target(model=DeploymentName("a", "m"))
    context = (await desk.services.forecasts.forecast(Wording(Draft("so?"), target, past, uid))).context
    assert [context.fate(at) for at in range(4)] == [Fate.SENT, Fate.SENT, Fate.SENT, Fate.EMPTY]
    weight = context.load.weights[0]
    assert weight is not None
    assert weight.attached
    assert weight.tokens > 1000


async def test_the_window_of_an_ollama_is_the_one_that_its_account_sets(desk: Desk) -> None:
    await desk.account("home", OLLAMA, num_ctx="2048")
    target = Target(model=DeploymentName("home", "qwen3"))
    assert (await Talk(desk, ()).told(target=target)).window == 2048
    await desk.services.catalog.override(DeploymentName("home", "qwen3"), Facts(context=1024))
    assert (await Talk(desk, ()).told(target=target)).window == 1024
    await desk.services.accounts.change("home", settings={"num_ctx": "512"})
    assert (await Talk(desk, ()).told(target=target)).window == 512


async def test_a_chat_is_weighed_once(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    first = await chat.told()
    assert (await chat.told("more words")).load.weights is first.load.weights
    message = chat.past[0]
    assert message.role is Role.USER
    weight = first.load.weights[0]
    assert weight is not None
    assert weight.tokens == estimate_tokens(message.text) + 4
    await chat.exclude(0)
    again = await chat.told()
    assert again.load.weights is not first.load.weights
    assert all(one is other for one, other in zip(again.load.weights, first.load.weights, strict=True))


class Watched(list[Message]):
    """Messages that remember which threads went through them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__(messages)
        self.walked: set[int] = set()

    def __iter__(self) -> Iterator[Message]:
        self.walked.add(threading.get_ident())
        return super().__iter__()

    def __getitem__(self, at: Any) -> Any:
        self.walked.add(threading.get_ident())
        return super().__getitem__(at)


async def test_no_message_is_looked_at_in_the_thread_that_paints(desk: Desk) -> None:
    chat = await talk(desk, "trim")
    chat.past = watched = Watched(chat.past)
    assert (await chat.told()).left_out
    assert (await chat.told("more words")).left_out
    assert watched.walked
    assert threading.get_ident() not in watched.walked


async def test_what_is_kept_back_is_told_and_does_not_arrive(desk: Desk) -> None:
    await desk.account("a")
    thinks = streamed("fine")
    body = thinks.raw.decode().replace('"content": "fine"', '"reasoning_content": "hm", "content": "fine"')
    desk.play("a", replace(thinks, body=body), streamed("again"))
    target = Target(model=DeploymentName("a", "m"))
    await desk.ask("one", model="a/m")
    uid = await desk.services.conversations.latest()
    assert uid is not None
    _, past = await desk.services.conversations.open(uid)
    assert past[1].reasoning == "hm"
    chat = Talk(desk, past)
    context = await chat.told(target=target)
    assert context.kept_back == {KeptBack.REASONING}
    assert "hm" not in str(await chat.sent(target=target))
    assert context.tokens == sum(estimate_tokens(text) + 4 for text in ("one", "fine", "and now?"))
