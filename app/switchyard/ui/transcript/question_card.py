"""A decision that only the person can make, with a button for each answer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.route import Question, QuestionKind
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

_PAD = 16

# What is left to say when a question is not asked any more.
_FACTS: dict[QuestionKind, str] = {
    QuestionKind.REFUSAL: QT_TRANSLATE_NOOP("Route", "The model declined to answer."),
    QuestionKind.EMPTY_ANSWER: QT_TRANSLATE_NOOP("Route", "The model thought, but gave no answer."),
    QuestionKind.TURN_COST: QT_TRANSLATE_NOOP(
        "Route", "It may have cost more than the chain lets pass unasked. It was not sent."
    ),
    QuestionKind.BUDGET: QT_TRANSLATE_NOOP("Route", "Your budget was reached. It was not sent."),
    QuestionKind.UNPRICED: QT_TRANSLATE_NOOP("Route", "Your budget could not count what it costs. It was not sent."),
    QuestionKind.OVERFLOW: QT_TRANSLATE_NOOP("Route", "This chat is longer than the model can read. It was not sent."),
    QuestionKind.AFTER_TEXT: QT_TRANSLATE_NOOP("Route", "The model broke off in the middle of its reply."),
}


class QuestionCard(Card):
    """Says what happened and asks; once answered it only says what happened. `told` are the provider's own words."""

    answered = Signal(str)

    def __init__(self, theme: Theme, question: Question, told: str, speech: Speech, parent: QWidget) -> None:
        super().__init__(theme, _PAD, parent=parent)
        self.body.setSpacing(12)
        self._asked = speech.words.translate(question.text)
        self._fact = translate("Route", _FACTS[question.kind])
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
        self.setAccessibleName(self.words)

    @property
    def words(self) -> str:
        """Return what it says."""
        return self._said.text()

    def set_open(self, open_: bool) -> None:
        """Ask and offer the answers, or only say what happened."""
        self._said.setText(self._asked if open_ else self._fact)
        self.setAccessibleName(self.words)
        self._answers.setVisible(open_)

    def height_for(self, width: int) -> int:
        """Return how high this is in a width."""
        return self.body.heightForWidth(width)
