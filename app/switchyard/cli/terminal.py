"""Where the command line writes: the answer to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from switchyard.core.errors import UserError
from switchyard.core.sentence import Sentence


def _out() -> TextIO:
    return sys.stdout


def _err() -> TextIO:
    return sys.stderr


@dataclass(slots=True)
class Terminal:
    """The two streams. `streams` tells whether a person watches the answer come."""

    out: TextIO = field(default_factory=_out)
    err: TextIO = field(default_factory=_err)

    def __post_init__(self) -> None:
        for stream in (self.out, self.err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(encoding="utf-8", errors="replace")

    @property
    def streams(self) -> bool:
        """Whether standard output is a terminal, so that text is shown as it comes."""
        return self.out.isatty()

    def write(self, text: str) -> None:
        """Write a piece of the answer, at once."""
        self.out.write(text)
        self.out.flush()

    def line(self, text: str) -> None:
        """Write a line of the answer."""
        self.write(f"{text}\n")

    def json(self, value: Mapping[str, Any]) -> None:
        """Write one JSON object on a line of its own."""
        self.line(json.dumps(value, ensure_ascii=False))

    def note(self, text: str) -> None:
        """Tell the person something beside the answer."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def say(self, sentence: Sentence) -> None:
        """Tell the person a sentence beside the answer."""
        self.note(sentence.english())

    def error(self, error: UserError) -> None:
        """Tell what went wrong, and what to do."""
        self.say(error.title)
        if error.hint is not None:
            self.say(error.hint)
