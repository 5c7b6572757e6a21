"""A chain as plain data and back: the form that is stored, and that a chain file holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.core.chain import (
    AfterText,
    Chain,
    Limits,
    OnLimit,
    OnRefusal,
    Overflow,
    Policy,
    Summarise,
    Track,
)
from switchyard.core.chain_fields import (
    NONE,
    ChainProblem,
    Path,
    dollars_of,
    is_name,
    put_unusual,
    read_deployment,
    read_dollars,
    read_flag,
    read_list,
    read_mapping,
    read_name,
    read_part,
    read_seconds,
    read_text,
    read_text_or_none,
    read_whole,
    read_word,
)
from switchyard.core.condition_dict import read_condition, write_condition
from switchyard.core.errors import ChainInvalid
from switchyard.core.parameters_dict import read_parameters, write_parameters
from switchyard.core.sentence import sentence
from switchyard.core.step_dict import read_steps, write_step

FORMAT = 1
CALLS_MAX = 100
_FORMAT_KEY = "switchyard-chain"
_CHAIN_KEYS = (
    _FORMAT_KEY, "name", "note", "limits", "policy", "local_only", "cache", "system", "set", "tracks", "steps",
)  # fmt: skip
_LIMIT_KEYS = ("deadline_s", "calls", "turn_cost", "day_cost")
_POLICY_KEYS = ("after_text", "refusal", "overflow", "rate_limit")
_TRACK_KEYS = ("name", "when", "steps", "stop", "then", "note")


def check_name(name: str) -> None:
    """Raise `ChainInvalid` for a name that no chain can have."""
    if not is_name(name):
        raise ChainInvalid(
            sentence("A chain's name has 1 to 80 characters, with none but visible ones at its ends."),
            sentence("Choose another name."),
        )


# --- reading ----------------------------------------------------------------------------------------------------------


def chain_from_dict(data: object) -> Chain:
    """Return the chain of plain data; raises `ChainProblem` naming the place."""
    chain = read_mapping(data, (), _CHAIN_KEYS)
    if chain.get(_FORMAT_KEY) != FORMAT or isinstance(chain.get(_FORMAT_KEY), bool):
        raise ChainProblem((_FORMAT_KEY,), f"{_FORMAT_KEY} has to be {FORMAT}")
    if chain.get("cache") not in (None, NONE):
        raise ChainProblem(("cache",), "cache has to be none: replies cannot be cached yet")
    return Chain(
        name=read_text(chain.get("name"), ("name",)),
        tracks=_read_tracks(chain),
        limits=_read_limits(chain),
        policy=_read_policy(chain),
        local_only=read_flag(chain.get("local_only", False), ("local_only",)),
        system=read_text_or_none(chain, "system", ()),
        parameters=read_parameters(chain, ()),
        note=read_text_or_none(chain, "note", ()),
    )


def _read_limits(chain: Mapping[str, object]) -> Limits:
    place, usual = ("limits",), Limits()
    limits = read_part(chain, "limits", (), _LIMIT_KEYS)
    return Limits(
        deadline_s=read_seconds(limits.get("deadline_s", usual.deadline_s), (*place, "deadline_s")),
        calls=read_whole(limits.get("calls", usual.calls), (*place, "calls"), 1, CALLS_MAX),
        turn_cost_nanos=read_dollars(limits, "turn_cost", place, usual.turn_cost_nanos),
        day_cost_nanos=read_dollars(limits, "day_cost", place, usual.day_cost_nanos),
    )


def _read_policy(chain: Mapping[str, object]) -> Policy:
    place, usual = ("policy",), Policy()
    policy = read_part(chain, "policy", (), _POLICY_KEYS)
    return Policy(
        after_text=read_word(policy.get("after_text", usual.after_text), (*place, "after_text"), AfterText),
        refusal=read_word(policy.get("refusal", usual.refusal), (*place, "refusal"), OnRefusal),
        overflow=_read_overflow(policy.get("overflow", usual.overflow), (*place, "overflow")),
        rate_limit=read_word(policy.get("rate_limit", usual.rate_limit), (*place, "rate_limit"), OnLimit),
    )


def _read_overflow(value: object, path: Path) -> Overflow | Summarise:
    if isinstance(value, Mapping):
        by = read_mapping(value, path, ("summarise",)).get("summarise")
        return Summarise(read_deployment(by, (*path, "summarise")))
    if not isinstance(value, str) or value not in set(Overflow):
        raise ChainProblem(path, "overflow has to be fit, trim, ask or {summarise: ACCOUNT/MODEL}")
    return Overflow(value)


def _read_tracks(chain: Mapping[str, object]) -> tuple[Track, ...]:
    if "tracks" not in chain:
        return (Track(None, read_steps(chain, ())),)
    if "steps" in chain:
        raise ChainProblem(("steps",), "steps cannot stand beside tracks")
    place = ("tracks",)
    tracks = [_read_track(one, (*place, at)) for at, one in enumerate(read_list(chain["tracks"], place, "track"))]
    names = [track.name for track in tracks]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ChainProblem((*place, at, "name"), f"there is a track named {name} already")
    return tuple(tracks)


def _read_track(data: object, path: Path) -> Track:
    track = read_mapping(data, path, _TRACK_KEYS)
    stops = "stop" in track
    for key in ("steps", "then"):
        if stops and key in track:
            raise ChainProblem((*path, key), f"{key} cannot stand beside stop")
    return Track(
        name=read_name(track.get("name"), (*path, "name")),
        steps=() if stops else read_steps(track, path),
        when=read_condition(track["when"], (*path, "when")) if "when" in track else None,
        then=read_name(track["then"], (*path, "then")) if "then" in track else None,
        stop=read_text(track["stop"], (*path, "stop")) if stops else None,
        note=read_text_or_none(track, "note", path),
    )


# --- writing ----------------------------------------------------------------------------------------------------------


def chain_to_dict(chain: Chain) -> dict[str, Any]:
    """Return the chain as plain data; defaults are left out."""
    data: dict[str, Any] = {_FORMAT_KEY: FORMAT, "name": chain.name}
    put_unusual(
        data,
        [
            ("note", chain.note or None, None),
            ("limits", _write_limits(chain.limits), {}),
            ("policy", _write_policy(chain.policy), {}),
            ("local_only", chain.local_only, False),
            ("system", chain.system or None, None),
            ("set", write_parameters(chain.parameters), {}),
        ],
    )
    only = chain.tracks[0] if len(chain.tracks) == 1 else None
    if only is not None and only == Track(None, only.steps):
        data["steps"] = [write_step(step) for step in only.steps]
    else:
        data["tracks"] = [_write_track(track) for track in chain.tracks]
    return data


def _write_limits(limits: Limits) -> dict[str, Any]:
    data: dict[str, Any] = {}
    usual = Limits()
    put_unusual(
        data,
        [
            ("deadline_s", limits.deadline_s, usual.deadline_s),
            ("calls", limits.calls, usual.calls),
            ("turn_cost", dollars_of(limits.turn_cost_nanos), dollars_of(usual.turn_cost_nanos)),
            ("day_cost", dollars_of(limits.day_cost_nanos), dollars_of(usual.day_cost_nanos)),
        ],
    )
    return data


def _write_policy(policy: Policy) -> dict[str, Any]:
    data: dict[str, Any] = {}
    usual = Policy()
    overflow = policy.overflow
    put_unusual(
        data,
        [
            ("after_text", policy.after_text.value, usual.after_text),
            ("refusal", policy.refusal.value, usual.refusal),
            (
                "overflow",
                {"summarise": str(overflow.by)} if isinstance(overflow, Summarise) else overflow.value,
                usual.overflow,
            ),
            ("rate_limit", policy.rate_limit.value, usual.rate_limit),
        ],
    )
    return data


def _write_track(track: Track) -> dict[str, Any]:
    data: dict[str, Any] = {"name": track.name}
    put_unusual(
        data,
        [
            ("note", track.note or None, None),
            ("when", None if track.when is None else write_condition(track.when), None),
            ("stop", track.stop, None),
        ],
    )
    if track.stop is None or track.steps:
        data["steps"] = [write_step(step) for step in track.steps]
    put_unusual(data, [("then", track.then, None)])
    return data
