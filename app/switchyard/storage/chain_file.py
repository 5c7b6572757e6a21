"""Chain files: YAML that a person may write by hand, with errors that name line and key."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from switchyard.core.chain import Chain
from switchyard.core.chain_dict import chain_from_dict, chain_to_dict, check_name
from switchyard.core.chain_fields import ChainProblem
from switchyard.core.errors import ChainInvalid
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

SIZE_LIMIT = 1_000_000
_LINE_ENDS = set("\x85\u2028\u2029")


def parse_chain(text: str, *, accounts: Collection[str] | None = None) -> Chain:
    """Return the chain of a file; raises `ChainInvalid` naming line and key.

    With `accounts`, a step whose account is not among them is an error too.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > SIZE_LIMIT:
        raise _invalid(0, "this file is too large to be a chain")
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise _invalid(mark.line + 1 if mark is not None else 0, error.problem or "this is no YAML") from None
    except (YAMLError, ValueError, TypeError, RecursionError):
        raise _invalid(0, "this is no YAML") from None
    try:
        chain = chain_from_dict(data)
        if accounts is not None:
            _check_accounts(chain, accounts)
    except ChainProblem as problem:
        raise _invalid(_line(YAML(typ="safe", pure=True).compose(text), problem.path), problem.text) from None
    check_name(chain.name)
    return chain


def _check_accounts(chain: Chain, accounts: Collection[str]) -> None:
    for index, step in enumerate(chain.steps):
        if step.use.account not in accounts:
            raise ChainProblem(("steps", index, "use"), f"use names an unknown account: {step.use.account}")


def write_chain(chain: Chain) -> str:
    """Return the chain as a file; defaults are not written."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(_quoted(chain_to_dict(chain)), out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    """Quote texts with Unicode's own line ends: written plain, they are read back as line ends of the file."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return {key: _quoted(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_quoted(member) for member in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and _LINE_ENDS & set(value) else value


def _invalid(line: int, problem: str) -> ChainInvalid:
    hint = sentence("Mend the file and import it again.")
    if line:
        return ChainInvalid(sentence("Line {line}: {problem}.", line=line, problem=problem), hint)
    return ChainInvalid(sentence("The chain cannot be read: {problem}.", problem=problem), hint)


def _line(node: Node | None, path: tuple[str | int, ...]) -> int:
    """Return the line of the deepest part of the path that the file has; 0 for an empty file."""
    line = _start(node)
    for step in path:
        found = next((child for child in _children(node) if child[0] == step), None)
        if found is None:
            break
        _, line, node = found
    return line


def _children(node: Node | None) -> list[tuple[str | int, int, Any]]:
    """Return what a node holds: key or position, line, and node."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        return [(str(key.value), _start(key), value) for key, value in node.value]
    if isinstance(node, SequenceNode):
        return [(at, _start(child), child) for at, child in enumerate(node.value)]
    return []


def _start(node: Node | None) -> int:
    return 0 if node is None else int(node.start_mark.line) + 1
