"""Chain files: YAML that a person may write by hand, with errors that name line and key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from switchyard.core.chain import Chain
from switchyard.core.chain_dict import chain_from_dict, chain_to_dict, check_name
from switchyard.core.chain_fields import ChainProblem, Path
from switchyard.core.errors import ChainInvalid
from switchyard.core.sentence import sentence
from switchyard.storage.chain_text import Awkward, dump, rewrite

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 64  # lists and mappings in one another; to read thousands of them takes seconds


class ChainFileInvalid(ChainInvalid):
    """A chain file that cannot be read. `line` counts from 1, 0 where there is none; `path` leads to the place."""

    def __init__(self, line: int, problem: str, path: Path = ()) -> None:
        hint = sentence("Mend the file and import it again.")
        if line:
            super().__init__(sentence("Line {line}: {problem}.", line=line, problem=problem), hint)
        else:
            super().__init__(sentence("The chain cannot be read: {problem}.", problem=problem), hint)
        self.line = line
        self.path = path
        self.problem = problem


def parse_chain(text: str) -> Chain:
    """Return the chain of a file; raises `ChainFileInvalid` naming line and key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > SIZE_LIMIT:
        raise ChainFileInvalid(0, "this file is too large to be a chain")
    try:
        _check_depth(text)
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise ChainFileInvalid(mark.line + 1 if mark is not None else 0, error.problem or "this is no YAML") from None
    except (YAMLError, ValueError, TypeError, RecursionError):
        raise ChainFileInvalid(0, "this is no YAML") from None
    try:
        chain = chain_from_dict(data)
    except ChainProblem as problem:
        raise ChainFileInvalid(lines_of(text, [problem.path])[0], problem.text, problem.path) from None
    check_name(chain.name)
    return chain


def _check_depth(text: str) -> None:
    """Refuse what is nested deeper than any chain, as soon as it is, and before anything is made of it."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            raise ChainFileInvalid(event.start_mark.line + 1, "this is nested too deep to be a chain")


def lines_of(text: str, paths: Sequence[Path]) -> tuple[int, ...]:
    """Return for each path the line of its deepest part that the file has, counted from 1; 0 for an empty file."""
    from ruamel.yaml import YAML

    root = YAML(typ="safe", pure=True).compose(text) if paths else None
    inside: dict[int, dict[str | int, tuple[int, Any]]] = {}
    return tuple(_line(root, path, inside) for path in paths)


def _line(node: Node | None, path: Path, inside: dict[int, dict[str | int, tuple[int, Any]]]) -> int:
    """Return a path's line; `inside` remembers what each node holds, since paths share their beginnings."""
    line = _start(node)
    for step in path:
        children = inside.get(id(node))
        if children is None:
            children = inside[id(node)] = _children(node)
        if step not in children:
            break
        line, node = children[step]
    return line


def write_chain(chain: Chain, *, like: str | None = None) -> str:
    """Return the chain as a file; defaults are not written.

    What an earlier file of the chain said, `like`, stays as it was written where it is still so: comments, order,
    quotes, and defaults that were written out.
    """
    data = chain_to_dict(chain)
    if like is not None:
        try:
            before = chain_to_dict(parse_chain(like))
            text = like if before == data else rewrite(like, before, data)
            if parse_chain(text) == chain:
                return text
        except (Awkward, ChainInvalid):
            pass
    return dump(data)


def _children(node: Node | None) -> dict[str | int, tuple[int, Any]]:
    """Return what a node holds by key or position: line and node."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        return {str(key.value): (_start(key), value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return {at: (_start(child), child) for at, child in enumerate(node.value)}
    return {}


def _start(node: Node | None) -> int:
    return 0 if node is None else int(node.start_mark.line) + 1
