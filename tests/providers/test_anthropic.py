"""What is Anthropic's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Capability, Citation, Effort, Opaque, Parameters
from switchyard.core.events import Finish, Finished, OpaqueGiven
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.usage import NANOS, Price, Usage, compute_cost
from switchyard.providers.base import Provider


def events(*values: dict[str, Any]) -> str:
    return "".join(f"event: {value['type']}\ndata: {json.dumps(value)}\n\n" for value in values)


def delta(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def stop(reason: str | None, **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


STOP = {"type": "message_stop"}


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    async def tell(*values: dict[str, Any], **call: Any) -> Any:
        server.play("/messages", fakes.Script(events(*values), headers={"content-type": "text/event-stream"}))
        return await ask("anthropic", server.url(), max_output=100, **call)

    return tell


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("tool_use", Finish.TOOL_CALLS),
        ("refusal", Finish.REFUSAL),
        ("pause_turn", Finish.PAUSE),
        ("a_new_one", Finish.STOP),
        (None, Finish.STOP),
    ],
)
async def test_finish(tell: Any, reason: str | None, finish: Finish) -> None:
    assert (await tell(delta("a"), stop(reason), STOP)).finish is finish


async def test_error_as_the_first_event(tell: Any) -> None:
    told = await tell({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert told.failure.kind is FailureKind.OVERLOADED
    assert told.failure.message == "Overloaded"


async def test_pings_alone_are_empty(tell: Any) -> None:
    assert (await tell({"type": "ping"}, {"type": "ping"})).failure.kind is FailureKind.EMPTY


async def test_usage_is_cumulative_and_nothing_erases_it(tell: Any) -> None:
    start = {
        "type": "message_start",
        "message": {
            "model": "m",
            "usage": {
                "input_tokens": 3,
                "cache_creation_input_tokens": 30,
                "cache_read_input_tokens": 10,
                "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
                "output_tokens": 1,
            },
        },
    }
    told = await tell(start, delta("a"), stop("end_turn", output_tokens=7, input_tokens=None), STOP)
    usage = told.usage
    assert (usage.input, usage.output, usage.cached_input) == (43, 7, 10)
    assert (usage.cache_write_5m, usage.cache_write_1h) == (20, 10)
    later = stop("end_turn", output_tokens=7, input_tokens=5, cache_read_input_tokens=12)
    usage = (await tell(start, later, STOP)).usage
    assert (usage.input, usage.cached_input, usage.cache_write) == (17, 12, 0), "later counts of the cache win whole"


async def test_text_at_the_start_of_a_block(tell: Any) -> None:
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Al"}}
    assert (await tell(block, delta("l"), stop("end_turn"), STOP)).text == "All"


async def test_nothing_to_say_is_not_sent(tell: Any, server: Any) -> None:
    told = await tell(delta("a"), STOP, messages=(ChatMessage(Role.USER, " "),))
    assert told.failure.kind is FailureKind.LOCAL
    assert server.received == []


async def _sent_limit(server: Any, fakes: Any, ask: Any, model: str) -> int:
    server.play("/messages", fakes.transcript("anthropic.sse"))
    told = await ask("anthropic", server.url(), model=model)
    assert told.failure is None
    return int(server.received[-1].json()["max_tokens"])


async def test_limit_is_the_models_own_and_asked_for_once(server: Any, fakes: Any, ask: Any) -> None:
    rows = [{"id": "big", "max_tokens": 128_000, "max_input_tokens": 1_000_000}, {"id": "old"}]
    server.play("/models", fakes.Script(json.dumps({"data": rows, "has_more": False, "last_id": "old"})))
    assert await _sent_limit(server, fakes, ask, "big") == 128_000
    assert await _sent_limit(server, fakes, ask, "old") == 4096
    assert await _sent_limit(server, fakes, ask, "unlisted") == 4096
    assert [path for path in server.paths() if path.startswith("/models")] == ["/models?limit=1000"]


@pytest.mark.parametrize("drop", [False, True])
async def test_list_that_fails_is_no_failure_of_the_call(drop: bool, server: Any, fakes: Any, ask: Any) -> None:
    server.play("/models", fakes.Script("", 500, drop=drop))
    assert await _sent_limit(server, fakes, ask, "big") == 4096
    assert await _sent_limit(server, fakes, ask, "big") == 4096
    assert server.paths().count("/models?limit=1000") == 1


async def test_list_has_pages(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    server.play(
        "/models",
        fakes.Script(json.dumps({"data": [{"id": "a", "max_tokens": 5}], "has_more": True, "last_id": "a/b"})),
        fakes.Script(json.dumps({"data": [{"id": "c", "max_input_tokens": 9}], "has_more": False, "last_id": "c"})),
    )
    models = await providers["anthropic"].list_models(Endpoint("a", "anthropic", server.url(), key="k"))
    assert [(model.name, model.context, model.max_output) for model in models] == [("a", None, 5), ("c", 9, None)]
    assert server.paths() == ["/models?limit=1000", "/models?limit=1000&after_id=a%2Fb"]


async def test_list_tells_what_models_take(server: Any, fakes: Any, providers: dict[str, Provider], ask: Any) -> None:
    yes, no = {"supported": True}, {"supported": False}
    told = {"image_input": yes, "pdf_input": no, "thinking": {**yes, "types": {"adaptive": yes, "enabled": no}}}
    row = {"id": "mine", "max_tokens": 9000, "capabilities": {**told, "structured_outputs": None, "batch": yes}}
    server.play("/models", fakes.Script(json.dumps({"data": [row], "has_more": False})))
    server.play("/messages", fakes.transcript("anthropic.sse"))
    here = Endpoint("here", "anthropic", server.url(), key="k")
    (model,) = await providers["anthropic"].list_models(here)
    assert model.capabilities == {
        Capability.VISION: True,
        Capability.FILES: False,
        Capability.REASONING: True,
    }
    await ask("anthropic", server.url(), model="mine", parameters=Parameters(effort=Effort.HIGH))
    assert server.received[-1].json()["thinking"]["type"] == "adaptive", "the name alone tells of no such thing"


@pytest.mark.parametrize(
    ("wanted", "known", "sent"), [(200, None, 200), (200, 100, 100), (200, 4096, 200), (None, 4096, 4096)]
)
async def test_limit_is_the_persons_up_to_the_models(
    server: Any, fakes: Any, ask: Any, wanted: int | None, known: int | None, sent: int
) -> None:
    server.play("/messages", fakes.transcript("anthropic.sse"))
    await ask("anthropic", server.url(), max_output=known, parameters=Parameters(max_output=wanted))
    assert server.received[-1].json()["max_tokens"] == sent
    assert server.paths() == ["/messages"]


async def test_what_is_refused_is_left_out_once_and_told(server: Any, fakes: Any, ask: Any) -> None:
    error = {"type": "invalid_request_error", "message": "output_config.effort: Extra inputs are not permitted"}
    server.play(
        "/messages",
        fakes.Script(json.dumps({"type": "error", "error": error}), 400),
        fakes.transcript("anthropic.sse"),
    )
    parameters = Parameters(effort=Effort.HIGH, seed=7)
    told = await ask("anthropic", server.url(), model="claude-opus-4-6", max_output=4096, parameters=parameters)
    assert told.failure is None
    assert told.refused == ["effort"]
    assert len(told.warnings) == 1
    assert "seed" in told.warnings[0]
    first, second = (received.json() for received in server.received)
    assert (first["output_config"], first["thinking"]) == ({"effort": "high"}, {"type": "adaptive"})
    assert "output_config" not in second
    assert "thinking" not in second


# --- what a reply holds beside its words ----------------------------------------------------------------------------


def begin(index: int | None, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", **({} if index is None else {"index": index}), "content_block": block}


def more(index: int | None, kind: str, **delta: Any) -> dict[str, Any]:
    place = {} if index is None else {"index": index}
    return {"type": "content_block_delta", **place, "delta": {"type": kind, **delta}}


def end(index: int | None) -> dict[str, Any]:
    return {"type": "content_block_stop", **({} if index is None else {"index": index})}


async def test_calls_are_joined_from_pieces_several_at_once(tell: Any) -> None:
    told = await tell(
        begin(0, type="tool_use", id="a", name="f", input={}),
        begin(1, type="tool_use", id="b", name="g", input={}),
        more(0, "input_json_delta", partial_json='{"x":'),
        more(1, "input_json_delta", partial_json=""),
        more(0, "input_json_delta", partial_json=' "1"}'),
        end(1),
        end(0),
        begin(2, type="tool_use", id="c", name="h", input={"whole": True}),
        end(2),
        begin(3, type="tool_use", id="d", name="i", input={}),
        more(3, "input_json_delta", partial_json='{"broken": '),
        end(3),
        stop("tool_use"),
        STOP,
    )
    assert [(call.id, call.name, call.arguments) for call in told.calls] == [
        ("b", "g", "{}"),
        ("a", "f", '{"x": "1"}'),
        ("c", "h", '{"whole": true}'),
        ("d", "i", '{"broken": '),
    ]
    assert told.finish is Finish.TOOL_CALLS
    assert told.opaque is None, "words and calls alone tell all"


async def test_calls_count_more_than_the_word_for_the_end(tell: Any) -> None:
    told = await tell(begin(None, type="tool_use", name="f"), more(None, "input_json_delta"), stop("end_turn"), STOP)
    assert [call.name for call in told.calls] == ["f"]
    assert told.calls[0].id
    assert told.finish is Finish.TOOL_CALLS


async def test_call_without_a_name_or_of_the_provider_is_none_of_ours(tell: Any) -> None:
    told = await tell(
        begin(0, type="tool_use", id="a", name=None),
        end(0),
        begin(1, type="server_tool_use", id="b", name="web_search", input={}),
        more(1, "input_json_delta", partial_json='{"query":"x"}'),
        end(1),
        delta("Done."),
        stop("end_turn"),
        STOP,
    )
    assert told.calls == []
    assert told.finish is Finish.STOP


async def test_blocks_to_be_sent_back_are_those_that_came(tell: Any) -> None:
    cited = {"type": "web_search_result_location", "url": "https://x.test/", "title": "X", "cited_text": "So.", "n": 1}
    told = await tell(
        begin(0, type="thinking", thinking="", signature=""),
        more(0, "thinking_delta", thinking="Hm"),
        more(0, "thinking_delta", thinking="m."),
        more(0, "signature_delta", signature="c2ln"),
        end(0),
        begin(1, type="redacted_thinking", data="eHh4"),
        end(1),
        begin(2, type="thinking", thinking="Unsigned.", signature=""),
        end(2),
        begin(3, type="server_tool_use", id="s", name="web_search", input={}),
        more(3, "input_json_delta", partial_json='{"query":"x"}'),
        end(3),
        begin(4, type="web_search_tool_result", tool_use_id="s", content=[{"type": "web_search_result", "url": "u"}]),
        end(4),
        begin(5, type="text", text="", citations=[]),
        more(5, "citations_delta", citation=cited),
        more(5, "text_delta", text="It is so."),
        end(5),
        begin(6, type="text", text=""),
        more(6, "text_delta", text="\n\n"),
        end(6),
        begin(7, type="tool_use", id="a", name="f", input={}, caller={"type": "direct"}),
        end(7),
        stop("tool_use"),
        STOP,
        model="claude-x",
    )
    assert told.reasoning == "Hmm.Unsigned."
    assert told.text == "It is so.\n\n"
    assert told.opaque == Opaque(
        "anthropic",
        {
            "model": "claude-x",
            "content": [
                {"type": "thinking", "thinking": "Hmm.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "eHh4"},
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "s",
                    "content": [{"type": "web_search_result", "url": "u"}],
                },
                {"type": "text", "text": "It is so.", "citations": [cited]},
                {"type": "tool_use", "id": "a", "name": "f", "input": {}, "caller": {"type": "direct"}},
            ],
        },
    )
    assert told.citations == [Citation("https://x.test/", "X", "So.")]
    assert isinstance(told.events[-1], Finished)
    assert isinstance(told.events[-2], OpaqueGiven)


async def test_whole_reply_tells_the_same(server: Any, fakes: Any, ask: Any) -> None:
    content = [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {
            "type": "text",
            "text": "So.",
            "citations": [{"url": "https://x.test/", "cited_text": "a"}, None, {"source": "notes"}],
        },
        {"type": "text", "text": "And so.", "citations": None},
        {"type": "tool_use", "id": "a", "name": "f", "input": {"x": "ä"}},
        "no block",
        {"type": None},
    ]
    message = {"type": "message", "model": "m", "content": content, "stop_reason": "tool_use", "usage": None}
    server.play("/messages", fakes.Script(json.dumps(message)))
    told = await ask("anthropic", server.url(), stream=False, max_output=100, model="m")
    assert (told.reasoning, told.text, told.finish) == ("Hm.", "So.And so.", Finish.TOOL_CALLS)
    assert [call.arguments for call in told.calls] == ['{"x": "ä"}']
    assert told.citations == [Citation("https://x.test/", None, "a")]
    blocks = told.opaque.value["content"]
    assert [block["type"] for block in blocks] == ["thinking", "text", "text", "tool_use"]
    assert len(blocks[1]["citations"]) == 2
    assert "citations" not in blocks[2]


async def test_paused_reply_goes_back_whole(tell: Any, server: Any) -> None:
    told = await tell(delta("Let me see."), stop("pause_turn"), STOP, model="m")
    assert told.finish is Finish.PAUSE
    assert told.opaque.value["content"] == [{"type": "text", "text": "Let me see."}]
    paused = ChatMessage(Role.ASSISTANT, told.text, opaque=told.opaque)
    await tell(delta("So."), stop("end_turn"), STOP, messages=(ChatMessage(Role.USER, "Hi"), paused), model="m")
    assert server.received[-1].json()["messages"][-1] == {"role": "assistant", "content": told.opaque.value["content"]}


async def test_why_it_declines_is_told(tell: Any) -> None:
    declined = stop("refusal")
    declined["delta"]["stop_details"] = {"type": "refusal", "category": "cyber", "explanation": "That is not allowed."}
    told = await tell(declined, STOP)
    assert told.finish is Finish.REFUSAL
    assert told.warnings == ["The provider added: That is not allowed."]


async def test_search_that_fails_is_told(tell: Any) -> None:
    error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    block = begin(0, type="web_search_tool_result", tool_use_id="s", content=error)
    told = await tell(block, end(0), delta("Sorry."), stop("end_turn"), STOP)
    assert told.failure is None
    assert "max_uses_exceeded" in told.warnings[0]


async def test_everything_that_is_counted(tell: Any) -> None:
    counts: dict[str, Any] = {
        "input_tokens": "3",
        "output_tokens": 20,
        "cache_read_input_tokens": 5,
        "cache_creation_input_tokens": 40,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 30},
        "output_tokens_details": {"thinking_tokens": 12},
        "server_tool_use": {"web_search_requests": 2},
    }
    rounds = [{"type": "message", "input_tokens": 1, "output_tokens": 9}, {"type": "message", "input_tokens": 2}]
    for iterations in (None, [], rounds):
        usage = (await tell(delta("a"), stop("end_turn", **counts, iterations=iterations), STOP)).usage
        assert usage == Usage(48, 20, 5, 10, 30, 12, searches=2), "rounds of one model are in the sum already"


async def test_what_other_models_did_is_priced_as_theirs(tell: Any) -> None:
    rounds = [
        {"type": "compaction", "input_tokens": 1800, "output_tokens": 35, "cache_read_input_tokens": 100},
        {"type": "advisor_message", "model": "claude-big", "input_tokens": 50, "output_tokens": 5},
        {"type": "message", "model": "claude-x", "input_tokens": 230, "output_tokens": 10},
    ]
    counts = {"input_tokens": 230, "output_tokens": 10, "iterations": rounds}
    usage = (await tell(delta("a"), stop("end_turn", **counts), STOP, model="claude-x")).usage
    assert (usage.input, usage.output, usage.cached_input) == (2180, 50, 100)
    assert [(each.model, each.usage.input, each.usage.output) for each in usage.iterations] == [
        (None, 1900, 35),
        ("claude-big", 50, 5),
        (None, 230, 10),
    ]
    rounds = [
        {"type": "message", "model": "claude-x", "input_tokens": 9, "output_tokens": 1},
        {"type": "fallback_message", "model": "claude-y", "input_tokens": 9, "output_tokens": 8},
    ]
    start = {"type": "message_start", "message": {"model": "claude-y"}}
    ended = stop("end_turn", input_tokens=9, output_tokens=8, iterations=rounds)
    usage = (await tell(start, delta("a"), ended, STOP, model="claude-x")).usage
    assert [each.model for each in usage.iterations] == ["claude-x", None], "None is whoever answered"


@pytest.mark.parametrize(
    ("counts", "price", "nanos"),
    [
        ((3, 12_304, 550), Price(3 * NANOS, 15 * NANOS, cache_write_5m_nanos=3_750_000_000), 54_399_000),
        ((6, 159_217, 2_745), Price(5 * NANOS, 25 * NANOS, cache_write_5m_nanos=6_250_000_000), 1_063_761_250),
    ],
)
async def test_cost_is_exact_where_the_cache_is_written(
    tell: Any, counts: tuple[int, int, int], price: Price, nanos: int
) -> None:
    fresh, written, said = counts
    usage = {"input_tokens": fresh, "cache_creation_input_tokens": written, "cache_read_input_tokens": 0}
    start = {"type": "message_start", "message": {"usage": {**usage, "output_tokens": 1}}}
    for last in (stop("end_turn", output_tokens=said), stop("end_turn", **usage, output_tokens=said)):
        told = await tell(start, delta("a"), last, STOP)
        assert compute_cost(told.usage, price) == nanos


@pytest.mark.parametrize(
    "strange",
    [
        {"type": "content_block_start", "index": [], "content_block": None},
        {"type": "content_block_start", "index": 0, "content_block": {"type": []}},
        {"type": "content_block_delta", "index": {}, "delta": {"type": [], "text": 3}},
        {"type": "content_block_delta", "delta": None},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": None}},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "signature_delta", "signature": 3}},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "citations_delta", "citation": "x"}},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "input_json_delta", "partial_json": {}}},
        {"type": "content_block_stop", "index": None},
        {"type": "message_start", "message": 3},
        {"type": "message_delta", "delta": [], "usage": []},
        {"type": "message_delta", "delta": {"stop_reason": 3, "stop_details": 3}, "usage": {"iterations": 3}},
        {"type": "message_delta", "delta": {}, "usage": {"cache_creation": [], "iterations": [{"type": []}, None]}},
        {"type": ["a"]},
    ],
)
async def test_strange_shapes_are_passed_over(tell: Any, strange: dict[str, Any]) -> None:
    told = await tell(begin(0, type="text", text=""), strange, delta("All"), stop("end_turn"), STOP)
    assert told.failure is None
    assert (told.text, told.finish) == ("All", Finish.STOP)
