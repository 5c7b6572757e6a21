"""The log: one rotating file, quiet by default, and never with a key or a message in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES, KEPT = 1_000_000, 3

# Anything that a key could be: what follows "Bearer", the prefixes of known vendors, and long runs with a digit in
# them that are no id of ours.
_SECRETS = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)[^\s\"',]+"
    r"|\b(?:sk|gsk|hf|xai|pplx|tgp|nvapi)[-_][\w.-]{6,}"
    r"|\bAIza[\w-]{10,}"
    r"|\beyJ[\w-]{8,}\.[\w.-]+"
    r"|(?<![\w-])(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-]))(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}"
)


class _Redacting(logging.Formatter):
    """The last net under callers that hand over no keys anyway; a traceback passes through it too."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub("[removed]", super().format(record))


def start_log(folder: Path, level: str) -> Callable[[], None]:
    """Begin to log into the folder; the returned function ends it.

    What is logged are names, kinds and numbers: the callers never hand over words or keys.
    """
    handler = RotatingFileHandler(
        folder / "switchyard.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("switchyard")
    logger.setLevel(level.upper())
    logger.addHandler(handler)
    logger.propagate = False

    def stop() -> None:
        logger.removeHandler(handler)
        handler.close()

    return stop
