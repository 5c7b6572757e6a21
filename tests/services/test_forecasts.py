"""What a message would cost while it is written: tokens, a range, and whether that is nearly all that is left."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import Desk

from switchyard.core.budget import Period, Scope
from switchyard.core.chain import DeploymentName
from switchyard.core.chat_options import ChatOptions
from switchyard.core.content import Parameters
from switchyard.core.draft import Draft
from switchyard.core.estimate import USUAL_OUTPUT, Estimate
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Outcome, Reason, RouteRecord
from switchyard.core.usage import MILLION, NANOS, Price, Usage
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.services.attachments import check_upload
from switchyard.services.forecasts import Forecast, Wording

PRICE = Price(input_nanos=NANOS, output_nanos=10 * NANOS)  # a dollar and ten dollars a million
MODEL = Target(model=DeploymentName("a", "m"))


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("a")
        yield desk


async def forecast(desk: Desk, text: str, target: Target = MODEL, **more: object) -> Forecast:
    draft = Draft(text, tuple(more.pop("files", ())))  # type: ignore[arg-type]
    return await desk.services.forecasts.forecast(Wording(draft, target, **more))  # type: ignore[arg-type]


def said(text: str) -> Message:
    return Message(MessageId("m"), None, Role.ASSISTANT, MessageState.COMPLETE, text, created_ms=1)


async def test_a_range_from_a_short_answer_to_the_longest(desk: Desk) -> None:
    await desk.price("a/m", PRICE)
    found = await forecast(desk, "x" * 3600, parameters=Parameters(max_output=1000))
    assert found.tokens == 1004
    assert found.cost == Estimate(1004 * NANOS // MILLION + 100 * 10_000, 1004 * NANOS // MILLION + 1000 * 10_000)
    assert not found.simulated


async def test_what_was_said_before_and_what_is_attached_counts(desk: Desk) -> None:
    alone = (await forecast(desk, "hi")).tokens
    [file] = await desk.services.attachments.keep([check_upload("notes.txt", b"word " * 720)])
    assert (await forecast(desk, "hi", past=(said("x" * 3600),))).tokens == alone + 1004
    assert (await forecast(desk, "hi", files=(file,))).tokens == alone + 1000
    assert (await forecast(desk, "hi", options=ChatOptions("x" * 360))).tokens == alone + 100


async def test_no_price_is_no_sum_and_the_simulator_says_so(desk: Desk) -> None:
    assert (await forecast(desk, "hi")).cost == Estimate(None, None, known=False)
    assert (await forecast(desk, "hi", Target(model=DeploymentName("sim", "sim-fast")))).simulated


async def test_it_is_tight_where_it_may_take_nearly_all_that_is_left_today(desk: Desk) -> None:
    await desk.price("a/m", PRICE)
    found = await forecast(desk, "hi")
    assert found.cost.high_nanos is not None
    assert not found.tight
    ledger, cost = desk.services.ledger, found.cost.high_nanos
    await ledger.set(Scope.EVERYTHING, "", Period.DAY, cost * 2)
    assert not (await forecast(desk, "hi")).tight
    await ledger.set(Scope.EVERYTHING, "", Period.MONTH, cost)
    assert not (await forecast(desk, "hi")).tight
    await ledger.set(Scope.EVERYTHING, "", Period.DAY, cost)
    assert (await forecast(desk, "hi")).tight


def replied(number: int, output: int) -> Message:
    """Return a reply of so many tokens."""
    attempt = AttemptRecord(
        1, 1, Reason.FIRST, "a/m", "a", "openai", "m", 0, outcome=Outcome.COMPLETED, usage=Usage(7, output)
    )
    route = RouteRecord("r", None, attempts=(attempt,))
    return replace(said("ok"), uid=MessageId(str(number)), route=route)


async def test_the_high_end_is_as_long_as_the_answers_of_this_chat_usually_are(desk: Desk) -> None:
    await desk.price("a/m", PRICE)
    past = tuple(replied(n, 700) for n in range(8))
    few, many = await forecast(desk, "hi", past=past[:7]), await forecast(desk, "hi", past=past)
    assert few.cost.high_nanos is not None
    assert many.cost.high_nanos is not None
    assert few.cost.high_nanos > USUAL_OUTPUT * 10_000 > many.cost.high_nanos > 700 * 10_000
    capped = await forecast(desk, "hi", past=past, parameters=Parameters(max_output=300))
    assert capped.cost.high_nanos is not None
    assert 700 * 10_000 > capped.cost.high_nanos > 300 * 10_000


async def test_what_there_is_no_room_for_costs_nothing(desk: Desk) -> None:
    await desk.chain("a", policy="{overflow: trim}")
    await desk.price("a/m", PRICE)
    await desk.services.catalog.override(DeploymentName("a", "m"), Facts(context=2000, prices=(DatedPrice(PRICE),)))
    past = tuple(replace(said("x" * 3600), uid=MessageId(str(n)), role=Role.USER) for n in range(5))
    found = await forecast(desk, "hi", Target(), past=past, parameters=Parameters(max_output=100))
    assert found.tokens == found.context.tokens == 1004 + 5
    assert found.cost.high_nanos is not None
    assert found.cost.high_nanos <= 1500 * 1000 + 100 * 10_000
