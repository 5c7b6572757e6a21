"""Gathers every text that people are shown into a translation source: `python packaging/texts.py build/switchyard.ts`.

Qt's own tool finds what the window translates where it is written. The sentences of the other layers are values
(`sentence("...")`) that it knows nothing of, so everything is gathered here, from the syntax tree.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

APP = Path(__file__).resolve().parents[1] / "app" / "switchyard"
SENTENCES = "Sentences"  # the context in which the window looks up what other layers say
_WITH_CONTEXT = frozenset({"translate", "QT_TRANSLATE_NOOP"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is written; `source` is None where it is worked out at run time, so that nobody can translate it."""

    context: str
    source: str | None
    file: str
    line: int


def gather(folder: Path = APP) -> list[Text]:
    """Return the texts of all modules, file by file."""
    found: list[Text] = []
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        file = path.relative_to(folder).as_posix()
        found += [Text(context, source, file, line) for context, source, line in _texts(tree, _short_form(tree))]
    return found


def write(texts: list[Text], target: Path) -> None:
    """Write them as Qt's translation source, each text once in its context."""
    root = ElementTree.Element("TS", version="2.1", sourcelanguage="en_GB")
    for context in sorted({text.context for text in texts}):
        element = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(element, "name").text = context
        for source in sorted({text.source for text in texts if text.context == context and text.source is not None}):
            message = ElementTree.SubElement(element, "message")
            for text in texts:
                if (text.context, text.source) == (context, source):
                    ElementTree.SubElement(message, "location", filename=text.file, line=str(text.line))
            ElementTree.SubElement(message, "source").text = source
            ElementTree.SubElement(message, "translation", type="unfinished")
    ElementTree.indent(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        f"<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE TS>\n{ElementTree.tostring(root, encoding='unicode')}\n",
        encoding="utf-8",
    )


def _texts(node: ast.AST, short_form: str, owner: str = "") -> Iterator[tuple[str, str | None, int]]:
    """Yield context, source and line of each text below a node; `owner` is the class that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield from _of_call(child, short_form, owner)
        yield from _texts(child, short_form, child.name if isinstance(child, ast.ClassDef) else owner)


def _of_call(call: ast.Call, short_form: str, owner: str) -> Iterator[tuple[str, str | None, int]]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    written = [_literal(argument) for argument in call.args[:2]]
    if name == "sentence" and call.args:
        yield SENTENCES, written[0], call.lineno
    elif name == "Sentence" and call.args and written[0] is not None:
        yield SENTENCES, written[0], call.lineno  # with anything else it is a sentence from elsewhere
    elif name in _WITH_CONTEXT and len(written) == 2 and None not in written:
        yield written[0] or "", written[1], call.lineno  # with anything else it looks up a text of a table
    elif name == "tr" and call.args:
        yield owner, written[0], call.lineno
    elif name == "_tr" and call.args:
        yield short_form, written[0], call.lineno


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _short_form(tree: ast.Module) -> str:
    """Return the context of a module's own `_tr`; nothing where it has none."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "_tr":
            inside = (call for call in ast.walk(node) if isinstance(call, ast.Call) and call.args)
            return next((context for call in inside if (context := _literal(call.args[0]))), "")
    return ""


if __name__ == "__main__":
    gathered = gather()
    write(gathered, Path(sys.argv[1] if len(sys.argv) > 1 else "build/switchyard.ts"))
    print(f"{len({(text.context, text.source) for text in gathered})} texts")
