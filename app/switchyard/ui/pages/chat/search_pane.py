"""The field above the list, and below it what was found while there is something in the field."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from switchyard.core.message import Conversation
from switchyard.core.search import Found
from switchyard.ui.pages.chat.arrangement import Contents
from switchyard.ui.pages.chat.found_model import FoundModel
from switchyard.ui.pages.chat.found_view import FoundView
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.kbd import draw_kbd
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.segmented import Segmented

NEWEST, BEST = "newest", "best"
EVERYWHERE, HERE = "everywhere", "here"
_KEYS = "Ctrl+Shift+F"
_MARGIN_PX = 12
_KEYS_INSET_PX = 8
_CLEAR_PX = 24
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class SearchPane(QObject):
    """`wanted` tells that something else is to be looked for, or in another order; `left` that it is over.

    `field` with `clear` beside it, and `results`, are placed by whoever made it, one above the other.
    """

    wanted = Signal()
    left = Signal()

    def __init__(self, theme: Theme, contents: Contents, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = Field(theme, self.tr("Search chats"), placeholder=self.tr("Search chats"), icon="search")
        self._keys = _Keys(theme, self.field.edit)
        self.clear = IconButton(theme, "close", self.tr("End the search"), "Esc", size=_CLEAR_PX)
        self.clear.clicked.connect(self.leave)
        self.clear.hide()
        self.field.edit.installEventFilter(self)
        self.field.changed.connect(self._on_changed)
        self._found = ""  # the words of which something is shown
        self.model = FoundModel(contents, self)
        self.view = FoundView(theme, self.model)
        self.view.installEventFilter(self)
        orders = [(NEWEST, self.tr("Newest")), (BEST, self.tr("Best match"))]
        self.order = Segmented(theme, self.tr("Order"), orders, NEWEST)
        self.order.chosen.connect(lambda _key: self.wanted.emit())
        places = [(EVERYWHERE, self.tr("All chats")), (HERE, self.tr("This workspace"))]
        self.scope = Segmented(theme, self.tr("Where to look"), places, EVERYWHERE)
        self.scope.chosen.connect(lambda _key: self.wanted.emit())
        self.scope.hide()
        self._note = Paragraph(theme, "", "secondary", "text.tertiary")
        self.results = self._make_results(parent)

    @property
    def text(self) -> str:
        """Return what is looked for; "" where nothing is."""
        return self.field.text().strip()

    @property
    def best(self) -> bool:
        """Whether the best matches come first, and not the newest."""
        return self.order.current == BEST

    @property
    def here(self) -> bool:
        """Whether only the workspace that is listed is searched."""
        return not self.scope.isHidden() and self.scope.current == HERE

    def offer_scope(self, offered: bool) -> None:
        """Let the person look in one workspace alone, where one is listed."""
        self.scope.setVisible(offered)

    def show_found(self, titles: list[Conversation], found: Found) -> None:
        """Show what was found, and say where that is nothing, or perhaps not all."""
        self.view.show_found(titles, found, anew=self.text != self._found)
        self._found = self.text
        words = ""
        if not found.whole:
            words = self.tr("Older chats are still being read. More may be found in a while.")
        elif not titles and not found.hits:
            words = self.tr("Nothing was found.")
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def end(self) -> None:
        """Look for nothing any longer, and the next time everywhere."""
        self.scope.set_current(EVERYWHERE)
        self.field.set_text("")

    def leave(self) -> None:
        """End the search, and be done with the list."""
        self.end()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field's arrows and Enter act on what was found, and Esc end the search from both."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and (self.text or watched is self.field.edit):
            self.leave()
            return True
        if watched is not self.field.edit or not self.text or self.field.edit.composing:
            return False
        if key in _STEPS:
            self.view.step(_STEPS[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.view.open_current()
        else:
            return False
        return True

    def _on_changed(self, text: str) -> None:
        self.clear.setVisible(bool(text))
        self._keys.setVisible(not text)
        self.wanted.emit()

    def _make_results(self, parent: QWidget) -> QWidget:
        results = QWidget(parent)
        column = QVBoxLayout(results)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setContentsMargins(_MARGIN_PX, 0, _MARGIN_PX, 0)
        row.addWidget(self.order)
        row.addStretch(1)
        column.addLayout(row)
        row = QHBoxLayout()
        row.setContentsMargins(_MARGIN_PX, 0, _MARGIN_PX, 0)
        row.addWidget(self.scope)
        row.addStretch(1)
        column.addLayout(row)
        self._note.setContentsMargins(_MARGIN_PX + 4, 2, _MARGIN_PX + 4, 2)
        self._note.hide()
        column.addWidget(self._note)
        column.addWidget(self.view, 1)
        results.hide()
        return results


class _Keys(QWidget):
    """The shortcut at the right end of the empty field; the pointer goes through it."""

    def __init__(self, theme: Theme, edit: QLineEdit) -> None:
        super().__init__(edit)
        self._theme = theme
        self._edit = edit
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        edit.installEventFilter(self)
        theme.changed.connect(self.update)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lie over the whole field."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._edit.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the key cap."""
        draw_kbd(QPainter(self), self._theme, _KEYS, self.width() - _KEYS_INSET_PX, self.height() / 2)
