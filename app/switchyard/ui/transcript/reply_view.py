"""A reply as a widget: its thoughts, its words, how it was routed, and what to do where it failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent
from PySide6.QtWidgets import QWidget

from switchyard.core.message import STATES, Message, MessageState
from switchyard.ui import format as written
from switchyard.ui.transcript.live import LiveReply, Phase
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.stream import Update
from switchyard.ui.transcript.message_view import MessageView, Node
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.transcript.reasoning import Reasoning
from switchyard.ui.transcript.route_facts import finished_facts, live_facts
from switchyard.ui.transcript.route_line import HEIGHT as LINE_HEIGHT
from switchyard.ui.transcript.route_line import RouteLine
from switchyard.ui.transcript.state_note import HEIGHT as NOTE_HEIGHT
from switchyard.ui.transcript.state_note import StateNote
from switchyard.ui.words import Words

_ROUTE_GAP = 10
_SECTION_GAP = 8
_PARTIAL = frozenset({MessageState.STOPPED, MessageState.INCOMPLETE, MessageState.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Speech:
    """What is needed to put a route into words: sentences, and the providers' names."""

    words: Words
    names: Mapping[str, str]


class ReplyView(MessageView):
    """Either follows a live reply or shows a finished one."""

    retry_requested = Signal()
    switch_requested = Signal()

    def __init__(self, kit: Kit, message: Message, speech: Speech, parent: QWidget) -> None:
        super().__init__(kit, message, parent)
        self._speech = speech
        self._provider = ""
        self._waits_for_blocks = 0
        self._last = False
        self._reasoning: Reasoning | None = None
        self._note: StateNote | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self._places: dict[QWidget, QRect] = {}
        self._body_top = 0
        self._line = RouteLine(kit.theme, self)
        self._line.copy_requested.connect(self.copy)
        self._line.retry_requested.connect(self.retry_requested)
        self._line.switch_requested.connect(self.switch_requested)
        if message.state is not MessageState.STREAMING:
            self._show_outcome()

    @property
    def node(self) -> Node:
        return Node.FAILED if self.message.state is MessageState.FAILED else Node.REPLY

    @property
    def provider(self) -> str:
        return self._provider

    # --- a finished reply ---

    def wait_for_blocks(self, height: int) -> None:
        """Keep this height until the words are read."""
        self._waits_for_blocks = height

    def show_all(self, blocks: Sequence[Block]) -> None:
        """Show the words of the whole text at once."""
        self._waits_for_blocks = 0
        self.body.show_all(blocks)

    def fill(self, blocks: Sequence[Block]) -> Iterator[None]:
        """Show the words of the whole text, in steps."""
        self._waits_for_blocks = 0
        yield from self.body.settle(blocks)
        self.resized.emit()

    def settle(self, message: Message) -> None:
        """The reply has ended: show what became of it."""
        self.message = message
        self.body.set_streaming(False)
        self._show_outcome()
        self.resized.emit()

    def set_last(self, last: bool) -> None:
        """The last reply always shows what can be done with it."""
        self._last = last
        self._show_actions()

    def _show_outcome(self) -> None:
        facts = finished_facts(self.message, self._speech.words.locale)
        self._line.say(facts, settled=True)
        self._provider = facts.provider if facts is not None else ""
        if self.message.reasoning:
            self._say_thoughts(self.message.reasoning, (self.message.reasoning_ms or 0) / 1000, live=False)
        if self.message.state in _PARTIAL and self._note is None:
            self._note = self._make_note()
        self._show_actions()
        self.setAccessibleName(facts.spoken if facts is not None else self.tr("Reply"))
        self.setAccessibleDescription(self.message.text)

    def _make_note(self) -> StateNote:
        translate = self._speech.words.translate
        state = self.message.state
        note = StateNote(
            self.kit.theme, translate(STATES[state].word), "", stopped=state is MessageState.STOPPED, parent=self
        )
        note.retry_requested.connect(self.retry_requested)
        note.show()
        return note

    def _show_actions(self) -> None:
        row = STATES[self.message.state]
        wanted = self._last or self.underMouse() or self.holds_focus()
        self._line.set_actions(shown=row.can_retry and wanted, can_copy=row.can_copy and bool(self.message.text))

    # --- a live reply ---

    def begin(self) -> None:
        """Show the caret alone."""
        self.body.set_streaming(True)

    def follow(self, live: LiveReply, update: Update | None, now_s: float, *, can_switch: bool) -> bool:
        """Take in what came since the last time; return whether there is anything to bring to the screen."""
        changed = live.taken_back or update is not None
        if live.taken_back:
            live.taken_back = False
            self.body.clear()
            self._drop_thoughts()
        if update is not None:
            self.body.advance(update.finished, update.tail)
        if live.reasoning:
            seconds = live.thought_s if live.thought_s is not None else now_s - (live.thought_since_s or now_s)
            changed = self._say_thoughts(live.reasoning, seconds, live=live.phase is Phase.THINKING) or changed
        facts = live_facts(live, now_s, self._speech.words.locale)
        switchable = can_switch and live.phase in {Phase.CALLING, Phase.THINKING}
        changed = self._line.say(facts, settled=False, can_switch=switchable) or changed
        self._provider = facts.provider if facts is not None else ""
        return changed

    def _say_thoughts(self, text: str, seconds: float, *, live: bool) -> bool:
        if self._reasoning is None:
            self._reasoning = Reasoning(self.kit, self)
            self._reasoning.resized.connect(self.resized)
            self._reasoning.show()
        time = written.whole_seconds(seconds, self._speech.words.locale)
        if live:
            title = self.tr("Thinking, {time}").format(time=time)
        else:
            title = self.tr("Thought for {time}").format(time=time) if seconds else self.tr("Thought")
        return self._reasoning.say(title, text)

    def _drop_thoughts(self) -> None:
        if self._reasoning is not None:
            self._places.pop(self._reasoning, None)
            self._reasoning.hide()
            self._reasoning.deleteLater()
            self._reasoning = None

    # --- layout ---

    def arrange(self, width: int) -> int:
        y = 0
        if self._reasoning is not None:
            height = self._reasoning.arrange(width)
            self._places[self._reasoning] = QRect(0, y, width + 2 * BLEED, height)
            y += height + _SECTION_GAP
        self._body_top = y
        y += self.body.arrange(width)
        if self._note is not None:
            y += _SECTION_GAP
            self._places[self._note] = QRect(BLEED, y, width, NOTE_HEIGHT)
            y += NOTE_HEIGHT
        if self._line.facts is not None:
            y += _ROUTE_GAP
            self._places[self._line] = QRect(BLEED, y, width, LINE_HEIGHT)
            y += LINE_HEIGHT
        return max(y, self._waits_for_blocks)

    def present(self) -> None:
        self.body.move(0, self._body_top)
        self.body.present()
        for part, place in self._places.items():
            part.setGeometry(place)
        self._line.setVisible(self._line.facts is not None)
        self._line.present()
        if self._reasoning is not None:
            self._reasoning.present()

    # --- pointer and focus ---

    def enterEvent(self, event: QEnterEvent) -> None:
        self._show_actions()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._show_actions()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_actions()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_actions()
