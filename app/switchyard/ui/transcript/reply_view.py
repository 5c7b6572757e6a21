"""A reply as a widget: its thoughts, its words, and under them what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QFocusEvent
from PySide6.QtWidgets import QWidget

from switchyard.core.message import Message, MessageState
from switchyard.ui import format as written
from switchyard.ui.transcript.beside import Beside
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.live import LiveReply, Phase
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.stream import Update
from switchyard.ui.transcript.message_view import WORDS, MessageView, Node
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.transcript.reasoning import Reasoning
from switchyard.ui.transcript.reply_foot import ReplyFoot
from switchyard.ui.transcript.route_facts import live_facts, offer_of
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.widgets.focus import FocusRing
from switchyard.ui.words import translate

_SECTION_GAP = 8
_FIGURES_S = 0.1
_CARD_TOP = 2
_RING_GAP = 5
_RING_RADIUS = 6


class ReplyView(MessageView):
    """Either follows a live reply or shows a finished one."""

    def __init__(self, kit: Kit, message: Message, speech: Speech, parent: QWidget) -> None:
        super().__init__(kit, message, parent)
        self._speech = speech
        self._provider = ""
        self._route = ""
        self._waits_for_blocks = 0
        self._told: tuple[object, ...] = ()  # at which stage the route was last told of
        self._told_s = 0.0
        self._last = False
        self._reasoning: Reasoning | None = None
        self._reasoning_place = QRect()
        self._frame: FocusRing | None = None
        self._beside: Beside | None = None
        self._beside_place = QRect()
        self._body_top = 0
        self._foot_place = QRect()
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self.foot = ReplyFoot(kit.theme, message, speech, self)
        self.foot.resized.connect(self.resized)
        self.foot.act_requested.connect(self.take)
        self.foot.more_requested.connect(lambda button: self.menu().open_below(button))
        if message.state is not MessageState.STREAMING:
            self._show_outcome()

    @property
    def node(self) -> Node:
        if self.message.state is not MessageState.FAILED:
            return Node.REPLY
        asked = self.message.route is not None and self.message.route.question is not None
        return Node.ASKED if asked else Node.FAILED

    @property
    def node_y(self) -> int:
        return super().node_y + (_CARD_TOP if self.node in {Node.FAILED, Node.ASKED} else 0)

    @property
    def provider(self) -> str:
        return self._provider

    def passages(self) -> Sequence[tuple[int, Body]]:
        thoughts = self._reasoning.body if self._reasoning is not None else None
        asked = self._beside.bodies if self._beside is not None else ()
        numbered = ((WORDS - 1, thoughts), (WORDS, self.body), *enumerate(asked, WORDS + 1))
        return [(number, body) for number, body in numbered if body is not None]

    def show_thoughts(self) -> None:
        """Unfold what the model thought."""
        if self._reasoning is not None and not self._reasoning.unfolded:
            self._reasoning.unfold()
            self.resized.emit()

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
        yield from self.body.settle(blocks)
        self._waits_for_blocks = 0
        self.resized.emit()

    def settle(self, message: Message) -> None:
        """The reply has ended: show what became of it."""
        self.message = message
        self.body.set_streaming(False)
        self._show_outcome()
        # A reader of the screen hears of a reply once, when it is complete.
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.accessibleName()))
        self.resized.emit()

    def set_last(self, last: bool) -> None:
        """The last reply always shows what can be done with it."""
        self._last = last
        self.show_actions()
        _tell_outcome(self, self._route)

    def _show_outcome(self) -> None:
        facts = self.foot.show_outcome(self.message)
        self._provider = facts.provider if facts is not None else ""
        if self.message.reasoning:
            self._say_thoughts(self.message.reasoning, (self.message.reasoning_ms or 0) / 1000, live=False)
        if self.message.files or self.message.calls or self.message.citations:
            self._made_beside().show_message(self.message)
        self.show_actions()
        self._route = facts.spoken if facts is not None else ""
        _tell_outcome(self, self._route)
        self.setAccessibleDescription(self.message.text)

    def show_actions(self) -> None:
        touched = self.underMouse() or self.holds_focus()
        self.foot.set_lively(self.message, self.offered, last=self._last, touched=touched)

    # --- a live reply ---

    def begin(self) -> None:
        """Show the caret alone."""
        self.body.set_streaming(True)
        self.setAccessibleName(self.tr("Reply, on its way"))

    def follow(self, live: LiveReply, update: Update | None, now_s: float, *, afresh: bool = False) -> bool:
        """Take in what was said since the last time; return whether there is anything to bring to the screen.

        Where it begins `afresh`, everything before it was taken back.
        """
        changed = afresh or update is not None
        if afresh:
            self.body.clear()
            self._drop(self._reasoning, self._beside)
            self._reasoning = self._beside = None
        if update is not None:
            self.body.advance(update.finished, update.tail)
        if live.reasoning:
            seconds = live.thought_s if live.thought_s is not None else now_s - (live.thought_since_s or now_s)
            changed = self._say_thoughts(live.reasoning, seconds, live=live.phase is Phase.THINKING) or changed
        if live.extras:
            changed = self._made_beside().show_extras(live.extras) or changed
        return changed

    def tell(self, live: LiveReply, now_s: float) -> bool:
        """Say what is known of the route: what it waits for at once, running figures ten times a second.

        Return whether the message has to be laid out anew; figures alone are brought to the screen here.
        """
        stage = (live.phase, live.attempt, live.first_token_s is None)
        if stage == self._told and now_s - self._told_s < _FIGURES_S:
            return False
        self._told, self._told_s = stage, now_s
        facts = live_facts(live, now_s, self._speech.locale)
        before = self._provider, self.foot.says_route
        self._provider = facts.provider if facts is not None else ""
        if not self.foot.say(facts, offer=offer_of(live)):
            return False
        if before != (self._provider, self.foot.says_route):
            return True
        self.foot.present(self._foot_place)
        return False

    def _say_thoughts(self, text: str, seconds: float, *, live: bool) -> bool:
        if self._reasoning is None:
            self._reasoning = Reasoning(self.kit, self.message.uid, self)
            self._reasoning.resized.connect(self.resized)
            self._reasoning.show()
        time = written.whole_seconds(seconds, self._speech.locale)
        if live:
            title = self.tr("Thinking, {time}").format(time=time)
        else:
            title = self.tr("Thought for {time}").format(time=time) if seconds >= 0.5 else self.tr("Thought")
        return self._reasoning.say(title, text)

    def _made_beside(self) -> Beside:
        if self._beside is None:
            self._beside = Beside(self.kit, self.message.uid, self)
            self._beside.resized.connect(self.resized)
            self._beside.link_activated.connect(self.link_activated)
            self._beside.image_opened.connect(self.image_opened)
            self._beside.show()
        return self._beside

    def _drop(self, *parts: QWidget | None) -> None:
        for part in parts:
            if part is not None:
                part.hide()
                part.deleteLater()

    # --- layout ---

    def arrange(self, width: int) -> int:
        y = 0
        if self._reasoning is not None:
            height = self._reasoning.arrange(width)
            self._reasoning_place = QRect(0, y, width + 2 * BLEED, height)
            y += height + _SECTION_GAP
        self._body_top = y
        y += self.body.arrange(width)
        if self._beside is not None:
            y += _SECTION_GAP if y else 0
            height = self._beside.arrange(width)
            self._beside_place = QRect(0, y, width + 2 * BLEED, height)
            y += height
        height = self.foot.arrange(width, first=y == 0)
        self._foot_place = QRect(BLEED, y, width, height)
        y = self.arrange_marks(BLEED, y + height)
        return max(y, self._waits_for_blocks)

    def present(self) -> None:
        if self._reasoning is not None:
            self._reasoning.setGeometry(self._reasoning_place)
            self._reasoning.present()
        self.body.move(0, self._body_top)
        self.body.present()
        if self._beside is not None:
            self._beside.setGeometry(self._beside_place)
            self._beside.present()
        self.foot.present(self._foot_place)
        self.present_marks()

    # --- pointer and focus ---

    def enterEvent(self, event: QEnterEvent) -> None:
        self.show_actions()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.show_actions()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._ring:
            self._frame = FocusRing(self.kit.theme, self, gap=_RING_GAP, radius=_RING_RADIUS)
        self.show_actions()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._drop(self._frame)
        self._frame = None
        self.show_actions()


def _tell_outcome(view: ReplyView, route: str) -> None:
    """Name a reply by what became of it, and by how it was routed."""
    if view.message.state is not MessageState.STREAMING:
        name = " ".join(part for part in (view.foot.outcome, route) if part)
        view.setAccessibleName(name or translate("ReplyView", "Reply"))
