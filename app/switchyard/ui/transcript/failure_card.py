"""The card in place of a reply that never came: what was tried, why it failed, and one thing to do about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.failures import Fix
from switchyard.core.message import Message
from switchyard.core.route import AttemptRecord, RouteRecord, Skip
from switchyard.ui import format as written
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript import track
from switchyard.ui.transcript.clipboard import copy_text
from switchyard.ui.transcript.details import details_text
from switchyard.ui.transcript.speech import Speech, fix_of, fix_of_skip, model_of, wait_left_s
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.mark import NORMAL, MarkLabel
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.widgets.tooltip import Tip
from switchyard.ui.words import translate

_PAD = 16
_LEAST_NAME = 64
_TRACK_HEIGHT = 34
_TRACK_Y = 16
_GAP_SHARE = 0.35
_LEAST_SHARE = 0.3

Now = Callable[[], int]


class FailureCard(Card):
    """Everything in it is known from the route's record; what runs out counts down."""

    retry_requested = Signal()
    fix_requested = Signal(str, int)
    edit_chain_requested = Signal()
    check_keys_requested = Signal()
    use_model_requested = Signal(QWidget)

    def __init__(
        self, theme: Theme, message: Message, speech: Speech, now_ms: Now, parent: QWidget, *, said: str = ""
    ) -> None:
        super().__init__(theme, 0, parent=parent)
        self.setAccessibleName(self.tr("No model answered"))
        self._speech = speech
        self._now_ms = now_ms
        self._record = message.route or RouteRecord("", None)
        tried = {attempt.deployment for attempt in self._record.attempts}
        # Where nobody else was there, to try one again is to try all of it again.
        self._one_of_several = self._record.chain is not None and len(tried) + len(self._record.skipped) > 1
        self._waits: list[_AttemptRow] = []
        self.set_line("bad.border")
        self.body.setSpacing(0)
        self._add_head(said)
        for attempt in self._record.attempts:
            self._add_attempt(attempt)
        for number, skip in enumerate(self._record.skipped, 1):
            self._add_skip(skip, number)
        self._add_foot()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._on_second)
        if self._waits:
            self._timer.start()

    def height_for(self, width: int) -> int:
        """Return how high this is in a width."""
        return self.body.heightForWidth(width)

    # --- parts ---

    def _add_head(self, said: str) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(_PAD, 14, _PAD - 6, 0)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(self._theme, self.tr("No model answered"), "title"))
        for text, style in ((said, "ui"), (self._summary(), "secondary")):
            if text:
                words.addWidget(Paragraph(self._theme, text, style, "text.secondary"))
        head.addLayout(words, 1)
        copy = Button(self._theme, self.tr("Copy details"), kind="ghost", icon="copy", size="small")
        copy.clicked.connect(self._on_copy)
        head.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        if self._record.attempts:
            self.body.addWidget(_Track(self._theme, self._record.attempts))
        else:
            self.body.addSpacing(12)

    def _summary(self) -> str:
        attempts = self._record.attempts
        charge = self._speech.charge(attempts)
        kept = self.tr("{charge}, and your message is kept.").format(charge=charge)
        if not attempts:
            reason = self._speech.route_reason(self._record, self._now_ms())
            return " ".join(text for text in (reason or self.tr("No model was called."), kept) if text)
        took_ms = attempts[-1].started_ms - attempts[0].started_ms + (attempts[-1].duration_ms or 0)
        time = written.duration(took_ms, self._speech.locale)
        count = len(attempts)
        tried = self.tr("1 attempt in {time}.") if count == 1 else self.tr("{n} attempts in {time}.")
        return f"{tried.format(n=count, time=time)} {kept}"

    def _add_attempt(self, attempt: AttemptRecord) -> None:
        self._add_rule()
        row = _AttemptRow(self._theme, attempt, self._speech, self._now_ms(), self._fixes(fix_of(attempt)))
        row.fix_requested.connect(self.fix_requested)
        self.body.addWidget(row)
        if row.waits:
            self._waits.append(row)

    def _add_rule(self) -> None:
        rule = Separator(self._theme)
        rule.setContentsMargins(1, 0, 1, 0)  # the border of the card stays whole
        self.body.addWidget(rule)

    def _fixes(self, fix: Fix) -> Sequence[Fix]:
        """Return what can be done about a failed attempt, and what when that has had its time."""
        if fix in {Fix.RAISE_DEADLINE, Fix.EDIT_CHAIN} and self._record.chain is None:
            return ()
        again = (Fix.TRY_AGAIN,) if self._one_of_several else ()
        if fix is Fix.WAIT:
            return (fix, *again)
        return again if fix is Fix.TRY_AGAIN else (fix,)

    def _add_skip(self, skip: Skip, number: int) -> None:
        self._add_rule()
        attempts = self._record.attempts
        [fix] = self._fixes(fix_of_skip(skip, attempts)) or (Fix.NONE,)
        account = skip.deployment.partition("/")[0]
        provider = next((each.provider for each in attempts if each.account == account), "")
        why = self._speech.skip(skip, attempts)
        row = _Row(self._theme, "–", provider, model_of(skip.deployment), self.tr("skipped"), why)
        Tip(self._theme, row, skip.deployment)
        if fix is not Fix.NONE:
            row.add_fix(_fix_text(fix), lambda: self.fix_requested.emit(fix.value, -number))
        self.body.addWidget(row)

    def _add_foot(self) -> None:
        self._add_rule()
        foot = QHBoxLayout()
        foot.setContentsMargins(_PAD, 12, _PAD, 12)
        foot.setSpacing(8)
        retry = Button(self._theme, self.tr("Try again"), kind="primary", icon="retry")
        retry.clicked.connect(self.retry_requested)
        foot.addWidget(retry)
        if self._record.chain is not None:
            edit = Button(self._theme, self.tr("Edit chain"), icon="chain")
            edit.clicked.connect(self.edit_chain_requested)
            foot.addWidget(edit)
        keys = Button(self._theme, self.tr("Check keys"), icon="key")
        keys.clicked.connect(self.check_keys_requested)
        foot.addWidget(keys)
        foot.addStretch(1)
        other = Button(self._theme, self.tr("Use another model"), kind="ghost", icon="chevron-down", icon_last=True)
        other.clicked.connect(lambda: self.use_model_requested.emit(other))
        foot.addWidget(other)
        self.body.addLayout(foot)

    # --- what happens ---

    def _on_copy(self) -> None:
        copy_text(details_text(self._record, self._speech, self._now_ms()))

    def _on_second(self) -> None:
        now_ms = self._now_ms()
        self._waits = [row for row in self._waits if row.count_down(now_ms)]
        if not self._waits:
            self._timer.stop()


class _Row(QWidget):
    """One deployment: its number, mark and name, what became of it, and the reason under that."""

    def __init__(self, theme: Theme, number: str, provider: str, name: str, outcome: str, reason: str) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._across = QHBoxLayout(self)
        self._across.setContentsMargins(_PAD, 9, _PAD, 9)
        self._across.setSpacing(12)
        index = Label(theme, number, "secondary", "text.tertiary")
        index.setFixedWidth(10)
        self._across.addWidget(index)
        mark = MarkLabel(theme, provider, provider) if provider else QWidget()
        mark.setFixedWidth(NORMAL.width())  # names stand below each other, those whose provider is not known too
        self._across.addWidget(mark)
        words = QVBoxLayout()
        words.setSpacing(0)
        line = QHBoxLayout()
        line.setSpacing(8)
        title = ElidedLabel(theme, name, "ui", weight=500)
        title.setMinimumWidth(min(title.fontMetrics().horizontalAdvance(name), _LEAST_NAME))
        line.addWidget(title)
        line.addWidget(Label(theme, outcome, "secondary", "text.tertiary"))
        line.addStretch(1)
        words.addLayout(line)
        self._reason = Paragraph(theme, reason, "ui", "text.secondary")
        words.addWidget(self._reason)
        self._across.addLayout(words, 1)

    def add_fix(self, text: str, on_clicked: Callable[[], None]) -> Button:
        """Add the one thing that can be done."""
        button = Button(self._theme, text)
        button.setAccessibleDescription(self._name)
        button.clicked.connect(on_clicked)
        self._across.addWidget(button)
        return button


class _AttemptRow(_Row):
    """A failed attempt; one that was limited says for how much longer."""

    fix_requested = Signal(str, int)

    def __init__(self, theme: Theme, attempt: AttemptRecord, speech: Speech, now_ms: int, fixes: Sequence[Fix]) -> None:
        name = attempt.model
        super().__init__(theme, str(attempt.n), attempt.provider, name, _after(attempt, speech), "")
        self._attempt = attempt
        self._speech = speech
        self._fixes = list(fixes)
        Tip(theme, self, attempt.deployment)
        self._button: Button | None = None
        if fixes and fixes[0] is not Fix.NONE:
            self._button = self.add_fix(_fix_text(fixes[0], attempt.provider), self._on_clicked)
        self.waits = self.count_down(now_ms)

    def count_down(self, now_ms: int) -> bool:
        """Say how long it still is; return whether there is anything left to count."""
        self._reason.setText(self._speech.reason(self._attempt, now_ms))
        left_s = wait_left_s(self._attempt, now_ms)
        if self._button is None or self._fixes[0] is not Fix.WAIT:
            return False
        if left_s > 0:
            time = written.whole_seconds(left_s, self._speech.locale)
            self._button.setText(self.tr("Wait {time}").format(time=time))
            return True
        del self._fixes[0]
        self._button.setVisible(bool(self._fixes))
        if self._fixes:
            self._button.setText(_fix_text(self._fixes[0]))
        return False

    def _on_clicked(self) -> None:
        self.fix_requested.emit(self._fixes[0].value, self._attempt.n)


class _Track(QWidget):
    """The attempts as stretches that failed, in the order in which they were made."""

    def __init__(self, theme: Theme, attempts: Sequence[AttemptRecord]) -> None:
        super().__init__()
        self._theme = theme
        self._attempts = attempts
        self.setFixedHeight(_TRACK_HEIGHT + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, ground = self._theme, self._theme.color("bg.raised")
        y = _TRACK_Y + 2
        left, right = _PAD + 14.0, self.width() - _PAD - 16.0
        longest = max((attempt.duration_ms or 0 for attempt in self._attempts), default=0) or 1
        shares = [max((attempt.duration_ms or 0) / longest, _LEAST_SHARE) for attempt in self._attempts]
        unit = (right - left) / (sum(shares) + _GAP_SHARE * len(shares))
        x = left
        nodes: list[QPointF] = []
        for share in shares:
            end = QPointF(x + share * unit, y)
            track.draw_stretch(painter, QPointF(x, y), end, theme.color("bad.signal"))
            nodes.append(end)
            x = end.x() + _GAP_SHARE * unit
            track.draw_unreached(painter, end, QPointF(x, y), theme)
        for node in nodes:
            track.draw_failed(painter, node, theme, ground)
        track.draw_ring(painter, QPointF(left, y), theme.color("text.secondary"), ground)
        track.draw_ring(painter, QPointF(right, y), theme.color("text.tertiary"), ground)
        painter.end()


def _after(attempt: AttemptRecord, speech: Speech) -> str:
    outcome = speech.outcome(attempt)
    failure = attempt.failure
    if failure is not None and failure.status:
        outcome = str(failure.status)
    if attempt.duration_ms is None:
        return outcome
    time = written.duration(attempt.duration_ms, speech.locale)
    return translate("Route", "{outcome} after {time}").format(outcome=outcome, time=time)


def _fix_text(fix: Fix, provider: str = "") -> str:
    match fix:
        case Fix.RAISE_DEADLINE:
            return translate("Route", "Raise timeout")
        case Fix.CHECK_KEY:
            return translate("Route", "Check key")
        case Fix.CHECK_ACCOUNT:
            return translate("Route", "Check account")
        case Fix.EDIT_CHAIN:
            return translate("Route", "Edit chain")
        case Fix.CHECK_SERVER:
            return translate("Route", "Check Ollama") if provider == "ollama" else translate("Route", "Check server")
        case _:
            return translate("Route", "Try this one")
