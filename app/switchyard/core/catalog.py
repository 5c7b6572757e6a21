"""What is known of accounts, models and deployments, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from switchyard.core.content import Capability
from switchyard.core.usage import Price
from switchyard.core.value import field, value

AccountId = NewType("AccountId", str)
HOTTEST = 2.0  # the highest temperature that most providers take
ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Place(StrEnum):
    """Where a deployment runs; unknown means cloud."""

    COMPUTER = "computer"
    NETWORK = "network"
    CLOUD = "cloud"


class KeySource(StrEnum):
    """Where an account's key was found."""

    VARIABLE = "variable"  # SWITCHYARD_KEY_<NAME>
    KEYRING = "keyring"
    SESSION = "session"  # kept in memory until the program ends
    PROVIDER_VARIABLE = "provider_variable"  # OPENAI_API_KEY and the like
    NONE = "none"
    NOT_NEEDED = "not_needed"


@value
class Account:
    """One account at one provider. `base_url` is normalised; `settings` holds what `--set` gave (place, api, ...)."""

    uid: AccountId
    name: str
    provider: str
    base_url: str
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    created_ms: int = 0


@value
class Quality:
    """A score that somebody who can be named gives a model. Scores of different makers cannot be compared."""

    score: float
    maker: str


@value
class Model:
    """A model of an account's list. Unknown is None. `chat` is False for embedding models and the like.

    `capabilities` holds what is known either way: what is not in it is unknown. `offered`: it stands where a model is
    chosen.
    """

    name: str
    context: int | None = None
    max_output: int | None = None
    size_bytes: int | None = None
    chat: bool = True
    cloud: bool = False
    price: Price | None = None
    capabilities: Mapping[Capability, bool] = field(default_factory=lambda: MappingProxyType({}))
    quality: Quality | None = None
    offered: bool = True


@value
class Deployment:
    """One model through one account, ready for the planner: what admits it, and what its attempts cost.

    `local`: on this computer, or on the person's network where the person said so.
    `reasons_silently`: it thinks without streaming anything. `loads_unseen`: a local server that may be loading the
    model, and has no way to say so. `hottest` is the highest temperature that it takes. `fallback` and `attachments`:
    what the person lets its account be used for.
    """

    account: str
    model: str
    provider: str
    provider_name: str
    place: Place
    has_key: bool
    simulated: bool = False
    local: bool = False
    context: int | None = None
    max_output: int | None = None
    price: Price | None = None
    free: bool = False
    reasons_silently: bool = False
    loads_unseen: bool = False
    capabilities: Mapping[Capability, bool] = field(default_factory=lambda: MappingProxyType({}))
    refuses: frozenset[str] = frozenset()  # parameters and habits that it is known not to take
    hottest: float = HOTTEST
    fallback: bool = True
    attachments: bool = True
    quality: float | None = None
    name: str = field(init=False)  # `account/model`, as it is written everywhere

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.account}/{self.model}")

    @property
    def leaves(self) -> bool:
        """Whether what is asked of it leaves this computer, and what the person counts to it."""
        return not (self.local or self.simulated)


@value
class Endpoint:
    """What a provider needs to make a call for an account. Secrets are kept out of every representation.

    `proxy` is the one of the settings with the name and the password that it wants, None where it wants none.
    """

    account: str
    provider: str
    base_url: str
    key: str | None = field(default=None, repr=False)
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    place: Place = Place.CLOUD
    proxy: str | None = field(default=None, repr=False)
