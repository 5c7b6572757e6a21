"""What the sections of the settings share: a title, groups of rows, and room that scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import FormRow
from switchyard.ui.widgets.labels import Label, Paragraph

_GUTTER_PX = 32
_TOP_PX = 24
_WIDEST_PX = 720
_EXPANDING = QSizePolicy.Policy.Expanding


class Section(QScrollArea):
    """One section; rows are added to `body`."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAccessibleName(title)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        content.setMaximumWidth(_WIDEST_PX)
        column = QVBoxLayout(content)
        column.setContentsMargins(_GUTTER_PX, _TOP_PX, _GUTTER_PX, _TOP_PX)
        column.setSpacing(0)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        column.addLayout(self.body)
        column.addStretch(1)
        self.body.addWidget(Label(theme, title, "heading2"))
        self.setWidget(content)
        theme.changed.connect(self.viewport().update)

    def add_group(self, title: str) -> None:
        """Begin a group of rows."""
        self.body.addSpacing(8)
        self.body.addWidget(Label(self.theme, title, "ui", weight=600))

    def add_row(self, label: str, *controls: QWidget, below: QWidget | None = None) -> None:
        """Add controls side by side behind a label, with a hint or a sample below them."""
        side_by_side = QHBoxLayout()
        side_by_side.setSpacing(8)
        for control in controls:
            side_by_side.addWidget(control)
        if all(control.sizePolicy().horizontalPolicy() is not _EXPANDING for control in controls):
            side_by_side.addStretch(1)
        together = QWidget()
        column = QVBoxLayout(together)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(side_by_side)
        if below is not None:
            column.addWidget(below)
        self.body.addWidget(FormRow(self.theme, label, together))

    def make_hint(self, text: str) -> Paragraph:
        """Return a quiet sentence for below a control."""
        return Paragraph(self.theme, text, "secondary", "text.tertiary")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self.viewport()).fillRect(self.viewport().rect(), self.theme.color("bg.surface"))
