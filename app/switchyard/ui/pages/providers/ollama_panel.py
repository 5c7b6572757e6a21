"""What an Ollama keeps on its disk: what is installed and loaded, how far a pull is, and the way to more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QLocale, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.local_models import InstalledModel, LoadedModel, PullProgress, PullStage
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.paint import draw_box
from switchyard.ui.widgets.separator import Separator

_GIGABYTE = 1_000_000_000
_MEGABYTE = 1_000_000
_ROW_PX = 38
_BAR_PX = 4


class OllamaPanel(QWidget):
    """Says what the person wants; the presenter does it."""

    pull_requested = Signal(str)
    cancel_requested = Signal()
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, locale: QLocale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._locale = locale
        self._shown: tuple[Sequence[InstalledModel], Mapping[str, LoadedModel]] | None = None
        self._total = Label(theme, "", "secondary", "text.tertiary")
        self._nothing = Paragraph(theme, "", "secondary", "text.tertiary")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self.name = Field(theme, self.tr("Model to pull"), placeholder="llama3.2:3b", mono=True)
        self.name.submitted.connect(self._on_pull)
        self.pull = Button(theme, self.tr("Pull"), icon="download")
        self.pull.clicked.connect(self._on_pull)
        self._progress = _Progress(theme, locale)
        self._progress.cancel.clicked.connect(self.cancel_requested)
        self._progress.hide()
        head = QHBoxLayout()
        head.addWidget(Label(theme, self.tr("Installed models"), "panel"), 1)
        head.addWidget(self._total)
        entry = QHBoxLayout()
        entry.setSpacing(8)
        entry.addWidget(self.name, 1)
        entry.addWidget(self.pull)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addLayout(self._rows)
        column.addWidget(self._progress)
        column.addSpacing(10)
        column.addWidget(Label(theme, self.tr("Pull a model"), "panel"))
        column.addLayout(entry)
        column.addSpacing(12)

    def show_installed(self, models: Sequence[InstalledModel], loaded: Mapping[str, LoadedModel]) -> None:
        """Show what is there; `loaded` is what is in memory, by name."""
        if self._shown == (models, loaded):
            return
        self._shown = (models, loaded)
        self._clear()
        sizes = [model.size_bytes for model in models if model.size_bytes]
        count = self.tr("1 model") if len(models) == 1 else self.tr("{count} models").format(count=len(models))
        self._total.setText(f"{count}, {bytes_words(sum(sizes), self._locale)}" if sizes else count)
        self._total.setVisible(bool(models))
        self._say("" if models else self.tr("Nothing is installed yet. Pull a model below."))
        for model in models:
            row = _ModelRow(self._theme, self._locale, model, loaded.get(model.name))
            row.remove.clicked.connect(lambda _=False, name=model.name: self.delete_requested.emit(name))
            self._rows.addWidget(row)

    def show_trouble(self, text: str) -> None:
        """Say why nothing can be told."""
        self._shown = None
        self._clear()
        self._total.hide()
        self._say(text)

    def show_pull(self, model: str, progress: PullProgress | None) -> None:
        """Show how far a pull is; None where nothing is being pulled."""
        self._progress.setVisible(progress is not None)
        self.pull.setEnabled(progress is None)
        if progress is not None:
            self._progress.show_progress(model, progress)

    def show_refused(self, text: str) -> None:
        """Say beside the name why it was not pulled."""
        self.name.set_error(text)

    def _say(self, text: str) -> None:
        self._nothing.setText(text)
        self._nothing.setVisible(bool(text))

    def _clear(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def _on_pull(self) -> None:
        model = self.name.text().strip()
        if model and self.pull.isEnabled():
            self.pull_requested.emit(model)
        elif not model:
            self.name.set_error(self.tr("Write a model's name, such as llama3.2:3b."))


class _ModelRow(QWidget):
    """One model on the disk. There are few of them, and each has a button: a widget a row is what they need."""

    def __init__(self, theme: Theme, locale: QLocale, model: InstalledModel, loaded: LoadedModel | None) -> None:
        super().__init__()
        self.remove = IconButton(theme, "trash", _tr("Delete {name}").format(name=model.name), size=24)
        name = ElidedLabel(theme, model.name, "ui", weight=500)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        line.addWidget(name)
        if loaded is not None:
            line.addWidget(Chip(theme, _loaded_words(loaded, locale), "ok", small=True))
        if model.cloud:
            line.addWidget(Chip(theme, _tr("at ollama.com"), small=True))
        line.addStretch(1)
        for text in (model.parameters, model.quantisation):
            line.addWidget(Label(theme, text or "", "secondary", "text.tertiary"))
        size = bytes_words(model.size_bytes, locale) if model.size_bytes else ""
        line.addWidget(Label(theme, size, "secondary", "text.secondary"))
        line.addWidget(self.remove)
        holder = QWidget()
        holder.setFixedHeight(_ROW_PX)
        holder.setLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Separator(theme))
        column.addWidget(holder)


class _Progress(QWidget):
    """A pull on its way: its name, how much is there, a bar, and the button that stops it."""

    def __init__(self, theme: Theme, locale: QLocale) -> None:
        super().__init__()
        self._theme = theme
        self._locale = locale
        self._share: float | None = None
        self._name = ElidedLabel(theme, "", "ui", weight=500)
        self._amount = Label(theme, "", "secondary", "text.tertiary")
        self._stage = Label(theme, "", "secondary", "text.tertiary")
        self.cancel = IconButton(theme, "close", _tr("Stop the pull; what came is kept"), size=24)
        upper = QHBoxLayout()
        upper.setSpacing(8)
        upper.addWidget(self._name, 1)
        upper.addWidget(self._amount)
        upper.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(4)
        column.addWidget(Separator(theme))
        column.addLayout(upper)
        column.addSpacing(_BAR_PX + 2)
        column.addWidget(self._stage)
        theme.changed.connect(self.update)

    def show_progress(self, model: str, progress: PullProgress) -> None:
        """Show where a pull stands."""
        total, done = progress.total_bytes, progress.done_bytes
        self._share = done / total if total else None
        self._name.setText(model)
        there, whole = bytes_words(done, self._locale), bytes_words(total, self._locale)
        amount = _tr("{done} of {total}").format(done=there, total=whole)
        percent = progress.percent
        share = _tr("{n} %").format(n=percent) if percent is not None else ""
        self._amount.setText(f"{amount}, {share}" if total else "")
        self._stage.setText(_stage_words(progress.stage))
        self.setAccessibleName(f"{model}, {self._stage.text()} {self._amount.text()}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar between the two lines."""
        theme, painter = self._theme, QPainter(self)
        bar = QRectF(0, self._stage.geometry().top() - _BAR_PX - 4, self.width(), _BAR_PX)
        draw_box(painter, bar, _BAR_PX / 2, theme.color("bg.active"))
        if self._share is not None:
            bar.setWidth(bar.width() * min(self._share, 1))
            draw_box(painter, bar, _BAR_PX / 2, theme.color("accent.text"))


def bytes_words(size: int, locale: QLocale) -> str:
    """Return a size as people say it: 5.2 GB, 274 MB."""
    if size >= _GIGABYTE:
        return _tr("{n} GB").format(n=locale.toString(size / _GIGABYTE, "f", 1))
    return _tr("{n} MB").format(n=locale.toString(size / _MEGABYTE, "f", 0))


def _loaded_words(loaded: LoadedModel, locale: QLocale) -> str:
    if not loaded.memory_bytes:
        return _tr("loaded")
    return _tr("loaded, {size}").format(size=bytes_words(loaded.memory_bytes, locale))


def _stage_words(stage: PullStage) -> str:
    return {
        PullStage.STARTING: _tr("Asking for it."),
        PullStage.DOWNLOADING: _tr("Pulling."),
        PullStage.CHECKING: _tr("Checking what came."),
        PullStage.FINISHING: _tr("Finishing."),
        PullStage.WAITING: _tr("The connection broke. It goes on in a moment."),
        PullStage.DONE: _tr("Done."),
    }[stage]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)
