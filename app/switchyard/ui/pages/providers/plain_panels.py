"""What stands beside the list where there is no account: the Simulator, and what was found and is not used yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.catalog import Model
from switchyard.services.accounts import SIMULATOR
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.mark import HUGE, MarkLabel
from switchyard.ui.widgets.separator import Separator


class PlainHead(QWidget):
    """A mark, a title and a line below it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._mark = MarkLabel(theme, "", "", HUGE)
        self._title = Label(theme, "", "heading1")
        self._line = Label(theme, "", "secondary", "text.secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(self._mark)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._line)
        row.addLayout(column, 1)

    def show_head(self, provider: str, title: str, line: str) -> None:
        """Name what is shown."""
        self._mark.set_provider(provider, title)
        self._title.setText(title)
        self._line.setText(line)


class SimulatorPanel(QWidget):
    """The make-believe models and what each of them does."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(20)
        self._rows.setVerticalSpacing(0)
        self._rows.setColumnMinimumWidth(0, 150)
        self._rows.setColumnStretch(1, 1)
        head = PlainHead(theme)
        head.show_head(SIMULATOR.provider, _tr("Simulator"), _tr("No key, no network"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(head)
        column.addWidget(
            Paragraph(
                theme,
                _tr(
                    "Make-believe models that answer on cue, to try chains before anything real is connected. "
                    "What they would cost is simulated too, and never counted as spend."
                ),
            )
        )
        column.addLayout(self._rows)

    def show_models(self, models: Sequence[Model]) -> None:
        """List the models; once is enough, since they never change."""
        if self._rows.count():
            return
        what = _what_they_do()
        for n, model in enumerate(models):
            self._rows.addWidget(Separator(self._theme), 2 * n, 0, 1, 2)
            name = Label(self._theme, model.name, "code")
            name.setFixedHeight(36)
            self._rows.addWidget(name, 2 * n + 1, 0)
            self._rows.addWidget(Paragraph(self._theme, what.get(model.name, ""), "ui"), 2 * n + 1, 1)


class FoundPanel(QWidget):
    """Something that was found: what it is, and the button that puts it to use."""

    use_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._head = PlainHead(theme)
        self._words = Paragraph(theme, "")
        self.use = Button(theme, _tr("Use it"), "primary")
        self.use.clicked.connect(self.use_requested)
        row = QHBoxLayout()
        row.addWidget(self.use)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self._head)
        column.addWidget(self._words)
        column.addLayout(row)

    def show_key(self, provider: str, name: str, variable: str) -> None:
        """Offer a key of the environment."""
        self._head.show_head(provider, name, _tr("Key found in the environment"))
        words = _tr(
            "{variable} holds a key. It is used only when you say so, stays in the environment, "
            "and is sent to {provider} alone."
        )
        self._words.setText(words.format(variable=variable, provider=name))
        self.use.setText(_tr("Use {variable}").format(variable=variable))

    def show_ollama(self, base_url: str) -> None:
        """Offer an Ollama that answers."""
        self._head.show_head("ollama", "Ollama", _tr("Running"))
        words = _tr("Ollama answers at {address}. Its models can be asked without a key, and they cost nothing.")
        self._words.setText(words.format(address=base_url))
        self.use.setText(_tr("Use these models"))


def _what_they_do() -> dict[str, str]:
    return {
        "sim-steady": _tr("Answers at a steady pace."),
        "sim-fast": _tr("Answers at once, and fast."),
        "sim-slow": _tr("Takes 20 s for one answer."),
        "sim-flaky": _tr("Breaks off every second answer."),
        "sim-limited": _tr("Refuses for 5 s after its first call, as a rate limit does."),
        "sim-think": _tr("Thinks aloud before it answers."),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)
