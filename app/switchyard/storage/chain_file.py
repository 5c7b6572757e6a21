"""Chain files: YAML that a person may write by hand, with errors that name line and key."""

from __future__ import annotations

import io
from typing import Any

from switchyard.core.chain import Chain
from switchyard.core.chain_dict import ChainProblem, chain_from_dict, chain_to_dict, check_name
from switchyard.core.errors import ChainInvalid
from switchyard.core.sentence import sentence

SIZE_LIMIT = 1_000_000


def parse_chain(text: str) -> Chain:
    """Return the chain of a file; raises `ChainInvalid` naming line and key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > SIZE_LIMIT:
        raise _invalid(0, "this file is too large to be a chain")
    try:
        data = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise _invalid(mark.line + 1 if mark is not None else 0, error.problem or "this is no YAML") from None
    except (YAMLError, ValueError, RecursionError):
        raise _invalid(0, "this is no YAML") from None
    try:
        chain = chain_from_dict(data)
    except ChainProblem as problem:
        raise _invalid(_line(data, problem.path), problem.text) from None
    check_name(chain.name)
    return chain


def write_chain(chain: Chain) -> str:
    """Return the chain as a file; defaults are not written."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(chain_to_dict(chain), out)
    return out.getvalue()


def _invalid(line: int, problem: str) -> ChainInvalid:
    hint = sentence("Mend the file and import it again.")
    if line:
        return ChainInvalid(sentence("Line {line}: {problem}.", line=line, problem=problem), hint)
    return ChainInvalid(sentence("The chain cannot be read: {problem}.", problem=problem), hint)


def _line(data: Any, path: tuple[str | int, ...]) -> int:
    """Return the line of the deepest part of the path that the file has; 0 where there is none."""
    line = data.lc.line + 1 if hasattr(data, "lc") else 0
    for key in path:
        try:
            line = (data.lc.key(key) if isinstance(key, str) else data.lc.item(key))[0] + 1
            data = data[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return int(line)
