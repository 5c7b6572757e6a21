"""Lets Ctrl+C and a polite kill end the window in order, at once, although Qt and not Python waits for events."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from PySide6.QtCore import QSocketNotifier

GRACE_S = 1.0

_HANGUP = getattr(signal, "SIGHUP", None)


class Interrupts:
    """Catches the signals that ask the program to end, from `with` to its end.

    Python runs a signal's handler only when it next runs anything at all, which under Qt is the next event. Its
    wake-up descriptor is written at once, and a notifier makes an event of that.
    The first signal goes to whoever listens, also if that one comes later. A second one, once `grace_s` is over (a
    terminal and its `make` both pass the first one on), ends the process as if nothing were installed.
    """

    def __init__(self, *, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._caught: int | None = None
        self._caught_at_s = 0.0
        self._listener: Callable[[int], None] | None = None
        self._told = False
        self._before: dict[int, object] = {}

    def listen(self, on_signal: Callable[[int], None]) -> None:
        """Call `on_signal` with the number of the first signal, in the loop's thread; at once if it has come."""
        self._listener = on_signal
        self._tell()

    def __enter__(self) -> Self:
        """Install the handlers; a loop made later would take the wake-up descriptor away on Windows."""
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)
        self._notifier = QSocketNotifier(self._receiver.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_wakeup)
        signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        for number in _wanted():
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Put everything back as it was."""
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # it is what `signal.signal` returned
        self._before.clear()
        signal.set_wakeup_fd(-1)
        self._notifier.setEnabled(False)
        self._notifier.deleteLater()
        self._receiver.close()
        self._sender.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if self._caught is None:
            self._caught, self._caught_at_s = number, now_s
        elif now_s - self._caught_at_s >= self._grace_s:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def _on_wakeup(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._receiver.recv(4096):
                pass
        self._tell()

    def _tell(self) -> None:
        if self._caught is not None and self._listener is not None and not self._told:
            self._told = True
            self._listener(self._caught)


def _wanted() -> list[int]:
    numbers = [int(signal.SIGINT), int(signal.SIGTERM)]
    if hasattr(signal, "SIGBREAK"):
        numbers.append(int(signal.SIGBREAK))
    if _HANGUP is not None and signal.getsignal(_HANGUP) is not signal.SIG_IGN:  # `nohup` wants it ignored
        numbers.append(int(_HANGUP))
    return numbers
