"""The way of a local Ollama: what it has, or how to start it."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.catalog import Model
from switchyard.services.onboarding import Added, FoundOllama
from switchyard.ui.pages.welcome.way_card import WayCard
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.setup.verdict import is_here, verdict
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.lamp import Lamp
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.words import translate

_MOST_ROWS = 3
_ROW_PX = 29
_GIGABYTE = 1_000_000_000


class OllamaCard(WayCard):
    """`use_requested` where one was found, `look_requested` where none was."""

    use_requested = Signal()
    look_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            "server",
            translate("OllamaCard", "Use local Ollama"),
            translate("OllamaCard", "Looking on this computer."),
            translate("OllamaCard", "Look again"),
        )
        self._theme = theme
        self.found: FoundOllama | None = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self.result = ResultLine(theme)
        self.content.addLayout(self._rows)
        self.content.addWidget(self.result)
        self.button.clicked.connect(self._on_pressed)

    @property
    def usable(self) -> bool:
        """Whether there is an Ollama with a model to chat with."""
        return self.found is not None and any(model.chat for model in self.found.models)

    def show_found(self, found: FoundOllama | None, locale: QLocale) -> None:
        """Say what there is; the same as before changes nothing."""
        if found == self.found and self._rows.count():
            return
        self.found = found
        self.result.clear()
        self._clear_rows()
        if found is None:
            self.promise.setText(
                translate("OllamaCard", "Not running on this computer. With it, nothing leaves the machine.")
            )
            self._add_hint(translate("OllamaCard", "Start it"), "ollama serve")
            self._add_hint(translate("OllamaCard", "Get it"), "ollama.com")
        else:
            self.promise.setText(_where(found))
            for model in self._first(found):
                self._add_model(model, locale)
            left = len(found.models) - _MOST_ROWS
            if left > 0:
                self._add_row(
                    "", translate("OllamaCard", "and {count} more").format(count=locale.toString(left)), "", quiet=True
                )
            if not self.usable:
                self._add_hint(translate("OllamaCard", "Get a model for chat"), "ollama pull qwen3:8b")
        self.button.setText(
            translate("OllamaCard", "Use these models") if self.usable else translate("OllamaCard", "Look again")
        )
        self.button.updateGeometry()

    def show_added(self, added: Added, locale: QLocale) -> None:
        """Say what the test found."""
        self.result.say_verdict(verdict(added.result, added.account, added.provider_name, locale))

    def _first(self, found: FoundOllama) -> list[Model]:
        """Models for chat come first: the others are only named."""
        return sorted(found.models, key=lambda model: not model.chat)[:_MOST_ROWS]

    def _add_model(self, model: Model, locale: QLocale) -> None:
        if not model.chat:
            self._add_row("unknown", model.name, translate("OllamaCard", "not for chat"), quiet=True)
        elif model.cloud:
            self._add_row("ok", model.name, translate("OllamaCard", "runs at ollama.com"))
        else:
            self._add_row("ok", model.name, gigabytes(model.size_bytes, locale))

    def _add_hint(self, what: str, command: str) -> None:
        self._add_row("", what, command, mono=True)

    def _add_row(self, lamp: str, name: str, end: str, *, quiet: bool = False, mono: bool = False) -> None:
        line = QWidget()
        line.setFixedHeight(_ROW_PX)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        if lamp:
            row.addWidget(Lamp(self._theme, "ok" if lamp == "ok" else "unknown", ""))
        token = "text.tertiary" if quiet else "text.secondary" if mono else "text.primary"
        row.addWidget(ElidedLabel(self._theme, name, "ui", token), 1)
        row.addWidget(Label(self._theme, end, "code" if mono else "secondary", "text.tertiary"))
        self._rows.addWidget(Separator(self._theme))
        self._rows.addWidget(line)

    def _clear_rows(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _on_pressed(self) -> None:
        if self.usable:
            self.use_requested.emit()
        else:
            self.look_requested.emit()


def gigabytes(size_bytes: int | None, locale: QLocale) -> str:
    """Return the size of a model's file: 5.2 GB."""
    if size_bytes is None:
        return ""
    return translate("OllamaCard", "{size} GB").format(size=locale.toString(size_bytes / _GIGABYTE, "f", 1))


def _where(found: FoundOllama) -> str:
    if not is_here(found.base_url):
        return translate("OllamaCard", "Found at {host}, where OLLAMA_HOST points.").format(
            host=urlsplit(found.base_url).netloc
        )
    if not found.models:
        return translate("OllamaCard", "Found on this computer, without any model yet.")
    return translate("OllamaCard", "Found on this computer. Nothing leaves it, and it is free.")
