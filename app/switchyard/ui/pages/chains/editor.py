"""The form of one chain: its name, its tracks with their steps in order, its limits, and what is decided beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.chain import DeploymentName
from switchyard.services.accounts import AccountView
from switchyard.ui.model_picker import ModelPicker
from switchyard.ui.pages.chains.draft import Draft, MemberDraft, StepDraft, TrackDraft
from switchyard.ui.pages.chains.draft_check import Problem
from switchyard.ui.pages.chains.rules_form import RulesForm
from switchyard.ui.pages.chains.step_row import StepRow, say_all
from switchyard.ui.pages.chains.track_box import TrackBox
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.focus import reason_to_go_on
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.words import Words


class ChainEditor(QWidget):
    """Holds a draft; `changed` tells that the person changed it."""

    changed = Signal()

    def __init__(self, theme: Theme, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self._draft = Draft("")
        self._accounts: Mapping[str, AccountView] = {}
        self.name = Field(theme, self.tr("Name"))
        self.note = Field(theme, self.tr("Note"), placeholder=self.tr("What this chain is for"))
        self.boxes: list[TrackBox] = []
        self.rows: list[StepRow] = []
        self._tracks = QVBoxLayout()
        self._tracks.setSpacing(20)
        self._problems = QVBoxLayout()
        self._problems.setSpacing(4)
        self._lines: list[ResultLine] = []
        self.add_track = Button(theme, self.tr("Add track"), icon="plus")
        self.add_track.clicked.connect(self._on_add_track)
        self.rules = RulesForm(theme)
        self.rules.changed.connect(self._on_edited)
        for field in (self.name, self.note):
            field.changed.connect(self._on_edited)
        self._showing = False
        self._reason = Qt.FocusReason.OtherFocusReason
        self._arrange()

    @property
    def draft(self) -> Draft:
        """The chain as it stands in the form."""
        return self._draft

    @property
    def add_step(self) -> Button:
        """The button that adds a step to the last track."""
        return self.boxes[-1].add_step

    def show_draft(self, draft: Draft, accounts: Mapping[str, AccountView]) -> None:
        """Show another chain, or the same with other accounts around it."""
        before = self._draft
        same = draft.steps == before.steps and draft.tracks == before.tracks and accounts == self._accounts
        self._draft, self._accounts = draft, accounts
        self._showing = True
        for field, text in ((self.name, draft.name), (self.note, draft.note)):
            if field.text() != text:
                field.set_text(text)
        self.rules.show_draft(draft)
        self._showing = False
        if not same or not self.boxes:
            self._show_tracks()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say everything that is wrong where it is wrong."""
        whole = {problem.place: problem.text for problem in problems if problem.step is None and problem.track is None}
        self.name.set_error(whole.get("name"))
        for name, field in self.rules.fields.items():
            field.set_error(next((text for place, text in whole.items() if place == name), None))
        told = [problem for problem in problems if problem.place in ("steps", "chain")]
        say_all(self._lines, self._problems, self._theme, told)
        for number, row in enumerate(self.rows):
            row.show_problems([problem for problem in problems if problem.step == number])
        blocked = {problem.step for problem in problems if problem.blocks}
        number = 0
        for at, box in enumerate(self.boxes):
            marks = [number + n in blocked for n in range(len(box.rows))]
            box.show_problems([problem for problem in problems if problem.track == at], marks)
            number += len(box.rows)

    def append_step(self, use: DeploymentName, track: int) -> None:
        """Add a step at the end of a track."""
        self._set(self._draft.with_new_step(use, track))
        self.boxes[track].add_step.setFocus(self._reason)

    def _arrange(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(FormRow(theme, self.tr("Name"), self.name))
        column.addWidget(FormRow(theme, self.tr("Note"), self.note))
        column.addSpacing(8)
        head = QHBoxLayout()
        head.addWidget(Label(theme, self.tr("Steps"), "panel"), 1)
        head.addWidget(self.add_track)
        column.addLayout(head)
        told = self.tr(
            "The first step is asked. When it fails or cannot be asked, the next one is. With tracks, the first one "
            "that a message is for is taken."
        )
        column.addWidget(Paragraph(theme, told, "secondary", "text.tertiary"))
        column.addLayout(self._problems)
        column.addLayout(self._tracks)
        column.addSpacing(8)
        column.addWidget(self.rules)

    def _show_tracks(self) -> None:
        for old in self.boxes:
            self._tracks.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.rows = [self._make_row(number, step) for number, step in enumerate(self._draft.steps)]
        self.boxes = []
        for at, track in enumerate(self._draft.tracks):
            box = self._make_box(at, track)
            box.show_rows([row for row, step in zip(self.rows, self._draft.steps, strict=True) if step.track == at])
            self._tracks.addWidget(box)
            box.show()  # now, so that what is in it can take the focus at once
            self.boxes.append(box)
        stops = [self.note.edit, self.add_track, *(stop for box in self.boxes for stop in box.stops())]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _make_box(self, at: int, track: TrackDraft) -> TrackBox:
        box = TrackBox(self._theme, track, _others(self._draft, at), self._words)
        box.edited.connect(partial(self._on_track_edited, at))
        box.up.setEnabled(at > 0)
        box.down.setEnabled(at + 1 < len(self._draft.tracks))
        box.move_requested.connect(partial(self._on_track_moved, at))
        box.add_requested.connect(lambda: self._pick(box.add_step, partial(self.append_step, track=at)))
        box.remove_requested.connect(lambda: self._on_track_removed(at))
        return box

    def _make_row(self, number: int, step: StepDraft) -> StepRow:
        row = StepRow(self._theme, number, step, self._provider, self._words)
        row.up.setEnabled(self._draft.may_move(number, -1))
        row.down.setEnabled(self._draft.may_move(number, 1))
        row.edited.connect(partial(self._on_step_edited, number))
        row.reshaped.connect(partial(self._on_member_removed, number))
        row.move_requested.connect(partial(self._on_step_moved, number))
        row.member_requested.connect(lambda: self._pick(row.add, partial(self._on_member_added, number)))
        row.remove_requested.connect(lambda: self._on_step_removed(number))
        return row

    def _provider(self, account: str) -> tuple[str, str]:
        view = self._accounts.get(account)
        return (account, account) if view is None else (view.account.provider, view.provider_name)

    def _pick(self, anchor: QWidget, take: Callable[[DeploymentName], None]) -> None:
        """Open the panel in which a model is chosen."""
        self._reason = reason_to_go_on()
        picker = ModelPicker(self._theme, self.window(), list(self._accounts.values()))
        picker.chosen.connect(take)
        picker.open_beside(anchor)

    def _set(self, draft: Draft) -> None:
        """Take another shape of the chain; what was unfolded stays so."""
        unfolded = _still_unfolded(self._draft.steps, [row.unfolded for row in self.rows], draft.steps)
        self._draft = draft
        self._show_tracks()
        for number in unfolded:
            self.rows[number].unfold(True)
        self.changed.emit()

    def _on_edited(self) -> None:
        if not self._showing:
            self._draft = self.rules.read(replace(self._draft, name=self.name.text(), note=self.note.text()))
            self.changed.emit()

    def _on_step_edited(self, number: int, step: StepDraft) -> None:
        self._draft = self._draft.with_step(number, step)
        self.changed.emit()

    def _on_member_removed(self, number: int, step: StepDraft) -> None:
        self._reason = reason_to_go_on()
        self._reshape(number, step)

    def _reshape(self, number: int, step: StepDraft) -> None:
        self._set(self._draft.with_step(number, step))
        self.rows[number].add.setFocus(self._reason)

    def _on_member_added(self, number: int, use: DeploymentName) -> None:
        step = self._draft.steps[number]
        self._reshape(number, step.with_pool((*step.pool, MemberDraft(use))))

    def _on_step_moved(self, number: int, by: int) -> None:
        reason = reason_to_go_on()
        self._set(self._draft.with_moved(number, by))
        self.rows[number + by].focus_mover(by, reason)

    def _on_step_removed(self, number: int) -> None:
        track = self._draft.steps[number].track
        reason = reason_to_go_on()
        self._set(self._draft.without_step(number))
        self.boxes[track].add_step.setFocus(reason)

    def _on_track_edited(self, at: int, track: TrackDraft) -> None:
        self._draft = self._draft.with_track(at, track)
        for n, box in enumerate(self.boxes):
            if n != at:
                box.show_track(self._draft.tracks[n], _others(self._draft, n))
        self.changed.emit()

    def _on_track_moved(self, at: int, by: int) -> None:
        reason = reason_to_go_on()
        self._set(self._draft.with_moved_track(at, by))
        self.boxes[at + by].focus_mover(by, reason)

    def _on_track_removed(self, at: int) -> None:
        reason = reason_to_go_on()
        self._set(self._draft.without_track(at))
        self.add_track.setFocus(reason)

    def _on_add_track(self) -> None:
        taken = {track.name for track in self._draft.tracks}
        first = self.tr("Images")
        name = next(one for one in (first, *(f"{first} {n}" for n in range(2, 1000))) if one not in taken)
        self._set(self._draft.with_new_track(name, self.tr("Everything else")))
        self.boxes[0].name.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.boxes[0].name.edit.selectAll()


def place_of(editor: ChainEditor, problem: Problem) -> QWidget:
    """Return what the keyboard has to stand on in a form to mend a problem."""
    if problem.step is not None:
        return editor.rows[problem.step].place_of(problem)
    if problem.track is not None:
        return editor.boxes[problem.track].name.edit
    if problem.place in editor.rules.fields:
        return editor.rules.fields[problem.place].edit
    places = {"name": editor.name.edit, "chain": editor.add_track}
    return places.get(problem.place, editor.add_step)


def _others(draft: Draft, at: int) -> list[str]:
    """Return the names of the tracks that one may go on to."""
    return [one.name for n, one in enumerate(draft.tracks) if n != at and one.name]


def _still_unfolded(before: Sequence[StepDraft], unfolded: Sequence[bool], after: Sequence[StepDraft]) -> list[int]:
    """Return which steps were unfolded before, wherever they stood; one that was changed stands where it did."""
    keys = [replace(step, track=0) for step in before]
    found = []
    for number, step in enumerate(after):
        key = replace(step, track=0)
        was = keys.index(key) if key in keys else number if len(after) == len(before) else None
        if was is not None and unfolded[was]:
            found.append(number)
    return found
