"""The log: one rotating file, quiet by default, and never with a key or a message in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES, KEPT = 1_000_000, 3


def start_log(folder: Path, level: str) -> Callable[[], None]:
    """Begin to log into the folder; the returned function ends it.

    What is logged are names, kinds and numbers: the callers never hand over words or keys.
    """
    handler = RotatingFileHandler(
        folder / "switchyard.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("switchyard")
    logger.setLevel(level.upper())
    logger.addHandler(handler)
    logger.propagate = False

    def stop() -> None:
        logger.removeHandler(handler)
        handler.close()

    return stop
