"""Where the program becomes a worker: `switchyard --worker NAME ARGUMENT...`, before anything else of it is loaded."""

from __future__ import annotations

from collections.abc import Sequence

UNKNOWN_EXIT = 2


def main(words: Sequence[str]) -> int:
    """Run the worker of this name; return its exit code. Each is imported by name, so that freezing finds them all."""
    name, *arguments = words or ("",)
    match name:
        case "diagram":
            from switchyard.worker.diagram import main as run
        case "formula":
            from switchyard.worker.formula import main as run
        case "image":
            from switchyard.worker.image import main as run
        case "pdf":
            from switchyard.worker.pdf import main as run
        case _:
            return UNKNOWN_EXIT
    return run(arguments)
