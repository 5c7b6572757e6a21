"""What the workspace of a chat means for its messages: which track they take, and whose money they spend."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import Desk, answered
from tests.fakes.replies import streamed

from switchyard.core.budget import Action, Period, Scope
from switchyard.core.chain import DeploymentName
from switchyard.core.chain_check import Kind
from switchyard.core.draft import Draft
from switchyard.core.filing import Change, Place, Workspace
from switchyard.core.usage import NANOS, Price
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.services.forecasts import Wording

BY_WORKSPACE = (
    "tracks:\n  - name: work\n    when: {workspace: Work}\n    steps: [{use: a/m}]\n"
    "  - name: rest\n    steps: [{use: b/m}]\n"
)
DEAR = Price(1_000 * NANOS, 0)  # a tenth of a cent for each token that is sent


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        for name in "ab":
            await desk.account(name)
            desk.play(name, *[streamed(name)] * 9)
        yield desk


async def spent(desk: Desk) -> int:
    view = await desk.services.ledger.find(Scope.WORKSPACE, "Work", Period.DAY)
    return view.spent_nanos


async def limit(desk: Desk, action: Action = Action.WARN, nanos: int = 1000 * NANOS) -> None:
    await desk.services.ledger.set(Scope.WORKSPACE, "Work", Period.DAY, nanos, action=action)


async def move(desk: Desk, to: Workspace | None) -> None:
    uid = await desk.services.conversations.latest()
    assert uid is not None
    await desk.services.library.change([uid], Change(place=Place(to.uid if to is not None else None)))


async def test_a_chain_may_ask_in_which_workspace_a_chat_is(desk: Desk) -> None:
    await desk.chain_text(BY_WORKSPACE)
    work = await desk.services.library.add_workspace("Work")
    answered(await desk.send(Prompt("one")), "b")
    answered(await desk.send(Prompt("one", workspace=work)), "a")
    uid = await desk.services.conversations.latest()
    answered(await desk.send(Prompt("two", conversation=uid)), "a")
    outline, _ = await desk.services.chat.explain(Prompt("three", conversation=uid))
    assert [one.deployment.name for pool in outline.steps for one in pool] == ["a/m"]
    await move(desk, None)
    answered(await desk.send(Prompt("three", conversation=uid)), "b")
    await move(desk, work)
    await desk.services.library.rename(work.uid, "Office")
    answered(await desk.send(Prompt("four", conversation=uid)), "b")


async def test_a_chain_that_names_no_workspace_that_is_there_is_warned_about(desk: Desk) -> None:
    await desk.chain_text(BY_WORKSPACE)
    (name,) = [stored.chain.name for stored in await desk.services.chains.list()]

    async def found() -> list[Kind]:
        findings = await desk.services.chains.check(await desk.services.chains.get(name))
        return [one.id for one in findings if one.id is Kind.UNKNOWN_WORKSPACE]

    assert await found() == [Kind.UNKNOWN_WORKSPACE]
    await desk.services.library.add_workspace("Work")
    assert await found() == []


async def test_a_message_counts_for_the_workspace_that_its_chat_is_in_when_it_is_sent(desk: Desk) -> None:
    await desk.chain("a")
    await desk.price("a/m", DEAR)
    work = await desk.services.library.add_workspace("Work")
    await limit(desk)
    await desk.send(Prompt("one"))
    assert await spent(desk) == 0
    told = await desk.send(Prompt("one", workspace=work))
    first = await spent(desk)
    assert first == told.record.cost_nanos
    uid = await desk.services.conversations.latest()
    await move(desk, None)
    await desk.send(Prompt("two", conversation=uid, workspace=work))
    assert await spent(desk) == first
    await desk.send(Prompt("one", workspace=work, save=False))
    assert await spent(desk) == 2 * first


async def test_a_workspace_without_money_asks_nobody_in_its_chats(desk: Desk) -> None:
    await desk.chain("a")
    await desk.price("a/m", DEAR)
    work = await desk.services.library.add_workspace("Work")
    await limit(desk, Action.BLOCK, 1)
    told = await desk.send(Prompt("one", workspace=work))
    assert told.record.failure is not None
    assert desk.calls("a") == (0,)
    answered(await desk.send(Prompt("one")), "a")


async def test_a_track_for_spent_budgets_is_taken_in_the_workspace_alone(desk: Desk) -> None:
    await desk.chain_text(BY_WORKSPACE.replace("{workspace: Work}", "over_budget"))
    await desk.price("b/m", DEAR)
    work = await desk.services.library.add_workspace("Work")
    await limit(desk, Action.BLOCK, 0)
    answered(await desk.send(Prompt("one")), "b")
    told = await desk.send(Prompt("one", workspace=work))
    assert {skip.deployment for skip in told.record.skipped} == {"a/m"}


async def test_the_forecast_knows_what_is_left_to_a_workspace(desk: Desk) -> None:
    await desk.price("a/m", Price(NANOS, NANOS))
    work = await desk.services.library.add_workspace("Work")
    await limit(desk, Action.BLOCK, 1)
    wording = Wording(Draft("hello"), Target(model=DeploymentName("a", "m")))
    assert not (await desk.services.forecasts.forecast(wording)).tight
    assert (await desk.services.forecasts.forecast(wording._replace(workspace=work))).tight
