"""`switchyard ask`: one question, or one on each line of standard input."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any

from switchyard.cli import explaining
from switchyard.cli.answering import Asked, read_asked
from switchyard.cli.ask_options import read_options
from switchyard.cli.interrupt import Interrupt
from switchyard.cli.objects import answer_object
from switchyard.cli.parser import UsageError
from switchyard.cli.standard_input import read_all
from switchyard.cli.terminal import Terminal
from switchyard.core.chain import parse_deployment
from switchyard.core.content import Extra, ToolCall
from switchyard.core.events import (
    AttemptEnded,
    AttemptLoading,
    AttemptStarted,
    Continued,
    Finish,
    Produced,
    RouteEnded,
    Shown,
    TakenBack,
    WaitStarted,
)
from switchyard.core.failure_words import told_code
from switchyard.core.failures import DECISIONS, FailureKind
from switchyard.core.message import ConversationId
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import record
from switchyard.services.aims import SIMULATED_MODEL, Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt

DONE, NO_ANSWER, OVER_BUDGET, A_PERSON, INTERRUPTED = 0, 3, 4, 5, 130
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@record
class Answer:
    """What a prompt came to."""

    text: str
    reasoning: str
    route: RouteRecord
    conversation: str | None
    extras: Sequence[Extra] = ()

    @property
    def exit_code(self) -> int:
        """The code of docs/interfaces for this end."""
        if self.route.finish is Finish.CANCELLED:
            return INTERRUPTED
        if self.route.question is not None:
            return A_PERSON
        if self.route.failure is not None and self.route.failure.kind is FailureKind.BUDGET:
            return OVER_BUDGET
        return DONE if any(a.outcome is Outcome.COMPLETED for a in self.route.attempts) else NO_ANSWER

    def as_object(self, services: Services) -> dict[str, Any]:
        """The object of `--json`."""
        warnings = [*services.warnings, *self.route.warnings]
        return answer_object(
            text=self.text,
            reasoning=self.reasoning,
            route=self.route,
            conversation=self.conversation,
            extras=self.extras,
            warnings=[warning.english() for warning in warnings],
        )


async def run(args: argparse.Namespace, services: Services, terminal: Terminal, interrupt: Interrupt) -> int:
    """Answer one question; return the exit code."""
    asked = await _asked(args, services)
    if asked is not None and asked.leaves:
        left = Answer(asked.reply.text, asked.reply.reasoning, asked.left, asked.conversation)
        return _print_left(left, args, services, terminal)
    prompt = await _prompt(args, services, asked)
    if args.explain:
        return explaining.tell(*await services.chat.explain(prompt), terminal, as_json=args.json)
    await _tell_of_simulator(prompt, services, terminal)
    live = terminal if terminal.streams and not args.json else None
    answer = await ask(prompt, services, interrupt, live=live, notes=terminal)
    if args.json:
        terminal.json(answer.as_object(services))
    elif live is not None:
        live.end_line()
    elif answer.text:
        terminal.write(answer.text if answer.text.endswith("\n") else f"{answer.text}\n")
    if not args.json:
        _tell_calls(answer, terminal)
    _tell_end(answer, terminal)
    return answer.exit_code


async def ask(
    prompt: Prompt, services: Services, interrupt: Interrupt, *, live: Terminal | None, notes: Terminal | None
) -> Answer:
    """Send a prompt and gather its answer; `live` is shown the text as it comes."""
    text: dict[int, list[str]] = {}
    reasoning: dict[int, list[str]] = {}
    extras: dict[int, list[Extra]] = {}
    called = ""
    record: RouteRecord | None = None
    async with services.chat.open(prompt) as turn:
        with interrupt.stopping(turn.run.stop):
            async for batch in turn.run:
                for event in batch:
                    if isinstance(event, Shown):
                        text.setdefault(event.n, []).append(event.text)
                        reasoning.setdefault(event.n, []).append(event.reasoning)
                        if live is not None and event.text:
                            live.write(event.text)
                    elif isinstance(event, Produced):
                        extras.setdefault(event.n, []).append(event.extra)
                    elif isinstance(event, TakenBack):
                        if live is not None and "".join(text.pop(event.n, ())):
                            live.start_again()
                        text.pop(event.n, None)
                        reasoning.pop(event.n, None)
                        extras.pop(event.n, None)
                    elif isinstance(event, RouteEnded):
                        record = event.record
                    elif isinstance(event, AttemptStarted):
                        called = event.attempt.deployment
                    elif notes is not None:
                        _note(event, called, notes)
        if record is None:
            raise RuntimeError("a route ended without its record")
        # What was not taken back counts: an attempt that another one continued, and the one that came last.
        said, thought = ("".join(piece for pieces in told.values() for piece in pieces) for told in (text, reasoning))
        beside = [extra for given in extras.values() for extra in given]
        return Answer(said, thought, record, turn.conversation, beside)


def nothing_sent() -> dict[str, Any]:
    """Return the object of an `ask` that was interrupted before it had sent anything."""
    import uuid  # it takes a while, and is wanted where a question was taken back before it was asked

    route = RouteRecord(str(uuid.uuid4()), None, finish=Finish.CANCELLED)
    return answer_object(text="", reasoning="", route=route, conversation=None, warnings=())


async def _asked(args: argparse.Namespace, services: Services) -> Asked | None:
    if args.answer is None:
        return None
    conversation = await _conversation(args.continued, services)
    assert conversation is not None
    return await read_asked(services, conversation, args.answer)


def _print_left(left: Answer, args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """A question is left: what there is of a reply is all there will be."""
    if args.json:
        terminal.json(left.as_object(services))
    elif left.text:
        terminal.write(left.text if left.text.endswith("\n") else f"{left.text}\n")
    return DONE


async def _prompt(args: argparse.Namespace, services: Services, asked: Asked | None) -> Prompt:
    if asked is not None:
        return asked.over(await _prompt_of("", None, args))
    words, continued = args.prompt, args.continued
    if words is None and continued and not _UUID.fullmatch(continued):
        words, continued = continued, ""  # `ask --continue WORDS` goes on in the last conversation
    if words == "-" or (words is None and not sys.stdin.isatty()):
        words = (await read_all()).decode("utf-8-sig", "replace")
    if words is None or not words.strip():
        raise UsageError(sentence("There is no question."), sentence("Give one: switchyard ask PROMPT"))
    return await _prompt_of(words, await _conversation(continued, services), args)


async def _prompt_of(words: str, conversation: ConversationId | None, args: argparse.Namespace) -> Prompt:
    options = await read_options(args)
    return Prompt(
        text=words,
        target=parse_target(args.chain, args.model),
        conversation=conversation,
        system=args.system,
        stream=not args.no_stream,
        save=not args.no_save,
        uploads=options.uploads,
        parameters=options.parameters,
    )


def _tell_calls(answer: Answer, terminal: Terminal) -> None:
    for extra in answer.extras:
        if isinstance(extra, ToolCall):
            terminal.say(
                sentence(
                    "The model asks for the tool {name} with {arguments}", name=extra.name, arguments=extra.arguments
                )
            )


async def _conversation(continued: str | None, services: Services) -> ConversationId | None:
    if continued is None:
        return None
    if continued:
        return ConversationId(continued)
    latest = await services.conversations.latest()
    if latest is None:
        raise UsageError(sentence("There is no conversation to go on with."))
    return latest


def parse_target(chain: str | None, model: str | None) -> Target:
    """Return what `--chain` or `--model` names; raises `UsageError` for a model without its account."""
    if model is None:
        return Target(chain=chain)
    deployment = parse_deployment(model)
    if deployment is None:
        raise UsageError(
            sentence("{model} names no account.", model=model), sentence("Write it as ACCOUNT/MODEL: sim/sim-steady")
        )
    return Target(model=deployment)


async def _tell_of_simulator(prompt: Prompt, services: Services, terminal: Terminal) -> None:
    if prompt.target == Target() and (await services.chat.default_target()).model == SIMULATED_MODEL:
        terminal.say(sentence("No account is set up yet: the Simulator answers."))


def _note(event: object, called: str, notes: Terminal) -> None:
    if isinstance(event, AttemptLoading):
        notes.say(sentence("Loading {deployment}.", deployment=called))
    elif isinstance(event, WaitStarted) and event.rate_limited:
        seconds = f"{event.seconds:.0f}"
        notes.say(sentence("Waiting {seconds} s for {deployment}.", seconds=seconds, deployment=event.deployment))
    elif isinstance(event, WaitStarted):
        notes.say(sentence("Trying {deployment} again.", deployment=event.deployment))
    elif isinstance(event, Continued):
        notes.say(sentence("Continued by {deployment}: the connection was lost.", deployment=called))
    elif isinstance(event, AttemptEnded) and event.attempt.outcome is Outcome.FAILED:
        notes.note(describe_failure(event.attempt))


def describe_failure(attempt: AttemptRecord) -> str:
    """Return one line on why an attempt failed: the class's summary, then the provider's words."""
    failure = attempt.failure
    if failure is None:
        return ""
    summary = DECISIONS[failure.kind].summary
    told = ", ".join(part for part in (str(failure.status or ""), told_code(failure)) if part)
    words = [Sentence(summary.source, {"deployment": attempt.deployment}).english(), failure.message]
    if told:
        words.append(f"({told})")
    return " ".join(word for word in words if word)


def _tell_end(answer: Answer, terminal: Terminal) -> None:
    for warning in answer.route.warnings:
        terminal.say(warning)
    question = answer.route.question
    if question is not None:
        terminal.say(question.text)
        if answer.conversation is not None:
            answers = "|".join(option.id for option in question.options)
            command = f"switchyard ask --continue {answer.conversation} --answer {answers}"
            terminal.say(sentence("Answer it with: {command}", command=command))
        return
    if answer.exit_code not in (NO_ANSWER, OVER_BUDGET):
        return
    if answer.text:
        terminal.say(sentence("The reply was cut off."))
        return
    failure = answer.route.failure
    if failure is not None and failure.kind is FailureKind.LOCAL and not answer.route.skipped:
        terminal.note(failure.message)  # a track refuses in the chain's own words
        return
    if not answer.route.attempts:
        for line in answer.route.decision:
            terminal.say(line)
    terminal.say(sentence("No model answered."))
