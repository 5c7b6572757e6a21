"""The thread of the window: opening a long chat, many replies at once, and what it costs when nothing happens.

Each way runs in a process of its own: `python -m tests.bench.thread WAY` prints what it came to as one line of JSON.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QPlainTextEdit,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)
from tests.bench.transcript import markdown

from switchyard.core.events import AttemptStarted, Shown
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Reason
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

MESSAGES, MEAN_CHARS = 5_000, 400
OPEN_LIMIT, OPEN_MEMORY_MB = 1.5, 30
SCROLL_STEPS, SCROLL_PX = 100, 120
STREAMS, DELTA_EVERY_MS, KEY_EVERY_MS, TIMER_MS, STREAM_FOR_S = 10, 10, 120, 5, 8.0
LATE_P99_MS, LATE_WORST_MS, LATE_LIMIT = 8.0, 16.0, 1.5
OPEN_ROUNDS, STREAM_ROUNDS = 7, 5
SWITCH_INTERVAL_S = 0.0005  # as in the program, which also freezes what it has loaded
_SIZE = (800, 900)
_WIDTH = 740
_Index = QModelIndex | QPersistentModelIndex


# --- opening ----------------------------------------------------------------------------------------------------------


def texts(count: int) -> list[str]:
    """Return messages cut out of a long reply, of all lengths."""
    source, draw = markdown(400_000), random.Random(5)
    starts = [draw.randrange(len(source) - 4_000) for _ in range(count)]
    return [source[at : at + int(draw.expovariate(1 / MEAN_CHARS)) + 20] for at in starts]


def messages(words: Sequence[str]) -> list[Message]:
    """Return them as a chat: what a person wrote and what came back, in turn."""
    return [
        Message(MessageId(f"m{n}"), None, Role.ASSISTANT if n % 2 else Role.USER, MessageState.COMPLETE, text, 0)
        for n, text in enumerate(words)
    ]


class _Rows(QAbstractListModel):
    def __init__(self, words: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(self._words)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self._words[index.row()] if role == Qt.ItemDataRole.DisplayRole else None


class _Row(QStyledItemDelegate):
    """Keeps two hundred documents; the height of a row that was never drawn is guessed."""

    def __init__(self, words: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._heights: dict[int, int] = {}
        self._document = functools.lru_cache(maxsize=200)(self._make)

    def _make(self, row: int) -> QTextDocument:
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setTextWidth(_WIDTH)
        document.setMarkdown(self._words[row])
        self._heights[row] = int(document.size().height()) + 8
        return document

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row = index.row()
        return QSize(_WIDTH, self._heights.get(row) or 30 + len(self._words[row]) // 90 * 18)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        rect: Any = option.rect
        painter.save()
        painter.translate(rect.topLeft())
        self._document(index.row()).drawContents(painter, QRectF(0, 0, rect.width(), rect.height()))
        painter.restore()


def open_plain(app: QApplication, words: Sequence[str]) -> tuple[QListView, Callable[[], Any]]:
    """Return a list view with guessed heights, and what opens the chat in it."""
    view = QListView()
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def show() -> None:
        view.setItemDelegate(_Row(words, view))
        view.setModel(_Rows(words, view))
        app.processEvents()
        view.scrollToBottom()

    return view, show


def open_ours(words: Sequence[str]) -> tuple[ThreadView, Callable[[], Any]]:
    """Return the thread, and what opens the chat in it; it has shown another one before and knows how to read."""
    view = ThreadView(Theme(reduced_motion=True), Words())
    shown = messages(words)
    view.set_messages(messages(["A question", "An *answer*"]), {})
    return view, lambda: view.set_messages(shown, {})


def opened(way: str, count: int) -> dict[str, float]:
    """Open a chat, scroll up through some of it, and change its width."""
    app = QApplication([])
    words = texts(count)
    Theme(reduced_motion=True).apply(app)
    opening: tuple[QListView | ThreadView, Callable[[], Any]]
    opening = open_plain(app, words) if way == "plain" else open_ours(words)
    view, show = opening
    view.resize(*_SIZE)
    view.show()
    _settle(app)
    memory, began, clock = resident_mb(), time.process_time(), time.perf_counter()
    show()
    app.processEvents()
    cpu, wall = time.process_time() - began, time.perf_counter() - clock
    _settle(app)
    settled = time.process_time() - began
    bar = (view if isinstance(view, QListView) else view._stage).verticalScrollBar()
    steps: list[float] = []
    for _ in range(SCROLL_STEPS):
        began = time.process_time()
        bar.setValue(bar.value() - SCROLL_PX)
        app.processEvents()
        steps.append((time.process_time() - began) * 1000)
    return {
        "cpu_ms": cpu * 1000,
        "wall_ms": wall * 1000,
        "settled_cpu_ms": settled * 1000,
        "memory_mb": resident_mb() - memory,
        "scroll_p50_ms": statistics.median(steps),
        "scroll_worst_ms": max(steps),
    }


# --- many replies at once ---------------------------------------------------------------------------------------------


def stream_plain(stack: QStackedWidget) -> Callable[[int, str], None]:
    """Return what takes a delta of one of ten replies: plain text at the end of a document."""
    views = [QTextBrowser() for _ in range(STREAMS)]
    cursors = [QTextCursor(view.document()) for view in views]
    for view in views:
        stack.addWidget(view)

    def take(at: int, delta: str) -> None:
        cursors[at].movePosition(QTextCursor.MoveOperation.End)
        cursors[at].insertText(delta)
        bar = views[at].verticalScrollBar()
        bar.setValue(bar.maximum())

    return take


def stream_ours(stack: QStackedWidget) -> Callable[[int, str], None]:
    """Return the same for ten threads, of which one is shown."""
    theme = Theme(reduced_motion=True)
    views = [ThreadView(theme, Words()) for _ in range(STREAMS)]
    for n, view in enumerate(views):
        stack.addWidget(view)
        uid = MessageId(f"r{n}")
        view.append(Message(MessageId(f"u{n}"), None, Role.USER, MessageState.COMPLETE, "Tell me all", 0))
        view.begin_reply(Message(uid, None, Role.ASSISTANT, MessageState.STREAMING, "", 0))
        view.apply(uid, AttemptStarted(AttemptRecord(1, 1, Reason.FIRST, "a/m", "a", "openai", "m", 0), False))
    return lambda at, delta: views[at].apply(f"r{at}", Shown(1, delta, ""))


def streamed(way: str) -> dict[str, float]:
    """Let ten replies come at once while somebody types, and see how late a timer of 5 ms is."""
    app = QApplication([])
    Theme(reduced_motion=True).apply(app)
    window, stack, field = QWidget(), QStackedWidget(), QPlainTextEdit()
    column = QVBoxLayout(window)
    column.addWidget(stack, 1)
    column.addWidget(field)
    field.setFixedHeight(80)
    take = stream_plain(stack) if way == "plain" else stream_ours(stack)
    window.resize(*_SIZE)
    window.show()
    field.setFocus()
    _settle(app)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.freeze()
    text, place = markdown(60_000), 0
    late: list[float] = []
    busy: list[float] = []
    last = time.perf_counter(), time.thread_time()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter(), time.thread_time()
        late.append(max(0.0, (now[0] - last[0]) * 1000 - TIMER_MS))
        busy.append((now[1] - last[1]) * 1000)
        last = now

    def deltas() -> None:
        nonlocal place
        for at in range(STREAMS):
            take(at, text[place : place + 4])
        place += 4

    for every, act in (
        (TIMER_MS, tick),
        (DELTA_EVERY_MS, deltas),
        (KEY_EVERY_MS, lambda: QTest.keyClick(field, Qt.Key.Key_X)),
    ):
        timer = QTimer(window, interval=every, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(act)
        timer.start()
    began = time.process_time()
    QTimer.singleShot(round(STREAM_FOR_S * 1000), app.quit)
    last = time.perf_counter(), time.thread_time()
    app.exec()
    late.sort()
    busy.sort()
    return {
        "cpu_share": (time.process_time() - began) / STREAM_FOR_S,
        "late_p50_ms": late[len(late) // 2],
        "late_p99_ms": late[int(len(late) * 0.99)],
        "late_worst_ms": late[-1],
        "busy_p99_ms": busy[int(len(busy) * 0.99)],
        "busy_worst_ms": busy[-1],
    }


# --- rows -------------------------------------------------------------------------------------------------------------


def _settle(app: QApplication) -> None:
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.005)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def rows() -> list[dict[str, Any]]:
    """Compare opening and streaming in alternating rounds; measure the program when idle, and from Enter on."""
    opening = [(_run("thread", "open", "plain"), _run("thread", "open", "ours")) for _ in range(OPEN_ROUNDS)]
    streaming = [(_run("thread", "stream", "plain"), _run("thread", "stream", "ours")) for _ in range(STREAM_ROUNDS)]
    with tempfile.TemporaryDirectory() as idle, tempfile.TemporaryDirectory() as wire:
        whole = [_run("whole_window", "idle", idle), _run("whole_window", "wire", wire)]
    return [
        {
            "what": f"a chat of {MESSAGES} messages, opened",
            **_medians("plain_", [plain for plain, _ in opening]),
            **_medians("ours_", [ours for _, ours in opening]),
            "cpu_ratio": round(statistics.median(ours["cpu_ms"] / plain["cpu_ms"] for plain, ours in opening), 2),
            "limit": OPEN_LIMIT,
            "memory_limit_mb": OPEN_MEMORY_MB,
        },
        {
            "what": f"{STREAMS} replies at once while somebody types, the quietest of {STREAM_ROUNDS} rounds",
            **_least("plain_", [plain for plain, _ in streaming]),
            **_least("ours_", [ours for _, ours in streaming]),
            "late_ratio": round(
                statistics.median(ours["late_p99_ms"] / plain["late_p99_ms"] for plain, ours in streaming), 2
            ),
            "limit": LATE_LIMIT,
            "late_p99_limit_ms": LATE_P99_MS,
            "late_worst_limit_ms": LATE_WORST_MS,
        },
        {"what": "1,000 messages and nobody there", **whole[0], "memory_limit_mb": 160, "wakeups_limit_per_s": 1},
        {"what": "Enter to the request on the wire", **whole[1], "limit_ms": 10},
    ]


def _medians(prefix: str, rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {prefix + name: round(statistics.median(each[name] for each in rounds), 2) for name in rounds[0]}


def _least(prefix: str, rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {prefix + name: round(min(each[name] for each in rounds), 2) for name in rounds[0]}


def _run(module: str, *way: str) -> dict[str, float]:
    command = [sys.executable, "-m", f"tests.bench.{module}", *way]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    return found


if __name__ == "__main__":
    kind, way = sys.argv[1:3]
    print(json.dumps(opened(way, MESSAGES) if kind == "open" else streamed(way)))
