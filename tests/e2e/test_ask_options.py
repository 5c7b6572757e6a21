"""`ask` with files, tools, a form for the reply and what shapes it: the requests that leave, the objects that come."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.command_line import GOOD, JSON, STREAM, chain, chunk, finish, play, refused, run
from tests.fakes.http_server import HttpServer, Script, sse
from tests.services.test_attachments import PDF, picture

from switchyard.bootstrap import open_services

CALLS = Script(
    sse(
        chunk(role="assistant", content=None),
        chunk(tool_calls=[{"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": ""}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"at": '}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '"Rome"}'}}]),
        finish("tool_calls"),
    ),
    headers=STREAM,
)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


def sent(server: HttpServer) -> dict[str, Any]:
    body = json.loads(server.received[-1].body)
    assert isinstance(body, dict)
    return body


async def test_what_shapes_a_reply_is_sent(server: HttpServer, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"a": {"type": "integer"}}}')
    await chain(server, "a")
    play(server, "a", GOOD)
    ended = await run(
        "ask", "hi", "--temperature", "0.5", "--top-p", "0.9", "--max-output", "50", "--stop", "END", "--stop", "##",
        "--seed", "7", "--schema", str(tmp_path / "schema.json"), "--json",
    )  # fmt: skip
    assert ended.code == 0
    body = sent(server)
    assert (body["temperature"], body["top_p"], body["stop"], body["seed"]) == (0.5, 0.9, ["END", "##"], 7)
    assert 50 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert body["response_format"]["type"] == "json_schema"


async def test_a_refused_parameter_is_remembered_though_the_call_fails_without_it(server: HttpServer) -> None:
    await chain(server, "a")
    said = json.dumps({"error": {"message": "Unknown parameter: 'seed'.", "param": "seed"}})
    play(server, "a", Script(said, 400, JSON), refused(400), GOOD)
    failed = await run("ask", "hi", "--seed", "7", "--json")
    assert (failed.code, len(server.received)) == (3, 2)
    assert (await run("ask", "hi", "--seed", "7", "--json")).code == 0
    assert [("seed" in json.loads(request.body)) for request in server.received] == [True, False, False]


async def test_tools_are_offered_and_calls_come_out(server: HttpServer, tmp_path: Path) -> None:
    (tmp_path / "tools.json").write_text(
        '[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]'
    )
    await chain(server, "a", "b")
    play(server, "a", CALLS)
    ended = await run("ask", "hi", "--tools", str(tmp_path / "tools.json"), "--json")
    assert (ended.code, ended.json["text"], ended.json["finish"]) == (0, "", "tool_calls")
    assert ended.json["tool_calls"] == [{"id": "c1", "name": "look", "arguments": {"at": "Rome"}}]
    assert sent(server)["tools"][0]["function"]["name"] == "look"
    shown = json.loads((await run("history", "show", ended.json["conversation"], "--json")).out)
    assert shown["messages"][1]["state"] == "complete"

    plain = await run("ask", "hi", "--tools", str(tmp_path / "tools.json"))
    assert (plain.code, plain.out) == (0, "")
    assert 'The model asks for the tool look with {"at": "Rome"}' in plain.err


@pytest.mark.parametrize("words", ["", "I will look."])
async def test_a_call_that_nobody_answered_is_not_sent_with_the_next_message(
    server: HttpServer, tmp_path: Path, words: str
) -> None:
    (tmp_path / "tools.json").write_text('[{"type": "function", "function": {"name": "look"}}]')
    await chain(server, "a")
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    asks = Script(sse(chunk(content=words), chunk(tool_calls=[call]), finish("tool_calls")), headers=STREAM)
    play(server, "a", asks, GOOD)
    first = await run("ask", "hi", "--tools", str(tmp_path / "tools.json"), "--json")
    assert [each["name"] for each in first.json["tool_calls"]] == ["look"]
    assert (await run("ask", "It is there.", "--continue", first.json["conversation"])).code == 0
    reply = [{"role": "assistant", "content": words}] if words else []
    assert sent(server)["messages"] == [
        {"role": "user", "content": "hi"}, *reply, {"role": "user", "content": "It is there."}
    ]  # fmt: skip


async def test_an_image_and_documents_go_with_the_words_and_again_with_the_next(
    server: HttpServer, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "a.png").write_bytes(picture("PNG", 40))
    (tmp_path / "a.pdf").write_bytes(PDF)
    (tmp_path / "a.txt").write_text("Blue is a colour.", encoding="utf-8")
    await chain(server, "a")
    play(server, "a", GOOD, GOOD)
    files = ["--image", str(tmp_path / "a.png"), "--file", str(tmp_path / "a.pdf"), "--file", str(tmp_path / "a.txt")]
    first = await run("ask", "what is this?", *files, "--json")
    assert first.code == 0
    for words in (server.received[0].body.decode(),):
        assert "data:image/png;base64," in words
        assert "Blue is a colour." in words
        assert "what is this?" in words
        assert "Hello reader" in words or "data:application/pdf;base64," in words
    assert len([file for file in (data_dir / "blobs").rglob("*") if file.is_file()]) == 3
    assert (await run("ask", "and now?", "--continue", first.json["conversation"], "--json")).code == 0
    assert sent(server)["messages"][0] == json.loads(server.received[0].body)["messages"][0]


async def test_without_saving_no_content_is_kept(server: HttpServer, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "a.txt").write_text("Blue is a colour.", encoding="utf-8")
    await chain(server, "a")
    play(server, "a", GOOD)
    assert (await run("ask", "hi", "--file", str(tmp_path / "a.txt"), "--no-save", "--json")).code == 0
    assert "Blue is a colour." in server.received[0].body.decode()
    assert not [file for file in (data_dir / "blobs").rglob("*") if file.is_file()]


async def test_a_model_that_cannot_see_is_skipped(server: HttpServer, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture("PNG", 40))
    server.play("/b/v1/models", Script(json.dumps({"data": [{"id": "m", "capabilities": {"vision": False}}]})))
    await chain(server, "b", "a")
    play(server, "a", GOOD)
    async with open_services(environment={"SWITCHYARD_DATA_DIR": str(data_dir)}) as services:
        await services.accounts.test(await services.accounts.get("b"))
    ended = await run("ask", "hi", "--image", str(tmp_path / "a.png"), "--json")
    assert ended.code == 0
    assert ended.json["route"]["skipped"] == [{"step": 1, "deployment": "b/m", "reason": "no_vision"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--image", "FILE.txt"], "FILE.txt is no image."),
        (["--file", "FILE.bin"], "FILE.bin cannot be attached."),
        (["--file", "gone.txt"], "gone.txt cannot be read"),
        (["--tools", "FILE.txt"], "FILE.txt is no JSON."),
        (["--tools", "LIST.json"], "LIST.json holds something that is no tool."),
        (["--schema", "LIST.json"], "LIST.json holds no JSON schema."),
        (["--temperature", "warm"], "warm is not a number of 0 or more"),
        (["--max-output", "0"], "0 is not a number of 1 or more"),
        (["--effort", "huge"], "huge"),
    ],
)
async def test_what_cannot_be_used_is_said_before_anything_is_sent(
    server: HttpServer, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "FILE.txt").write_text("words")
    (tmp_path / "FILE.bin").write_bytes(b"\0\1")
    (tmp_path / "LIST.json").write_text('[{"no": "name"}]')
    await chain(server, "a")
    option, value = arguments
    ended = await run("ask", "hi", option, str(tmp_path / value) if "." in value else value)
    assert ended.code == 2
    assert said.lower() in ended.err.replace(f"{tmp_path}/", "").lower()
    assert server.received == []
