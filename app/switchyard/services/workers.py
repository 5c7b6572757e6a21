"""Names the commands of worker processes, the same for a program run from its source and for one that is frozen."""

from __future__ import annotations

import sys

from switchyard.worker import OPTION


def worker_command(worker: str, *arguments: str) -> list[str]:
    """Return how a worker is begun: by the program itself, since a frozen one cannot run modules."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "switchyard"]
    return [*program, OPTION, worker, *arguments]
