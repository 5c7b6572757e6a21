"""A chain as plain data and back: the form that is stored, and that a chain file holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from switchyard.core.chain import Chain, Limits, Seconds, Step, parse_deployment, plain_chain, step_to
from switchyard.core.errors import ChainInvalid
from switchyard.core.sentence import sentence

FORMAT = 1
CALLS_MAX = 100
_CHAIN_KEYS = {"switchyard-chain", "name", "note", "limits", "steps"}
_LIMIT_KEYS = {"deadline_s", "calls"}
_STEP_KEYS = {"use", "note", "first_token_s", "idle_s", "retries"}


class ChainProblem(ValueError):
    """What is wrong with a chain's data, and where: `path` leads there through keys and indices."""

    def __init__(self, path: tuple[str | int, ...], text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


def chain_to_dict(chain: Chain) -> dict[str, Any]:
    """Return the chain as plain data; defaults are left out."""
    data: dict[str, Any] = {"switchyard-chain": FORMAT, "name": chain.name}
    if chain.note:
        data["note"] = chain.note
    usual = Limits()
    limits = {
        name: _plain(value)
        for name, value, default in (
            ("deadline_s", chain.limits.deadline_s, usual.deadline_s),
            ("calls", chain.limits.calls, usual.calls),
        )
        if value != default
    }
    if limits:
        data["limits"] = limits
    data["steps"] = [_step_to_dict(step) for step in chain.steps]
    return data


def _step_to_dict(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"use": str(step.use)}
    if step.note:
        data["note"] = step.note
    for name, value in (("first_token_s", step.first_token_s), ("idle_s", step.idle_s), ("retries", step.retries)):
        if value != "auto":
            data[name] = _plain(value)
    return data


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def chain_from_dict(data: object) -> Chain:
    """Return the chain of plain data; raises `ChainProblem` naming the place."""
    chain = _mapping(data, ())
    _known(chain, _CHAIN_KEYS, ())
    if chain.get("switchyard-chain") != FORMAT or isinstance(chain.get("switchyard-chain"), bool):
        raise ChainProblem(("switchyard-chain",), "switchyard-chain has to be 1")
    name = _text(chain.get("name"), ("name",))
    steps = chain.get("steps")
    if not isinstance(steps, list) or not steps:
        raise ChainProblem(("steps",), "steps has to be a list of at least one step")
    return plain_chain(
        name=name,
        steps=tuple(_step(step, ("steps", index)) for index, step in enumerate(steps)),
        limits=_limits(chain.get("limits")),
        note=_note(chain, ()),
    )


def check_name(name: str) -> None:
    """Raise `ChainInvalid` for a name that no chain can have."""
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > 80:
        raise ChainInvalid(
            sentence("A chain's name has 1 to 80 characters, with none but visible ones at its ends."),
            sentence("Choose another name."),
        )


def _limits(data: object) -> Limits:
    if data is None:
        return Limits()
    limits = _mapping(data, ("limits",))
    _known(limits, _LIMIT_KEYS, ("limits",))
    usual = Limits()
    calls = limits.get("calls", usual.calls)
    if not isinstance(calls, int) or isinstance(calls, bool) or not 1 <= calls <= CALLS_MAX:
        raise ChainProblem(("limits", "calls"), f"calls has to be a whole number from 1 to {CALLS_MAX}")
    deadline = limits.get("deadline_s", usual.deadline_s)
    return Limits(deadline_s=_number(deadline, ("limits", "deadline_s")), calls=calls)


def _step(data: object, path: tuple[str | int, ...]) -> Step:
    step = _mapping(data, path)
    _known(step, _STEP_KEYS, path)
    use = _text(step.get("use"), (*path, "use"))
    deployment = parse_deployment(use)
    if deployment is None:
        raise ChainProblem((*path, "use"), f"use has to be ACCOUNT/MODEL, not {use}")
    return step_to(
        deployment,
        first_token_s=_seconds(step, "first_token_s", path),
        idle_s=_seconds(step, "idle_s", path),
        retries=_retries(step.get("retries", "auto"), (*path, "retries")),
        note=_note(step, path),
    )


def _retries(value: object, path: tuple[str | int, ...]) -> int | Literal["auto"]:
    if value == "auto":
        return "auto"
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 3:
        raise ChainProblem(path, "retries has to be auto or a whole number from 0 to 3")
    return value


def _seconds(step: Mapping[str, object], key: str, path: tuple[str | int, ...]) -> Seconds:
    value = step.get(key, "auto")
    if value == "auto":
        return "auto"
    if value is None or value == "none":
        return "none"
    return _number(value, (*path, key))


def _number(value: object, path: tuple[str | int, ...]) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 86_400:
        raise ChainProblem(path, f"{path[-1]} has to be a number of seconds above 0")
    return float(value)


def _note(data: Mapping[str, object], path: tuple[str | int, ...]) -> str | None:
    value = data.get("note")
    if value is None or value in ("none", ""):
        return None
    return _text(value, (*path, "note"))


def _text(value: object, path: tuple[str | int, ...]) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ChainProblem(path, f"{path[-1]} has to be a text")
    return str(value)


def _mapping(data: object, path: tuple[str | int, ...]) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise ChainProblem(path, "this has to be a mapping of keys to values")
    return data


def _known(data: Mapping[str, object], keys: set[str], path: tuple[str | int, ...]) -> None:
    for key in data:
        if key not in keys:
            raise ChainProblem((*path, key), f"unknown key {key}")
