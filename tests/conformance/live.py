"""`make live`: one short turn at each real provider that the environment has a key for, and a dated report of it.

Keys are taken from the usual variables (`OPENAI_API_KEY`, ...) or from `SWITCHYARD_KEY_<PROVIDER>`. Another model is
named by `SWITCHYARD_LIVE_MODEL_<PROVIDER>`, an address by `SWITCHYARD_LIVE_URL_<PROVIDER>`. All of it stays under five
cents: replies are short, what cannot be priced is counted as dear, and at the limit the rest is left out. `--dry` says
what would be called, and calls nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from switchyard.providers.presets import PRESETS

FOLDER = Path(__file__).parents[2] / "build" / "live"
LIMIT = Decimal("0.05")
DEAR = Decimal("0.004")  # a turn without a price
MAX_OUTPUT = 120
PROMPT = "Answer with the one word: ready"
TURN_S = 120

# A small model of each; a provider without one here needs its variable.
MODELS: Mapping[str, str] = {
    "openai": "gpt-5-nano",
    "anthropic": "claude-haiku-4-5",
    "gemini": "gemini-2.5-flash-lite",
    "openrouter": "meta-llama/llama-3.3-70b-instruct",
    "groq": "llama-3.1-8b-instant",
    "xai": "grok-4-fast",
    "deepseek": "deepseek-chat",
    "mistral": "mistral-small-latest",
    "together": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "huggingface": "meta-llama/Llama-3.1-8B-Instruct",
}


@dataclass(frozen=True)
class Turn:
    """One provider to call."""

    provider: str
    model: str
    base_url: str | None


@dataclass
class Result:
    """What a turn came to, without any of its words."""

    turn: Turn
    outcome: str
    figures: Mapping[str, Any]
    cost: Decimal = Decimal(0)


def turns(environment: Mapping[str, str]) -> Iterator[Turn]:
    """Yield the providers that the environment has keys for."""
    for preset in PRESETS.values():
        name = preset.id.upper().replace("-", "_")
        has_key = any(environment.get(variable) for variable in (f"SWITCHYARD_KEY_{name}", preset.key_variable or ""))
        model = environment.get(f"SWITCHYARD_LIVE_MODEL_{name}") or MODELS.get(preset.id)
        base_url = environment.get(f"SWITCHYARD_LIVE_URL_{name}")
        if has_key and model and (base_url or not preset.needs_address):
            yield Turn(preset.id, model, base_url)


def switchyard(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line; its data directory and keys are in the environment."""
    command = [sys.executable, "-m", "switchyard", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TURN_S, check=False, stdin=subprocess.DEVNULL
    )


def take(turn: Turn) -> Result:
    """Add an account, ask it, and return what came."""
    address = ["--base-url", turn.base_url] if turn.base_url else []
    added = switchyard("accounts", "add", turn.provider, "--name", turn.provider, *address)
    if added.returncode:
        return Result(turn, "not added", {"message": added.stderr.strip()})
    said = ["--no-save", "--max-output", str(MAX_OUTPUT), PROMPT]
    try:
        asked = switchyard("ask", "--json", "--model", f"{turn.provider}/{turn.model}", *said)
        answer = json.loads(asked.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        return Result(turn, type(error).__name__, {}, DEAR)
    return _result(turn, answer)


def _result(turn: Turn, answer: Mapping[str, Any]) -> Result:
    attempts = answer["route"]["attempts"]
    last = attempts[-1] if attempts else {"outcome": "skipped", "failure": answer["route"]["failure"]}
    failure = last.get("failure") or {}
    figures = {
        "finish": answer["finish"],
        "ready": "ready" in answer["text"].lower(),
        "usage": answer["usage"],
        "served_model": last.get("served_model"),
        "ttft_ms": last.get("ttft_ms"),
        "duration_ms": last.get("duration_ms"),
        "failure": {name: failure.get(name) for name in ("kind", "status", "code", "message")} if failure else None,
        "warnings": answer["warnings"],
    }
    return Result(turn, last["outcome"], figures, Decimal(answer["cost"]) if answer["cost"] is not None else DEAR)


def take_all(planned: Iterable[Turn], take: Callable[[Turn], Result]) -> Iterator[Result]:
    """Take every turn that the limit leaves room for."""
    spent = Decimal(0)
    for turn in planned:
        if spent + DEAR > LIMIT:
            yield Result(turn, "left out: the limit is reached", {})
            continue
        result = take(turn)
        spent += result.cost
        yield result


def report(results: list[Result], at: datetime, folder: Path) -> Path:
    """Write the report and return where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"provider": result.turn.provider, "model": result.turn.model, "outcome": result.outcome,
         "cost": str(result.cost), **result.figures}
        for result in results
    ]  # fmt: skip
    path = folder / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    whole = {"at": at.isoformat(), "cost": str(sum((result.cost for result in results), Decimal(0))), "turns": rows}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def main() -> int:
    """Take the turns; the exit code is 1 where one failed."""
    parser = argparse.ArgumentParser(description="One short turn at each real provider that there is a key for.")
    parser.add_argument("--dry", action="store_true", help="call nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the report goes")
    args = parser.parse_args()
    planned = list(turns(os.environ))
    if not planned:
        print("There is no key of a provider in the environment, so nothing is called.")
        return 0
    with tempfile.TemporaryDirectory() as data:
        os.environ["SWITCHYARD_DATA_DIR"] = data
        results = [Result(turn, "not called", {}) for turn in planned] if args.dry else list(take_all(planned, take))
    for result in results:
        print(f"{result.turn.provider}/{result.turn.model}: {result.outcome}")
    print(report(results, datetime.now(UTC), args.folder))
    return 0 if args.dry or all(result.outcome == "completed" for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
