"""One track of a chain in its form: when it is taken, its steps, and where the route goes on after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.pages.chains.condition_words import condition_words
from switchyard.ui.pages.chains.draft import CONDITIONS, KEPT, OTHERWISE, TrackDraft
from switchyard.ui.pages.chains.draft_check import Problem
from switchyard.ui.pages.chains.step_row import StepRow, say_all
from switchyard.ui.pages.chains.step_rules import captioned
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.setup.track import TrackColumn
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.words import Words


class TrackBox(QWidget):
    """`edited` carries the track as it stands now. The only track of a plain chain has no name, and no head.

    `others` are the names of the tracks that this one may go on to.
    """

    edited = Signal(object)
    add_requested = Signal()
    move_requested = Signal(int)
    remove_requested = Signal()

    def __init__(self, theme: Theme, track: TrackDraft, others: Sequence[str], words: Words) -> None:
        super().__init__()
        self._box_theme = theme
        self._track = track
        self._words = words
        self.name = Field(theme, self.tr("Name of the track"), track.name or "")
        self.when = Combo(theme, self.tr("Taken for"))
        self.then = Combo(theme, self.tr("Goes on to"))
        self._fill_conditions()
        self.show_track(track, others)
        title = (track.name or "").strip()
        self.remove = IconButton(theme, "close", self.tr("Remove the track {name}").format(name=title), size=24)
        self.up = IconButton(theme, "chevron-up", self.tr("Move the track {name} up").format(name=title), size=24)
        self.up.clicked.connect(lambda: self.move_requested.emit(-1))
        self.down = IconButton(theme, "chevron-down", self.tr("Move the track {name} down").format(name=title), size=24)
        self.down.clicked.connect(lambda: self.move_requested.emit(1))
        self.rows: Sequence[StepRow] = ()
        self._column = TrackColumn(theme, "bg.surface")
        self._problems = QVBoxLayout()
        self._problems.setSpacing(4)
        self._lines: list[ResultLine] = []
        self.add_step = Button(theme, self.tr("Add step"), icon="plus")
        self._arrange(theme)
        self.name.setFocusProxy(None)  # type: ignore[arg-type]  # see StepRow
        self.name.changed.connect(self._on_edited)
        self.when.activated.connect(self._on_edited)
        self.then.activated.connect(self._on_edited)
        self.add_step.clicked.connect(self.add_requested)
        self.remove.clicked.connect(self.remove_requested)

    def show_track(self, track: TrackDraft, others: Sequence[str]) -> None:
        """Show where the track goes on to, by the names that the others have now."""
        self._track = track
        self.then.clear()
        self.then.add_choice("", self.tr("Nothing, it ends here"))
        for name in dict.fromkeys((*others, *filter(None, (track.then,)))):
            self.then.add_choice(name, name)
        self.then.set_current(track.then)

    def show_rows(self, rows: Sequence[StepRow]) -> None:
        """Show the steps."""
        self.rows = rows
        self._column.set_rows(rows, ["track.line"] * len(rows))
        self._column.setVisible(bool(rows))

    def show_problems(self, problems: Sequence[Problem], blocked: Sequence[bool]) -> None:
        """Say what is wrong with the track; `blocked` tells of each step whether it has to be mended."""
        say_all(self._lines, self._problems, self._box_theme, problems)
        self._column.set_tokens(["bad.signal" if one else "track.line" for one in blocked])

    def stops(self) -> list[QWidget]:
        """Return what Tab stops at, in order."""
        head = (
            [self.name.edit, self.when, self.then, self.up, self.down, self.remove]
            if self._track.name is not None
            else []
        )
        end = [] if self._track.stops else [self.add_step]
        return [*head, *(stop for row in self.rows for stop in row.stops()), *end]

    def focus_mover(self, by: int, reason: Qt.FocusReason) -> None:
        """Keep the keyboard where it was; at an end the other button takes it."""
        wanted, other = (self.up, self.down) if by < 0 else (self.down, self.up)
        (wanted if wanted.isEnabled() else other).setFocus(reason)

    def _fill_conditions(self) -> None:
        for key, text in condition_choices(self._words).items():
            if key != KEPT:
                self.when.add_choice(key, text)
        base = self._track.base
        if self._track.when == KEPT and base is not None:
            words = condition_words(base.when, self._words.locale)
            self.when.add_choice(KEPT, words[:1].upper() + words[1:])
        self.when.set_current(self._track.when)

    def _arrange(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for control, caption in (
            (self.name, self.tr("Track")),
            (self.when, self.when.accessibleName()),
            (self.then, self.then.accessibleName()),
        ):
            row.addWidget(captioned(theme, control, caption), 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.setContentsMargins(0, 0, 0, 3)
        for button in (self.up, self.down, self.remove):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        row.addLayout(buttons)
        column.addWidget(head)
        head.setVisible(self._track.name is not None)
        if self._track.stops and self._track.base is not None:
            words = self.tr("Answers with a sentence of its own: {text}").format(text=self._track.base.stop)
            column.addWidget(Paragraph(theme, words, "secondary", "text.secondary"))
        column.addLayout(self._problems)
        column.addWidget(self._column)
        add = QHBoxLayout()
        add.setContentsMargins(32, 0, 0, 0)
        add.addWidget(self.add_step)
        add.addStretch(1)
        column.addLayout(add)
        self.add_step.setVisible(not self._track.stops)

    def _on_edited(self) -> None:
        name = self.name.text() if self._track.name is not None else None
        self._track = replace(self._track, name=name, when=self.when.current, then=self.then.current)
        self.edited.emit(self._track)


def condition_choices(words: Words) -> dict[str, str]:
    """Return the conditions that can be chosen, in words with a capital at the beginning."""
    texts = {key: condition_words(condition, words.locale) for key, condition in CONDITIONS.items()}
    texts[OTHERWISE] = QCoreApplication.translate("TrackBox", "all other messages")
    return {key: text[:1].upper() + text[1:] for key, text in texts.items()}
