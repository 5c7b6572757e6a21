"""A chain's steps as plain data and back: a model or a pool, and what the step does beside calling it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from switchyard.core.chain import ORDERED, LeaveOn, Member, Step
from switchyard.core.chain_fields import (
    NONE,
    ChainProblem,
    Path,
    dollars_of,
    put_unusual,
    read_deployment,
    read_dollars,
    read_list,
    read_mapping,
    read_patience,
    read_text_or_none,
    read_whole,
)
from switchyard.core.condition import Condition
from switchyard.core.condition_dict import read_condition, write_condition
from switchyard.core.parameters_dict import read_parameters, write_parameters

RETRIES_MAX = 3
TRIES_MAX = 100
WEIGHT_MAX = 1_000_000
_ALL = "all"
_MEMBER_KEYS = ("to", "weight")
_STEP_KEYS = (
    "use", "pick", "tries", "first_token_s", "idle_s", "retries", "leave_on", "hedge", "max_cost", "only", "set",
    "note",
)  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------


def read_steps(data: Mapping[str, object], path: Path) -> tuple[Step, ...]:
    """Return the steps under `steps`; raises `ChainProblem`."""
    place = (*path, "steps")
    return tuple(_read_step(step, (*place, at)) for at, step in enumerate(read_list(data.get("steps"), place, "step")))


def _read_step(data: object, path: Path) -> Step:
    step = read_mapping(data, path, _STEP_KEYS)
    return Step(
        pool=_read_pool(step.get("use"), (*path, "use")),
        pick=_read_pick(step.get("pick", ORDERED), (*path, "pick")),
        tries=_read_tries(step.get("tries", _ALL), (*path, "tries")),
        first_token_s=read_patience(step, "first_token_s", path, "auto"),
        idle_s=read_patience(step, "idle_s", path, "auto"),
        retries=_read_retries(step.get("retries", "auto"), (*path, "retries")),
        leave_on=_read_leave_on(step.get("leave_on", _ALL), (*path, "leave_on")),
        hedge=read_patience(step, "hedge", path, NONE),
        max_cost_nanos=read_dollars(step, "max_cost", path, None),
        only=_read_only(step.get("only"), (*path, "only")),
        parameters=read_parameters(step, path),
        note=read_text_or_none(step, "note", path),
    )


def _read_pool(value: object, path: Path) -> tuple[Member, ...]:
    if isinstance(value, list) and value:
        return tuple(_read_member(one, (*path, at)) for at, one in enumerate(value))
    if isinstance(value, str):
        return (Member(read_deployment(value, path)),)
    raise ChainProblem(path, "use has to be a text ACCOUNT/MODEL, or a list of {to, weight}")


def _read_member(data: object, path: Path) -> Member:
    member = read_mapping(data, path, _MEMBER_KEYS)
    weight = read_whole(member.get("weight", 1), (*path, "weight"), 0, WEIGHT_MAX)
    return Member(read_deployment(member.get("to"), (*path, "to")), weight)


def _read_pick(value: object, path: Path) -> str:
    from switchyard.core.strategies import ids  # not before a chain is read: a window opens without

    if not isinstance(value, str) or value not in ids():
        raise ChainProblem(path, f"pick has to be one of these: {', '.join(ids())}")
    return value


def _read_tries(value: object, path: Path) -> int | None:
    return None if value == _ALL else read_whole(value, path, 1, TRIES_MAX, word=_ALL)


def _read_retries(value: object, path: Path) -> int | Literal["auto"]:
    return "auto" if value == "auto" else read_whole(value, path, 0, RETRIES_MAX, word="auto")


def _read_leave_on(value: object, path: Path) -> frozenset[LeaveOn] | None:
    if value == _ALL:
        return None
    if not isinstance(value, list) or not all(isinstance(word, str) and word in set(LeaveOn) for word in value):
        raise ChainProblem(path, f"leave_on has to be all, or a list of these: {', '.join(LeaveOn)}")
    return frozenset(LeaveOn(word) for word in value)


def _read_only(value: object, path: Path) -> Condition | None:
    return None if value is None or value == {} else read_condition(value, path)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_step(step: Step) -> dict[str, Any]:
    """Return a step as plain data, without what stands at its default."""
    data: dict[str, Any] = {"use": _write_pool(step.pool)}
    put_unusual(
        data,
        [
            ("note", step.note or None, None),
            ("pick", step.pick, ORDERED),
            ("tries", _ALL if step.tries is None else step.tries, _ALL),
            ("first_token_s", step.first_token_s, "auto"),
            ("idle_s", step.idle_s, "auto"),
            ("retries", step.retries, "auto"),
            ("leave_on", _write_leave_on(step.leave_on), _ALL),
            ("hedge", step.hedge, NONE),
            ("max_cost", dollars_of(step.max_cost_nanos), NONE),
            ("only", None if step.only is None else write_condition(step.only), None),
            ("set", write_parameters(step.parameters), {}),
        ],
    )
    return data


def _write_pool(pool: tuple[Member, ...]) -> object:
    if len(pool) == 1 and pool[0].weight == 1:
        return str(pool[0].to)
    return [{"to": str(one.to)} if one.weight == 1 else {"to": str(one.to), "weight": one.weight} for one in pool]


def _write_leave_on(leave_on: frozenset[LeaveOn] | None) -> object:
    return _ALL if leave_on is None else [word.value for word in LeaveOn if word in leave_on]
