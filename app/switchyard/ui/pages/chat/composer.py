"""Where a message is written and sent, and where it is chosen what answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.value import replace
from switchyard.ui.pages.chat.edit_strip import EditStrip
from switchyard.ui.pages.chat.estimate_line import EstimateLine
from switchyard.ui.pages.chat.foot import HEIGHT_PX, Foot
from switchyard.ui.pages.chat.hint import Hint, HintTone, Offer
from switchyard.ui.pages.chat.once_chip import OnceChip
from switchyard.ui.pages.chat.text_box import LINE_PX, TextBox
from switchyard.ui.pages.chat.waiting_strip import WaitingStrip
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import come_after
from switchyard.ui.widgets.paint import draw_box, faded

if TYPE_CHECKING:
    from switchyard.ui.pages.chat.tray import Tray

GLOW_PX = 2
_GLOW = 0.3
_TOP_PX = 11
_BELOW_WORDS_PX = 6
_HIGH_LINES = 3
RESTING_PX = 2 * GLOW_PX + _TOP_PX + _HIGH_LINES * LINE_PX + _BELOW_WORDS_PX + HEIGHT_PX  # in the middle of a page


class Composer(QWidget):
    """Keeps what is written until its owner takes it: nothing is cleared before it is on disk."""

    submitted = Signal(object)
    edited = Signal(object)
    stop_requested = Signal()
    undo_passed = Signal()
    redo_passed = Signal()
    up_passed = Signal()
    down_passed = Signal()
    offered = Signal(object)
    content_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._prominent = False
        self._awaited = False
        self._streaming = False
        self._sending = False
        self._attaching = False
        self._sent = Draft()
        self._tray: Tray | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.box = TextBox(theme, self.tr("Message"), self)
        self.box.submitted.connect(self._submit)
        self.box.edited.connect(self._on_edited)
        self.box.focus_changed.connect(self.update)
        self.box.undo_passed.connect(self.undo_passed)
        self.box.redo_passed.connect(self.redo_passed)
        self.box.up_passed.connect(self.up_passed)
        self.box.down_passed.connect(self.down_passed)
        self.box.offered.connect(self.offered)
        self.setFocusProxy(self.box)
        self.once = OnceChip(theme, self)
        self.once.removed.connect(self._on_edited)
        self.edit_strip = EditStrip(theme, self)
        self.waiting_strip = WaitingStrip(theme, self)
        self.hint = Hint(theme, self)
        for used in (self.once.removed, self.edit_strip.left, self.waiting_strip.send_requested, self.hint.used):
            used.connect(self.setFocus)  # what is pressed goes, and the next one is not what is meant
        self.foot = Foot(theme, self)
        self.estimate = EstimateLine(theme, self.foot.estimate)
        self.send = self.foot.send
        self.target = self.foot.target
        self.send.clicked.connect(self._on_send_clicked)
        self._column = QVBoxLayout(self)
        self.words = QVBoxLayout()
        self._lay_out()
        self.set_prominent(True)
        self._show_send()
        theme.changed.connect(self.update)

    # --- what its owner says ---

    def text(self) -> str:
        """Return what is written."""
        return self.box.toPlainText()

    @property
    def files(self) -> Sequence[StoredFile]:
        """Return what goes with the words."""
        return self._tray.files if self._tray is not None else ()

    @property
    def draft(self) -> Draft:
        """Return the words with their files, and who alone answers them."""
        return Draft(self.text(), tuple(self.files), self.once.to)

    def set_draft(self, draft: Draft) -> None:
        """Put another draft in."""
        self._show_files(draft.files)
        self.once.set_to(draft.to)
        self.box.replace_text(draft.text)
        self.say("")
        self.edited.emit(self.draft)

    def set_text(self, text: str) -> None:
        """Put other words in; the files stay."""
        self.box.replace_text(text)
        self.say("")

    def set_files(self, files: Iterable[StoredFile]) -> None:
        """Let these files go with the words."""
        self._show_files(files)
        self.edited.emit(self.draft)

    def take(self) -> None:
        """What was sent is kept elsewhere now: let go of it, and of nothing that was written since."""
        sent, self._sent = self._sent, Draft()
        rest = self.text()
        if sent.text and rest.startswith(sent.text):
            rest = rest[len(sent.text) :].lstrip("\n")
        if sent:
            to = self.once.to if self.once.to != sent.to else None
            self.set_draft(Draft(rest, tuple(file for file in self.files if file not in sent.files), to))

    def put_before(self, draft: Draft) -> None:
        """Put what comes back before what was written since."""
        self.set_draft(self.draft.after(draft))

    def say(self, sentence: str, tone: HintTone = "plain", offers: Sequence[Offer] = ()) -> None:
        """Say something above the buttons, with what can be done about it; nothing takes the line away."""
        self.hint.say(sentence, tone, offers)
        self.updateGeometry()

    def show_content(self, file: StoredFile, content: bytes | None) -> None:
        """Take in a file whose content was wanted."""
        if self._tray is not None:
            self._tray.take(file, content)

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

    def set_attaching(self, attaching: bool) -> None:
        """A file is being read: nothing is sent without it."""
        self._attaching = attaching
        self._show_send()

    def set_awaited(self, awaited: bool) -> None:
        """Something is dragged over the page that would be attached here."""
        self._awaited = awaited
        self.update()

    def set_prominent(self, prominent: bool) -> None:
        """Stand in the middle of an empty page, with room for a glow around it, or below a thread."""
        self._prominent = prominent
        edge = GLOW_PX if prominent else 0
        self._column.setContentsMargins(edge, edge, edge, edge)
        self.box.invite(self.tr("Ask anything, or drop files here") if prominent else self.tr("Reply"))
        self.box.set_least_lines(_HIGH_LINES if prominent else 1)
        self.update()

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box; with the focus in it, the empty page's one glows."""
        theme, painter = self._theme, QPainter(self)
        edge = GLOW_PX if self._prominent else 0
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        radius = theme.radius("composer")
        line = "focus.ring" if self._awaited else "border.default"
        if self.box.hasFocus() and not self._awaited:
            line = "focus.ring" if self._prominent else "border.strong"
            if self._prominent:
                glow = faded(theme.color("focus.ring"), _GLOW)
                draw_box(painter, QRectF(self.rect()), radius + GLOW_PX, None, glow, GLOW_PX)
        fill = theme.color("accent.soft" if self._awaited else "bg.raised")
        draw_box(painter, box, radius, fill, theme.color(line))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press anywhere in the box means the text."""
        self.box.setFocus(Qt.FocusReason.MouseFocusReason)

    # --- inside ---

    def _lay_out(self) -> None:
        words = self.words
        words.setContentsMargins(16, _TOP_PX, 12, _BELOW_WORDS_PX)
        words.setSpacing(4)
        words.addWidget(self.waiting_strip)
        words.addWidget(self.edit_strip)
        words.addWidget(self.estimate.above)
        words.addWidget(self.once)
        words.addWidget(self.box)
        words.addWidget(self.hint)
        column = self._column
        column.setSpacing(0)
        column.addLayout(words)
        column.addWidget(self.foot)

    def _show_files(self, files: Iterable[StoredFile]) -> None:
        held = tuple(files)
        if self._tray is None and held:
            from switchyard.ui.pages.chat.tray import Tray

            self._tray = Tray(self._theme, self)
            self._tray.content_wanted.connect(self.content_wanted)
            self._tray.removed.connect(self._on_removed)
            self.words.insertWidget(2, self._tray)
            come_after(self.once, self._tray)
        if self._tray is not None:
            self._tray.set_files(held)
            self.updateGeometry()
        self._show_send()

    def _on_removed(self, gone: StoredFile) -> None:
        self.say("")
        self.set_files([file for file in self.files if file != gone])
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)

    def _submit(self) -> None:
        if self.box.composing or self._sending or not self.draft:
            return
        if self._attaching:
            self.say(self.tr("A file is still being read. Send once it is attached."))
            return
        self._sent = self.draft
        self.submitted.emit(replace(self._sent, text=self._sent.text.strip("\n").rstrip()))

    def _on_send_clicked(self) -> None:
        if self.send.stops:
            self.stop_requested.emit()
        else:
            self._submit()

    def _on_edited(self) -> None:
        self.say("")
        self._show_send()
        self.edited.emit(self.draft)

    def _show_send(self) -> None:
        ready = bool(self.draft) and not self._sending and not self._attaching
        self.send.set_stops(self._streaming)
        self.send.setEnabled(self._streaming or ready)
