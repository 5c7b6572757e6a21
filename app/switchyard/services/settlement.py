"""What an attempt asks when it ends, so that it can be priced, and tells, so that the next one knows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from switchyard.core.catalog import Deployment
from switchyard.core.usage import Price


class Settlement(Protocol):
    """Knows what models cost, and remembers what they do not take."""

    def learn_refusal(self, deployment: Deployment, parameter: str) -> None:
        """Hear that a deployment does not take a parameter; `settle` keeps it."""
        ...

    async def settle(self, deployment: Deployment, models: Collection[str] | None) -> None:
        """Keep what was learnt, and find the prices of the deployment and of these models of its account.

        None for `models`: nothing is to be priced. May raise `DataDirError`.
        """
        ...

    def price_of(self, deployment: Deployment, model: str | None) -> Price | None:
        """Return what a model costs that answered through a deployment (None: the one asked for), after `settle`."""
        ...


class AsResolved:
    """Goes by the price that a deployment was resolved with, and learns nothing."""

    def learn_refusal(self, deployment: Deployment, parameter: str) -> None:
        """Let it pass."""

    async def settle(self, deployment: Deployment, models: Collection[str] | None) -> None:
        """Find nothing more."""

    def price_of(self, deployment: Deployment, model: str | None) -> Price | None:
        """Return the deployment's own price."""
        return deployment.price if model in (None, deployment.model) else None
