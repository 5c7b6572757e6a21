"""`switchyard ollama`: the models that an Ollama keeps, pulled and deleted."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from switchyard.cli.objects import SCHEMA, failure_object
from switchyard.cli.terminal import Terminal
from switchyard.core.failures import Failure
from switchyard.core.local_models import InstalledModel, LoadedModel, PullProgress, PullStage
from switchyard.core.sentence import sentence
from switchyard.services.app import Services
from switchyard.services.local_models import LocalServer, OllamaFailed

DONE = 0
_TOLD_EVERY = 10  # per cent, where nobody watches the line change
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    actions = {"list": _list, "pull": _pull, "rm": _remove}
    server = await services.local_models.server(args.account)
    return await actions[args.action](args, services, terminal, server)


async def _list(args: argparse.Namespace, services: Services, terminal: Terminal, server: LocalServer) -> int:
    models = await services.local_models.installed(server)
    loaded: Sequence[LoadedModel] = ()
    with contextlib.suppress(OllamaFailed):  # older servers do not tell
        loaded = await services.local_models.loaded(server)
    in_memory = {model.name: model for model in loaded}
    if args.json:
        rows = [_model_object(model, in_memory.get(model.name)) for model in models]
        terminal.json({**_head(server), "models": rows})
        return DONE
    for model in models:
        terminal.line("\t".join(_row(model, in_memory.get(model.name))))
    if not models:
        terminal.say(sentence("There is no model yet. Get one with: switchyard ollama pull NAME"))
    return DONE


async def _pull(args: argparse.Namespace, services: Services, terminal: Terminal, server: LocalServer) -> int:
    teller = _Teller(args.name, terminal)
    failed: OllamaFailed | None = None
    try:
        async with services.local_models.pull(server, args.name) as steps:
            async for progress in steps:
                teller.tell(progress)
    except OllamaFailed as error:
        failed = error
        terminal.error(error)
    except asyncio.CancelledError:
        terminal.say(sentence("Stopped. What came is kept: the same command goes on from there."))
        if args.json:
            terminal.json(_pull_object(server, args.name, teller.last, None))
        raise
    if args.json:
        terminal.json(_pull_object(server, args.name, teller.last, failed.failure if failed is not None else None))
    elif failed is None:
        terminal.line(args.name)
    return failed.exit_code if failed is not None else DONE


async def _remove(args: argparse.Namespace, services: Services, terminal: Terminal, server: LocalServer) -> int:
    await services.local_models.delete(server, args.name)
    if args.json:
        terminal.json({**_head(server), "model": args.name})
    else:
        terminal.line(args.name)
    return DONE


class _Teller:
    """Tells how far a pull is: on one line that changes where a person watches, elsewhere each tenth."""

    def __init__(self, model: str, terminal: Terminal) -> None:
        self._model = model
        self._terminal = terminal
        self._next = 0
        self.last = PullProgress(PullStage.STARTING)

    def tell(self, progress: PullProgress) -> None:
        """Tell what is new."""
        before, self.last = self.last, progress
        if progress.stage is PullStage.WAITING:
            self._terminal.say(sentence("The connection broke. The pull goes on in a moment."))
        elif self._terminal.watched:
            self._terminal.rewrite(self._line(progress))
        elif progress.stage is PullStage.DOWNLOADING and (progress.percent or 0) >= self._next:
            self._next = (progress.percent or 0) // _TOLD_EVERY * _TOLD_EVERY + _TOLD_EVERY
            self._terminal.note(self._line(progress))
        elif progress.stage is PullStage.CHECKING is not before.stage:
            self._terminal.note(self._line(progress))

    def _line(self, progress: PullProgress) -> str:
        match progress.stage:
            case PullStage.DOWNLOADING if progress.percent is not None:
                there = f"{progress.percent} %, {_size(progress.done_bytes)} of {_size(progress.total_bytes)}"
            case PullStage.CHECKING:
                there = "checking"
            case PullStage.DONE:
                there = "done"
            case PullStage.FINISHING:
                there = "finishing"
            case _:
                there = "starting"
        return f"{self._model}: {there}"


def _head(server: LocalServer) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "account": server.account.name if server.account is not None else None,
        "base_url": server.base_url,
    }


def _model_object(model: InstalledModel, loaded: LoadedModel | None) -> dict[str, Any]:
    return {
        "name": model.name,
        "size_bytes": model.size_bytes,
        "parameters": model.parameters,
        "quantisation": model.quantisation,
        "family": model.family,
        "cloud": model.cloud,
        "loaded": None
        if loaded is None
        else {
            "memory_bytes": loaded.memory_bytes,
            "gpu_bytes": loaded.gpu_bytes,
            "context": loaded.context,
            "until_ms": None if loaded.until is None else round(loaded.until * 1000),
        },
    }


def _pull_object(server: LocalServer, model: str, last: PullProgress, failure: Failure | None) -> dict[str, Any]:
    return {
        **_head(server),
        "model": model,
        "done": last.stage is PullStage.DONE,
        "done_bytes": last.done_bytes,
        "total_bytes": last.total_bytes or None,
        "failure": failure_object(failure),
    }


def _row(model: InstalledModel, loaded: LoadedModel | None) -> list[str]:
    """Return the columns of a model's line: name, size, what it is made of, and whether it is in memory."""
    if model.cloud:
        return [model.name, "in the cloud"]
    size = _size(model.size_bytes) if model.size_bytes is not None else "size unknown"
    made = " ".join(filter(None, (model.parameters, model.quantisation))) or "-"
    return [model.name, size, made, *([_memory(loaded)] if loaded is not None else ())]


def _memory(loaded: LoadedModel) -> str:
    memory = f"loaded, {_size(loaded.memory_bytes)}" if loaded.memory_bytes is not None else "loaded"
    try:
        until = datetime.fromtimestamp(loaded.until).astimezone() if loaded.until is not None else None
    except (OverflowError, ValueError, OSError):  # "for ever" is a year that not every system knows
        until = None
    return f"{memory}, until {until:%Y-%m-%d %H:%M}" if until is not None else memory


def _size(count: int) -> str:
    unit, worth = next(((unit, worth) for unit, worth in _UNITS if count >= worth), ("B", 1.0))
    return f"{count / worth:.1f} {unit}" if worth > 1 else f"{count} {unit}"
