"""Hold the code to the house rules that no linter knows: sizes, and what nests the event loop."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
LONGEST_MODULE_LINES = 600
LONGEST_FUNCTION_LINES = 60
MOST_METHODS = 25
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _oversized(path: Path) -> Iterator[str]:
    where = path.relative_to(ROOT)
    lines = path.read_text(encoding="utf-8").count("\n")
    if lines > LONGEST_MODULE_LINES:
        yield f"{where}: {lines} lines in one module"
    for node in ast.walk(_tree(path)):
        if isinstance(node, FUNCTIONS):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > LONGEST_FUNCTION_LINES:
                yield f"{where}:{node.lineno}: {node.name} has {size} lines"
        elif isinstance(node, ast.ClassDef):
            methods = sum(isinstance(child, FUNCTIONS) for child in node.body)
            if methods > MOST_METHODS:
                yield f"{where}:{node.lineno}: {node.name} has {methods} methods"


def _nested_loops(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in {"exec", "exec_", "processEvents"}:
            yield f"{path.relative_to(ROOT)}:{node.lineno}: .{node.attr} nests the event loop; open and await instead"


def test_nothing_has_grown_too_large() -> None:
    assert not [finding for path in SOURCES for finding in _oversized(path)]


def test_nothing_in_the_window_nests_the_event_loop() -> None:
    assert not [finding for path in SOURCES if "ui" in path.parts for finding in _nested_loops(path)]
