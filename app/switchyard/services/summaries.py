"""Summarises the older part of a conversation for a model that cannot read all of it, in a call of its own."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UserError
from switchyard.core.filing import WorkspaceId
from switchyard.core.fitting import SUMMARY_TOKENS
from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import estimate_message
from switchyard.core.route import Purpose
from switchyard.core.sentence import Sentence, sentence
from switchyard.services.side_answer import answer
from switchyard.services.side_calls import Answered, SideCalls

_REQUEST = (
    "Summarise our conversation so far for somebody who goes on with it and cannot read it: what was asked, what was"
    " found or decided, names, figures and open questions. Write in the language of the conversation. Answer with the"
    " summary alone."
)


class Summaries:
    """Asks one deployment for a summary."""

    def __init__(self, calls: SideCalls) -> None:
        self._calls = calls

    async def summarise(
        self, messages: Sequence[ChatMessage], by: DeploymentName, local_only: bool, workspace: WorkspaceId | None
    ) -> str | None:
        """Return what was said, in short; None where that deployment gave no summary, or may not read it."""
        try:
            call = await self._calls.open(
                by, Purpose.SUMMARY, _cannot, object, local_only=local_only, workspace=workspace
            )
        except UserError:
            return None
        asked = (*messages, ChatMessage(Role.USER, _REQUEST))

        async def work(endpoint: Endpoint, model: str) -> Answered[str]:
            return await answer(call.provider, endpoint, model, asked, SUMMARY_TOKENS)

        try:
            text = await call.ask(work, prompt_tokens=sum(map(estimate_message, asked)), most_output=SUMMARY_TOKENS)
        finally:
            await call.close()
        return text.strip() or None if text is not None else None


def _cannot(provider: str) -> Sentence:
    return sentence("{provider} cannot summarise.", provider=provider)
