"""A decision that only the person can make, with a button for each answer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.failures import DECISIONS, FailureKind
from switchyard.core.route import Question, QuestionKind
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import Paragraph

_PAD = 16
_FACTS = {
    QuestionKind.REFUSAL: DECISIONS[FailureKind.REFUSED_OUTPUT].sentence,
    QuestionKind.EMPTY_ANSWER: DECISIONS[FailureKind.EMPTY_ANSWER].sentence,
}


class QuestionCard(Card):
    """Says what happened and asks; once answered it only says what happened. `told` are the provider's own words."""

    answered = Signal(str)

    def __init__(self, theme: Theme, question: Question, told: str, speech: Speech, parent: QWidget) -> None:
        super().__init__(theme, _PAD, parent=parent)
        self.body.setSpacing(12)
        self._asked = speech.words.translate(question.text)
        self._fact = speech.words.translate(_FACTS[question.kind])
        self._said = Paragraph(theme, self._asked, "ui", "text.primary")
        self.body.addWidget(self._said)
        if told:
            self.body.addWidget(Paragraph(theme, told, "ui", "text.secondary"))
        self._answers = QWidget()
        row = QHBoxLayout(self._answers)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for number, option in enumerate(question.options):
            text = speech.words.translate(option.label)
            button = Button(theme, text, kind="default" if number else "primary")
            button.clicked.connect(lambda _=False, option_id=option.id: self.answered.emit(option_id))
            row.addWidget(button)
        row.addStretch(1)
        self.body.addWidget(self._answers)

    @property
    def words(self) -> str:
        """Return what it says."""
        return self._said.text()

    def set_open(self, open_: bool) -> None:
        """Ask and offer the answers, or only say what happened."""
        self._said.setText(self._asked if open_ else self._fact)
        self._answers.setVisible(open_)

    def height_for(self, width: int) -> int:
        """Return how high this is in a width."""
        return self.body.heightForWidth(width)
