"""A reply that streams into the thread, against plain text that is appended: the least that any view has to do.

A tick is what comes in 30 ms of a fast model: 30 deltas of 4 characters. Both ways take turns in one process, each in a
window of its own; a tick counts everything that the process computes, its threads included.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QTextBrowser, QWidget

from switchyard.core.events import AttemptStarted, Shown
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Reason
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

DELTA, DELTAS_PER_TICK, TICK_S = 4, 30, 0.03
SIZES_KB = (1, 10, 50, 200)
ROUNDS = 3
TOTAL_LIMIT, P99_LIMIT, FLAT_LIMIT = 2.5, 3.0, 1.5
_SIZE = (800, 900)
_WORDS = [
    "the",
    "route",
    "of",
    "a",
    "model",
    "reply",
    "is",
    "chosen",
    "by",
    "price",
    "latency",
    "quality",
    "and",
    "policy",
    "while",
    "tokens",
    "keep",
    "streaming",
]

Push = Callable[[list[str]], None]


class Clock:
    """Tells the thread the time of a model that takes 30 ms for what the bench hands over as fast as it can."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Run(NamedTuple):
    """What a reply cost: every tick, and all of them, in milliseconds of CPU."""

    ticks: list[float]

    @property
    def total(self) -> float:
        return sum(self.ticks)

    @property
    def p99(self) -> float:
        return sorted(self.ticks)[min(int(len(self.ticks) * 0.99), len(self.ticks) - 1)]


def markdown(size: int) -> str:
    """Return a reply with everything that replies have: headings, paragraphs, lists, code and tables."""
    draw = random.Random(1)

    def words(n: int) -> str:
        return " ".join(draw.choice(_WORDS) for _ in range(n))

    def code(n: int) -> str:
        lines = (f"def f_{n}_{k}(x):  # {words(4)}\n    return x * {k} + len('{words(2)}')" for k in range(9))
        return "```python\n" + "\n".join(lines) + "\n```"

    def table() -> str:
        rows = (f"| {words(2)} | {draw.random():.3f} | {words(4)} |" for _ in range(6))
        return "| name | price | note |\n|---|---|---|\n" + "\n".join(rows)

    blocks: list[str] = []
    while sum(map(len, blocks)) < size:
        n = len(blocks)
        paragraph = (
            f"{words(25)} **{words(3)}** and `code_{n}` with *{words(2)}*, {words(30)} [link](https://a.example/)."
        )
        items = "\n".join(f"- {words(9)}, **{words(2)}**" for _ in range(7))
        blocks.append((f"## Section {n}: {words(5)}", paragraph, items, code(n), paragraph, table())[n % 6])
    return "\n\n".join(blocks)[:size]


def open_code(size: int) -> str:
    """Return one block of code that never ends."""
    lines = (f"value_{n} = compute({n}, 'some text here')  # line {n}" for n in range(size // 40))
    return ("```python\n" + "\n".join(lines))[:size]


def plain(app: QApplication) -> tuple[Push, QWidget]:
    """Return the limit: plain text at the end of a document, and the view kept at its end."""
    view = QTextBrowser()
    cursor = QTextCursor(view.document())
    bar = view.verticalScrollBar()

    def push(deltas: list[str]) -> None:
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("".join(deltas))
        bar.setValue(bar.maximum())
        app.processEvents()

    return push, view


def ours(app: QApplication, theme: Theme) -> tuple[Push, QWidget]:
    """Return the thread as the page uses it."""
    clock = Clock()
    view = ThreadView(theme, Words(), clock=clock)
    uid = MessageId("reply")
    view.begin_reply(Message(uid, None, Role.ASSISTANT, MessageState.STREAMING, "", 0))
    view.apply(uid, AttemptStarted(AttemptRecord(1, 1, Reason.FIRST, "a/m", "a", "openai", "m", 0), False))

    def push(deltas: list[str]) -> None:
        clock.now_s += TICK_S
        for delta in deltas:
            view.apply(uid, Shown(1, delta, ""))
        view.streams.tick()
        app.processEvents()

    return push, view


def stream(app: QApplication, make: Callable[[], tuple[Push, QWidget]], text: str) -> Run:
    """Let a text come in, tick by tick."""
    push, view = make()
    view.resize(*_SIZE)
    view.show()
    settle(app)
    step = DELTA * DELTAS_PER_TICK
    ticks: list[float] = []
    for at in range(0, len(text), step):
        deltas = [text[start : start + DELTA] for start in range(at, min(at + step, len(text)), DELTA)]
        began = time.process_time()
        push(deltas)
        ticks.append((time.process_time() - began) * 1000)
    view.close()
    view.deleteLater()
    settle(app)
    return Run(ticks)


def settle(app: QApplication) -> None:
    """Let everything be loaded, laid out and painted that is under way."""
    until = time.monotonic() + 0.4
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.005)


def replies() -> list[dict[str, Any]]:
    """Compare for each length what a tick costs, and all of them; then whether it grows with the length."""
    app = QApplication.instance()
    app = app if isinstance(app, QApplication) else QApplication([])
    theme = Theme(reduced_motion=True)
    stream(app, lambda: ours(app, theme), markdown(5_000))  # fonts, and what reads Markdown
    stream(app, lambda: plain(app), markdown(5_000))
    rows: list[dict[str, Any]] = []
    for kb in SIZES_KB:
        rows.append(_row(app, theme, f"a reply of {kb} KB, as it comes", markdown(kb * 1000)))
    rows.append(_row(app, theme, "50 KB of open code, as they come", open_code(50_000)))
    for row in rows[:-1]:
        row["growth"] = round(row["ours_tick_ms"] / rows[0]["ours_tick_ms"], 2)
        row["growth_limit"] = FLAT_LIMIT
    return rows


def _row(app: QApplication, theme: Theme, what: str, text: str) -> dict[str, Any]:
    rounds = [
        (stream(app, lambda: plain(app), text), stream(app, lambda: ours(app, theme), text)) for _ in range(ROUNDS)
    ]
    limit, mine = ([each[way] for each in rounds] for way in (0, 1))
    return {
        "what": what,
        "plain_tick_ms": round(statistics.median(statistics.median(run.ticks) for run in limit), 2),
        "ours_tick_ms": round(statistics.median(statistics.median(run.ticks) for run in mine), 2),
        "plain_p99_ms": round(statistics.median(run.p99 for run in limit), 2),
        "ours_p99_ms": round(statistics.median(run.p99 for run in mine), 2),
        "plain_cpu_ms": round(statistics.median(run.total for run in limit)),
        "ours_cpu_ms": round(statistics.median(run.total for run in mine)),
        "cpu_ratio": round(statistics.median(b.total / a.total for a, b in rounds), 2),
        "limit": TOTAL_LIMIT,
        "p99_ratio": round(statistics.median(b.p99 / a.p99 for a, b in rounds), 2),
        "p99_limit": P99_LIMIT,
    }
