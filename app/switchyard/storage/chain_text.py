"""The text of a chain file brought up to date: what did not change stays as it was written, comments and all."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

_LINE_ENDS = set("\x85\u2028\u2029")
_NAMES = ("name", "use", "to")  # what an item of a list is known by


class Awkward(Exception):
    """The text is written in a way that cannot be changed in part."""


class _Edit(NamedTuple):
    """What comes in the place of a piece of the text."""

    start: int
    end: int
    text: str


def dump(data: Any) -> str:
    """Return data as YAML."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(_quoted(data), out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    """Quote texts with Unicode's own line ends: written plain, they are read back as line ends of the file."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return {key: _quoted(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_quoted(member) for member in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and _LINE_ENDS & set(value) else value


def rewrite(text: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return a text that says `after`, made of one that says `before`; raises `Awkward`.

    A comment belongs to what stands on its line, or below it. Whoever calls reads the result before using it.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import MappingNode

    text = text if text.endswith("\n") else f"{text}\n"
    lines = _Text(text)
    node = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(node, MappingNode):
        raise Awkward
    return lines.patched(0, len(text), lines.mapping(node, before, after))


class _Text:
    """A text by its lines, and the edits that turn what its nodes say into something else."""

    def __init__(self, text: str) -> None:
        self._text = text
        if set("\x85\u2028\u2029\ufeff") & set(text) or "\r" in text.replace("\r\n", ""):
            raise Awkward  # its lines are not where they seem to be
        self._lines = [f"{line}\n" for line in text.split("\n")[:-1]]
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._line_end = "\r\n" if "\r\n" in text else "\n"

    def patched(self, start: int, end: int, edits: Sequence[_Edit]) -> str:
        """Return a piece of the text after the edits in it."""
        pieces = []
        for edit in sorted(edits):
            if edit.start < start:
                raise Awkward
            pieces += [self._text[start : edit.start], edit.text]
            start = edit.end
        return "".join((*pieces, self._text[start:end]))

    def mapping(self, node: MappingNode, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[_Edit]:
        """Return the edits of a mapping's entries. A key that stands there though `before` has none is a default."""
        if node.flow_style or not node.value:
            raise Awkward
        edits: list[_Edit] = []
        for key_node, value in node.value:
            key = key_node.value
            if key in after and before.get(key) != after[key]:
                edits += self._entry(key_node, value, before.get(key), after[key])
            elif key in before and key not in after:
                edits.append(self._without(key_node, value))
        return edits + self._added(node, after)

    def _added(self, node: MappingNode, after: Mapping[str, Any]) -> list[_Edit]:
        """Put each new key behind the key that it follows when everything is written anew."""
        edits = []
        there = {key.value: value for key, value in node.value}
        behind, column = node.value[0][1], node.value[0][0].start_mark.column
        for key, value in after.items():
            if key in there:
                behind = there[key]
            else:
                at = self._starts[_last_line(behind) + 1]
                edits.append(_Edit(at, at, self._fresh({key: value}, column)))
        return edits

    def _without(self, key: Node, value: Node) -> _Edit:
        line = key.start_mark.line
        if self._lines[line][: key.start_mark.column].strip():
            raise Awkward  # it stands on a line with something else
        return _Edit(self._starts[self._lead(line)], self._starts[_last_line(value) + 1], "")

    def _entry(self, key: Node, node: Node, before: Any, after: Any) -> list[_Edit]:
        """Return the edits that give a key another value, as small as they can be."""
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        try:
            if isinstance(node, MappingNode) and isinstance(before, dict) and isinstance(after, dict):
                return self.mapping(node, before, after)
            if isinstance(node, SequenceNode) and isinstance(before, list) and isinstance(after, list):
                return [self._sequence(node, before, after)]
        except Awkward:
            pass
        fresh = self._fresh({key.value: after}, key.start_mark.column)
        said = fresh.strip().partition(": ")[2]
        on_one_line = isinstance(node, ScalarNode) and node.start_mark.line == node.end_mark.line
        if on_one_line and said and not isinstance(after, dict | list) and "\n" not in said:
            return [_Edit(node.start_mark.index, node.end_mark.index, said)]
        end = self._starts[_last_line(node) + 1]
        return [_Edit(key.start_mark.index, end, fresh.lstrip(" "))]

    def _sequence(self, node: SequenceNode, before: Sequence[Any], after: Sequence[Any]) -> _Edit:
        """Put the items in their new order; each takes along the comments above it."""
        if node.flow_style or len(node.value) != len(before) or not before:
            raise Awkward
        begins = [self._lead(self._dash(item)) for item in node.value]
        ends = [*begins[1:], _last_line(node) + 1]
        pieces = []
        left = list(range(len(before)))
        column = self._lines[self._dash(node.value[0])].index("-")
        for item in after:
            at = _find(item, before, left)
            if at is None:
                pieces.append(self._fresh([item], column))
                continue
            left.remove(at)
            try:
                edits = self._item(node.value[at], before[at], item)
            except Awkward:
                pieces.append(self._fresh([item], column))
            else:
                pieces.append(self.patched(self._starts[begins[at]], self._starts[ends[at]], edits))
        return _Edit(self._starts[begins[0]], self._starts[ends[-1]], "".join(pieces))

    def _item(self, node: Node, before: Any, after: Any) -> list[_Edit]:
        from ruamel.yaml.nodes import MappingNode

        if before == after:
            return []
        if isinstance(node, MappingNode) and isinstance(before, dict) and isinstance(after, dict):
            return self.mapping(node, before, after)
        raise Awkward

    def _dash(self, item: Node) -> int:
        line: int = item.start_mark.line
        if not self._lines[line].lstrip().startswith("- "):
            raise Awkward
        return line

    def _lead(self, line: int) -> int:
        """Return the first of the comment lines right above a line."""
        while line and self._lines[line - 1].lstrip().startswith("#"):
            line -= 1
        return line

    def _fresh(self, data: Any, column: int) -> str:
        indent = " " * column
        lines = dump(data).split("\n")[:-1]
        return "".join(f"{indent}{line}{self._line_end}" if line else self._line_end for line in lines)


def _find(item: Any, before: Sequence[Any], left: Sequence[int]) -> int | None:
    """Return which item of before this one is: the same, or the one of the same name."""
    same = next((at for at in left if before[at] == item), None)
    return same if same is not None else next((at for at in left if _name(before[at]) == _name(item)), None)


def _name(item: Any) -> str:
    key = next((key for key in _NAMES if key in item), None) if isinstance(item, dict) else None
    return json.dumps(item if key is None else item[key])


def _last_line(node: Node) -> int:
    """Return the line on which a node's own text ends."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(node, MappingNode) else last)
    end = node.end_mark
    return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
