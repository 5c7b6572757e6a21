"""Everything that one message's route needs, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import Chain
from switchyard.core.condition import Circumstances
from switchyard.core.content import PLAIN, Parameters
from switchyard.core.filing import WorkspaceId
from switchyard.core.message import ChatMessage
from switchyard.core.moves import Candidate
from switchyard.core.needs import Demand, demand_of
from switchyard.core.route import QuestionKind


class RouteRequest(NamedTuple):
    """Everything one message's route needs. `chain_name` is None where one model is pinned.

    `carried` is the beginning of the reply, from a route that broke off: whoever answers goes on behind it.
    `demand` is what the messages ask, where that was reckoned up before. `local_only`: nothing of it may leave this
    computer, a summary least of all. Its calls count for the `workspace`.
    """

    uid: str
    chain: Chain
    chain_name: str | None
    candidates: tuple[Candidate, ...]
    endpoints: Mapping[str, Endpoint]
    messages: tuple[ChatMessage, ...]
    system: str | None = None
    stream: bool = True
    tried: frozenset[str] = frozenset()
    parameters: Parameters = PLAIN
    circumstances: Circumstances = Circumstances()
    hedges: bool = True
    answers: Mapping[QuestionKind, str] = MappingProxyType({})
    demand: Demand | None = None
    carried: str = ""
    local_only: bool = False
    workspace: WorkspaceId | None = None

    @property
    def wanted(self) -> Demand:
        """What the messages ask of whoever answers."""
        return self.demand or demand_of(self.messages, self.parameters, self.system)

    @property
    def prompt_tokens(self) -> int:
        """An estimate of the whole prompt."""
        return self.wanted.prompt_tokens
