"""The scrolling part beside the list: one detail at a time, and the models beside or below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from switchyard.ui.pages.providers.models_panel import ModelsPanel

_FORM_PX = 640
_SIDE_PX = 360
_GUTTER_PX = 32


class DetailArea(QScrollArea):
    """Shows one of its details; `models` stands with those that have any."""

    def __init__(self, details: Sequence[QWidget], models: ModelsPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = details
        self._models = models
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setContentsMargins(_GUTTER_PX, 24, _GUTTER_PX, 24)
        form = QWidget()
        form.setMaximumWidth(_FORM_PX)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        for detail in details:
            detail.hide()
            column.addWidget(detail)
        column.addStretch(1)
        models.hide()
        self._body.addWidget(form, 30)
        self._body.addWidget(models, 20)
        self._body.addStretch(1)
        inside = QWidget()
        inside.setLayout(self._body)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)

    def show_detail(self, detail: QWidget, *, with_models: bool) -> None:
        """Show this one and no other."""
        for each in self._details:
            each.setVisible(each is detail)
        self._models.setVisible(with_models)

    def set_wide(self, wide: bool) -> None:
        """Let the models stand beside the detail, or below it."""
        directions = QBoxLayout.Direction
        self._body.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._body.setSpacing(2 * _GUTTER_PX if wide else _GUTTER_PX)
        self._models.setMaximumWidth(_SIDE_PX if wide else _FORM_PX)
        self._models.set_below(not wide)
