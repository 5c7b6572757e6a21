"""Runs under LiteLLM's own interpreter: makes its Router as it is told, line by line, and tells what a caller saw."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

MESSAGES = [{"role": "user", "content": "hi"}]
DIALECTS = {"openai-compatible": ("openai/m", "/v1"), "anthropic": ("anthropic/m", "")}


def make_router(litellm: Any, setup: Mapping[str, Any]) -> Any:
    """Return a router that goes from the first deployment to the others, in their order.

    They are the first one's fallbacks, or members of one group with a place each in its order. The first way nothing is
    tried again where there are others, which is quickest; the second way each retry leads to the next one. Alone, a
    deployment is tried twice more.
    """
    names = [one["name"] for one in setup["deployments"]]
    grouped, models = setup["grouped"], []
    for place, one in enumerate(setup["deployments"], 1):
        model, path = DIALECTS[one["provider"]]
        params: dict[str, Any] = {"model": model, "api_key": "sk-0123456789", "api_base": one["url"] + path}
        if grouped:
            params["order"] = place
        models.append({"model_name": names[0] if grouped else one["name"], "litellm_params": params})
    limits = {name: setup[name] for name in ("timeout", "stream_timeout") if setup.get(name) is not None}
    return litellm.Router(
        model_list=models,
        fallbacks=[{names[0]: names[1:]}] if names[1:] and not grouped else [],
        num_retries=2 if not names[1:] else len(names) - 1 if grouped else 0,
        **limits,
    )


async def ask(router: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text and the finish of a message, or the error that ended it; what came before that stays."""
    told: dict[str, Any] = {"text": "", "reasoning": "", "finishes": [], "error": None}
    try:
        async with asyncio.timeout(request["patience_s"]):
            given = {"model": request["first"], "messages": MESSAGES}
            if request["unwritable"]:
                given["tools"] = [{"type": "function", "function": {"name": "t", "parameters": {"type": object()}}}]
            answer = await router.acompletion(stream=request["stream"], **given)
            async for choice, said in _choices(answer, request["stream"]):
                told["text"] += said.content or ""
                told["reasoning"] += getattr(said, "reasoning_content", None) or ""
                if choice.finish_reason:
                    told["finishes"].append(choice.finish_reason)
    except Exception as error:  # noqa: BLE001 - whatever a caller would see, it is told
        told["error"] = type(error).__name__
    return told


async def _choices(answer: Any, stream: bool) -> AsyncIterator[tuple[Any, Any]]:
    if not stream:
        for choice in answer.choices:
            yield choice, choice.message
        return
    async for piece in answer:
        for choice in piece.choices:
            yield choice, choice.delta


async def main() -> None:
    """Answer each line of standard input with one line."""
    logging.disable(logging.CRITICAL)
    litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    router = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(line)
        if "deployments" in request:
            router = make_router(litellm, request)
            answer: dict[str, Any] = {}
        else:
            answer = await ask(router, request)
        sys.stdout.write(f"\x1e{json.dumps(answer)}\n")  # the mark tells it from what the library prints
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
