"""The calls of one message: each made ready for its deployment, and followed to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from switchyard.core import questions
from switchyard.core.chain import DeploymentName, Summarise
from switchyard.core.events import AttemptStarted, Shown, Warned
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.filing import WorkspaceId
from switchyard.core.fitting import fit
from switchyard.core.message import ChatMessage, Role
from switchyard.core.moves import Resume, Try
from switchyard.core.needs import estimate_message, unable
from switchyard.core.planner import Plan
from switchyard.core.resume import LEAST_TOKENS, Splice, continued, joint_of
from switchyard.core.route import AttemptRecord, QuestionKind, Seam
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.usage import estimate_tokens
from switchyard.providers.base import Call, Provider
from switchyard.services.attempt import Attempt, CarriesOn, Checkpoint, Listener
from switchyard.services.outbox import Outbox
from switchyard.services.route_request import RouteRequest
from switchyard.services.settlement import Settlement
from switchyard.services.standing import Standing
from switchyard.services.watch import Watch

CONNECT_TIMEOUT_S = 10.0

Summarising = Callable[[Sequence[ChatMessage], DeploymentName, bool, WorkspaceId | None], Awaitable[str | None]]


class Calls:
    """Makes the calls of one message. `active` are under way, by number; `carried` is text of broken ones that stays.

    `most_output` bounds the next call's answer, by what was set aside for it.
    """

    def __init__(
        self,
        request: RouteRequest,
        plan: Plan,
        providers: Mapping[str, Provider],
        outbox: Outbox,
        settlement: Settlement,
        standing: Standing,
        *,
        prompt_tokens: int,
        checkpoint: Checkpoint,
        wall_ms: Callable[[], int],
        summarise: Summarising | None,
    ) -> None:
        self._summarise = summarise
        self._shortened: dict[int, tuple[ChatMessage, ...]] = {}
        self._request = request
        self._plan = plan
        self._providers = providers
        self._outbox = outbox
        self._settlement = settlement
        self._standing = standing
        self._prompt_tokens = prompt_tokens
        self._checkpoint = checkpoint
        self._wall_ms = wall_ms
        self._now = asyncio.get_running_loop().time
        self._permits: dict[int, object] = {}
        self.active: dict[int, Attempt] = {}
        self.carried = [request.carried] if request.carried else []
        self.most_output: int | None = None
        self.warnings: list[Sentence] = []

    def take(self, move: Try) -> None:
        """Take the place of a call at once: whatever has to be waited for before it, nobody else is let in for it."""
        if move.n not in self._permits:
            self._permits[move.n] = self._standing.begin(move.candidate, self._prompt_tokens, reason=move.reason)

    def give_back(self, n: int) -> None:
        """A call is not made after all."""
        if n in self._permits:
            self._standing.drop(self._permits.pop(n), sent=False)

    def give_all_back(self) -> None:
        """No further call is made."""
        for n in list(self._permits):
            self.give_back(n)

    def prepare(self, move: Try, record: AttemptRecord, listener: Listener) -> Attempt:
        """Return the attempt that a move asks for; `listener` hears what it says."""
        plan, deployment = self._plan, move.candidate.deployment
        self._outbox.put([AttemptStarted(record, deployment.reasons_silently, plan.instead(self._now()))])
        watch = Watch(move)
        carries_on = self._carrying_on(move)
        attempt = Attempt(
            record,
            move,
            self._providers[deployment.provider],
            self._call_of(move, watch, carries_on),
            watch,
            listener,
            prompt_tokens=self._prompt_tokens,
            checkpoint=self._checkpoint,
            on_first_token=lambda: plan.clock_stands(self._now()),
            on_loading=lambda: plan.clock_stands(self._now()),
            on_first_text=plan.text_shown,
            settlement=self._settlement,
            wall_ms=self._wall_ms,
            carries_on=carries_on,
            on_limits=partial(self._standing.learn, move.candidate),
        )
        self.active[move.n] = attempt
        if self._request.carried and move.n == 1:
            self._outbox.put([Shown(1, self._request.carried, "")])
        attempt.adapt()
        return attempt

    async def follow(self, attempt: Attempt, move: Try) -> Failure | None:
        """Make the call; whoever keeps an eye on the deployment hears how it ended."""
        permit = self._permits.pop(move.n)
        try:
            failure = await attempt.run()
            if failure is None or failure.kind is not FailureKind.CANCELLED:
                failure = await self._standing.end(permit, move.candidate, attempt.record)
        finally:
            self._standing.drop(permit, sent=attempt.watch.sent_at is not None)
            del self.active[move.n]
        if attempt.record.failure is not failure:
            attempt.record = replace(attempt.record, failure=failure)
        return failure

    def _carrying_on(self, move: Try) -> CarriesOn | None:
        if move.resume is not Resume.CONTINUE:
            return None
        shown = "".join(self.carried)
        deployment = move.candidate.deployment
        return CarriesOn(Seam(len(shown), joint_of(deployment.provider, deployment.model)), Splice(shown))

    def _call_of(self, move: Try, watch: Watch, carries_on: CarriesOn | None) -> Call:
        request, deployment = self._request, move.candidate.deployment
        parameters = request.parameters.over(move.candidate.step.parameters, request.chain.parameters)
        if carries_on is not None and parameters.max_output is not None:
            said = estimate_tokens("".join(self.carried))
            parameters = replace(parameters, max_output=max(parameters.max_output - said, LEAST_TOKENS))
        if request.answers.get(QuestionKind.EMPTY_ANSWER) == questions.AGAIN:
            parameters = replace(parameters, max_output=None)  # it may have thought up to the limit that was set
        if self.most_output is not None:
            parameters = replace(parameters, max_output=self.most_output)
        return Call(
            endpoint=request.endpoints[deployment.account],
            model=deployment.model,
            messages=self._messages_for(move, carries_on),
            system=request.system,
            stream=request.stream,
            max_output=deployment.max_output,
            on_sent=watch.sent,
            connect_timeout_s=min(CONNECT_TIMEOUT_S, move.first_token_s or CONNECT_TIMEOUT_S),
            parameters=parameters,
            refuses=deployment.refuses | unable(deployment.capabilities),
        )

    def _messages_for(self, move: Try, carries_on: CarriesOn | None) -> tuple[ChatMessage, ...]:
        """Return what this deployment is sent: what it can read, and what it is to go on with."""
        messages = self._shortened.pop(move.n, self._request.messages)
        if carries_on is not None:
            messages = continued(messages, "".join(self.carried), carries_on.seam.how)
        return messages

    async def shorten(self, move: Try) -> None:
        """Make a conversation fit that is longer than the deployment of a move can read, as the chain says."""
        messages, deployment = self._request.messages, move.candidate.deployment
        if not move.trim or deployment.context is None:
            return
        beside = self._prompt_tokens - sum(map(estimate_message, messages))
        policy = self._request.chain.policy.overflow
        by = policy.by if isinstance(policy, Summarise) and self._summarise is not None else None
        kept, left_out = fit(messages, deployment.context, beside_tokens=beside, summarised=by is not None)
        if not left_out:
            return
        said = None
        if by is not None and self._summarise is not None:
            request = self._request
            said = await self._summarise(messages[:left_out], by, request.local_only, request.workspace)
        if said is not None:
            kept = (ChatMessage(Role.USER, _WHAT_WAS_SAID), ChatMessage(Role.ASSISTANT, said), *kept)
        self._shortened[move.n] = kept
        told = _SUMMARISED if said is not None else _LEFT_OUT
        warning = Sentence(told.source, {"count": left_out, "deployment": deployment.name, "by": str(by)})
        self.warnings.append(warning)
        self._outbox.put([Warned(warning)])


_WHAT_WAS_SAID = "What have we said so far?"
_LEFT_OUT = sentence("{count} older messages were left out for {deployment}: this chat is longer than it can read.")
_SUMMARISED = sentence("{count} older messages were summarised by {by} for {deployment}.")


class Runner:
    """An attempt of a race, with what has to happen before and after its call."""

    def __init__(self, calls: Calls, attempt: Attempt, move: Try) -> None:
        self.attempt = attempt
        self._calls = calls
        self._move = move

    @property
    def has_begun(self) -> bool:
        """Whether its first token came."""
        return self.attempt.has_begun

    async def run(self) -> Failure | None:
        """Make the call."""
        return await self._calls.follow(self.attempt, self._move)

    def give_up(self, kind: FailureKind) -> None:
        """End the call."""
        self.attempt.give_up(kind)
