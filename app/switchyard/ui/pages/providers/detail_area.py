"""The part beside the list: one detail at a time, which scrolls, and the models in a pane of their own or below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.pages.providers.models_panel import ModelsPanel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.scrolling import scrolling

_FORM_PX = 640
_SIDE_PX = 400
_GUTTER_PX = 32
_SIDE_GUTTER_PX = 20


class DetailArea(QWidget):
    """Shows one of its details; `models` stands with those that have any."""

    def __init__(
        self, theme: Theme, details: Sequence[QWidget], models: ModelsPanel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._details = details
        self._models = models
        self._wide = True
        form = QWidget()
        form.setMaximumWidth(_FORM_PX)
        self._form = QVBoxLayout(form)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(_GUTTER_PX)
        for detail in details:
            detail.hide()
            self._form.addWidget(detail)
        self._form.addStretch(1)
        models.hide()
        inside = QWidget()
        body = QHBoxLayout(inside)
        body.setContentsMargins(_GUTTER_PX, 24, _GUTTER_PX, 24)
        body.addWidget(form, 100)
        body.addStretch(1)
        area = scrolling(inside)
        self._side = _Side(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(area, 1)
        row.addWidget(self._side)
        self._side.column.addWidget(models, 1)
        self._side.hide()

    def show_detail(self, detail: QWidget, *, with_models: bool) -> None:
        """Show this one and no other."""
        for each in self._details:
            each.setVisible(each is detail)
        self._models.setVisible(with_models)
        self._side.setVisible(with_models and self._wide)

    def set_wide(self, wide: bool) -> None:
        """Let the models stand beside the detail, or below it."""
        shown = not self._models.isHidden()
        if wide is not self._wide:
            self._wide = wide
            if wide:
                self._side.column.addWidget(self._models, 1)
            else:
                self._form.insertWidget(self._form.count() - 1, self._models)
            self._models.setVisible(shown)
        self._side.setVisible(shown and wide)
        self._models.set_below(not wide)


class _Side(QWidget):
    """The pane at the right, behind a line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedWidth(_SIDE_PX)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(_SIDE_GUTTER_PX, 24, _SIDE_GUTTER_PX, 24)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line at the left."""
        QPainter(self).fillRect(0, 0, 1, self.height(), self._theme.color("border.subtle"))
