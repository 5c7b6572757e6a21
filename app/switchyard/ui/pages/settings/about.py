"""What this program is: its version, its licence, and everything it is made of."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from switchyard import __version__
from switchyard.ui.pages.settings.licences import Component, read_components, read_licence
from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.paint import draw_icon

_LOGO_PX = 40
_LICENCE_PX = 190


class AboutSection(QStackedWidget):
    """The overview, or one licence's text."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._overview = _Overview(theme, title)
        self._reader = LicenceReader(theme)
        self.setAccessibleName(title)
        self.addWidget(self._overview)
        self.addWidget(self._reader)
        self._opener: QWidget | None = None
        for component, button in self._overview.texts:
            button.clicked.connect(lambda _checked=False, c=component, b=button: self._open(c, b))
        self._reader.back.clicked.connect(self._close)

    @property
    def reader(self) -> LicenceReader:
        """Return what shows a licence."""
        return self._reader

    @property
    def texts(self) -> list[tuple[Component, Button]]:
        """Return the components whose licences can be read here, and their buttons."""
        return self._overview.texts

    def _open(self, component: Component, opener: Button) -> None:
        self._opener = opener
        self._reader.show_licence(component.name, read_licence(component))
        self.setCurrentWidget(self._reader)
        self._reader.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self.setCurrentWidget(self._overview)
        if self._opener is not None:
            self._opener.setFocus(Qt.FocusReason.OtherFocusReason)


class _Overview(Section):
    """The version and the table of components."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(theme, title)
        self.texts: list[tuple[Component, Button]] = []
        self.body.addLayout(self._make_head())
        self.add_group(self.tr("Made with"))
        table = QGridLayout()
        table.setHorizontalSpacing(20)
        table.setVerticalSpacing(0)
        table.setColumnStretch(1, 1)
        for row, component in enumerate(read_components()):
            self._add_component(table, row, component)
        self.body.addLayout(table)

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(_Logo(self.theme), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(Label(self.theme, f"Switchyard {__version__}", "title"))
        words = self.tr("A chat and routing workbench. Free software under the Apache License 2.0.")
        column.addWidget(Paragraph(self.theme, words))
        privacy = self.tr("No account, no telemetry: it calls the providers you add and nobody else.")
        column.addWidget(Paragraph(self.theme, privacy))
        row.addLayout(column, 1)
        return row

    def _add_component(self, table: QGridLayout, row: int, component: Component) -> None:
        table.addWidget(Label(self.theme, component.name), row, 0)
        table.addWidget(ElidedLabel(self.theme, component.what, "secondary", "text.tertiary"), row, 1)
        table.setRowMinimumHeight(row, 30)
        if component.text_file is None:
            licence = ElidedLabel(self.theme, component.licence, "secondary", "text.secondary")
            licence.setFixedWidth(_LICENCE_PX)
            table.addWidget(licence, row, 2)
            return
        button = Button(self.theme, component.licence, "link")
        button.setAccessibleName(
            self.tr("{licence}, the licence of {name}").format(licence=component.licence, name=component.name)
        )
        table.addWidget(button, row, 2, Qt.AlignmentFlag.AlignLeft)
        self.texts.append((component, button))


class LicenceReader(QWidget):
    """A licence's text, and the way back."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.back = IconButton(theme, "chevron-left", self.tr("Back"), "Alt+Left")
        for keys in ("Alt+Left", "Esc"):
            QShortcut(QKeySequence(keys), self, self.back.click, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._title = Label(theme, "", "heading2")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.text.setTabChangesFocus(True)
        self.text.setFont(theme.mono_font())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.back)
        head.addWidget(self._title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 12, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        theme.changed.connect(self.update)

    def show_licence(self, name: str, text: str) -> None:
        """Show a text from its beginning."""
        self._title.setText(name)
        self.text.setPlainText(text)
        self.text.setAccessibleName(self.tr("The licence of {name}").format(name=name))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self._theme.color("bg.surface"))


class _Logo(QWidget):
    """The product's sign."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(_LOGO_PX, _LOGO_PX)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        centre = QPointF(_LOGO_PX / 2, _LOGO_PX / 2)
        draw_icon(QPainter(self), self._theme, "logo", "text.primary", _LOGO_PX, centre)
