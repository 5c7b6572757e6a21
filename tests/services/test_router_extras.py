"""What comes and goes beside words: calls, images, sources, what goes back, and what a deployment does not take."""

from __future__ import annotations

import pytest
from tests.services.test_router import GOOD, play, request

from switchyard.core.content import (
    Capability,
    Citation,
    Effort,
    GeneratedImage,
    Opaque,
    Parameters,
    ToolCall,
)
from switchyard.core.events import (
    Cited,
    Finish,
    Finished,
    ImageMade,
    OpaqueGiven,
    ParameterRefused,
    Produced,
    ProviderEvent,
    RouteEvent,
    TextDelta,
    ToolCalled,
    Warned,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import MessageState
from switchyard.core.route import Outcome
from switchyard.core.value import replace

CALL, IMAGE = ToolCall("c1", "look", "{}"), GeneratedImage("image/png", "aGk=")
SOURCE, BACK = Citation("https://example.org"), Opaque("scripted", [1])


def warnings(events: list[RouteEvent]) -> list[str]:
    return [event.sentence.english() for event in events if isinstance(event, Warned)]


@pytest.mark.parametrize("event", [ToolCalled(CALL), ImageMade(IMAGE)])
async def test_a_call_or_an_image_is_an_answer(event: ProviderEvent) -> None:
    played = await play(request("m"), {"m": [[event, OpaqueGiven(BACK), Finished(Finish.TOOL_CALLS)]]})
    (extra,) = played.end.extras
    assert extra in (CALL, IMAGE)
    produced = [e for e in played.events if isinstance(e, Produced)]
    assert [e.extra for e in produced] == [extra]
    assert (played.end.state, played.end.opaque) == (MessageState.COMPLETE, BACK)
    (attempt,) = played.record.attempts
    assert (attempt.outcome, attempt.ttft_ms is not None) == (Outcome.COMPLETED, True)
    assert produced[0].ttft_ms == attempt.ttft_ms


async def test_a_source_is_told_once_and_is_no_answer() -> None:
    cited = [Cited(SOURCE), Cited(SOURCE), Finished(Finish.STOP)]
    played = await play(request("m"), {"m": [[TextDelta("words"), *cited]]})
    assert list(played.end.extras) == [SOURCE]
    nothing = await play(request("m", retries=0), {"m": [cited]})
    assert nothing.record.attempts[0].failure is not None
    assert nothing.record.attempts[0].failure.kind is FailureKind.EMPTY


async def test_after_a_call_another_starts_over_and_never_goes_on() -> None:
    long = TextDelta("word " * 100)
    broken = [long, ToolCalled(CALL), Failure(FailureKind.CUT, "broke off")]
    played = await play(request("a", "b"), {"a": [broken], "b": [GOOD]})
    assert played.provider.sent_messages[0] == played.provider.sent_messages[1]
    assert (played.end.state, played.end.text, list(played.end.extras)) == (MessageState.COMPLETE, "hello world", [])
    alone = await play(request("a"), {"a": [broken]})
    assert (alone.end.state, list(alone.end.extras)) == (MessageState.INCOMPLETE, [CALL])


async def test_what_is_learned_is_told() -> None:
    played = await play(request("m"), {"m": [[ParameterRefused("seed"), *GOOD]]})
    assert warnings(played.events) == ["acc/m does not take seed: it was left out."]
    assert [line.english() for line in played.record.warnings] == warnings(played.events)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (Parameters(effort=Effort.LOW, seed=1), ["acc/m does not take effort: it was left out."]),
        (Parameters(effort=Effort.NONE), []),
        (Parameters(temperature=0.5), ["acc/m does not take temperature: it was left out."]),
        (Parameters(), []),
    ],
)
async def test_what_is_known_not_to_be_taken_is_told(parameters: Parameters, told: list[str]) -> None:
    facts = {"capabilities": {Capability.REASONING: False}, "refuses": frozenset({"temperature"})}
    played = await play(request("m", facts=facts, parameters=parameters), {"m": [GOOD]})
    assert warnings(played.events) == told


async def test_a_temperature_goes_no_higher_than_whoever_it_falls_over_to_takes_it() -> None:
    wanted = request("hot", "mild", parameters=Parameters(temperature=1.6))
    first, second = wanted.candidates
    milder = replace(second, deployment=replace(second.deployment, hottest=1.0))
    wanted = wanted._replace(candidates=(first, milder))
    played = await play(wanted, {"hot": [[Failure(FailureKind.SERVER)]], "mild": [GOOD]})
    assert [sent.temperature for sent in played.provider.sent_parameters] == [1.6, 1.0]
    assert warnings(played.events) == ["acc/mild takes a temperature of at most 1: it was lowered."]
    assert [warning.english() for warning in played.record.warnings] == warnings(played.events)


async def test_a_temperature_that_is_left_out_is_not_lowered_as_well() -> None:
    facts = {"hottest": 1.0, "refuses": frozenset({"temperature"})}
    played = await play(request("m", facts=facts, parameters=Parameters(temperature=1.6)), {"m": [GOOD]})
    assert warnings(played.events) == ["acc/m does not take temperature: it was left out."]
