"""Where a message is written and sent, and where it is chosen what answers."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from switchyard.ui.pages.chat.foot import SendButton, TargetButton
from switchyard.ui.pages.chat.text_box import TextBox
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.paint import draw_box, faded

HintTone = Literal["plain", "bad"]

_FOOT_PX = 44
GLOW_PX = 2
_GLOW = 0.3
_TOP_PX = 11
_HIGH_LINES = 3


class Composer(QWidget):
    """Keeps what is written until its owner takes it: nothing is cleared before it is on disk."""

    submitted = Signal(str)
    edited = Signal(str)
    stop_requested = Signal()
    picker_requested = Signal()
    undo_passed = Signal()
    redo_passed = Signal()
    up_passed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._prominent = False
        self._streaming = False
        self._sending = False
        self._sent = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.box = TextBox(theme, self.tr("Message"), self)
        self.box.submitted.connect(self._submit)
        self.box.edited.connect(self._on_edited)
        self.box.focus_changed.connect(self.update)
        self.box.undo_passed.connect(self.undo_passed)
        self.box.redo_passed.connect(self.redo_passed)
        self.box.up_passed.connect(self.up_passed)
        self.setFocusProxy(self.box)
        self.hint = Paragraph(theme, "", "secondary", "text.tertiary", parent=self)
        self.hint.hide()
        self.target = TargetButton(theme, self)
        self.target.clicked.connect(self.picker_requested)
        self.send = SendButton(theme, self)
        self.send.clicked.connect(self._on_send_clicked)
        self._column = QVBoxLayout(self)
        self._lay_out()
        self.set_prominent(True)
        self._show_send()
        theme.changed.connect(self.update)

    # --- what its owner says ---

    def text(self) -> str:
        """Return what is written."""
        return self.box.toPlainText()

    def set_text(self, text: str) -> None:
        """Put another draft in."""
        self.box.replace_text(text)
        self.say("")

    def take(self) -> None:
        """The words that were sent are kept elsewhere now: let go of them, and of nothing that was written since."""
        if self._sent and self.text().startswith(self._sent):
            self.set_text(self.text()[len(self._sent) :].lstrip("\n"))
        self._sent = ""

    def put_before(self, text: str) -> None:
        """Put words that come back before what was written since."""
        written = self.text()
        self.set_text(f"{text}\n{written}" if written.strip() else text)

    def say(self, sentence: str, tone: HintTone = "plain") -> None:
        """Say something above the buttons; nothing takes the line away."""
        if sentence == self.hint.text() and sentence:
            return
        self.hint.set_token("bad.text" if tone == "bad" else "text.tertiary")
        self.hint.setText(sentence)
        self.hint.setVisible(bool(sentence))
        self.hint.updateGeometry()
        if sentence:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def set_streaming(self, streaming: bool) -> None:
        """A reply comes into this conversation, or has ended."""
        if streaming != self._streaming:
            self._streaming = streaming
            self.say("")
            self._show_send()

    def set_sending(self, sending: bool) -> None:
        """The words are on their way to the disk: they are not sent twice."""
        self._sending = sending
        self._show_send()

    def set_prominent(self, prominent: bool) -> None:
        """Stand in the middle of an empty page, with room for a glow around it, or below a thread."""
        self._prominent = prominent
        edge = GLOW_PX if prominent else 0
        self._column.setContentsMargins(edge, edge, edge, edge)
        self.box.invite(self.tr("Ask anything") if prominent else self.tr("Reply"))
        self.box.set_least_lines(_HIGH_LINES if prominent else 1)
        self.update()

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box; with the focus in it, the empty page's one glows."""
        theme, painter = self._theme, QPainter(self)
        edge = GLOW_PX if self._prominent else 0
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        radius = theme.radius("composer")
        line = "border.default"
        if self.box.hasFocus():
            line = "focus.ring" if self._prominent else "border.strong"
            if self._prominent:
                glow = faded(theme.color("focus.ring"), _GLOW)
                draw_box(painter, QRectF(self.rect()), radius + GLOW_PX, None, glow, GLOW_PX)
        draw_box(painter, box, radius, theme.color("bg.raised"), theme.color(line))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press anywhere in the box means the text."""
        self.box.setFocus(Qt.FocusReason.MouseFocusReason)

    # --- inside ---

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setContentsMargins(16, _TOP_PX, 12, 6)
        words.setSpacing(4)
        words.addWidget(self.box)
        words.addWidget(self.hint)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 0, 8, 0)
        foot.setSpacing(8)
        foot.addWidget(self.target)
        foot.addStretch(1)
        foot.addWidget(self.send)
        strip = QWidget(self)
        strip.setFixedHeight(_FOOT_PX)
        strip.setCursor(Qt.CursorShape.ArrowCursor)
        strip.setLayout(foot)
        column = self._column
        column.setSpacing(0)
        column.addLayout(words)
        column.addWidget(strip)

    def _submit(self) -> None:
        if self.box.composing or self._sending or not self.text().strip():
            return
        self._sent = self.text()
        self.submitted.emit(self._sent.strip("\n").rstrip())

    def _on_send_clicked(self) -> None:
        if self.send.stops:
            self.stop_requested.emit()
        else:
            self._submit()

    def _on_edited(self) -> None:
        self.say("")
        self._show_send()
        self.edited.emit(self.text())

    def _show_send(self) -> None:
        self.send.set_stops(self._streaming)
        self.send.setEnabled(self._streaming or (bool(self.text().strip()) and not self._sending))
