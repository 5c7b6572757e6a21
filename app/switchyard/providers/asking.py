"""What every dialect does when a call goes out: a parameter that turns out to be refused is left out once, and told."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

from switchyard.core.events import ParameterRefused, ProviderEvent, Warned
from switchyard.core.failures import Failure
from switchyard.core.sentence import sentence
from switchyard.providers.base import Call
from switchyard.providers.client import Answer, Clients
from switchyard.providers.failures import refused

Body = dict[str, object]

_STATUSES = (400, 422)
_BROKE_DOWN = 500  # also some servers' answer where their own check of the request refuses a member
_NOT_TAKEN = re.compile(
    r"unsupported|not supported|does(n't| not) support|unknown|unrecogni[sz]ed|not (allowed|permitted|accepted)"
    r"|extra (inputs|fields)|extra_forbidden|unexpected|cannot find field|deprecated|does(n't| not) (take|accept|have)"
    r"|incompatible|must be verified",
    re.IGNORECASE,
)
# How checks made with pydantic say it: as JSON, or as Python writes the same into a message.
_CHECKED = re.compile(r"'type': '(\w+)', 'loc': \('body', ([^()]*)\)")
_QUOTED = re.compile(r"'([^']*)'")


class Asked(NamedTuple):
    """The head of an answer, good or not, and what is to be told before it: the parameters that were left out."""

    answer: Answer
    told: list[ProviderEvent]


@asynccontextmanager
async def ask(
    clients: Clients,
    call: Call,
    path: str,
    headers: Mapping[str, str],
    write_body: Callable[[Call], Body],
    optional: Mapping[str, str],
    find_refused: Callable[[Failure, Body], str | None] | None = None,
) -> AsyncIterator[Asked]:
    """Send a call, and again without each optional parameter that the answer refuses by its name.

    `optional` maps members of the body, dots between them (`reasoning.effort`), to the names by which they are
    refused (`Parameter` values, and habits of a dialect); `write_body` leaves out what `call.refuses` names. A dialect
    whose refusals name no members finds what is refused by itself. Raises `CallFailed` where no answer comes.
    """
    told: list[ProviderEvent] = []
    while True:
        body = write_body(call)
        async with clients.request(
            call.endpoint,
            "POST",
            path,
            headers=headers,
            body=body,
            on_sent=None if told else call.on_sent,
            connect_timeout_s=call.connect_timeout_s,
        ) as answer:
            name = None
            if answer.status in (*_STATUSES, _BROKE_DOWN):
                failure = await refused(answer, call.endpoint)
                if answer.status in _STATUSES or _CHECKED.search(failure.raw or ""):
                    name = find_refused(failure, body) if find_refused else refused_parameter(failure, body, optional)
            if name is None or name in call.refuses:
                yield Asked(answer, told)
                return
        told.append(ParameterRefused(name))
        call = replace(call, refuses=call.refuses | {name})


def left_out(call: Call, parameters: Iterable[str]) -> list[ProviderEvent]:
    """Return what is told of parameters that are known not to be taken, and are not sent."""
    return [
        Warned(
            sentence(
                "{deployment} does not take {parameter}: it was left out.",
                deployment=f"{call.endpoint.account}/{call.model}",
                parameter=str(parameter),
            )
        )
        for parameter in sorted(parameters)
    ]


def refused_parameter(failure: Failure, body: Body, optional: Mapping[str, str]) -> str | None:
    """Return the name of the optional parameter in `body` that a refusal says is not taken at all; else None.

    A value that is merely out of its range is the person's to correct.
    """
    sent = {member: name for member, name in optional.items() if _holds(body, member)}
    named, words = _named(failure.raw or "")
    if not sent or not _NOT_TAKEN.search(f"{failure.code or ''} {failure.message} {words}"):
        return None
    longest_first = sorted(sent, key=len, reverse=True)
    for member in longest_first:
        if named == member or named.startswith((f"{member}.", f"{member}[")):
            return sent[member]
    inner = [member for member in longest_first if named and member.startswith(f"{named}.")]
    if named:
        return sent[inner[0]] if inner else None
    return next((sent[member] for member in longest_first if _tells(failure.message, member)), None)


def _tells(message: str, member: str) -> bool:
    """Whether a sentence names a member: whole, or in quotes by its last part."""
    last = re.escape(member.rpartition(".")[2])
    return re.search(rf"(?<![\w.]){re.escape(member)}(?!\w)|[\"'`]{last}[\"'`]", message) is not None


def _holds(body: object, member: str) -> bool:
    for name in member.split("."):
        if not isinstance(body, dict) or name not in body:
            return False
        body = body[name]
    return True


def _named(raw: str) -> tuple[str, str]:
    """Return the member that an error body names in a field of its own, and the words beside it."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return "", ""
    error = value.get("error") if isinstance(value, dict) else None
    for holder in (error, value):
        param = holder.get("param") if isinstance(holder, dict) else None
        if isinstance(param, str) and param:
            return param, ""
    details = value.get("detail") if isinstance(value, dict) else None
    for detail in details if isinstance(details, list) else ():
        place = detail.get("loc") if isinstance(detail, dict) else None
        if isinstance(place, list):
            members = [part for part in place if isinstance(part, str) and part != "body"]
            return _checked(members, str(detail.get("type") or ""))
    told = _CHECKED.search(raw)
    return _checked(_QUOTED.findall(told[2]), told[1]) if told else ("", "")


def _checked(members: list[str], trouble: str) -> tuple[str, str]:
    """Return the member that a check of the request names, and what is wrong with it."""
    kind = trouble == "union_tag_invalid" or (trouble == "literal_error" and members[-1:] == ["type"])
    return ".".join(members), "unknown" if kind else trouble
