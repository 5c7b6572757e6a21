"""`switchyard ask` from outside: real processes, real servers on loopback, exit codes and every field of the JSON."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.e2e.command_line import GOOD, STREAM, WHOLE, Ended, chain, chunk, finish, play, refused, run, start
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.message import Role


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def add(name: str, address: str) -> None:
    """Add an account to the test's data directory."""
    async with open_services(environment=os.environ) as services:
        await services.accounts.add("openai-compatible", name, base_url=address)


async def files() -> dict[Path, bytes]:
    """Everything that lies in the test's data directory."""

    def read() -> dict[Path, bytes]:
        found = Path(os.environ["SWITCHYARD_DATA_DIR"]).rglob("*")
        return {path: path.read_bytes() for path in found if path.is_file()}

    return await asyncio.to_thread(read)


def calls(server: HttpServer, name: str) -> int:
    return sum(1 for r in server.received if r.method == "POST" and r.path == f"/{name}/v1/chat/completions")


async def test_with_nothing_set_up_the_simulator_answers() -> None:
    ended = await run("ask", "hello", "--model", "sim/sim-fast", "--json")
    assert ended.code == 0
    answer = ended.json
    assert answer["simulated"] is True
    assert answer["cost"] is not None
    plain = await run("ask", "hello")
    assert plain.code == 0
    assert plain.out.strip()
    assert "Simulator" in plain.err


async def test_every_field_of_a_failed_and_a_completed_attempt(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", refused(429, "rate_limit_exceeded", retry_after="60"))
    play(server, "b", GOOD)
    ended = await run("ask", "hi", "--json")
    assert ended.code == 0
    answer = ended.json
    route = answer["route"]
    first, second = route["attempts"]
    assert (answer["text"], answer["finish"], answer["reasoning"]) == ("w0 w1", "stop", None)
    assert answer["usage"] | {"cached_input": None} == {
        "input": 11, "output": 20, "cached_input": None, "cache_write": 0, "reasoning": None, "estimated": False,
    }  # fmt: skip
    assert (answer["cost"], answer["simulated"]) == (None, False)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", answer["conversation"])
    assert route["chain"] == "Everyday"
    assert route["decision"] == ["a/m was rate limited.", "b/m answered."]
    assert first["failure"] == {
        "kind": "RATE_LIMIT", "status": 429, "code": "rate_limit_exceeded", "message": "stub 429",
        "retry_after_s": 60, "request_id": None,
    }  # fmt: skip
    assert (first["n"], first["step"], first["reason"], first["outcome"]) == (1, 1, "first", "failed")
    assert (first["usage"], first["cost"], first["ttft_ms"]) == (None, "0", None)
    assert (second["n"], second["step"], second["reason"], second["outcome"]) == (2, 2, "fallback", "completed")
    assert second["served_model"] == "m-2026"
    assert isinstance(second["ttft_ms"], int)
    assert isinstance(second["duration_ms"], int)
    assert (calls(server, "a"), calls(server, "b")) == (1, 1)


HTML = Script("<html><body>Bad gateway</body></html>", 200, {"content-type": "text/html"})
FAILURES: dict[str, tuple[Script, int]] = {
    # what the first one does: its class, and its calls alone
    "SERVER": (refused(500), 2),
    "OVERLOADED": (refused(529), 3),
    "AUTH": (refused(401), 1),
    "QUOTA": (refused(429, "insufficient_quota"), 1),
    "PERMISSION": (refused(403), 1),
    "MODEL_GONE": (refused(404, "model_not_found"), 1),
    "CONTEXT": (refused(400, "context_length_exceeded"), 1),
    "EMPTY": (Script("data: [DONE]\n\n", headers=STREAM), 2),
    "BAD_EVENT": (HTML, 1),
    "CUT": (Script(sse(chunk(role="assistant", content=""), done=False), headers=STREAM, ending="close"), 1),
    "UNKNOWN": (refused(418), 1),
}


BOTH_WAYS = [(kind, stream) for kind in FAILURES for stream in (True, False) if stream or kind not in ("CUT", "EMPTY")]


@pytest.mark.parametrize(("kind", "stream"), BOTH_WAYS)
async def test_it_falls_over_with_one_call_to_the_first(server: HttpServer, kind: str, stream: bool) -> None:
    await chain(server, "a", "b")
    play(server, "a", FAILURES[kind][0])
    play(server, "b", GOOD if stream else WHOLE)
    ended = await run("ask", "hi", "--json", *([] if stream else ["--no-stream"]))
    assert ended.code == 0, ended.err
    assert ended.json["text"] == "w0 w1"
    assert ended.json["route"]["attempts"][0]["failure"]["kind"] == kind
    assert (calls(server, "a"), calls(server, "b")) == (1, 1)


@pytest.mark.parametrize("kind", FAILURES)
async def test_alone(server: HttpServer, kind: str) -> None:
    await chain(server, "a")
    play(server, "a", FAILURES[kind][0])
    ended = await run("ask", "hi", "--json")
    assert ended.code == 3
    answer = ended.json
    assert (answer["text"], answer["finish"]) == ("", "error")
    assert {a["failure"]["kind"] for a in answer["route"]["attempts"]} == {kind}
    assert calls(server, "a") == FAILURES[kind][1]


async def test_refused_connections(server: HttpServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    await add("dead", dead)
    ended = await run("ask", "hi", "--model", "dead/m", "--json")
    assert ended.code == 3
    assert [a["failure"]["kind"] for a in ended.json["route"]["attempts"]] == ["CONNECT", "CONNECT"]
    assert [a["reason"] for a in ended.json["route"]["attempts"]] == ["first", "retry"]


async def test_a_limit_is_waited_out_alone(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", refused(429, retry_after="1"), GOOD)
    ended = await run("ask", "hi", "--json")
    assert ended.code == 0
    assert calls(server, "a") == 2


async def test_a_bad_request_stays(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", refused(400, "invalid_request_error"))
    play(server, "b", GOOD)
    ended = await run("ask", "hi", "--json")
    assert ended.code == 3
    assert (calls(server, "a"), calls(server, "b")) == (1, 0)


async def test_a_refusal_asks_the_person(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", refused(400, "content_policy_violation"))
    play(server, "b", GOOD)
    ended = await run("ask", "hi", "--json")
    assert ended.code == 5
    assert ended.json["question"]["kind"] == "refusal"
    assert calls(server, "b") == 0
    pinned = await run("ask", "hi", "--model", "a/m", "--json")
    assert pinned.code == 3
    assert pinned.json["finish"] in ("refusal", "content_filter")


async def test_thoughts_without_an_answer_ask_the_person(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", Script(sse(chunk(reasoning_content="hm"), finish("stop")), headers=STREAM))
    ended = await run("ask", "hi", "--json")
    assert ended.code == 5
    assert (ended.json["question"]["kind"], ended.json["reasoning"], ended.json["finish"]) == (
        "empty_answer", "hm", "stop",
    )  # fmt: skip


async def test_a_cut_after_little_text_is_said_again_by_the_next(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", Script(sse(chunk(content="half a"), done=False), headers=STREAM, ending="close"))
    play(server, "b", GOOD)
    ended = await run("ask", "hi", "--json")
    assert (ended.code, ended.json["text"], ended.json["seams"]) == (0, "w0 w1", [])
    assert [a["outcome"] for a in ended.json["route"]["attempts"]] == ["failed", "completed"]


async def test_a_cut_after_much_text_is_continued_behind_a_seam(server: HttpServer) -> None:
    await chain(server, "a", "b")
    shown = "".join(f"word{n} " for n in range(40))
    play(server, "a", Script(sse(chunk(content=shown), done=False), headers=STREAM, ending="close"))
    play(server, "b", GOOD)
    ended = await run("ask", "hi", "--json")
    assert (ended.code, ended.json["text"]) == (0, f"{shown}w0 w1")
    assert ended.json["seams"] == [{"at": len(shown), "attempt": 2, "how": "user_turn"}]
    told = json.loads((await run("history", "show", ended.json["conversation"], "--json")).out)
    assert [(m["state"], m["text"]) for m in told["messages"]][1] == ("complete", f"{shown}w0 w1")


async def test_a_cut_after_text_keeps_the_partial_reply(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", Script(sse(chunk(content="half a"), done=False), headers=STREAM, ending="close"))
    ended = await run("ask", "hi", "--json")
    assert ended.code == 3
    assert (ended.json["text"], ended.json["finish"]) == ("half a", "incomplete")
    shown = json.loads((await run("history", "show", ended.json["conversation"], "--json")).out)
    assert [(m["role"], m["state"], m["text"]) for m in shown["messages"]] == [
        ("user", "complete", "hi"),
        ("assistant", "incomplete", "half a"),
    ]


async def test_a_silent_first_one_is_left_at_its_deadline(server: HttpServer) -> None:
    await chain(server, "a", "b", step="    first_token_s: 0.5\n")
    play(server, "a", Script("", headers=STREAM, cut_at=0, ending="stall"))
    play(server, "b", GOOD)
    ended = await run("ask", "hi", "--json")
    assert ended.code == 0
    assert ended.json["route"]["attempts"][0]["failure"]["kind"] == "TIMEOUT_TTFT"
    await asyncio.wait_for(server.left.wait(), 5)


async def test_offline_calls_nobody(server: HttpServer) -> None:
    await chain(server, "a")
    ended = await run("--offline", "ask", "hi", "--json")
    assert ended.code == 3
    route = ended.json["route"]
    assert route["skipped"] == [{"step": 1, "deployment": "a/m", "reason": "offline"}]
    assert (route["attempts"], route["failure"]["kind"]) == ([], "OFFLINE")
    assert not server.received
    assert (await run("--offline", "ask", "hi", "--model", "sim/sim-fast")).code == 0


async def test_the_whole_branch_is_sent(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", GOOD)
    first = await run("ask", "one", "--json")
    second = await run("ask", "two", "--continue", first.json["conversation"], "--system", "be brief", "--json")
    assert second.json["conversation"] == first.json["conversation"]
    assert [(m["role"], m["content"]) for m in server.received[-1].json()["messages"]] == [
        ("system", "be brief"), ("user", "one"), ("assistant", "w0 w1"), ("user", "two"),
    ]  # fmt: skip
    third = await run("ask", "--continue", "three", "--json")
    assert third.code == 0, third.err
    assert third.json["conversation"] == first.json["conversation"]


async def test_without_saving_no_words_are_kept(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", GOOD)
    ended = await run("ask", "my secret words", "--no-save", "--json", "--system", "hush hush")
    assert ended.json["conversation"] is None
    assert json.loads((await run("history", "list", "--json")).out)["conversations"] == []
    for content in (await files()).values():
        assert b"my secret words" not in content
        assert b"hush hush" not in content
        assert b"w0 w1" not in content


async def test_accounts_without_a_default_chain_say_what_to_name(server: HttpServer) -> None:
    await add("a", server.url("/a/v1"))
    ended = await run("ask", "hi")
    assert ended.code == 2
    for word in ("--chain", "--model", "chains default NAME"):
        assert word in ended.err


@pytest.mark.parametrize(
    "args",
    [
        ["ask", "hi", "--chain", "nope"],
        ["ask", "hi", "--model", "nope/m"],
        ["ask", "hi", "--model", "noslash"],
        ["ask", "hi", "--continue", "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"],
        ["ask", ""],
        ["ask", "hi", "--chain", "a", "--model", "b/c"],
        ["nonsense"],
        ["history", "show", "nope"],
        ["chains", "show", "nope"],
        ["chains", "import", "/nowhere/chain.yaml"],
        ["accounts", "test", "nope"],
        ["accounts", "add", "martian", "--name", "x"],
        ["accounts", "add", "openai", "--name", "Not Good"],
        ["accounts", "add", "openai", "--name", "sim"],
        ["accounts", "add", "openai-compatible", "--name", "x"],
        ["accounts", "add", "openai-compatible", "--name", "x", "--base-url", "localhost"],
        ["accounts", "add", "openai", "--name", "x", "--set", "colour=blue"],
    ],
)
async def test_what_is_not_understood_is_exit_2_with_a_sentence(args: list[str]) -> None:
    ended = await run(*args)
    assert ended.code == 2
    assert ended.err.strip()
    assert ended.out == ""


async def test_a_name_in_use() -> None:
    assert (await run("accounts", "add", "openai", "--name", "x")).code == 0
    assert (await run("accounts", "add", "anthropic", "--name", "x")).code == 2


async def test_an_account_without_a_key_is_skipped() -> None:
    await run("accounts", "add", "openai", "--name", "x")
    ended = await run("ask", "hi", "--model", "x/gpt-5", "--json")
    assert ended.code == 3
    assert ended.json["route"]["skipped"] == [{"step": 1, "deployment": "x/gpt-5", "reason": "no_key"}]


async def test_the_key_goes_to_its_account_and_nowhere_else(server: HttpServer) -> None:
    await run("accounts", "add", "openai", "--name", "my-own", "--base-url", server.url("/a/v1"))
    play(server, "a", GOOD)
    env = {"SWITCHYARD_KEY_MY_OWN": "sk-very-secret-0123456789", "OPENAI_API_KEY": "sk-other-0123456789"}
    ended = await run("ask", "hi", "--model", "my-own/m", "--json", env=env)
    assert ended.code == 0
    assert server.received[-1].headers["authorization"] == "Bearer sk-very-secret-0123456789"
    del env["SWITCHYARD_KEY_MY_OWN"]
    other = await run("ask", "hi", "--model", "my-own/m", "--json", env=env)
    assert other.json["route"]["skipped"][0]["reason"] == "no_key"
    assert not any(b"sk-very-secret" in content for content in (await files()).values())


async def test_lines(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", GOOD)
    lines = [
        "plain words",
        '{"prompt": "two", "model": "sim/sim-fast"}',
        '{"prompt": 3}',
        '{"prompt": "x", "chain": "no"}',
        "",
        "  ",
        "{",
    ]
    ended = await run("ask", "--jsonl", "--parallel", "3", "--no-save", stdin="\n".join(lines))
    results = [json.loads(line) for line in ended.out.splitlines()]
    assert [(r["line"], r["exit"]) for r in results] == [(1, 0), (2, 0), (3, 2), (4, 2), (7, 2)]
    assert all(r["schema"] == 1 for r in results)
    assert results[0]["text"] == "w0 w1"
    assert set(results[2]) == {"schema", "line", "exit", "error"}
    assert ended.code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interruption_keeps_what_came(number: signal.Signals) -> None:
    process = await start("ask", "tell me", "--model", "sim/sim-slow", "--json")
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while not await streaming():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.1)
        process.send_signal(number)
        out, err = await process.communicate()
    ended = Ended(process.returncode or 0, out.decode(), err.decode())
    assert ended.code == 130
    assert ended.json["finish"] == "cancelled"
    assert ended.json["text"]
    shown = json.loads((await run("history", "show", ended.json["conversation"], "--json")).out)
    assert shown["messages"][-1]["state"] == "stopped"
    assert shown["messages"][-1]["text"] == ended.json["text"]


async def streaming() -> bool:
    """Whether some reply of the data directory has words on disk already."""
    async with open_services(environment=os.environ) as services:
        latest = await services.conversations.latest()
        if latest is None:
            return False
        _, messages = await services.conversations.open(latest)
        return messages[-1].role is Role.ASSISTANT and bool(messages[-1].text)


async def test_it_loads_no_window() -> None:
    code = (
        "import sys, runpy; sys.argv = ['switchyard', 'ask', 'hi', '--model', 'sim/sim-fast']\n"
        "try: runpy.run_module('switchyard', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print([m for m in ('PySide6', 'pyqtgraph', 'numpy', 'qasync') if m in sys.modules], file=sys.stderr)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert err.decode().splitlines()[-1] == "[]"


async def test_a_file_in_place_of_the_data_directory(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("mine", encoding="utf-8")
    ended = await run("--data-dir", str(place), "ask", "hi")
    assert ended.code == 6
    assert "file stands in the place" in ended.err
    assert place.read_text(encoding="utf-8") == "mine"


async def test_a_corrupt_database_is_set_aside_and_work_goes_on(data_dir: Path) -> None:
    await asyncio.to_thread(data_dir.mkdir, parents=True)
    (data_dir / "switchyard.db").write_bytes(b"this is no database at all" * 100)
    ended = await run("ask", "hi", "--model", "sim/sim-fast", "--json")
    assert ended.code == 0
    assert any("damaged" in warning for warning in ended.json["warnings"])
    (aside,) = [content for path, content in (await files()).items() if ".corrupt-" in path.name]
    assert aside.startswith(b"this is no database")


async def test_doctor_and_lists() -> None:
    report = json.loads((await run("doctor", "--json")).out)
    assert {check["id"] for check in report["checks"]} >= {"database", "keyring"}
    rows = json.loads((await run("models", "--json")).out)["models"]
    assert {row["deployment"] for row in rows} >= {"sim/sim-steady", "sim/sim-think"}
    assert all(row["simulated"] and row["local"] for row in rows)
    assert (await run("--version")).out.startswith("switchyard ")


async def test_a_chain_of_an_unknown_account_is_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "chain.yaml"
    file.write_text(
        "switchyard-chain: 1\nname: x\nsteps:\n  - use: sim/sim-fast\n  - use: nobody/m\n", encoding="utf-8"
    )
    ended = await run("chains", "import", str(file))
    assert ended.code == 2
    assert "Line 5" in ended.err
    assert "nobody" in ended.err


async def test_a_prompt_that_is_no_text_is_mended() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "switchyard", "ask", b"bad \xff byte", "--model", "sim/sim-fast", "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["text"]
