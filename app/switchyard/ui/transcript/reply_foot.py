"""What stands under the words of a reply: its state, the card where it failed, how it was routed."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from PySide6.QtCore import QPoint, QRect, Signal
from PySide6.QtWidgets import QWidget

from switchyard.core.failure_words import is_quoted
from switchyard.core.message import Message, MessageState
from switchyard.core.route import AttemptRecord, QuestionKind, RouteRecord
from switchyard.core.sentence import Sentence
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.acts import Act, acts_of, is_partial, reached_limit
from switchyard.ui.transcript.attempt_panel import AttemptPanel
from switchyard.ui.transcript.details import attempt_lines, details_text, raw_answer
from switchyard.ui.transcript.failure_card import FailureCard
from switchyard.ui.transcript.question_card import QuestionCard
from switchyard.ui.transcript.route_facts import RouteFacts, finished_facts
from switchyard.ui.transcript.route_line import HEIGHT as LINE_HEIGHT
from switchyard.ui.transcript.route_line import RouteLine
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.transcript.state_note import HEIGHT as NOTE_HEIGHT
from switchyard.ui.transcript.state_note import StateNote
from switchyard.ui.transcript.why_panel import WhyPanel, tells_why
from switchyard.ui.widgets.labels import Paragraph

_ROUTE_GAP = 10
_TIMELINE_GAP = 5
_SECTION_GAP = 8
_ABOUT_A_REPLY = frozenset({QuestionKind.REFUSAL, QuestionKind.EMPTY_ANSWER, QuestionKind.AFTER_TEXT})


def _now_ms() -> int:
    return round(time.time() * 1000)


def _own_words(route: RouteRecord) -> str:
    """Return what the provider said where it is what is asked about, and not the reply itself."""
    if route.question is None or route.question.kind not in _ABOUT_A_REPLY:
        return ""
    answer = route.answered_by
    return answer.failure.message if answer is not None and answer.failure is not None else ""


class ReplyFoot(QWidget):
    """Its parts are made when they are first needed; places are found by `arrange` and taken by `present`."""

    resized = Signal()
    retry_requested = Signal()
    act_requested = Signal(object)  # `Act`
    more_requested = Signal(QWidget)
    switch_requested = Signal()
    fix_requested = Signal(str, int)
    edit_chain_requested = Signal()
    check_keys_requested = Signal()
    use_model_requested = Signal(QPoint)
    question_answered = Signal(str)
    choice_made = Signal()  # the button that made it is about to go away
    unfolded = Signal(bool, int)  # whether the track is shown, and the attempt that is told about

    def __init__(self, theme: Theme, message: Message, speech: Speech, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._message = message
        self._speech = speech
        self._last = False
        self._note: StateNote | None = None
        self._warnings: Paragraph | None = None
        self._card: FailureCard | None = None
        self._question: QuestionCard | None = None
        self._timeline: RouteTimeline | None = None
        self._why: WhyPanel | None = None
        self._panel: AttemptPanel | None = None
        self._told_of = 0
        self._places: dict[QWidget, QRect] = {}
        self._line = RouteLine(theme, self)
        self._line.act_requested.connect(self.act_requested)
        self._line.more_requested.connect(self.more_requested)
        self._line.switch_requested.connect(self.choice_made)
        self._line.switch_requested.connect(self.switch_requested)
        self._line.disclosure_toggled.connect(self.toggle)

    # --- what it says ---

    @property
    def outcome(self) -> str:
        """What became of a reply that is not simply there: what is asked, that nobody answered, or its state."""
        if self._question is not None:
            return self._question.words
        told = self._card or self._note
        return self.tr("{outcome}.").format(outcome=told.accessibleName()) if told is not None else ""

    @property
    def says_route(self) -> bool:
        """Whether there is a line about the route."""
        return self._line.facts is not None

    def say(self, facts: RouteFacts | None, *, offer: str) -> bool:
        """Show how the route of a live reply goes, and what may be done; return whether that is anything new."""
        return self._line.say(facts, settled=False, offer=offer)

    def show_outcome(self, message: Message) -> RouteFacts | None:
        """Show what became of the reply; return what is said of its route."""
        self._message = message
        facts = finished_facts(message, self._speech.locale)
        route = message.route
        question = route.question if route is not None else None
        failed = message.state is MessageState.FAILED
        # What a model said instead of a reply stands in the card that tells of it, everything else below.
        warnings = route.warnings if route is not None else ()
        quoted = [each for each in warnings if is_quoted(each)] if failed or question is not None else []
        said = self._translated(quoted)
        self._line.say(None if failed and question is None else facts, settled=True)
        if question is not None and route is not None:
            told = " ".join(filter(None, (_own_words(route), said)))
            self._question = QuestionCard(self._theme, question, told, self._speech, self)
            self._question.set_open(self._last)
            self._question.answered.connect(self._on_answered)
        elif failed:
            self._card = self._make_card(message, said)
        elif is_partial(message):
            self._note = self._make_note(message)
        below = self._translated([each for each in warnings if each not in quoted])
        if below:
            self._warnings = Paragraph(self._theme, below, "secondary", "warn.text", parent=self)
        return facts

    def _translated(self, warnings: Sequence[Sentence]) -> str:
        return " ".join(self._speech.words.translate(warning) for warning in warnings)

    def set_lively(self, message: Message, offered: Collection[Act], *, last: bool, touched: bool) -> None:
        """The last reply, and the one that is pointed at, show what can be done with them."""
        self._message = message
        if self._question is not None and last != self._last:
            self._question.set_open(last)
            self.resized.emit()
        self._last = last
        self._line.set_actions(message, offered, shown=bool(acts_of(message)) and (last or touched))

    def _make_note(self, message: Message) -> StateNote:
        route = message.route
        answer = route.answered_by if route is not None else None
        reason = self._speech.reason(answer, _now_ms()) if answer is not None else ""
        stopped = message.state is MessageState.STOPPED
        word = self._speech.state(message)
        if reached_limit(message):
            word, reason = self.tr("limit reached"), self.tr("The reply is as long as it may be.")
        note = StateNote(
            self._theme,
            word,
            "" if stopped else reason,
            stopped=stopped,
            can_continue=Act.CONTINUE in acts_of(message),
            parent=self,
        )
        note.continue_requested.connect(lambda: self.act_requested.emit(Act.CONTINUE))
        note.retry_requested.connect(self.retry_requested)
        return note

    def _make_card(self, message: Message, said: str) -> FailureCard:
        card = FailureCard(self._theme, message, self._speech, _now_ms, self, said=said)
        card.retry_requested.connect(self.retry_requested)
        card.fix_requested.connect(self.fix_requested)
        card.edit_chain_requested.connect(self.edit_chain_requested)
        card.check_keys_requested.connect(self.check_keys_requested)
        card.use_model_requested.connect(self._on_use_model)
        return card

    def _on_use_model(self, anchor: QWidget) -> None:
        self.use_model_requested.emit(anchor.mapToGlobal(QPoint(0, anchor.height() + _SECTION_GAP)))

    def _on_answered(self, option_id: str) -> None:
        self.choice_made.emit()
        if self._question is not None:
            self._question.set_open(False)
            self.resized.emit()
        self.question_answered.emit(option_id)

    # --- the timeline ---

    def toggle(self, *, again: bool = False) -> None:
        """Show the route as a track, or no longer; one that was seen before is there `again` at once."""
        if self._timeline is not None:
            self._fold()
        elif self._message.route is not None and self._message.route.attempts:
            self._timeline = RouteTimeline(self._theme, self._message.route, self._speech, self, again=again)
            self._timeline.attempt_chosen.connect(self.tell_of)
            if tells_why(self._message.route):
                self._why = WhyPanel(self._theme, self._message.route, self._speech, self)
        self._line.set_unfolded(self._timeline is not None)
        self._tell_open()

    def _fold(self) -> None:
        for part in (self._timeline, self._why, self._panel):
            self._drop(part)
        self._timeline = self._why = self._panel = None
        self._told_of = 0

    def tell_of(self, n: int) -> None:
        """Tell about an attempt under the track, or no longer."""
        route = self._message.route
        self._drop(self._panel)
        self._panel = None
        attempts = route.attempts if route is not None and n != self._told_of else ()
        attempt = next((attempt for attempt in attempts if attempt.n == n), None)
        self._told_of = attempt.n if attempt is not None else 0
        if attempt is not None:
            self._panel = self._make_panel(attempt)
        if self._timeline is not None:
            self._timeline.choose(self._told_of)
        self._tell_open()

    def _tell_open(self) -> None:
        self.unfolded.emit(self._timeline is not None, self._told_of)
        self.resized.emit()

    def _make_panel(self, attempt: AttemptRecord) -> AttemptPanel:
        route = self._message.route
        lines = attempt_lines(attempt, self._speech, _now_ms())
        details = details_text(route, self._speech, _now_ms()) if route is not None else ""
        return AttemptPanel(self._theme, lines, raw_answer(attempt), details, self)

    def _drop(self, part: QWidget | None) -> None:
        if part is not None:
            self._places.pop(part, None)
            part.hide()
            part.deleteLater()

    # --- layout ---

    def arrange(self, width: int, *, first: bool) -> int:
        """Lay out for a width; nothing stands above where this comes `first`. Return the height that takes."""
        y = 0
        for card in (self._note, self._card, self._question):
            if card is not None:
                y += 0 if first and y == 0 else _SECTION_GAP
                height = NOTE_HEIGHT if isinstance(card, StateNote) else card.height_for(width)
                self._places[card] = QRect(0, y, width, height)
                y += height
        if self._warnings is not None:
            y += _SECTION_GAP
            self._places[self._warnings] = QRect(0, y, width, self._warnings.heightForWidth(width))
            y += self._warnings.heightForWidth(width)
        if self._line.facts is not None:
            y += _ROUTE_GAP
            self._places[self._line] = QRect(0, y, width, LINE_HEIGHT)
            y += LINE_HEIGHT
        if self._timeline is not None:
            y += _TIMELINE_GAP
            height = self._timeline.height_for(width)
            self._places[self._timeline] = QRect(0, y, width, height)
            y += height
        for panel in (self._why, self._panel):
            if panel is not None:
                height = panel.height_for(width)
                self._places[panel] = QRect(0, y, width, height)
                y += height
        return y

    def present(self, place: QRect) -> None:
        """Bring to the screen what was changed and laid out."""
        self.setGeometry(place)
        for part, part_place in self._places.items():
            part.setGeometry(part_place)
            if part is not self._line:
                part.show()
        self._line.setVisible(self._line.facts is not None)
        self._line.present()
