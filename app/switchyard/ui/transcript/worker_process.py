"""Has things drawn in a process of its own, which is begun when it is first needed and ended when it is not."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer

from switchyard.services.workers import worker_command

Answer = Mapping[str, Any]
Take = Callable[[Answer], None]

_IDLE_MS = 20_000
_END_MS = 1_000
_START_MS = 15_000
_NOTHING: Answer = {}


class WorkerProcess(QObject):
    """One request after the other, each a line of JSON; one that takes too long, or ends the process, has no answer."""

    def __init__(self, worker: str, parent: QObject, *, limit_ms: int, start_ms: int = _START_MS) -> None:
        super().__init__(parent)
        self._worker = worker
        self._limit_ms = limit_ms
        self._start_ms = start_ms
        self._waiting: deque[tuple[Answer, Take]] = deque()
        self._process: QProcess | None = None
        self._begun: set[QProcess] = set()
        self._said = b""
        self.destroyed.connect(partial(_end_at_once, self._begun))
        self._limit = self._make_timer(limit_ms + start_ms, self._give_up)
        self._idle = self._make_timer(_IDLE_MS, self._end)

    def _make_timer(self, ms: int, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(then)
        return timer

    @property
    def running(self) -> bool:
        """Whether there is a process at present."""
        return self._process is not None

    def ask(self, request: Answer, take: Take) -> None:
        """Send a request when its turn comes; `take` gets the answer later, or an empty one."""
        self._waiting.append((request, take))
        if len(self._waiting) == 1:
            self._send()

    def _send(self) -> None:
        limit_ms = self._limit_ms
        if self._process is None:
            self._process = self._begin()
            limit_ms += self._start_ms  # what it loads takes long where the computer is busy
        self._idle.stop()
        self._limit.start(limit_ms)
        self._process.write(json.dumps(self._waiting[0][0]).encode() + b"\n")

    def _begin(self) -> QProcess:
        self._said = b""
        process = QProcess(self)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(lambda: self._on_gone(process))
        process.errorOccurred.connect(lambda: self._on_gone(process))
        self._begun.add(process)
        program, *arguments = worker_command(self._worker)
        process.start(program, arguments)
        return process

    def _on_output(self) -> None:
        if self._process is None:
            return
        self._said += bytes(self._process.readAllStandardOutput().data())
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            self._answer(json.loads(line))

    def _answer(self, answer: Answer) -> None:
        if not self._waiting:
            return
        self._limit.stop()
        _, take = self._waiting.popleft()
        take(answer)
        if self._waiting:
            self._send()
        else:
            self._idle.start()

    def _on_gone(self, process: QProcess) -> None:
        """A process has ended, or never began: what it was asked, if anything, has no answer."""
        if process is self._process:
            self._give_up()
        else:
            self._forget(process)

    def _give_up(self) -> None:
        self._end()
        self._answer(_NOTHING)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.state() is QProcess.ProcessState.NotRunning:
            self._forget(process)
        else:
            process.kill()

    def _forget(self, process: QProcess) -> None:
        if process in self._begun:
            self._begun.discard(process)
            process.deleteLater()


def _end_at_once(begun: set[QProcess]) -> None:
    """The owner goes away: Qt complains of a process that is still there when it does."""
    for process in begun:
        process.blockSignals(True)
        process.kill()
        process.waitForFinished(_END_MS)
