"""What failures belong to: a key, an account, a model at its provider, a host. Each has a health of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from switchyard.core.pattern import pattern_of
from switchyard.core.value import field, value

if TYPE_CHECKING:
    from switchyard.core.catalog import Deployment, Endpoint

ORGANISATION = "organisation"  # the setting of accounts whose keys share one quota
_PORTS = {"http": 80, "https": 443}
_ADDRESS = pattern_of(r"(?i)(https?)://(?:[^@/?#]*@)?(\[[0-9a-f:.%]+\]|[^\[\]:/?#]+)(?::([0-9]{1,5}))?(?=[/?#]|$)")


class ScopeKind(StrEnum):
    """The kinds of things that can be healthy or not."""

    KEY = "key"
    ACCOUNT = "account"
    DEPLOYMENT = "deployment"
    MODEL = "model"
    HOST = "host"
    PROVIDER = "provider"

    __hash__ = str.__hash__  # an enumeration's own is slow, and scopes are looked up before every call


class Scope(NamedTuple):
    """One thing that can be healthy or not; the name is unique within its kind."""

    kind: ScopeKind
    name: str


@value
class Scopes:
    """The scopes of one deployment, all of which have to allow a call.

    `key` and `deployment` are the account's name, and that with the model's. `account` is shared by accounts of one
    organisation, and is the key's equal otherwise. `model` is the model at its provider's address, whoever asks.
    `provider` is for the bucket of retries. `local`: the host is on this computer or in a private network.
    """

    key: Scope
    account: Scope
    model: Scope
    host: Scope
    provider: Scope
    deployment: Scope
    local: bool = False
    every: frozenset[Scope] = field(init=False)  # to see at one glance that none is known

    def __post_init__(self) -> None:
        every = frozenset((self.key, self.account, self.model, self.host, self.deployment))
        object.__setattr__(self, "every", every)

    @property
    def quota(self) -> Scope:
        """What a limit of calls or money belongs to: the organisation where there is one, else the key."""
        return self.account if self.account.name != self.key.name else self.key


def scopes_of(deployment: Deployment, endpoint: Endpoint, *, nearby: bool) -> Scopes:
    """Return the scopes of a deployment at its endpoint; `nearby` tells whether that is no host of the internet."""
    address = f"{deployment.provider} {endpoint.base_url}".rstrip()
    organisation = endpoint.settings.get(ORGANISATION)
    return Scopes(
        key=Scope(ScopeKind.KEY, deployment.account),
        account=Scope(
            ScopeKind.ACCOUNT, f"{deployment.provider}:{organisation}" if organisation else deployment.account
        ),
        model=Scope(ScopeKind.MODEL, f"{address} {deployment.model}"),
        host=Scope(ScopeKind.HOST, host_name(endpoint.base_url) or deployment.provider),
        provider=Scope(ScopeKind.PROVIDER, address),
        deployment=Scope(ScopeKind.DEPLOYMENT, deployment.name),
        local=nearby or deployment.simulated,
    )


def host_name(base_url: str) -> str:
    """Return scheme, host and port of an address; empty where it has none."""
    parts = _ADDRESS.match(base_url)
    if parts is None:
        return ""
    scheme, host, port = parts[1].lower(), parts[2].lower(), parts[3]
    return f"{scheme}://{host}:{int(port) if port else _PORTS.get(scheme, 0)}"


def site_of(host: str) -> str:
    """Return what a host belongs to (`api.example.com` to `example.com`): two hosts of one site fail together."""
    parts = _ADDRESS.match(host)
    name = parts[2] if parts is not None else host
    labels = name.split(".")
    if ":" in name or labels[-1].isdigit() or len(labels) < 3:
        return name
    below_a_country = len(labels[-1]) == 2 and len(labels[-2]) <= 3  # example.co.uk
    return ".".join(labels[-3 if below_a_country else -2 :])
