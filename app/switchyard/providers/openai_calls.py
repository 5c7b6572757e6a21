"""Puts tool calls together from the pieces in which a stream brings them, whatever a host leaves out or repeats."""

from __future__ import annotations

import json

from switchyard.core.content import ToolCall
from switchyard.core.value import field, record
from switchyard.providers.client import decode_json


@record
class _Forming:
    """A call so far."""

    index: object
    uid: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are an object already, so that more of them belong to another call."""
        try:
            return isinstance(decode_json("".join(self.arguments)), dict)
        except ValueError:
            return False


class FormingCalls:
    """Joins pieces by their index; by id or by the last call where there is none."""

    def __init__(self) -> None:
        self._calls: list[_Forming] = []

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, pieces: object, *, whole: bool) -> None:
        """Take the pieces of a chunk; each is a call of its own where the reply is `whole`."""
        for piece in pieces if isinstance(pieces, list) else (pieces,):
            if isinstance(piece, dict):
                self._add(piece, whole=whole)

    def _add(self, piece: dict[str, object], *, whole: bool) -> None:
        function = piece.get("function")
        said = function if isinstance(function, dict) else piece  # the older `function_call` has no member for it
        index, uid, name = piece.get("index"), _text(piece.get("id")), _text(said.get("name"))
        arguments = _arguments(said.get("arguments"))
        call = None if whole else self._find(index, uid, name, arguments)
        if call is None:
            call = _Forming(index)
            self._calls.append(call)
        call.uid = call.uid or uid
        call.name = call.name or name
        if arguments:
            call.arguments.append(arguments)

    def _find(self, index: object, uid: str, name: str, arguments: str) -> _Forming | None:
        """Return the call that a piece belongs to; None where it begins one."""
        if isinstance(index, int):
            call = next((each for each in reversed(self._calls) if each.index == index), None)
        elif uid:
            call = next((each for each in self._calls if each.uid == uid), None)
        else:
            call = self._calls[-1] if self._calls else None
        if call is None:
            return None
        if uid and call.uid:
            return call if uid == call.uid else None
        begins_another = bool(name) and bool(call.name) and bool(arguments) and call.is_whole
        return None if begins_another or (uid and name and call.name) else call

    def finished(self) -> list[ToolCall]:
        """Return the calls, each with arguments and an id of its own; without a name nothing can be called."""
        calls: list[ToolCall] = []
        taken: set[str] = set()
        for number, call in enumerate((each for each in self._calls if each.name), start=1):
            uid = call.uid if call.uid and call.uid not in taken else f"call_{number}"
            taken.add(uid)
            arguments = "".join(call.arguments).strip()
            calls.append(ToolCall(uid, call.name, "{}" if arguments in ("", "null") else arguments))
        return calls


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    """Return a piece of arguments as text; some hosts give the object itself."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else ""
