"""The headers that a person has sent along with every request of an account: a name and a value in each row."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.field import Field


class HeadersEditor(QWidget):
    """`changed` tells that a row came, went or was written in; a row without a name counts as none."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[_HeaderRow] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        self.add = Button(theme, self.tr("Add a header"), "ghost", icon="plus", size="small")
        self.add.clicked.connect(self._on_add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 3, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._column)
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        column.addLayout(foot)

    def headers(self) -> dict[str, str]:
        """Return what is written."""
        return {row.name.text().strip(): row.value.text().strip() for row in self._rows if row.name.text().strip()}

    def show_headers(self, headers: Mapping[str, str]) -> None:
        """Show these and no others."""
        for row in self._rows:
            row.setParent(None)
            row.deleteLater()
        self._rows = []
        for name, value in headers.items():
            self._add(name, value)

    def _add(self, name: str, value: str) -> _HeaderRow:
        row = _HeaderRow(self._theme, name, value)
        row.name.changed.connect(self.changed)
        row.value.changed.connect(self.changed)
        row.remove.clicked.connect(lambda: self._on_removed(row))
        self._rows.append(row)
        self._column.addWidget(row)
        row.show()  # or it could not be given the focus yet
        before: QWidget = self.add.previousInFocusChain() or self
        for after in (row.name.edit, row.value.edit, row.remove, self.add):
            QWidget.setTabOrder(before, after)
            before = after
        return row

    def _on_add(self) -> None:
        self._add("", "").name.setFocus()

    def _on_removed(self, row: _HeaderRow) -> None:
        self._rows.remove(row)
        row.setParent(None)
        row.deleteLater()
        self.add.setFocus()
        self.changed.emit()


class _HeaderRow(QWidget):
    """One header."""

    def __init__(self, theme: Theme, name: str, value: str) -> None:
        super().__init__()
        self.name = Field(theme, self.tr("Header's name"), name, placeholder="X-Team", mono=True)
        self.value = Field(theme, self.tr("Header's value"), value, mono=True)
        self.remove = IconButton(theme, "close", self.tr("Remove this header"), size=24)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.name, 2)
        row.addWidget(self.value, 3)
        row.addWidget(self.remove)
