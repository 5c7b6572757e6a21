"""What the picture of a chain shows of its deployments: what was measured, what they cost, and how they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from switchyard.core.catalog import Deployment
from switchyard.core.chain import Chain, DeploymentName
from switchyard.core.health import HealthView
from switchyard.core.stats import Measured
from switchyard.services.app import Services
from switchyard.ui.health_words import LAMPS
from switchyard.ui.widgets.lamp import LampState

_TYPICAL_TOKENS = 1000
_TELLING_CALLS = 3  # without one answer among so many, figures say nothing and the calls themselves do


@dataclass(frozen=True, slots=True)
class Live:
    """A deployment now; `trouble` is what keeps it from being called."""

    deployment: Deployment
    measured: Measured
    trouble: HealthView | None = None

    @property
    def lamp(self) -> LampState:
        """A deployment that was never called is neither well nor ill."""
        if self.trouble is not None:
            return LAMPS[self.trouble.state]
        return "ok" if self.measured.samples else "unknown"

    @property
    def silent(self) -> bool:
        """Whether it may be called, and nothing that was called of late has answered: its lamp does not tell that."""
        figures = self.measured
        return self.trouble is None and figures.calls >= _TELLING_CALLS and figures.success == 0


async def learn_prices(services: Services, chain: Chain) -> None:
    """Look up what the deployments of a chain cost where that was not done yet: a check and the picture both tell."""
    names = tuple(dict.fromkeys(member.to for step in chain.steps for member in step.pool))
    for one in await services.accounts.resolve(names):
        if one is not None and one.deployment.price is None:
            await services.catalog.settle(one.deployment, ())


async def read_live(services: Services, chain: Chain) -> Mapping[DeploymentName, Live]:
    """Return what is known of the deployments of a chain; nothing of those whose account is gone."""
    names = tuple(dict.fromkeys(member.to for step in chain.steps for member in step.pool))
    if not names:
        return {}
    await services.figures.load()
    resolved = await services.accounts.resolve(names)
    troubles = await services.health.troubles(names)
    found: dict[DeploymentName, Live] = {}
    for name, one in zip(names, resolved, strict=True):
        if one is not None:
            measured = services.figures.measured(one.deployment, _TYPICAL_TOKENS)
            found[name] = Live(one.deployment, measured, next(iter(troubles.get(name, ())), None))
    return found
