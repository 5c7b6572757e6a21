"""What is done with single messages: put differently, answered again, left out, taken out, gone on with elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import Desk
from tests.fakes.replies import broken, failing, streamed

from switchyard.core.chat_options import ChatOptions
from switchyard.core.errors import UserError
from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Rating, Role
from switchyard.services.chat import Prompt


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.chain("a")
        yield desk


async def say(desk: Desk, text: str, answer: str, **more: object) -> None:
    """Send a message that is answered so."""
    desk.play("a", streamed(answer))
    await desk.send(Prompt(text, conversation=await desk.services.conversations.latest(), **more))  # type: ignore[arg-type]


async def shown(desk: Desk) -> list[Message]:
    uid = await latest(desk)
    return list((await desk.services.conversations.open(uid))[1])


async def latest(desk: Desk) -> ConversationId:
    uid = await desk.services.conversations.latest()
    assert uid is not None
    return uid


async def texts(desk: Desk) -> list[str]:
    return [message.text for message in await shown(desk)]


def sent(desk: Desk) -> list[str]:
    """Return the words of the last request."""
    return [each["content"] for each in json.loads(desk.received("a")[-1].body)["messages"]]


async def test_words_put_differently_stand_beside_the_first_ones(desk: Desk) -> None:
    await say(desk, "one", "first")
    await say(desk, "two", "second")
    first = (await shown(desk))[0].uid
    await say(desk, "uno", "primo", edits=first)
    assert sent(desk) == ["uno"]
    assert await texts(desk) == ["uno", "primo"]
    forks = await desk.services.messages.forks(await latest(desk))
    [before, after] = forks[first]
    assert (before, after) == (first, (await shown(desk))[0].uid)
    await desk.services.messages.show(first)
    assert await texts(desk) == ["one", "first", "two", "second"]


async def test_an_earlier_reply_is_asked_for_again_and_what_followed_stays(desk: Desk) -> None:
    await say(desk, "one", "first")
    await say(desk, "two", "second")
    question, reply, *_ = await shown(desk)
    await say(desk, "", "again", retry_of=question.uid)
    assert sent(desk) == ["one"]
    assert await texts(desk) == ["one", "again"]
    await desk.services.messages.show(reply.uid)
    assert await texts(desk) == ["one", "first", "two", "second"]


async def test_what_is_left_out_is_not_sent_until_it_is_taken_in_again(desk: Desk) -> None:
    await say(desk, "one", "first")
    question, reply = await shown(desk)
    await desk.services.messages.exclude(question.uid, True)
    await desk.services.messages.exclude(reply.uid, True)
    await say(desk, "two", "second")
    assert sent(desk) == ["two"]
    await desk.services.messages.exclude(reply.uid, False)
    await say(desk, "three", "third")
    assert sent(desk) == ["first", "two", "second", "three"]


async def test_a_question_that_is_left_out_is_still_asked_when_it_is_answered_again(desk: Desk) -> None:
    await say(desk, "one", "first")
    question, _ = await shown(desk)
    await desk.services.messages.exclude(question.uid, True)
    await say(desk, "", "again", retry_of=question.uid)
    assert sent(desk) == ["one"]


async def test_a_message_is_taken_out_with_what_follows_and_put_back(desk: Desk) -> None:
    await say(desk, "one", "first")
    await say(desk, "two", "second")
    removal = await desk.services.messages.remove((await shown(desk))[2].uid)
    assert await texts(desk) == ["one", "first"]
    await desk.services.messages.restore(removal)
    assert await texts(desk) == ["one", "first", "two", "second"]
    with pytest.raises(UserError):
        await desk.services.messages.remove(MessageId("gone"))


async def test_a_branch_of_its_own_goes_on_from_a_message_and_leaves_the_rest(desk: Desk) -> None:
    await say(desk, "one", "first")
    await say(desk, "two", "second")
    source = await latest(desk)
    await desk.services.kept.options.keep(source, ChatOptions(system="Be brief."))
    await desk.services.messages.rate((await shown(desk))[1].uid, Rating.GOOD)
    before = await desk.services.conversations.open(source)
    branch = await desk.services.messages.branch_off(before[1][1].uid, "one, branched")
    assert await latest(desk) == branch
    copied = await shown(desk)
    assert [message.text for message in copied] == ["one", "first"]
    assert copied[1].rating is Rating.GOOD
    assert copied[1].route == before[1][1].route, "who answered is still known"
    await say(desk, "three", "third")
    assert sent(desk) == ["Be brief.", "one", "first", "three"]
    assert (await desk.services.conversations.open(source))[1] == before[1]
    conversation, _ = await desk.services.conversations.open(branch)
    assert (conversation.title, conversation.messages, conversation.cost_nanos) == ("one, branched", 4, None)


async def test_a_branch_takes_no_reply_along_that_never_came(desk: Desk) -> None:
    desk.play("a", failing(400))
    await desk.send(Prompt("one"))
    await say(desk, "two", "second")
    assert [message.state for message in await shown(desk)][1] is MessageState.FAILED
    await desk.services.messages.branch_off((await shown(desk))[-1].uid, "branch")
    assert await texts(desk) == ["one", "two", "second"]
    with pytest.raises(UserError):
        await desk.services.messages.branch_off(MessageId("gone"), "branch")


async def test_a_reply_that_broke_off_goes_on_where_it_ended(desk: Desk) -> None:
    desk.play("a", broken("one two ", "three"))
    await desk.send(Prompt("count"))
    question, reply = await shown(desk)
    assert (reply.text, reply.state) == ("one two three", MessageState.INCOMPLETE)
    await say(desk, "", " four five", retry_of=question.uid, carried=reply.text)
    asked = json.loads(desk.received("a")[-1].body)["messages"]
    assert [each["role"] for each in asked] == [Role.USER, Role.ASSISTANT, Role.USER]
    assert await texts(desk) == ["count", "one two three four five"]
    last = (await shown(desk))[-1]
    assert last.route is not None
    assert last.route.attempts[0].seam is not None


async def test_a_reply_that_never_came_is_asked_for_alone_and_what_followed_stays(desk: Desk) -> None:
    await say(desk, "one", "first")
    desk.play("a", failing(400))
    await desk.send(Prompt("two", conversation=await latest(desk)))
    await say(desk, "three", "third")
    question, hole = (await shown(desk))[2:4]
    assert hole.state is MessageState.FAILED
    await say(desk, "", "second", retry_of=question.uid, in_place_of=hole.uid)
    assert sent(desk) == ["one", "first", "two"]
    assert await texts(desk) == ["one", "first", "two", "second", "three", "third"]
    filled = (await shown(desk))[3]
    assert (await desk.services.messages.forks(await latest(desk)))[filled.uid] == (hole.uid, filled.uid)
    await desk.services.messages.show(hole.uid)
    assert await texts(desk) == ["one", "first", "two", ""]
    await desk.services.messages.show(filled.uid)
    assert await texts(desk) == ["one", "first", "two", "second", "three", "third"]
    await say(desk, "four", "fourth")
    assert sent(desk) == ["one", "first", "two", "second", "three", "third", "four"]


async def test_where_nothing_followed_the_reply_that_never_came_the_new_one_is_shown(desk: Desk) -> None:
    desk.play("a", failing(400))
    await desk.send(Prompt("one"))
    question, hole = await shown(desk)
    await say(desk, "", "first", retry_of=question.uid, in_place_of=hole.uid)
    assert await texts(desk) == ["one", "first"]
    await say(desk, "two", "second")
    await say(desk, "", "again", retry_of=question.uid, in_place_of=MessageId("gone"))
    assert await texts(desk) == ["one", "again"]


async def test_the_system_text_of_a_chat_comes_before_everything(desk: Desk) -> None:
    desk.play("a", streamed("yes"))
    await desk.send(Prompt("one", options=ChatOptions(system="Be brief.")))
    assert sent(desk) == ["Be brief.", "one"]
    await say(desk, "two", "yes")
    assert sent(desk)[0] == "Be brief.", "it was kept with the first message"
    await say(desk, "three", "yes", system="Be long.")
    assert sent(desk)[0] == "Be long."
