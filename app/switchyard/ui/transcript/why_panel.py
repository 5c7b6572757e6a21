"""Why this one answered: what the route decided, line by line."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.core.route import RouteRecord
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.widgets.labels import Label, Paragraph


def tells_why(record: RouteRecord) -> bool:
    """Whether there is more to say than that the first one answered."""
    return bool(record.why) or len(record.decision) > 1


class WhyPanel(QWidget):
    """A title, the reasons for the one that answered in a sentence, and the decisions in their order."""

    def __init__(self, theme: Theme, record: RouteRecord, speech: Speech, parent: QWidget) -> None:
        super().__init__(parent)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 0)
        column.setSpacing(2)
        answer = record.answered_by
        title = self.tr("Why {model}").format(model=answer.model) if answer is not None else self.tr("Why")
        column.addWidget(Label(theme, title, "secondary", "text.tertiary"))
        decided = [speech.words.translate(line) for line in record.decision] if len(record.decision) > 1 else []
        for text, token in ((speech.why(record), "text.primary"), ("\n".join(decided), "text.secondary")):
            if text:
                paragraph = Paragraph(theme, text, "secondary", token)
                paragraph.setAccessibleName(f"{title}: {text}")
                column.addWidget(paragraph)

    def height_for(self, width: int) -> int:
        """Return how high this is in a width."""
        return self._column.heightForWidth(width)
