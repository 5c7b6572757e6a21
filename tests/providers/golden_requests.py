"""The same requests for every dialect, compared with files: `tests/golden/requests/<dialect>/<case>.json`.

A dialect's test takes `calls(...)`, writes each call's body as it would be sent and hands it to `check`. With
SWITCHYARD_GOLDEN=write in the environment the files are written anew; look at the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Attachment, Effort, Opaque, Parameters, Tool, ToolCall, ToolResult
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call

GOLDEN = Path(__file__).parents[1] / "golden" / "requests"

USER, ASSISTANT, TOOL = Role.USER, Role.ASSISTANT, Role.TOOL
IMAGE = Attachment("image/png", "iVBORw0KGgo=", "dot.png")
PDF = Attachment("application/pdf", "JVBERi0xLjQK", "paper.pdf", text="The text of the paper.")
TEXT_FILE = Attachment("text/plain", "b25lCnR3bwo=", "notes.txt", text="one\ntwo\n")
WEATHER = Tool(
    "get_weather",
    "Tells the weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CLOCK = Tool("get_time", "Tells the time.")
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}

HELLO = (ChatMessage(USER, "Say hello."),)
CALLED = (
    ToolCall("call_a1", "get_weather", '{"city":"Oslo"}'),
    ToolCall("call_b2", "get_time", ""),
)
RESULTS = (ToolResult("call_a1", "get_weather", "9 °C"), ToolResult("call_b2", "get_time", "No clock.", is_error=True))
QUESTION = ChatMessage(USER, "How is Oslo?")

CASES: dict[str, dict[str, Any]] = {
    "plain": {"messages": HELLO},
    "whole": {"messages": HELLO, "stream": False},
    "system": {"messages": HELLO, "system": "Be brief."},
    "turns": {
        "messages": (*HELLO, ChatMessage(ASSISTANT, "Hello."), ChatMessage(USER, "Again.")),
        "system": "Be brief.",
    },
    "image": {"messages": (ChatMessage(USER, "What is this?", (IMAGE,)),)},
    "pdf": {"messages": (ChatMessage(USER, "Sum it up.", (PDF,)),)},
    "pdf_refused": {"messages": (ChatMessage(USER, "Sum it up.", (PDF,)),), "refuses": frozenset({"files"})},
    "text_file": {"messages": (ChatMessage(USER, "Count the lines.", (TEXT_FILE, IMAGE)),)},
    "tools": {"messages": (QUESTION,), "parameters": Parameters(tools=(WEATHER, CLOCK))},
    "tool_results": {
        "messages": (
            QUESTION,
            ChatMessage(ASSISTANT, "Let me look.", calls=CALLED),
            ChatMessage(TOOL, "", results=RESULTS),
        ),
        "parameters": Parameters(tools=(WEATHER, CLOCK)),
    },
    "schema": {"messages": HELLO, "parameters": Parameters(schema=SCHEMA)},
    "json": {"messages": HELLO, "parameters": Parameters(schema={})},
    "sampling": {
        "messages": HELLO,
        "parameters": Parameters(temperature=0.5, top_p=0.9, max_output=200, stop=("END", "\n\n"), seed=7),
    },
    "effort": {"messages": HELLO, "parameters": Parameters(effort=Effort.HIGH)},
    "no_effort": {"messages": HELLO, "parameters": Parameters(effort=Effort.NONE)},
    "web_search": {"messages": HELLO, "parameters": Parameters(web_search=True)},
    "refused": {
        "messages": HELLO,
        "parameters": Parameters(temperature=0.5, max_output=200, seed=7),
        "refuses": frozenset({"temperature", "seed"}),
    },
}


def calls(provider: str, model: str, *, opaque: Opaque | None = None, **endpoint: Any) -> dict[str, Call]:
    """Return the call of every case; with `opaque` also one in which it goes back (`opaque_back`)."""
    here = Endpoint("here", provider, "http://127.0.0.1:1", key="k", **endpoint)
    cases = dict(CASES)
    if opaque is not None:
        said = ChatMessage(ASSISTANT, "Let me look.", calls=CALLED, opaque=opaque)
        cases["opaque_back"] = {
            **cases["tool_results"],
            "messages": (QUESTION, said, cases["tool_results"]["messages"][2]),
        }
        cases["opaque_of_another"] = {
            **cases["tool_results"],
            "messages": (
                QUESTION,
                ChatMessage(ASSISTANT, "Let me look.", calls=CALLED, opaque=Opaque("somebody-else", [{"type": "x"}])),
                cases["tool_results"]["messages"][2],
            ),
        }
    return {name: Call(here, model, **{"max_output": 4096, **case}) for name, case in cases.items()}


def check(folder: str, case: str, body: object) -> None:
    """Compare a body with its file, member by member and in order."""
    path = GOLDEN / folder / f"{case}.json"
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("SWITCHYARD_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"another body than {path} tells"
