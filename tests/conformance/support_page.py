"""The table of docs/providers.md that says what each provider is asked for: made by asking, not by hand.

Every provider that is declared is given the calls of the golden requests; what it is then sent says what is
supported. `python -m tests.conformance.support_page` writes the page anew, and a test holds it to be current.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.conformance.in_process import HOST, Played
from tests.providers.conftest import make_call
from tests.providers.golden_requests import CASES, IMAGE, PDF

from switchyard.core.catalog import Endpoint
from switchyard.providers.base import Call, Embeds, Provider, Transcribes
from switchyard.providers.client import CONNECT_TIMEOUT_S, Answer
from switchyard.providers.presets import PRESETS, Dialect
from switchyard.providers.registry import build_providers

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
BEGIN, END = "<!-- what is supported: begin -->\n", "<!-- what is supported: end -->\n"
ASIDE = ("/api/ps", "/api/show")  # what is asked of Ollama before a reply

# A model of each whose abilities are the provider's usual ones.
ASKED: Mapping[str, str] = {
    "openai": "gpt-5.2",
    "azure": "my-deployment",
    "anthropic": "claude-sonnet-5",
    "gemini": "gemini-3.5-flash",
    "openrouter": "anthropic/claude-sonnet-5",
    "groq": "openai/gpt-oss-120b",
    "xai": "grok-4.3",
    "deepseek": "deepseek-v4-flash",
    "mistral": "mistral-small-latest",
    "together": "Qwen/Qwen3.5",
    "huggingface": "Qwen/Qwen3",
    "openai-compatible": "local",
    "ollama": "qwen3",
}
SAMPLING = {"most output": 200, "temperature": 0.5, "top-p": 0.9, "stop": "END", "seed": 7}
HEADS = (
    "provider", "asked with", "at", "images", "PDF", "tools", "JSON", "schema", "effort", "settings", "web search",
    "cache marks", "embeddings", "transcription",
)  # fmt: skip


class Listening(Played):
    """Remembers what a reply was asked for with, and answers nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Any]] = []

    @asynccontextmanager
    async def request(
        self,
        endpoint: Endpoint,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: object = None,
        on_sent: Callable[[], None] | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> AsyncIterator[Answer]:
        """Note a request down."""
        if not path.startswith(ASIDE):
            self.sent.append((path, body))
        async with super().request(endpoint, method, path, headers=headers) as answer:
            yield answer


async def sent_by(provider: Provider, listening: Listening, endpoint: Endpoint, case: str) -> tuple[str, Any]:
    """Return the path and the body of a case's request."""
    listening.sent.clear()
    await make_call(provider, Call(endpoint, ASKED[endpoint.provider], **{"max_output": 4096, **CASES[case]}))
    return listening.sent[0]


async def row(name: str) -> list[str]:
    """Return the cells of one provider."""
    listening = Listening()
    provider = build_providers(listening)[name]
    endpoint = Endpoint("here", name, HOST, key="k")
    bodies = {case: await sent_by(provider, listening, endpoint, case) for case in CASES}
    path, plain = bodies["plain"]
    text = {case: json.dumps(body, ensure_ascii=False) for case, (_, body) in bodies.items()}
    sampled = list(leaves(bodies["sampling"][1]))
    searching = bodies["web_search"][1] != plain or bodies["web_search"][0] != path
    return [
        PRESETS[name].name,
        f"`{ASKED[name]}`",
        f"`{path.partition('?')[0].replace(ASKED[name], 'MODEL')}`",
        _mark(IMAGE.base64 in text["image"]),
        "yes" if PDF.base64 in text["pdf"] else "as text",
        _mark("get_weather" in text["tools"]),
        _mark(bodies["json"][1] != plain),
        _mark(bodies["schema"][1] != plain) if '"age"' in text["schema"] else "no",
        _mark(bodies["effort"][1] != plain),
        ", ".join(name for name, value in SAMPLING.items() if value in sampled),
        _mark(searching),
        _mark("cache_control" in text["turns"]),
        _mark(isinstance(provider, Embeds)),
        _mark(isinstance(provider, Transcribes)),
    ]


def leaves(value: object) -> Iterator[object]:
    """Yield what stands at the ends of a JSON value."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(inner)
    if not isinstance(value, dict | list | bool):
        yield value


def _mark(is_so: bool) -> str:
    return "yes" if is_so else "no"


async def table() -> str:
    """Return the table."""
    names = [preset.id for preset in PRESETS.values() if preset.dialect is not Dialect.SIMULATOR and preset.id in ASKED]
    rows = [HEADS, ["---"] * len(HEADS), *[await row(name) for name in names]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


async def page() -> str:
    """Return the page with its table made anew."""
    text = await asyncio.to_thread(PAGE.read_text, encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}{await table()}{END}{after}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(asyncio.run(page()), encoding="utf-8")


if __name__ == "__main__":
    main()
