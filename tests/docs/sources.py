"""Finds the texts that people are shown, in the sources: what is translated, and what only looks like words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[2] / "app" / "switchyard"
TRANSLATING = {"tr", "_tr", "translate"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FIELDS = re.compile(r"\{(\w*)\}")


class Text(NamedTuple):
    """A text in a source, with the nodes above it, the nearest first."""

    path: Path
    node: ast.Constant
    above: tuple[ast.AST, ...]

    @property
    def text(self) -> str:
        """Return the text itself."""
        return str(self.node.value)

    @property
    def place(self) -> str:
        """Return where it stands, for a person."""
        return f"{self.path.relative_to(PACKAGE)}:{self.node.lineno}: {self.text!r}"


class Call(NamedTuple):
    """A call of a function by its bare name."""

    path: Path
    node: ast.Call
    above: tuple[ast.AST, ...]

    @property
    def name(self) -> str:
        """Return the function's name."""
        return name_of(self.node)

    @property
    def first(self) -> ast.expr | None:
        """Return what is to be translated: the last of `translate(context, text)`, the first of the others."""
        at = 1 if self.name == "translate" else 0
        return self.node.args[at] if len(self.node.args) > at else None

    @property
    def place(self) -> str:
        """Return where it stands, for a person."""
        return f"{self.path.relative_to(PACKAGE)}:{self.node.lineno}"


def name_of(call: ast.Call) -> str:
    """Return the bare name of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


@cache
def parsed(path: Path) -> ast.Module:
    """Return a source as a tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def sources(folder: str = "") -> list[Path]:
    """Return the modules of a part of the package."""
    return sorted((PACKAGE / folder).rglob("*.py"))


def _walk(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    for child in ast.iter_child_nodes(node):
        yield child, (node, *above)
        yield from _walk(child, (node, *above))


def texts(path: Path) -> Iterator[Text]:
    """Yield every text but docstrings."""
    for node, above in _walk(parsed(path), ()):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(above[0], ast.Expr):
            yield Text(path, node, above)


def calls(path: Path, names: set[str]) -> Iterator[Call]:
    """Yield the calls of functions of these names."""
    for node, above in _walk(parsed(path), ()):
        if isinstance(node, ast.Call) and name_of(node) in names:
            yield Call(path, node, above)


def defines_translation(call: Call) -> bool:
    """Whether a call stands in a module's own short form: `def _tr(text): return translate("Context", text)`."""
    function = next((node for node in call.above if isinstance(node, _FUNCTIONS)), None)
    return function is not None and function.name in TRANSLATING


def fields_of(text: str) -> set[str]:
    """Return the names of a text's fields."""
    return set(_FIELDS.findall(text))


def tables(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a module's names stand for: tables of texts are translated where they are looked up."""
    for node in parsed(path).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
