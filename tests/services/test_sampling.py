"""What can be set for replies: what at least one of the models takes, as far as that goes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import ANTHROPIC, Desk

from switchyard.core.chain import DeploymentName
from switchyard.core.content import Capability, Parameter
from switchyard.core.estimate import UNTOLD_OUTPUT
from switchyard.core.facts import Facts
from switchyard.services.aims import Target
from switchyard.services.sampling import Taken


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("a")
        await desk.account("b", ANTHROPIC)
        yield desk


async def taken(desk: Desk, account: str) -> Taken:
    return await desk.services.sampling.taken(Target(model=DeploymentName(account, "m")))


async def test_reasoning_is_offered_where_a_model_is_known_to_reason(desk: Desk) -> None:
    plain = await taken(desk, "a")
    assert plain.parameters == {Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.MAX_OUTPUT}
    assert plain.most_output == UNTOLD_OUTPUT
    facts = Facts(capabilities={Capability.REASONING: True}, max_output=32_000)
    await desk.services.catalog.override(DeploymentName("a", "m"), facts)
    clever = await taken(desk, "a")
    assert Parameter.EFFORT in clever.parameters
    assert clever.most_output == 32_000


async def test_temperature_goes_as_far_as_all_of_them_take_it(desk: Desk) -> None:
    assert (await taken(desk, "a")).most_temperature == 2.0
    assert (await taken(desk, "b")).most_temperature == 1.0
    await desk.chain("a", "b")
    assert (await desk.services.sampling.taken(Target())).most_temperature == 1.0


async def test_each_provider_declares_how_far_its_temperature_goes(desk: Desk) -> None:
    for name, hottest in (("mistral", 1.5), ("openai", 2.0), ("ollama", 2.0)):
        await desk.services.accounts.add(name, name)
        assert (await taken(desk, name)).most_temperature == hottest


async def test_a_chain_tells_what_it_sets_itself(desk: Desk) -> None:
    await desk.chain_text("set:\n  temperature: 0.3\nsteps:\n  - use: a/m\n")
    assert dict((await desk.services.sampling.taken(Target())).chain) == {"temperature": 0.3}
