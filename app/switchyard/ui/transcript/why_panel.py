"""Why this one answered: what the route decided, line by line."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.core.route import RouteRecord
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.widgets.labels import Label, Paragraph


def tells_why(record: RouteRecord) -> bool:
    """Whether there is more to say than that the first one answered."""
    return len(record.decision) > 1


class WhyPanel(QWidget):
    """A title, and the decisions in their order."""

    def __init__(self, theme: Theme, record: RouteRecord, speech: Speech, parent: QWidget) -> None:
        super().__init__(parent)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 0)
        column.setSpacing(2)
        answer = record.answered_by
        title = self.tr("Why {model}").format(model=answer.model) if answer is not None else self.tr("Why")
        column.addWidget(Label(theme, title, "secondary", "text.tertiary"))
        lines = "\n".join(speech.words.translate(line) for line in record.decision)
        text = Paragraph(theme, lines, "secondary", "text.secondary")
        text.setAccessibleName(f"{title}: {lines}")
        column.addWidget(text)

    def height_for(self, width: int) -> int:
        """Return how high this is in a width."""
        return self._column.heightForWidth(width)
