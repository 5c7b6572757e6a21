"""The thread as the page uses it: messages, a reply that streams, what can be pressed, and how it looks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPaintEvent, QTextOption
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from switchyard.core.content import ToolCall
from switchyard.core.events import (
    AttemptEnded,
    AttemptLoading,
    AttemptStarted,
    Continued,
    Finish,
    RouteEvent,
    Shown,
    TakenBack,
    WaitStarted,
)
from switchyard.core.failures import Failure, FailureKind, Fix
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import (
    AttemptRecord,
    Joint,
    Option,
    Outcome,
    Question,
    QuestionKind,
    Reason,
    RouteRecord,
    Seam,
    Skip,
    SkipReason,
)
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.core.usage import CostSource, Usage
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.acts import Act
from switchyard.ui.transcript.attempt_panel import AttemptPanel
from switchyard.ui.transcript.details import details_text
from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.failure_card import FailureCard
from switchyard.ui.transcript.folded import Folded
from switchyard.ui.transcript.message_view import MessageView, Node
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.pieces.code import CodePiece
from switchyard.ui.transcript.pieces.seam import SeamPiece
from switchyard.ui.transcript.pieces.table import TablePiece
from switchyard.ui.transcript.pieces.text import TextPiece
from switchyard.ui.transcript.question_card import QuestionCard
from switchyard.ui.transcript.queued_view import Wait
from switchyard.ui.transcript.reasoning import Reasoning
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.route_line import RouteLine
from switchyard.ui.transcript.route_stops import stops_of
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.speech import Speech, fix_of_skip
from switchyard.ui.transcript.stage import Stage
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.transcript.tool_call import ToolCallLine
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.words import Words

NAMES = {"openai": "OpenAI", "anthropic": "Anthropic", "ollama": "Ollama"}
LONG_NAME = "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M"

LIMITED = AttemptRecord(
    1,
    1,
    Reason.FIRST,
    "work/gpt-5",
    "work",
    "openai",
    "gpt-5",
    1_000,
    Outcome.FAILED,
    failure=Failure(FailureKind.RATE_LIMIT, "Slow down", 429, "rate_limit_exceeded", 38.0, "req_1"),
    duration_ms=210,
    cost_nanos=0,
    cost_source=CostSource.COMPUTED,
)
ANSWERED = AttemptRecord(
    2,
    2,
    Reason.FALLBACK,
    "claude/claude-sonnet-4.5",
    "claude",
    "anthropic",
    "claude-sonnet-4.5",
    1_210,
    Outcome.COMPLETED,
    request_id="req_2",
    ttft_ms=610,
    duration_ms=9_000,
    usage=Usage(497, 707),
    cost_nanos=12_100_000,
    cost_source=CostSource.COMPUTED,
)
TIMED_OUT = AttemptRecord(
    2,
    2,
    Reason.FALLBACK,
    "claude/claude-sonnet-4.5",
    "claude",
    "anthropic",
    "claude-sonnet-4.5",
    1_210,
    Outcome.FAILED,
    failure=Failure(FailureKind.TIMEOUT_TTFT),
    duration_ms=8_000,
)
REFUSED = AttemptRecord(
    3,
    3,
    Reason.FALLBACK,
    "ollama/qwen3:8b",
    "ollama",
    "ollama",
    "qwen3:8b",
    9_210,
    Outcome.FAILED,
    failure=Failure(FailureKind.CONNECT, "The connection was refused.", code="not_running"),
    duration_ms=2,
    cost_nanos=0,
)
FELL_OVER = RouteRecord("r1", "Everyday", (LIMITED, ANSWERED), finish=Finish.STOP, steps=3)
NOBODY = RouteRecord(
    "r2", "Everyday", (LIMITED, TIMED_OUT, REFUSED), (Skip(4, f"pc/{LONG_NAME}", SkipReason.WINDOW),), steps=4
)

ANSWER = """### A token bucket is enough if you size it for the burst

The second hump starts at the refill tick: the limiter shapes the traffic, not the upstream.

1. **Size for the burst.** Set `capacity` to two seconds of peak rate, not to the mean.
2. **Refill continuously.** Compute the level when you read it; drop the timer thread.

| Limiter | Burst allowed | Memory per key |
|---|---|--:|
| Token bucket | up to *C* | 16 B |
| Sliding window log | none | 8 B |

```python
class Bucket:
    async def take(self, n: int = 1) -> float:
        return max(0.0, -self.level / self.rate)  # seconds to wait
```

See [the page](https://example.org/page) for more.
"""


@dataclass
class Clock:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


def user(uid: str, text: str) -> Message:
    return Message(MessageId(uid), None, Role.USER, MessageState.COMPLETE, text, 0)


def reply(
    uid: str,
    text: str,
    state: MessageState = MessageState.COMPLETE,
    route: RouteRecord | None = None,
    reasoning: str = "",
    reasoning_ms: int | None = None,
) -> Message:
    return Message(MessageId(uid), None, Role.ASSISTANT, state, text, 0, reasoning, reasoning_ms, route)


class Bench:
    """A thread in a window, with a clock of its own and a timer that is worked by hand."""

    def __init__(self, qtbot: QtBot, theme: Theme, width: int = 1108, height: int = 700) -> None:
        self.qtbot = qtbot
        self.clock = Clock()
        self.view = ThreadView(theme, Words(), clock=self.clock)
        self.view.resize(width, height)
        self.window: QWidget = self.view

    def open(self, window: QWidget | None = None) -> Bench:
        """Show the thread, alone or in a window that holds it."""
        self.window = window or self.view
        self.qtbot.addWidget(self.window)
        self.window.show()
        self.qtbot.waitExposed(self.window)
        return self

    def show(self, *messages: Message) -> None:
        self.view.set_messages(messages, NAMES)
        self.settle()

    def settle(self) -> None:
        """Wait until everything is read, coloured and placed."""
        view = self.view
        self.qtbot.waitUntil(lambda: not (view._background.busy or view._formulas.busy), timeout=10_000)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def begin(self, uid: str = "live", route: RouteRecord | None = None) -> None:
        self.view.begin_reply(reply(uid, "", MessageState.STREAMING, route))
        self.settle()
        self.view.streams.timer.stop()

    def apply(self, *events: RouteEvent) -> None:
        for event in events:
            self.view.apply("live", event)

    def tick(self, *events: RouteEvent) -> None:
        self.apply(*events)
        self.view.streams.tick()

    @property
    def stage(self) -> Stage:
        return self.view._stage

    def message(self, at: int) -> MessageView:
        view = self.stage.items[at].view
        assert view is not None
        return view

    def pieces(self, at: int) -> list[Piece]:
        children = self.message(at).body.findChildren(QWidget)
        found = [piece for piece in children if isinstance(piece, Piece) and not piece.isHidden()]
        return sorted(found, key=lambda piece: piece.y())

    def text(self, at: int) -> str:
        return "\n".join(piece.surface.text(0, piece.surface.length) for piece in self.pieces(at))

    def line(self, at: int) -> str:
        line = self.message(at).findChild(RouteLine)
        assert isinstance(line, RouteLine)
        return line.facts.spoken if line.facts is not None else ""

    def button(self, at: int, text: str) -> Button:
        return next(button for button in self.message(at).findChildren(Button) if button.text() == text)

    def y(self, at: int) -> int:
        return self.message(at).mapTo(self.view, QPoint()).y()


def drag(widget: QWidget, to: QPoint) -> None:
    """Move the pointer over a widget with the left button held."""
    left, at = Qt.MouseButton.LeftButton, QPointF(to)
    above = QPointF(widget.mapToGlobal(to))
    move = QMouseEvent(QEvent.Type.MouseMove, at, above, left, left, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(widget, move)


@pytest.fixture
def bench(qtbot: QtBot, dark: Theme) -> Bench:
    return Bench(qtbot, dark).open()


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(Label) if not label.isHidden()]


# --- messages ---


def test_messages_are_shown_as_they_were_written(bench: Bench) -> None:
    bench.show(user("u", "**not bold**\n\n- as typed"), reply("a", ANSWER, route=FELL_OVER))
    assert bench.text(0) == "**not bold**\n\n- as typed"
    shown = bench.text(1)
    assert "A token bucket is enough" in shown
    assert "1. Size for the burst. Set capacity to two seconds" in shown
    assert "Token bucket\tup to C\t16 B" in shown
    assert "async def take" in shown
    assert bench.line(1) == "claude-sonnet-4.5, hop 2 of 3, 0.61 s to first token, 84 tok/s, 1,204 tok, $0.0121"
    assert bench.message(1).accessibleName().startswith("claude-sonnet-4.5, hop 2 of 3")


def test_a_hop_is_named_only_where_something_happened(bench: Bench) -> None:
    smooth = RouteRecord("r", "Everyday", (ANSWERED,), steps=3)
    bench.show(user("u", "Hi"), reply("a", "Yes", route=smooth))
    assert "hop" not in bench.line(1)


def test_a_message_can_be_added_replaced_and_taken_away(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.view.append(reply("a", "first"))
    bench.settle()
    assert bench.text(1) == "first"
    bench.view.replace(reply("a", "second"))
    bench.settle()
    assert bench.text(1) == "second"
    bench.view.remove("a")
    assert [item.message.uid for item in bench.stage.items] == ["u"]
    bench.view.clear()
    assert bench.stage.items == []


@pytest.mark.parametrize("count", [1_000, 5_000])
def test_only_messages_near_the_view_are_widgets(bench: Bench, count: int) -> None:
    bench.show(*(reply(f"m{n}", f"Message {n}. " + "word " * (n % 90)) for n in range(count)))
    staged = lambda: sum(item.view is not None for item in bench.stage.items)  # noqa: E731
    assert staged() < 60
    bar = bench.stage.verticalScrollBar()
    assert bar.value() == bar.maximum()
    for share in (0.5, 0.0, 0.9, 0.25):
        bar.setValue(round(bar.maximum() * share))
        assert 0 < staged() < 60
    bar.setValue(0)
    assert bench.text(0).startswith("Message 0.")
    assert len(bench.view.findChildren(QWidget)) < 2_500


def test_a_corrected_height_does_not_move_what_is_on_top(bench: Bench) -> None:
    tall = "\n\n".join(["# Heading"] * 8)  # much higher than its length lets one guess
    bench.show(*(reply(f"m{n}", tall) for n in range(200)))
    bar = bench.stage.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    for _ in range(12):
        at = next(n for n, item in enumerate(bench.stage.items) if item.view is not None and bench.y(n) >= 0)
        before, total = bench.y(at), bench.stage._heights.total
        bar.setValue(bar.value() - 150)
        assert bench.y(at) == before + 150
        bench.settle()  # by now what came near is filled
        assert bench.y(at) == before + 150
        if bench.stage._heights.total != total:
            return
    pytest.fail("no height was corrected, so nothing was tested")


def test_opening_thousands_of_messages_lays_out_only_a_few(qtbot: QtBot, dark: Theme) -> None:
    bench = Bench(qtbot, dark).open()
    bench.view.set_messages([user(f"m{n}", "word " * 80) for n in range(5_000)], NAMES)
    assert sum(item.view is not None for item in bench.stage.items) < 40


def test_a_short_thread_stands_at_the_bottom(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    message = bench.message(0)
    assert message.mapTo(bench.view, message.rect().bottomLeft()).y() > bench.view.height() - 40


# --- streaming ---


def test_nothing_is_painted_before_the_timer(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.apply(AttemptStarted(ANSWERED), Shown(2, "Hello ", ""), Shown(2, "there", ""))
    assert bench.pieces(1) == []
    bench.view.streams.tick()
    assert bench.text(1) == "Hello there"


@pytest.mark.parametrize("size", [1, 7, 40, 400])
def test_a_streamed_reply_ends_as_the_one_that_is_opened_later(bench: Bench, size: int) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.apply(AttemptStarted(ANSWERED))
    for at in range(0, len(ANSWER), size):
        bench.tick(Shown(2, ANSWER[at : at + size], ""))
    bench.view.settle(reply("live", ANSWER, route=FELL_OVER))
    bench.settle()
    streamed, height = bench.text(1), bench.message(1).height()
    picture = [(type(piece), piece.geometry()) for piece in bench.pieces(1)]
    bench.show(user("u", "Hi"), reply("live", ANSWER, route=FELL_OVER))
    assert streamed == bench.text(1)
    assert height == bench.message(1).height()
    assert picture == [(type(piece), piece.geometry()) for piece in bench.pieces(1)]


def test_what_only_the_end_can_settle_is_settled(bench: Bench) -> None:
    text = "See [the page][1] here.\n\nMore text.\n\n[1]: https://example.org\n"
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.apply(AttemptStarted(ANSWERED))
    for char in text:
        bench.tick(Shown(2, char, ""))
    assert "[1]" in bench.text(1)
    bench.view.settle(reply("live", text, route=FELL_OVER))
    bench.settle()
    assert bench.text(1) == "See the page here.\nMore text."


def test_the_caret_stands_after_the_last_character_until_the_end(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    caret = bench.message(1).body._caret
    assert caret is not None
    start = caret.x()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "Some words", ""))
    assert caret.x() > start + 40
    bench.view.settle(reply("live", "Some words", route=FELL_OVER))
    assert bench.message(1).body._caret is None


def test_the_timer_runs_only_while_a_reply_comes(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    assert not bench.view.streams.timer.isActive()
    bench.view.begin_reply(reply("live", "", MessageState.STREAMING))
    assert bench.view.streams.timer.isActive()
    bench.view.settle(reply("live", "Done"))
    assert not bench.view.streams.timer.isActive()
    bench.settle()


def test_what_was_taken_back_is_gone(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(LIMITED), Shown(1, "", "Let me think"))
    assert bench.message(1).findChild(Reasoning) is not None
    bench.tick(TakenBack(1), AttemptEnded(LIMITED), AttemptStarted(ANSWERED), Shown(2, "Anew", ""))
    bench.settle()
    assert bench.message(1).findChild(Reasoning) is None
    assert bench.text(1) == "Anew"


def test_the_view_follows_new_text_only_from_the_end(bench: Bench) -> None:
    bench.show(*(user(f"u{n}", f"Message {n}") for n in range(60)))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "word " * 600, ""))
    bar = bench.stage.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(bar.maximum() - 300)
    value = bar.value()
    bench.tick(Shown(2, "word " * 600, ""))
    assert bar.value() == value
    newer = bench.view._floats.newer
    assert newer.isVisible()
    newer.click()
    assert bar.value() == bar.maximum()
    assert not newer.isVisible()
    bench.tick(Shown(2, "word " * 600, ""))
    assert bar.value() == bar.maximum()


def test_a_streaming_reply_goes_on_where_it_cannot_be_seen(bench: Bench) -> None:
    bench.show(*(user(f"u{n}", f"Message {n}") for n in range(300)))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "first ", ""))
    bench.stage.verticalScrollBar().setValue(0)
    bench.tick(Shown(2, "second", ""))
    assert bench.text(300) == "first second"


def test_a_change_of_theme_keeps_what_has_come_so_far(bench: Bench, qtbot: QtBot) -> None:
    bench.show(user("u", "Hi"), reply("a", ANSWER, route=FELL_OVER))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "first ", ""))
    bench.view._theme.set_mode("light")
    bench.tick(Shown(2, "second", ""))
    bench.settle()
    assert bench.text(2) == "first second"
    assert "A token bucket" in bench.text(1)


# --- the route line of a live reply ---


def test_the_route_line_says_what_it_waits_for(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin(route=RouteRecord("", "Everyday", steps=3))
    bench.tick(AttemptStarted(LIMITED))
    assert bench.line(1) == "gpt-5"
    bench.clock.now_s += 2.1
    bench.tick()
    assert bench.line(1) == "Waiting for gpt-5"
    bench.tick(AttemptEnded(LIMITED), AttemptStarted(ANSWERED))
    assert bench.line(1) == "gpt-5 limited, trying claude-sonnet-4.5"
    bench.tick(AttemptLoading(2))
    bench.clock.now_s += 12
    bench.tick()
    assert bench.line(1) == "Loading claude-sonnet-4.5 into memory, 12 s"
    bench.tick(WaitStarted("claude/claude-sonnet-4.5", 5.0, True))
    bench.clock.now_s += 1
    bench.tick()
    assert bench.line(1) == "claude-sonnet-4.5 is limited, calling it in 4 s"


def test_counts_run_and_no_cost_is_named(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin(route=RouteRecord("", "Everyday", steps=3))
    bench.tick(AttemptStarted(LIMITED), AttemptEnded(LIMITED), AttemptStarted(ANSWERED))
    bench.clock.now_s += 0.74
    bench.tick(Shown(2, "abcd " * 36, "", ttft_ms=740))
    bench.clock.now_s += 2
    bench.tick()
    assert bench.line(1) == "claude-sonnet-4.5, hop 2 of 3, 0.74 s to first token, 25 tok/s, 50 tok so far, 3 s"


def test_a_retry_of_the_same_model_says_so(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(LIMITED), AttemptEnded(LIMITED), AttemptStarted(LIMITED))
    assert bench.line(1) == "Trying gpt-5 again"


def test_thinking_is_counted_and_then_folded(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin(route=RouteRecord("", "Everyday", steps=3))
    bench.tick(AttemptStarted(LIMITED, instead="claude/claude-sonnet-4.5"), Shown(1, "", "First thought.\nSecond."))
    bench.clock.now_s += 12
    bench.tick()
    thoughts = bench.message(1).findChild(Reasoning)
    assert isinstance(thoughts, Reasoning)
    assert thoughts._fold.text() == "Thinking, 12 s"
    with bench.qtbot.waitSignal(bench.view.switch_now_requested) as switched:
        bench.button(1, "Switch now").click()
    assert switched.args == ["live"]
    bench.clock.now_s += 3
    bench.tick(Shown(1, "Answer", ""))
    assert thoughts._fold.text() == "Thought for 15 s"
    assert bench.button(1, "Switch now").isHidden()
    height = bench.message(1).height()
    thoughts._fold.click()
    assert bench.message(1).height() > height
    thoughts._fold.click()
    assert bench.message(1).height() == height


# --- what can be done ---


def test_the_last_reply_always_offers_copy_and_retry(bench: Bench, qtbot: QtBot) -> None:
    bench.show(user("u", "Hi"), reply("a", "one", route=FELL_OVER), reply("b", "two *words*", route=FELL_OVER))

    def shown(at: int) -> list[str]:
        return [b.accessibleName() for b in bench.message(at).findChildren(IconButton) if not b.isHidden()]

    assert shown(1) == ["Show the route"]
    rest = {"Branch into a new chat", "Good reply", "Bad reply", "More"}
    assert set(shown(2)) == {"Copy reply", "Try again", "Show the route"} | rest
    buttons = {b.accessibleName(): b for b in bench.message(2).findChildren(IconButton)}
    buttons["Copy reply"].click()
    assert QGuiApplication.clipboard().text() == "two *words*"
    with qtbot.waitSignal(bench.view.acts.requested) as retried:
        buttons["Try again"].click()
    assert retried.args == ["b", Act.RETRY]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (MessageState.INCOMPLETE, "cut off"),
        (MessageState.STOPPED, "stopped"),
        (MessageState.INTERRUPTED, "interrupted"),
    ],
)
def test_a_partial_reply_says_so_and_can_be_tried_again(bench: Bench, state: MessageState, word: str) -> None:
    bench.show(user("u", "Hi"), reply("a", "Half a sen", state, FELL_OVER))
    assert word in [label.text() for label in bench.message(1).findChildren(QWidget) if hasattr(label, "text")]
    with bench.qtbot.waitSignal(bench.view.retry_requested):
        bench.button(1, "Try again").click()


def test_a_refusal_after_some_words_is_no_reply_that_was_cut_off(bench: Bench) -> None:
    failure = Failure(FailureKind.REFUSED_OUTPUT, "It was about explosives.")
    declined = replace(ANSWERED, outcome=Outcome.FAILED, failure=failure)
    route = RouteRecord("r", None, (declined,), finish=Finish.REFUSAL)
    bench.show(user("u", "Hi"), reply("a", "Half a sen", MessageState.INCOMPLETE, route))
    said = [label.text() for label in bench.message(1).findChildren(QWidget) if hasattr(label, "text")]
    assert "declined" in said
    assert "cut off" not in said
    assert "The model declined to answer. It was about explosives." in said


def test_the_account_is_named_where_the_provider_has_several(bench: Bench) -> None:
    failed = replace(LIMITED, failure=Failure(FailureKind.CUT))
    message = reply("a", "Half a sen", MessageState.INCOMPLETE, RouteRecord("r", None, (failed,)))
    bench.view.set_messages([message], NAMES, {"work": "OpenAI (work)"})
    assert "OpenAI (work) broke off the reply." in texts(bench.message(0))


def test_what_a_route_warns_of_is_said_under_the_reply(bench: Bench) -> None:
    warned = RouteRecord(
        "r", "x", (ANSWERED,), warnings=(sentence("The disk is full: this reply could not be saved."),)
    )
    bench.show(user("u", "Hi"), reply("a", "Yes", route=warned))
    assert "The disk is full: this reply could not be saved." in texts(bench.message(1))


def test_a_link_is_handed_to_the_page_and_never_opened_here(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "[there](https://example.org/x)"))
    piece = bench.pieces(1)[0]
    with bench.qtbot.waitSignal(bench.view.link_activated) as activated:
        QTest.mouseClick(piece, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert activated.args == ["https://example.org/x"]


def test_words_are_selected_over_all_parts_of_a_reply(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "First words\n\n```\ncode here\n```\n\nLast words"))
    first, _, last = bench.pieces(1)
    body = bench.message(1).body
    start = first.mapTo(body, first.surface.range_rect((6, 7)).center().toPoint() + first.origin() - QPoint(4, 0))
    end = last.mapTo(body, last.surface.range_rect((3, 4)).center().toPoint() + last.origin() + QPoint(2, 0))
    QTest.mousePress(body, Qt.MouseButton.LeftButton, pos=start)
    drag(body, end)
    QTest.mouseRelease(body, Qt.MouseButton.LeftButton, pos=end)
    assert body.selection.text() == "words\ncode here\nLast"
    QTest.keyClick(bench.message(1), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "words\ncode here\nLast"


def test_a_cell_of_a_table_can_be_selected(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "| one | two |\n|---|---|\n| a 😀 b | last cell |\n"))
    table = bench.pieces(1)[0]
    assert table.surface.text(0, table.surface.length) == "one\ttwo\na 😀 b\tlast cell"
    place = table.hit(QPoint(table.width() - 200, table.height() - 10))
    start, end = table.surface.word_at(place)
    assert table.surface.text(start, end) in {"last", "cell"}


def test_a_text_that_runs_from_the_right_stands_at_the_right(bench: Bench) -> None:
    bench.show(reply("a", "Left.\n\nمرحبا بالعالم\n\n- قائمة"))
    surface = bench.pieces(0)[0].surface
    assert isinstance(surface, DocumentSurface)
    blocks = [surface.document.findBlockByNumber(number) for number in range(3)]
    assert [block.textDirection() for block in blocks] == [
        Qt.LayoutDirection.LeftToRight,
        Qt.LayoutDirection.RightToLeft,
        Qt.LayoutDirection.RightToLeft,
    ]
    assert blocks[2].blockFormat().rightMargin() > 0
    assert blocks[2].blockFormat().leftMargin() == 0


# --- code ---


def long_code(lines: int) -> str:
    return "```python\n" + "".join(f"value_{n} = {n}\n" for n in range(lines)) + "```\n"


def test_long_code_is_folded_until_it_is_asked_for(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", long_code(80), route=FELL_OVER))
    code = bench.pieces(1)[0]
    assert isinstance(code, CodePiece)
    folded = code.height()
    bench.button(1, "Show all 80 lines").click()
    assert code.height() > folded + 40 * 19
    assert bench.stage.items[1].view is not None
    assert bench.message(1).height() > code.height()
    bench.button(1, "Copy").click()
    assert QGuiApplication.clipboard().text().endswith("value_79 = 79")


def test_code_that_streams_is_not_folded_under_the_reader(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, long_code(80), ""))
    code = bench.pieces(1)[0]
    height = code.height()
    assert height > 80 * 19
    bench.view.settle(reply("live", long_code(80), route=FELL_OVER))
    bench.settle()
    assert bench.pieces(1)[0] is code
    assert code.height() == height


def test_code_is_coloured_when_its_fence_has_closed(bench: Bench, dark: Theme) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "```python\nclass A:", ""))
    bench.settle()
    keyword = dark.color("code.keyword")

    def coloured() -> bool:
        image = bench.pieces(1)[0].grab().toImage()
        return any(image.pixelColor(x, y) == keyword for x in range(60) for y in range(35, 60))

    assert not coloured()
    bench.tick(Shown(2, "\n    pass\n```\n", ""))
    bench.settle()
    bench.qtbot.waitUntil(coloured)


def test_wide_code_wraps_when_that_is_asked_for(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "```\n" + "word " * 80 + "\n```\n"))
    code = bench.pieces(1)[0]
    height = code.height()
    bench.button(1, "Wrap").click()
    assert code.height() > height
    bench.button(1, "Wrap").click()
    assert code.height() == height


# --- tables ---


def test_a_long_table_keeps_one_set_of_columns(bench: Bench) -> None:
    wordy = lambda n: "word " * (12 if n in {2, 99} else n % 5)  # noqa: E731
    rows = "".join(f"| {n} | {wordy(n)} |\n" for n in range(100))
    bench.show(user("u", "Hi"), reply("a", f"| n | words |\n|--:|---|\n{rows}"))
    tables = [piece for piece in bench.pieces(1) if isinstance(piece, TablePiece)]
    assert len(tables) > 3
    assert len({tuple(table.columns) for table in tables}) == 1
    assert [table.goes_on for table in tables] == [True] * (len(tables) - 1) + [False]
    for above, below in pairwise(tables):
        assert below.y() == above.geometry().bottom() + 1


def test_a_table_that_cannot_fit_scrolls_sideways(qtbot: QtBot, dark: Theme) -> None:
    bench = Bench(qtbot, dark, width=500).open()
    cells = " | ".join(["unbreakable_word_in_a_cell"] * 8)
    bench.show(user("u", "Hi"), reply("a", f"| {cells} |\n|{'---|' * 8}\n| {cells} |\n"))
    table = bench.pieces(1)[0]
    assert isinstance(table, TablePiece)
    assert sum(table.columns) > table.width()
    before = table.origin().x()
    table.scroll_to(120)
    assert table.origin().x() == before - 120


# --- a message that waits ---


def test_a_message_that_waits_says_so_and_can_be_taken_back(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    plain = bench.message(0).height()
    bench.begin()
    bench.view.append(replace(user("v", "Then this"), state=MessageState.QUEUED))
    waiting = bench.message(2)
    assert waiting.node is Node.QUEUED
    bench.view.queued.say({"v": Wait("Waiting for the reply to end")})
    assert "Waiting for the reply to end" in waiting.accessibleName()
    assert waiting.height() > plain
    assert "Waiting for the reply to end" in texts(waiting)
    asked: list[str] = []
    bench.view.queued.edit_requested.connect(asked.append)
    bench.view.queued.discard_requested.connect(asked.append)
    bench.button(2, "Edit").click()
    bench.button(2, "Discard").click()
    assert asked == ["v", "v"]
    bench.tick(Shown(1, "word " * 800, ""))
    assert bench.y(2) > bench.y(1)
    assert bench.stage.at_end


# --- the timeline ---


def test_the_route_is_shown_as_a_track_and_told_attempt_by_attempt(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "Yes", route=FELL_OVER))
    height = bench.message(1).height()
    bench.message(1).setFocus()
    bench.view.toggle_route()
    timeline = bench.message(1).findChild(RouteTimeline)
    assert isinstance(timeline, RouteTimeline)
    assert bench.message(1).height() == height + 69
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(timeline._places()[1]), 24))
    told = texts(bench.message(1))
    assert "429 rate limited" in told
    assert "req_1" in told
    assert "OpenAI was limiting your key." in told
    QTest.keyClick(timeline, Qt.Key.Key_Right)
    QTest.keyClick(timeline, Qt.Key.Key_Return)
    told = texts(bench.message(1))
    assert "497 in, 707 out" in told
    assert "$0.0121 (computed)" in told
    bench.button(1, "Copy details").click()
    assert "req_2" in QGuiApplication.clipboard().text()


def test_an_open_route_stays_open_when_its_message_comes_back(bench: Bench) -> None:
    bench.show(reply("a", "Yes", route=FELL_OVER), *(user(f"u{n}", "word " * 90) for n in range(100)))
    bar = bench.stage.verticalScrollBar()
    bar.setValue(0)
    view = bench.message(0)
    assert isinstance(view, ReplyView)
    view.foot.toggle()
    bar.setValue(bar.maximum())
    assert bench.stage.items[0].view is None
    bar.setValue(0)
    assert bench.message(0).findChild(RouteTimeline) is not None


def test_a_track_is_drawn_from_left_to_right_once(qapp: QApplication, qtbot: QtBot) -> None:
    lively = Theme(reduced_motion=False)
    lively.apply(qapp)
    bench = Bench(qtbot, lively).open()
    bench.show(reply("a", "Yes", route=FELL_OVER))

    def draws() -> bool:
        timeline = bench.message(0).findChild(RouteTimeline)
        assert isinstance(timeline, RouteTimeline)
        return timeline._drawn.state() == timeline._drawn.State.Running

    view = bench.message(0)
    assert isinstance(view, ReplyView)
    view.foot.toggle()
    assert draws()
    lively.changed.emit()
    assert bench.message(0) is not view
    assert not draws()


def test_what_is_open_of_a_reply_stays_open_through_a_change_of_theme(bench: Bench, dark: Theme) -> None:
    call = ToolCall("c", "search", '{"q": 1}')
    told = reply("a", "Yes", route=FELL_OVER, reasoning="First thought.", reasoning_ms=4_000)
    bench.show(user("u", "Hi"), replace(told, calls=(call,)))

    def parts() -> tuple[RouteTimeline | None, AttemptPanel | None, list[bool]]:
        view = bench.message(1)
        folds = [view.findChild(Reasoning), view.findChild(ToolCallLine)]
        opened = [isinstance(fold, Folded) and fold.unfolded for fold in folds]
        return view.findChild(RouteTimeline), view.findChild(AttemptPanel), opened

    def press() -> None:
        view = bench.message(1)
        for kind in (Reasoning, ToolCallLine):
            fold = view.findChild(kind)
            assert isinstance(fold, Folded)
            fold._fold.click()
        assert isinstance(view, ReplyView)
        view.foot.toggle()

    def repaint() -> None:
        dark.changed.emit()
        bench.settle()

    press()
    timeline = bench.message(1).findChild(RouteTimeline)
    assert isinstance(timeline, RouteTimeline)
    timeline.attempt_chosen.emit(1)
    before, height = bench.message(1), bench.message(1).height()
    repaint()
    assert bench.message(1) is not before
    timeline, panel, opened = parts()
    assert timeline is not None
    assert panel is not None
    assert (opened, timeline._chosen, bench.message(1).height()) == ([True, True], 1, height)
    assert panel.isVisible()
    press()
    repaint()
    assert parts() == (None, None, [False, False])


def test_thoughts_that_still_come_stay_open_through_a_change_of_theme(bench: Bench, dark: Theme) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(LIMITED), Shown(1, "", "First thought."))
    thoughts = bench.message(1).findChild(Reasoning)
    assert isinstance(thoughts, Reasoning)
    thoughts._fold.click()
    dark.changed.emit()
    bench.settle()
    bench.tick(Shown(1, "", "\nSecond."))
    anew = bench.message(1).findChild(Reasoning)
    assert isinstance(anew, Reasoning)
    assert anew.body is not None
    pieces = [piece for piece in anew.body.findChildren(QWidget) if isinstance(piece, Piece)]
    assert [piece.surface.text(0, 50) for piece in pieces] == ["First thought.\nSecond."]


@pytest.mark.parametrize("width", [300, 380, 460, 552, 760])
def test_labels_of_a_track_never_touch(bench: Bench, width: int) -> None:
    attempts = [
        AttemptRecord(
            n, n, Reason.FALLBACK, f"a/{LONG_NAME}", "a", "openai", LONG_NAME if n % 2 else "gpt-5", n * 1_000,
            Outcome.FAILED, failure=Failure(FailureKind.SERVER, status=500), duration_ms=400 * n,
        )
        for n in range(1, 6)
    ]  # fmt: skip
    answer = AttemptRecord(
        6, 6, Reason.FALLBACK, f"a/{LONG_NAME}", "a", "ollama", LONG_NAME, 9_000, Outcome.COMPLETED,
        ttft_ms=300, duration_ms=2_000, usage=Usage(10, 20),
    )  # fmt: skip
    record = RouteRecord("r", "x", (*attempts, answer), (Skip(2, "b/c", SkipReason.NO_KEY),), steps=6)
    bench.show(user("u", "Hi"), reply("a", "Yes", route=record))
    view = bench.message(1)
    assert isinstance(view, ReplyView)
    view.foot.toggle()
    timeline = view.findChild(RouteTimeline)
    assert isinstance(timeline, RouteTimeline)
    timeline.resize(width, 64)
    labels = timeline._lower_labels(timeline._places())
    edges = [(label.left, label.right) for label in labels]
    assert all(left >= 0 and right <= width for left, right in edges)
    assert all(before[1] < after[0] for before, after in pairwise(edges))


# --- the card, and questions ---


def test_the_card_tells_of_every_attempt_and_every_skip(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, NOBODY))
    told = texts(bench.message(1))
    assert "No model answered" in told
    assert "3 attempts in 8.2 s. What it cost is unknown, and your message is kept." in told
    assert "OpenAI was limiting your key." in told
    assert "No first token within 8 s." in told
    assert "Ollama is not running on this computer." in told
    assert "The chat is longer than this model can read." in told
    assert LONG_NAME in told


def test_nothing_was_charged_is_said_only_where_it_is_known(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, RouteRecord("r", "x", (LIMITED, REFUSED), steps=2)))
    assert any("Nothing was charged, and your message is kept." in text for text in texts(bench.message(1)))


def test_a_route_without_attempts_says_why(bench: Bench) -> None:
    local = RouteRecord("r", "x", failure=Failure(FailureKind.LOCAL))
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, local))
    assert any("nothing was sent" in text for text in texts(bench.message(1)))


def test_every_button_of_the_card_says_what_is_wanted(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, NOBODY))
    view, qtbot = bench.view, bench.qtbot
    with qtbot.waitSignal(view.fix_requested) as fixed:
        bench.button(1, "Raise timeout").click()
    assert fixed.args == ["a", Fix.RAISE_DEADLINE.value, 2]
    with qtbot.waitSignal(view.fix_requested) as fixed:
        bench.button(1, "Check Ollama").click()
    assert fixed.args == ["a", Fix.CHECK_SERVER.value, 3]
    with qtbot.waitSignal(view.fix_requested) as fixed:
        bench.button(1, "Try this one").click()
    assert fixed.args == ["a", Fix.TRY_AGAIN.value, 1]
    for text, signal in (
        ("Try again", view.retry_requested),
        ("Check keys", view.check_keys_requested),
        ("Use another model", view.use_model_requested),
    ):
        with qtbot.waitSignal(signal):
            bench.button(1, text).click()
    edits = [button for button in bench.message(1).findChildren(Button) if button.text() == "Edit chain"]
    with qtbot.waitSignal(view.edit_chain_requested):
        max(edits, key=lambda button: button.mapTo(bench.view, QPoint()).y()).click()
    bench.button(1, "Copy details").click()
    assert "rate_limit_exceeded" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize(("provider", "text"), [("ollama", "Check Ollama"), ("openai-compatible", "Check server")])
def test_the_server_to_look_at_is_the_one_that_loaded(bench: Bench, provider: str, text: str) -> None:
    slow = replace(REFUSED, n=1, provider=provider, failure=Failure(FailureKind.LOADING))
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, RouteRecord("r", "x", (slow,))))
    with bench.qtbot.waitSignal(bench.view.fix_requested) as fixed:
        bench.button(1, text).click()
    assert fixed.args == ["a", Fix.CHECK_SERVER.value, 1]


def test_a_limit_counts_down_and_then_lets_go(bench: Bench, dark: Theme) -> None:
    from switchyard.ui.transcript.speech import Speech

    now = [LIMITED.started_ms + 210]
    message = reply("a", "", MessageState.FAILED, RouteRecord("r", "x", (LIMITED,)))
    card = FailureCard(dark, message, Speech(Words(), NAMES), lambda: now[0], bench.view)
    wait = next(button for button in card.findChildren(Button) if button.text() == "Wait 38 s")
    assert "OpenAI is limiting your key for another 38 s." in texts(card)
    now[0] += 30_000
    card._on_second()
    assert wait.text() == "Wait 8 s"
    now[0] += 9_000
    card._on_second()
    assert wait.isHidden()
    assert "OpenAI was limiting your key." in texts(card)
    assert not card._timer.isActive()


def test_the_lines_of_a_failure_leave_its_border_and_its_track_whole(bench: Bench, dark: Theme) -> None:
    from switchyard.ui.transcript.speech import Speech

    slow = replace(REFUSED, n=1, duration_ms=900)
    message = reply("a", "", MessageState.FAILED, RouteRecord("r", "x", (slow, REFUSED)))
    card = FailureCard(dark, message, Speech(Words(), NAMES), lambda: slow.started_ms, bench.view)
    card.resize(700, card.height_for(700))
    card.ensurePolished()
    picture = card.grab().toImage()
    assert len({picture.pixelColor(0, y).name() for y in range(20, card.height() - 20)}) == 1
    red = dark.color("bad.signal").name()
    line = next(y for y in range(40, 100) if picture.pixelColor(60, y).name() == red)
    assert len({picture.pixelColor(x, line - 1).name() for x in range(40, 80)}) == 1  # no dots shine through


def test_a_pinned_model_offers_no_chain_to_edit(bench: Bench) -> None:
    pinned = RouteRecord("r", None, (REFUSED,))
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, pinned))
    assert "Edit chain" not in [button.text() for button in bench.message(1).findChildren(Button)]


def test_a_question_is_asked_once(bench: Bench) -> None:
    question = Question(
        QuestionKind.REFUSAL,
        sentence("The model declined to answer. Try another one?"),
        (Option("other", sentence("Ask {model}", model="qwen3:8b")), Option("leave", sentence("Leave it"))),
    )
    record = RouteRecord("r", "x", (ANSWERED,), question=question, steps=2)
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, record))
    assert bench.message(1).findChild(FailureCard) is None
    card = bench.message(1).findChild(QuestionCard)
    assert isinstance(card, QuestionCard)
    assert card.words == "The model declined to answer. Try another one?"
    with bench.qtbot.waitSignal(bench.view.question_answered) as answered:
        bench.button(1, "Ask qwen3:8b").click()
    assert answered.args == ["a", "other"]
    assert not bench.button(1, "Leave it").isVisible()
    assert card.words == "The model declined to answer."


# --- seams ------------------------------------------------------------------------------------------------------------

BROKEN = replace(
    LIMITED,
    failure=Failure(FailureKind.CUT),
    duration_ms=4_000,
    ttft_ms=300,
    usage=Usage(497, 200),
    cost_nanos=4_000_000,
)
WENT_ON = replace(ANSWERED, started_ms=5_000)
FIRST_HALF = "The limiter keeps one bucket for each key, and a burst of a deploy drains it at once. It is refilled by "
SECOND_HALF = "the clock, not by a thread.\n\nSo no timer is needed."
SEAM = "Continued by claude-sonnet-4.5 (connection lost at 00:00:05)"


def seamed(at: int, *, how: Joint = Joint.USER_TURN) -> RouteRecord:
    return RouteRecord("r3", "Everyday", (BROKEN, replace(WENT_ON, seam=Seam(at, how))), finish=Finish.STOP, steps=2)


def go_on(bench: Bench, first: str, *rest: str) -> None:
    """Stream a reply that one model begins and another one goes on with."""
    bench.tick(AttemptStarted(replace(BROKEN, outcome=Outcome.RUNNING, failure=None)), Shown(1, first, ""))
    bench.tick(AttemptEnded(BROKEN), AttemptStarted(replace(WENT_ON, outcome=Outcome.RUNNING)))
    bench.tick(Continued(2, Seam(len(first), Joint.USER_TURN)))
    for piece in rest:
        bench.tick(Shown(2, piece, ""))


@pytest.mark.usefixtures("in_greenwich")
def test_a_seam_tells_of_the_one_that_broke_off_not_of_who_came_to_nothing(bench: Bench) -> None:
    nothing = replace(TIMED_OUT, started_ms=5_000, failure=Failure(FailureKind.SERVER, status=503))
    went_on = replace(WENT_ON, n=3, seam=Seam(len(FIRST_HALF), Joint.PREFILL))
    record = RouteRecord("r3", "Everyday", (BROKEN, nothing, went_on), finish=Finish.STOP, steps=3)
    bench.show(reply("a", FIRST_HALF + SECOND_HALF, route=record))
    assert f"[{SEAM}]" in shape(bench, 0)
    bench.begin()
    bench.tick(AttemptStarted(BROKEN), Shown(1, FIRST_HALF, ""), AttemptEnded(BROKEN), AttemptEnded(nothing))
    bench.tick(AttemptStarted(went_on), Continued(3, Seam(0, Joint.PREFILL)), Shown(3, "the clock.", ""))
    assert f"[{SEAM}]" in shape(bench, 1)


def shape(bench: Bench, at: int) -> list[str]:
    """Return what stands below each other in a reply: words, and seams in brackets."""
    return [
        f"[{piece.block.text}]" if isinstance(piece, SeamPiece) else piece.surface.text(0, piece.surface.length)
        for piece in bench.pieces(at)
    ]


@pytest.fixture
def in_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read clocks in one zone, whatever the machine is set to."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_greenwich")
def test_a_seam_parts_the_words_where_another_model_went_on(bench: Bench) -> None:
    bench.begin()
    go_on(bench, FIRST_HALF, "the clock, not ", "by a thread.\n\nSo no timer", " is needed.")
    parts = [FIRST_HALF.strip(), f"[{SEAM}]", "the clock, not by a thread.\nSo no timer is needed."]
    assert shape(bench, 0) == parts
    whole = FIRST_HALF + SECOND_HALF
    bench.view.settle(reply("live", whole, route=seamed(len(FIRST_HALF))))
    bench.settle()
    assert shape(bench, 0) == parts
    bench.show(reply("a", whole, route=seamed(len(FIRST_HALF))))
    assert shape(bench, 0) == parts
    seam = next(piece for piece in bench.pieces(0) if isinstance(piece, SeamPiece))
    assert seam.accessibleName() == SEAM


@pytest.mark.usefixtures("in_greenwich")
def test_copying_a_reply_copies_no_seam(bench: Bench) -> None:
    whole = FIRST_HALF + SECOND_HALF
    for at, copied in ((len(FIRST_HALF), whole), (len(FIRST_HALF) - 3, whole)):
        bench.show(reply("a", whole, route=seamed(at)))
        message = bench.message(0)
        QTest.keyClick(message, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text() == whole
        QTest.keyClick(message, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(message, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text() == copied.replace("\n\n", "\n")


@pytest.mark.usefixtures("in_greenwich")
@pytest.mark.parametrize("size", [7, 120])
@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 0.62, 0.9])
def test_a_streamed_seam_is_where_the_opened_one_is(bench: Bench, size: int, share: float) -> None:
    long = " ".join(f"Sentence number {n} of a long paragraph." for n in range(60))
    whole = f"{ANSWER}\n- one item\n- another **bold** item\n\n{long}\n\n```sql\nselect 1;\nselect 2;\n```\n\nThe end."
    at = round(len(whole) * share)
    rest = [whole[start : start + size] for start in range(at, len(whole), size)]
    bench.begin()
    go_on(bench, whole[:at], *rest)
    streamed = shape(bench, 0)
    bench.show(reply("a", whole, route=seamed(at)))
    assert shape(bench, 0) == streamed
    assert sum(part.startswith("[Continued") for part in streamed) == 1


@pytest.mark.usefixtures("in_greenwich")
def test_code_stays_whole_and_says_that_it_was_gone_on_with(bench: Bench) -> None:
    first = "Run this:\n\n```sql\nselect 1;\n"
    bench.begin()
    go_on(bench, first, "select 2;\n", "```\n\nThat is all.")
    within = "[Continued within this block by claude-sonnet-4.5 (connection lost at 00:00:05)]"
    assert shape(bench, 0) == ["Run this:", "select 1;\nselect 2;", within, "That is all."]
    after = f"{first}```\n\n"
    bench.show(reply("a", f"{after}That is all.", route=seamed(len(after))))
    assert shape(bench, 0) == ["Run this:", "select 1;", f"[{SEAM}]", "That is all."]


def test_a_seam_survives_a_change_of_theme_and_goes_with_what_is_taken_back(bench: Bench, dark: Theme) -> None:
    bench.begin()
    go_on(bench, FIRST_HALF, "the clock.")
    before = shape(bench, 0)
    dark.set_mode("light")
    bench.settle()
    bench.tick()
    assert shape(bench, 0) == before
    dark.set_mode("dark")
    bench.settle()
    bench.tick(TakenBack(2))
    bench.tick(Shown(3, "Anew.", ""))
    assert shape(bench, 0) == ["Anew."]


# --- routes -----------------------------------------------------------------------------------------------------------


def decided(*lines: tuple[SkipReason | str, str]) -> tuple[Sentence, ...]:
    """Return decisions as a plan makes them: who was skipped and why, or what became of whom."""
    return tuple(
        Sentence(SKIP_SENTENCES[what].source if isinstance(what, SkipReason) else what, {"deployment": name})
        for what, name in lines
    )


def stops(record: RouteRecord) -> list[str]:
    """Return the stops of a route in words: what is written over the way there, at the stop, and what is drawn."""
    found = stops_of(record, Speech(Words(), NAMES))
    return [
        f"{stop.kind.value}: {' / '.join(text for text in (stop.over, stop.name, stop.note) if text)}" for stop in found
    ]


def test_a_track_shows_skips_where_they_were_and_why(bench: Bench) -> None:
    skipped = (
        Skip(1, "lab/llava", SkipReason.PARKED),
        Skip(2, "work/gpt-5-mini", SkipReason.BUDGET),
        Skip(1, "pc/qwen3:8b", SkipReason.NO_VISION),
    )
    failed = replace(LIMITED, track="vision", cost_nanos=2_000_000)
    answered = replace(ANSWERED, track="usual", step=2)
    decision = decided(
        (SkipReason.PARKED, "lab/llava"),
        ("{deployment} limits your key.", "work/gpt-5"),
        (SkipReason.BUDGET, "work/gpt-5-mini"),
        (SkipReason.NO_VISION, "pc/qwen3:8b"),
        ("{deployment} answered.", "claude/claude-sonnet-4.5"),
    )
    record = RouteRecord("r", "Everyday", (failed, answered), skipped, decision, finish=Finish.STOP, steps=4)
    assert stops(record) == [
        "prompt: Prompt",
        "track: vision / track",
        "skipped: llava / parked",
        "failed: 0.21 s / gpt-5 / 429 rate limited, $0.0020",
        "track: usual / track",
        "skipped: gpt-5-mini / over budget",
        "skipped: qwen3:8b / no images",
        "answered: switch / claude-sonnet-4.5 / answered, $0.0121",
        "first token: 0.61 s",
        "end: 707 tok in 8.4 s / Answer, 9.2 s",
    ]
    bench.show(user("u", "Hi"), reply("a", "Yes", route=record))
    assert bench.line(1).startswith("claude-sonnet-4.5, usual, hop 2, 0.61 s to first token")
    bench.view.toggle_route()
    told = texts(bench.message(1))
    assert "Why claude-sonnet-4.5" in told
    assert "lab/llava was skipped: it is parked after an earlier failure." in "\n".join(told)
    timeline = bench.message(1).findChild(RouteTimeline)
    assert isinstance(timeline, RouteTimeline)
    assert "llava parked" in timeline.accessibleDescription()
    assert "lab/llava was skipped" in details_text(record, Speech(Words(), NAMES), 0)


def test_a_long_route_has_a_second_line_under_its_stops(bench: Bench) -> None:
    skipped = tuple(Skip(1, f"a{n}/claude-opus-4-5", SkipReason.BUDGET) for n in range(2))
    decision = decided(*((skip.reason, skip.deployment) for skip in skipped))
    record = RouteRecord("r", "x", (*FELL_OVER.attempts,), skipped, decision, finish=Finish.STOP, steps=4)
    bench.show(user("u", "Hi"), reply("a", "Yes", route=record))
    bench.view.toggle_route()
    timeline = bench.message(1).findChild(RouteTimeline)
    assert isinstance(timeline, RouteTimeline)
    assert timeline.height() == timeline.height_for(timeline.width()) > 64
    assert timeline.height_for(2_000) == 64


def test_a_track_shows_retries_waits_and_what_was_slower() -> None:
    again = replace(LIMITED, n=2, reason=Reason.RETRY, started_ms=13_210)
    slower = replace(
        TIMED_OUT, n=3, started_ms=13_500, outcome=Outcome.CANCELLED, failure=Failure(FailureKind.CANCELLED)
    )
    quicker = replace(ANSWERED, n=4, reason=Reason.HEDGE, started_ms=16_500)
    record = RouteRecord("r", "Everyday", (LIMITED, again, slower, quicker), finish=Finish.STOP, steps=3)
    assert stops(record)[1:6] == [
        "failed: 0.21 s / gpt-5 / 429 rate limited",
        "wait: waited 12.0 s",
        "failed: 0.21 s / gpt-5 again / 429 rate limited",
        "stopped: 8.0 s / claude-sonnet-4.5 / slower",
        "answered: beside / claude-sonnet-4.5 / answered, $0.0121",
    ]


def test_the_cross_of_a_reply_that_was_cut_off_stands_behind_what_it_said() -> None:
    cut = replace(ANSWERED, n=1, outcome=Outcome.FAILED, failure=Failure(FailureKind.CUT), started_ms=1_000)
    assert stops(RouteRecord("r", "Everyday", (cut,), finish=Finish.ERROR))[1:] == [
        "first token: 0.61 s",
        "failed: 707 tok in 8.4 s / claude-sonnet-4.5 / cut off",
        "end: End, 9.0 s",
    ]


def test_a_continued_reply_names_both_models_and_both_costs(bench: Bench) -> None:
    record = seamed(len(FIRST_HALF))
    assert stops(record)[1:3] == [
        "failed: 4.0 s / gpt-5 / cut off, $0.0040",
        "answered: went on / claude-sonnet-4.5 / answered, $0.0121",
    ]
    bench.show(user("u", "Hi"), reply("a", FIRST_HALF + SECOND_HALF, route=record))
    assert "claude-sonnet-4.5, hop 2 of 2, went on from gpt-5" in bench.line(1)
    assert "$0.0161" in bench.line(1)


def test_many_skips_are_one_stop_with_their_number() -> None:
    skipped = tuple(Skip(1, f"a{n}/m", SkipReason.NO_KEY) for n in range(30))
    decision = decided(*((SkipReason.NO_KEY, skip.deployment) for skip in skipped))
    record = RouteRecord("r", "x", (replace(ANSWERED, n=1),), skipped, decision, finish=Finish.STOP, steps=31)
    assert stops(record)[1] == "skipped: 30 skipped"


def test_grounds_of_code_stay_where_lines_are_forgotten_twice_before_they_are_painted(bench: Bench) -> None:
    bench.show(user("u", "Hi"), reply("a", "Words and `code` and more. " * 40))
    [piece] = bench.pieces(1)
    assert isinstance(piece, TextPiece)
    before = piece.grab().toImage()
    piece.surface.forget_layout(5)
    piece.surface.forget_layout(piece.surface.length)
    assert piece.grab().toImage() == before


def test_every_reason_to_skip_has_its_words() -> None:
    speech = Speech(Words(), NAMES)
    for reason in SkipReason:
        skip = Skip(1, "a/m", reason)
        assert speech.skip(skip).endswith(".")
        assert 0 < len(speech.short_skip(skip)) <= 14
        assert fix_of_skip(skip) in Fix


def test_a_limit_that_the_route_had_met_is_said_of_the_rest_of_its_account(bench: Bench) -> None:
    same, other = Skip(2, "work/gpt-5-mini", SkipReason.PARKED), Skip(3, "claude/opus", SkipReason.PARKED)
    record = RouteRecord("r", "Everyday", (LIMITED,), (same, other), failure=LIMITED.failure, steps=3)
    speech = Speech(Words(), NAMES)
    assert speech.skip(same, record.attempts) == "Its account was limited a moment before."
    assert speech.skip(other, record.attempts) == "It was parked after an earlier failure."
    assert fix_of_skip(same, record.attempts) is Fix.NONE
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, route=record))
    card = bench.message(1).findChild(FailureCard)
    assert isinstance(card, FailureCard)
    names = [label for label in card.findChildren(ElidedLabel) if label.isVisible()]
    assert len({label.mapTo(card, QPoint()).x() for label in names}) == 1
    told = "\n".join(texts(bench.message(1)))
    assert "limited a moment before" in told
    assert "parked after an earlier" in told


def test_a_countdown_offers_who_could_be_called_at_once(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(WaitStarted("work/gpt-5", 20.0, True, "claude/claude-sonnet-4.5"))
    bench.clock.now_s += 8
    bench.tick()
    assert bench.line(1) == "gpt-5 is limited, calling it in 12 s"
    with bench.qtbot.waitSignal(bench.view.switch_now_requested) as switched:
        bench.button(1, "Send now with claude-sonnet-4.5").click()
    assert switched.args == ["live"]
    bench.tick(AttemptStarted(ANSWERED, instead="work/gpt-5"))
    assert not bench.button(1, "Switch now").isHidden()
    bench.clock.now_s += 1
    bench.tick(AttemptStarted(ANSWERED))
    assert bench.button(1, "Switch now").isHidden()
    bench.tick(AttemptEnded(replace(LIMITED, n=2)), WaitStarted("work/gpt-5", 2.0, False))
    assert bench.line(1) == "Trying gpt-5 again in 2 s"
    assert not [each for each in bench.message(1).findChildren(Button) if not each.isHidden()]


def test_a_model_that_loads_can_be_left_where_there_is_another(bench: Bench) -> None:
    bench.begin()
    bench.tick(AttemptStarted(replace(REFUSED, n=1), instead="work/gpt-5"), AttemptLoading(1))
    assert not bench.button(0, "Switch now").isHidden()


def test_two_side_by_side_are_told_of_and_the_quicker_one_stays(bench: Bench) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    beside = replace(ANSWERED, reason=Reason.HEDGE)
    bench.tick(AttemptStarted(LIMITED), AttemptStarted(beside))
    assert bench.line(1) == "gpt-5 is slow, asking claude-sonnet-4.5 as well"
    bench.tick(Shown(1, "The first after all.", ""))
    assert bench.line(1).startswith("gpt-5, ")
    lost = replace(beside, outcome=Outcome.CANCELLED, failure=Failure(FailureKind.CANCELLED))
    bench.tick(AttemptEnded(lost), Shown(1, " More.", ""))
    assert bench.line(1).startswith("gpt-5, ")


QUESTIONS = {
    QuestionKind.REFUSAL: ("other", "leave"),
    QuestionKind.EMPTY_ANSWER: ("other", "again", "leave"),
    QuestionKind.TURN_COST: ("go", "leave"),
    QuestionKind.BUDGET: ("go", "leave"),
    QuestionKind.UNPRICED: ("go", "leave"),
    QuestionKind.OVERFLOW: ("trim", "other", "leave"),
    QuestionKind.AFTER_TEXT: ("continue", "restart", "leave"),
}


@pytest.mark.parametrize("kind", QuestionKind)
def test_every_question_is_a_card_with_its_answers(bench: Bench, kind: QuestionKind) -> None:
    options = tuple(Option(id_, Sentence(f"Answer {id_}", {})) for id_ in QUESTIONS[kind])
    record = RouteRecord("r", "x", question=Question(kind, Sentence("What now?", {}), options), steps=2)
    state = MessageState.INCOMPLETE if kind is QuestionKind.AFTER_TEXT else MessageState.FAILED
    bench.show(user("u", "Hi"), reply("a", "Half of" if state is MessageState.INCOMPLETE else "", state, record))
    card = bench.message(1).findChild(QuestionCard)
    assert isinstance(card, QuestionCard)
    assert card.accessibleName() == "What now?"
    buttons = [each for each in card.findChildren(Button) if not each.isHidden()]
    assert [each.text() for each in buttons] == [f"Answer {id_}" for id_ in QUESTIONS[kind]]
    assert all(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in buttons)
    with bench.qtbot.waitSignal(bench.view.question_answered) as answered:
        QTest.keyClick(buttons[0], Qt.Key.Key_Space)
    assert answered.args == ["a", QUESTIONS[kind][0]]
    assert card.words
    assert card.words != "What now?"
    assert not buttons[0].isVisible()
    assert bench.message(1).node is (Node.REPLY if kind is QuestionKind.AFTER_TEXT else Node.ASKED)


def test_a_question_before_any_call_repeats_no_failure_of_another(bench: Bench) -> None:
    question = Question(QuestionKind.BUDGET, Sentence("Send it?", {}), (Option("go", Sentence("Send it", {})),))
    record = RouteRecord("r", "x", (replace(LIMITED, failure=Failure(FailureKind.SERVER, "Boom")),), question=question)
    bench.show(user("u", "Hi"), reply("a", "", MessageState.FAILED, record))
    assert "Boom" not in texts(bench.message(1))


# --- keyboard ---


@pytest.fixture
def pane(qtbot: QtBot, dark: Theme) -> tuple[Bench, QLineEdit, QLineEdit]:
    """A thread between two fields, as between the header and the composer."""
    window = QWidget()
    bench = Bench(qtbot, dark)
    before, after = QLineEdit(), QLineEdit()
    column = QVBoxLayout(window)
    for widget in (before, bench.view, after):
        column.addWidget(widget)
    window.resize(1108, 800)
    bench.open(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return bench, before, after


def focused(bench: Bench) -> int | None:
    return bench.view.walk.at


def test_every_message_is_one_stop(pane: tuple[Bench, QLineEdit, QLineEdit]) -> None:
    bench, _, after = pane
    bench.show(user("u", "Hi"), reply("a", ANSWER, route=FELL_OVER), user("v", "Thanks"))
    bench.view.walk.step(0)
    assert focused(bench) == 2
    press = lambda key: QTest.keyClick(bench.view.window().focusWidget(), key)  # noqa: E731
    bench.view.walk.step(-1)
    assert focused(bench) == 1
    assert bench.message(1).hasFocus()
    press(Qt.Key.Key_Backtab)
    assert focused(bench) == 0
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Tab)
    assert focused(bench) == 2
    press(Qt.Key.Key_Tab)
    assert after.hasFocus()


def test_enter_goes_into_a_message_and_escape_out_of_it(pane: tuple[Bench, QLineEdit, QLineEdit]) -> None:
    bench, _, _ = pane
    bench.show(user("u", "Hi"), reply("a", ANSWER, route=FELL_OVER))
    bench.view.walk.step(0)

    def press(key: Qt.Key) -> QWidget:
        QTest.keyClick(bench.view.window().focusWidget(), key)
        found = bench.view.window().focusWidget()
        assert found is not None
        return found

    stops: list[str] = []
    inside = press(Qt.Key.Key_Return)
    first = inside
    while True:
        stops.append(inside.accessibleName() or type(inside).__name__)
        inside = press(Qt.Key.Key_Tab)
        if inside is first:
            break
    assert stops == [
        "Copy table as CSV",
        "Save code as a file",
        "Copy code",
        "Link to https://example.org/page",
        "Show the route",
        "Copy reply",
        "Try again",
        "Branch into a new chat",
        "Good reply",
        "Bad reply",
        "More",
    ]
    press(Qt.Key.Key_Escape)
    assert bench.message(1).hasFocus()


def test_links_are_reached_and_opened_by_keyboard(pane: tuple[Bench, QLineEdit, QLineEdit]) -> None:
    bench, _, _ = pane
    bench.show(reply("a", "[one](https://a.example) and [two](https://b.example)"))
    bench.view.walk.step(0)
    window = bench.view.window()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    with bench.qtbot.waitSignal(bench.view.link_activated) as activated:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert activated.args == ["https://b.example"]


def test_page_and_end_keys_scroll(pane: tuple[Bench, QLineEdit, QLineEdit]) -> None:
    bench, _, _ = pane
    bench.show(*(user(f"u{n}", "word " * 60) for n in range(60)))
    bench.view.walk.step(0)
    bar = bench.stage.verticalScrollBar()
    window = bench.view.window()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_PageUp)
    assert bar.value() < bar.maximum()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Home)
    assert bar.value() == 0
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_End)
    assert bar.value() == bar.maximum()


# --- start, speed, looks ---


def test_nothing_heavy_is_loaded_before_a_reply_is_shown() -> None:
    code = (
        "import sys; import switchyard.ui.transcript.thread_view as t;"
        "print([m for m in ('markdown_it', 'pygments', 'linkify_it', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class _Paints(QWidget):
    """Counts the pixels that are painted in the pieces of a reply."""

    def __init__(self) -> None:
        super().__init__()
        self.pixels = 0

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, Piece):
            self.pixels += sum(rect.width() * rect.height() for rect in event.region())  # type: ignore[attr-defined]
        return False


@pytest.mark.parametrize(
    "line",
    ["A sentence with **bold words** and `code` in it. ", "- an item with *some* text\n", "value = compute(1)\n"],
    ids=["paragraph", "list", "code"],
)
def test_a_delta_at_the_end_of_a_long_reply_paints_only_its_own_lines(bench: Bench, qapp: object, line: str) -> None:
    opening = "```python\n" if line.startswith("value") else ""
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, opening + line * 400, ""))
    bench.settle()
    QCoreApplication.processEvents()
    paints = _Paints()
    bench.qtbot.addWidget(paints)
    QCoreApplication.instance().installEventFilter(paints)  # type: ignore[union-attr]
    for _ in range(10):
        bench.tick(Shown(2, line, ""))
        QCoreApplication.processEvents()
    QCoreApplication.instance().removeEventFilter(paints)  # type: ignore[union-attr]
    whole = bench.view.width() * bench.view.height()
    assert paints.pixels < 10 * whole * 0.3


class _PaintsOf(QWidget):
    """Notes from which height on one widget is painted, each time."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__()
        self.tops: list[int] = []
        watched.installEventFilter(self)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.tops.append(event.rect().top())
        return False


def test_a_short_thread_rises_as_a_picture(bench: Bench, qapp: object) -> None:
    bench.show(user("u", "Hi"), reply("r", "**Well**, hello"), user("u2", "And now?"))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "One line\n\n", ""))
    bench.settle()
    QCoreApplication.processEvents()
    above = [bench.message(0), *bench.pieces(1)]
    paints = [_PaintsOf(each) for each in above]
    for each in paints:
        bench.qtbot.addWidget(each)
    before = bench.y(0)
    for _ in range(5):
        bench.tick(Shown(2, "another line\n\n", ""))
        QCoreApplication.processEvents()
    assert bench.y(0) < before - 100
    assert [each.tops for each in paints] == [[]] * len(paints)


def test_the_name_of_a_language_is_painted_when_all_of_it_has_come(bench: Bench, qapp: object) -> None:
    bench.show(user("u", "Hi"))
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "```p", ""))
    bench.settle()
    QCoreApplication.processEvents()
    [piece] = bench.pieces(1)
    paints = _PaintsOf(piece)
    bench.qtbot.addWidget(paints)
    bench.tick(Shown(2, "ython\nx = 1", ""))
    QCoreApplication.processEvents()
    assert min(paints.tops) == 0


Shoot = Callable[[QWidget, str], None]


def _thread(qtbot: QtBot, theme: Theme, size: tuple[int, int], messages: Sequence[Message]) -> Bench:
    bench = Bench(qtbot, theme, *size).open()
    bench.show(*messages)
    return bench


def test_a_thread_looks_as_it_did(qtbot: QtBot, theme: Theme, golden: Shoot) -> None:
    bench = _thread(
        qtbot,
        theme,
        (900, 900),
        (
            user("u", "The gateway drops bursts after every deploy. Is a token bucket enough?"),
            reply("a", ANSWER, route=FELL_OVER, reasoning="Hm.", reasoning_ms=12_000),
            user("v", "Write it for asyncio, one bucket per key."),
        ),
    )
    view = bench.message(1)
    assert isinstance(view, ReplyView)
    view.foot.toggle()
    bench.begin()
    bench.tick(AttemptStarted(ANSWERED), Shown(2, "The lock is held only for arithmetic, so", "", ttft_ms=0))
    bench.settle()
    golden(bench.view, f"transcript-thread-{theme.name}")


def test_the_card_looks_as_it_did(qtbot: QtBot, theme: Theme, golden: Shoot) -> None:
    bench = _thread(
        qtbot,
        theme,
        (640, 620),
        (user("u", "Add the indexes."), reply("a", "", MessageState.FAILED, NOBODY)),
    )
    golden(bench.view, f"transcript-card-{theme.name}")


def test_all_kinds_of_blocks_look_as_they_did(qtbot: QtBot, theme: Theme, golden: Shoot) -> None:
    text = (
        "# One\n## Two\n### Three with `code`\n> Quoted **words**\n> > deeper\n\n- bullet\n  - `nested`\n- [x] done\n"
        "- [ ] open\n\n---\n\n~~gone~~ *slanted* \\(a_1 * b\\) <b>html</b>\n\n"
        "```sh\ncurl -s https://example.org/a/very/long/address/that/goes/beyond/the/width/of/the/column | jq .\n```\n"
    )
    bench = _thread(qtbot, theme, (600, 760), (reply("a", text, MessageState.INCOMPLETE, FELL_OVER),))
    golden(bench.view, f"transcript-blocks-{theme.name}")


def test_a_pasted_file_is_set_in_steps_and_then_all_there(bench: Bench) -> None:
    pasted = "\n".join(f"line {number} of a log" for number in range(2_000))
    bench.view.set_messages((user("u", pasted),), NAMES)
    selection = bench.message(0).body.selection
    selection.mark(None, None)
    assert selection.text() == ""
    bench.settle()
    selection.mark(None, None)
    assert selection.text() == pasted
    assert bench.message(0).height() == bench.message(0).body.height() + 16


def test_a_word_without_end_is_wrapped_where_the_line_ends(bench: Bench) -> None:
    bench.show(user("u", "x" * 20_000))
    selection = bench.message(0).body.selection
    selection.mark(None, None)
    assert selection.text() == "x" * 20_000
    [document] = [piece.surface.document for piece in bench.message(0).body.findChildren(TextPiece)]
    assert document.defaultTextOption().wrapMode() is QTextOption.WrapMode.WrapAnywhere
    assert document.firstBlock().layout().lineCount() > 100


@pytest.mark.parametrize("begun", [False, True], ids=["in the thread", "half of it set"])
def test_what_arrives_for_a_message_that_is_gone_is_dropped(bench: Bench, begun: bool) -> None:
    bench.show(user("u", "Hi"), reply("r", "Short."))  # from here on all that reads is there
    background = bench.view._background
    long = "\n\n".join(["A paragraph of words.", "```python\nx = 1\n```"] * 100)
    bench.view.set_messages([user("u", "Hi"), reply("r", long)], NAMES)
    assert background._awaited
    if begun:
        bench.qtbot.waitUntil(lambda: bool(background._slices and bench.pieces(1)), timeout=10_000)
    bench.show(user("other", "Another conversation"))
    assert bench.text(0) == "Another conversation"
