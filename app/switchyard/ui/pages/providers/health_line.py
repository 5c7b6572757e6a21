"""How an account is, as chains see it: what stands in the way to it, why, for how long, and the way round that."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.health import HealthState, HealthView
from switchyard.core.health_words import what_happened, what_helps
from switchyard.ui.health_words import LAMPS, standing_words, state_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.lamp import Lamp, LampState
from switchyard.ui.words import Words


class HealthLine(QWidget):
    """One row for each trouble, or one that says that there is none."""

    def __init__(self, theme: Theme, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self._rows: list[_Row] = []
        self._troubles: Sequence[HealthView] = ()
        self._tested = False
        self.try_now = Button(theme, self.tr("Try now"), size="small")
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(12)
        row.addLayout(self._column, 1)
        row.addWidget(self.try_now, 0, Qt.AlignmentFlag.AlignTop)
        self.show_troubles(())

    def show_tested(self, tested: bool) -> None:
        """Call an account healthy only that was found to work."""
        self._tested = tested
        self.show_troubles(self._troubles)

    def show_troubles(self, troubles: Sequence[HealthView]) -> None:
        """Show what stands in the way now."""
        self._troubles = troubles
        while len(self._rows) < max(1, len(troubles)):
            row = _Row(self._theme)
            self._column.addWidget(row)
            self._rows.append(row)
        for at, row in enumerate(self._rows):
            row.setVisible(at < max(1, len(troubles)))
            if at < len(troubles):
                self._say(row, troubles[at])
        if not troubles and self._tested:
            self._rows[0].say(LAMPS[HealthState.HEALTHY], state_words(HealthState.HEALTHY), "")
        elif not troubles:
            self._rows[0].say("unknown", self.tr("No trouble known"), "")
        self.try_now.setVisible(bool(troubles))

    def _say(self, row: _Row, view: HealthView) -> None:
        standing = standing_words(view, QDateTime.currentMSecsSinceEpoch(), self._words.locale)
        parts = (what_happened(view), what_helps(view))
        row.say(
            LAMPS[view.state], standing, " ".join(self._words.translate(part) for part in parts if part is not None)
        )


class _Row(QWidget):
    """A lamp, a state, and below it the reason."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._lamp = Lamp(theme, "ok", "")
        self._state = Paragraph(theme, "", "ui", "text.primary")
        self._why = Paragraph(theme, "", "secondary", "text.secondary")
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._state)
        texts.addWidget(self._why)
        held = QVBoxLayout()
        held.setContentsMargins(0, 5, 0, 0)
        held.addWidget(self._lamp)
        held.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addLayout(held)
        row.addLayout(texts, 1)

    def say(self, lamp: LampState, standing: str, why: str) -> None:
        """Say how it is; what is said already is left alone."""
        if self._state.text() != standing:
            self._lamp.set_state(lamp, standing)
            self._state.setText(standing)
        if self._why.text() != why:
            self._why.setText(why)
        self._why.setVisible(bool(why))
        self.setAccessibleName(f"{standing}. {why}" if why else standing)
