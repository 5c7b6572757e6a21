"""A chain as a value: the ordered steps that answer a message, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Seconds = float | Literal["auto", "none"]


@dataclass(frozen=True, slots=True)
class DeploymentName:
    """`account/model`, split at the first slash: models hold `/` and `:`."""

    account: str
    model: str

    def __str__(self) -> str:
        return f"{self.account}/{self.model}"


def parse_deployment(text: str) -> DeploymentName | None:
    """Return the deployment that `account/model` names; None where there is no slash or a side is empty."""
    account, slash, model = text.partition("/")
    return DeploymentName(account, model) if slash and account and model else None


@dataclass(frozen=True, slots=True)
class Limits:
    """`deadline_s` runs to the first shown text, over all attempts; `calls` counts upstream calls for one message."""

    deadline_s: float = 120.0
    calls: int = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One deployment at its place; `retries` is a ceiling (0 to 3), "auto" the decision table."""

    use: DeploymentName
    first_token_s: Seconds = "auto"
    idle_s: Seconds = "auto"
    retries: int | Literal["auto"] = "auto"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A named, immutable version of a chain."""

    name: str
    steps: tuple[Step, ...]
    limits: Limits = field(default_factory=Limits)
    note: str | None = None


def single(deployment: DeploymentName) -> Chain:
    """Return the chain of one step that a pinned model is."""
    return Chain(name=str(deployment), steps=(Step(deployment),))
