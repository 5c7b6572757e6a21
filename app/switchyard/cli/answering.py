"""`switchyard ask --continue --answer`: a person's answer to what the last route of a conversation has asked."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from switchyard.cli.parser import UsageError
from switchyard.core import questions
from switchyard.core.chain import parse_deployment
from switchyard.core.message import ConversationId, Message
from switchyard.core.route import RouteRecord
from switchyard.core.sentence import sentence
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt


class Asked(NamedTuple):
    """A reply whose route has asked something, and the answer to that."""

    conversation: ConversationId
    reply: Message
    route: RouteRecord
    answer: str

    @property
    def leaves(self) -> bool:
        """Whether it is left at what there is."""
        return self.answer == questions.LEAVE

    @property
    def left(self) -> RouteRecord:
        """Return the route when nothing is asked any more."""
        return replace(self.route, question=None)

    def over(self, prompt: Prompt) -> Prompt:
        """Return the prompt that goes on with the answer; where it names no target, with that of the route."""
        route = self.route
        return prompt._replace(
            target=prompt.target if prompt.target.named else Target(route.chain, parse_deployment(route.pinned or "")),
            conversation=self.conversation,
            retry_of=self.reply.parent,
            tried=questions.tried_after(route, self.answer),
            answers=questions.answers_after(route, self.answer),
            carried=questions.carried_after(route, self.answer, self.reply.text),
        )


async def read_asked(services: Services, conversation: ConversationId, answer: str) -> Asked:
    """Return what the last route of a conversation has asked; raises `UsageError` where that is no such question."""
    _, messages = await services.conversations.open(conversation)
    reply = messages[-1] if messages else None
    route = reply.route if reply is not None else None
    if reply is None or route is None or route.question is None:
        raise UsageError(sentence("The last reply of this conversation asks nothing."))
    ids = [option.id for option in route.question.options]
    if answer not in ids:
        raise UsageError(
            sentence("{answer} is none of the answers.", answer=answer),
            sentence("Choose one of: {answers}", answers=", ".join(ids)),
        )
    return Asked(conversation, reply, route, answer)
