"""Says what can be set for the replies of whoever answers: only what at least one of them takes is offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from switchyard.core.catalog import HOTTEST, Deployment
from switchyard.core.content import Capability, Parameter
from switchyard.core.estimate import UNTOLD_OUTPUT
from switchyard.core.needs import unable
from switchyard.services.aims import Aims, Target

OFFERED = (Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.MAX_OUTPUT, Parameter.EFFORT)


class Taken(NamedTuple):
    """What can be set, and how far; `chain` is what the chain sets where the person sets nothing.

    `web_search`: one of them is known to search the web by itself.
    """

    parameters: frozenset[Parameter]
    most_temperature: float
    most_output: int
    chain: Mapping[str, object]
    web_search: bool = False


class Sampling:
    """Looks at what is known of the models behind a target."""

    def __init__(self, aims: Aims) -> None:
        self._aims = aims

    async def taken(self, target: Target) -> Taken:
        """Return what can be set; raises `UnknownName` for a target that is gone."""
        aim = await self._aims.take(target)
        asked = [ready.deployment for ready in aim.resolved if ready is not None]
        return Taken(
            frozenset(parameter for parameter in OFFERED if any(_takes(each, parameter) for each in asked)),
            min((each.hottest for each in asked), default=HOTTEST),
            max((each.max_output or UNTOLD_OUTPUT for each in asked), default=UNTOLD_OUTPUT),
            aim.chain.parameters,
            any(_searches(each) for each in asked),
        )


def _searches(deployment: Deployment) -> bool:
    known = deployment.capabilities.get(Capability.WEB_SEARCH, False)
    return known and Parameter.WEB_SEARCH.value not in deployment.refuses


def _takes(deployment: Deployment, parameter: Parameter) -> bool:
    """Whether a model takes a parameter; one that is not known to reason is offered no way to."""
    if parameter.value in deployment.refuses | unable(deployment.capabilities):
        return False
    return parameter is not Parameter.EFFORT or deployment.capabilities.get(Capability.REASONING, False)
