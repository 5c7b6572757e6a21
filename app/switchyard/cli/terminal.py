"""Where the command line writes: the answer to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from switchyard.core.errors import UserError
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import field, record

# What would steer a terminal: a model's or a provider's words must not. Line ends and tabs are words.
_STEERING = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


# Some readers of JSON lines take these for the end of a line.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


class OutputLost(UserError):
    """The answer could not be written where it was to go."""


def open_closed_streams() -> None:
    """Put the void in the place of a standard stream that was closed.

    The next file to be opened, the database among them, would get its number, and whoever writes there its words.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open for as long as we run


def _out() -> TextIO:
    return sys.stdout


def _err() -> TextIO:
    return sys.stderr


@record
class Terminal:
    """The two streams. `streams` tells whether a person watches the answer come, `told` whether an object was said."""

    out: TextIO = field(default_factory=_out)
    err: TextIO = field(default_factory=_err)
    streams: bool = field(init=False)
    told: bool = field(init=False, default=False)
    _inside_line: bool = field(init=False, default=False)
    _changing: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.streams = self.out.isatty()
        for stream in (self.out, self.err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(encoding="utf-8", errors="replace")

    @property
    def watched(self) -> bool:
        """Whether a person watches what is told beside the answer."""
        return self.err.isatty()

    def start_again(self) -> None:
        """Say that what was written no longer counts, and that the answer starts again: a rule, and a sentence."""
        width = shutil.get_terminal_size((80, 24)).columns
        self.say(sentence("The model broke off. The reply starts again."))
        self.note("─" * min(width, 80))

    def write(self, text: str) -> None:
        """Write a piece of the answer, at once; raises `OutputLost`."""
        self._leave_changing()
        if self.streams:
            text = text.translate(_STEERING)
            self._inside_line = not text.endswith("\n") if text else self._inside_line
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            discard(self.out)
            reason = error.strerror or type(error).__name__
            raise OutputLost(sentence("Standard output cannot be written: {reason}.", reason=reason)) from None

    def line(self, text: str) -> None:
        """Write a line of the answer."""
        self.write(f"{text}\n")

    def end_line(self) -> None:
        """Go to the beginning of a line, where a person sees the answer end in the middle of one."""
        if self._inside_line:
            self.write("\n")

    def json(self, value: Mapping[str, Any]) -> None:
        """Write one JSON object on a line of its own."""
        self.told = True
        self.line(json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS))

    def note(self, text: str) -> None:
        """Tell the person something beside the answer; nothing is lost where nobody listens."""
        self.ask(f"{text}\n")

    def ask(self, text: str) -> None:
        """Invite the person to type, on the line that `text` begins."""
        self.end_line()
        self._leave_changing()
        self._tell(text.translate(_STEERING) if self.watched else text)

    def rewrite(self, text: str) -> None:
        """Put a line in the place of the one that was put here last, as wide as a person's terminal can show."""
        self.end_line()
        width = shutil.get_terminal_size().columns - 1
        text = text.translate(_STEERING)[:width]
        self._tell("\r" + text.ljust(len(self._changing)))
        self._changing = text

    def _leave_changing(self) -> None:
        """Let the line that changes stand as it is."""
        if self._changing:
            self._changing = ""
            self._tell("\n")

    def _tell(self, text: str) -> None:
        try:
            self.err.write(text)
            self.err.flush()
        except OSError:
            discard(self.err)

    def say(self, sentence: Sentence) -> None:
        """Tell the person a sentence beside the answer."""
        self.note(sentence.english())

    def error(self, error: UserError) -> None:
        """Tell what went wrong, and what to do."""
        self.say(error.title)
        if error.hint is not None:
            self.say(error.hint)


def discard(stream: TextIO) -> None:
    """Let what a stream still holds go into the void: the interpreter would fail to write it once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
