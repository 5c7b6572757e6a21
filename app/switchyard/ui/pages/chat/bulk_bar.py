"""The bar below the list while several chats are chosen: how many, and what can be done with all of them."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.filing import Change
from switchyard.ui.pages.chat.conversation_view import ConversationView
from switchyard.ui.pages.chat.list_menus import ListMenus
from switchyard.ui.pages.chat.list_wishes import ListWishes
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.paint import draw_box

_HEIGHT_PX = 44
_MARGIN_PX = 8
_BUTTON_PX = 24


class BulkBar(QWidget):
    """Hidden while one chat or none is chosen."""

    def __init__(
        self, theme: Theme, view: ConversationView, menus: ListMenus, wishes: ListWishes, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = view
        self._menus = menus
        self._wishes = wishes
        self.setFixedHeight(_HEIGHT_PX + _MARGIN_PX)
        self._words = Label(theme, "", "ui", "text.primary", weight=500)
        self.pin = self._button("pin", self.tr("Pin"), lambda: self._file(Change(pinned=True)))
        self.move_to = self._button("folder", self.tr("Move to…"), self._offer_places)
        self.tag = self._button("tag", self.tr("Tags…"), self._offer_tags)
        self.archive = self._button("archive", self.tr("Archive"), lambda: self._file(Change(archived=True)))
        self.delete = self._button("trash", self.tr("Delete"), lambda: self._file(Change(deleted=True)), "Del")
        self.put_back = self._button("undo", self.tr("Put back"), lambda: self._file(Change(deleted=False)))
        self.erase = self._button("trash", self.tr("Delete for good…"), self._erase, "Del")
        self.none = self._button("close", self.tr("Choose none"), view.choose_none, "Esc")
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN_PX + 10, 0, _MARGIN_PX + 6, _MARGIN_PX)
        row.setSpacing(0)
        row.addWidget(self._words, 1)
        for button in (
            self.pin,
            self.move_to,
            self.tag,
            self.archive,
            self.put_back,
            self.delete,
            self.erase,
            self.none,
        ):
            row.addWidget(button)
        view.chosen_changed.connect(self._on_chosen_changed)
        theme.changed.connect(self.update)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar's box."""
        theme = self._theme
        box = QRectF(self.rect()).adjusted(_MARGIN_PX, 0, -_MARGIN_PX, -_MARGIN_PX)
        draw_box(QPainter(self), box, theme.radius("panel"), theme.color("bg.overlay"), theme.color("border.default"))

    def _button(self, icon: str, words: str, act: object, keys: str = "") -> IconButton:
        button = IconButton(self._theme, icon, words, keys, size=_BUTTON_PX, parent=self)
        button.clicked.connect(act)
        return button

    def _file(self, change: Change) -> None:
        self._wishes.filed.emit([each.uid for each in self._view.chosen()], change)

    def _erase(self) -> None:
        self._wishes.erasure_wanted.emit([each.uid for each in self._view.chosen()])

    def _offer_places(self) -> None:
        self._menus.of_places(self._view.chosen()).open_below(self.move_to)

    def _offer_tags(self) -> None:
        self._menus.of_tags(self._view.chosen()).open_below(self.tag)

    def _on_chosen_changed(self, count: int) -> None:
        chosen = self._view.chosen()
        binned = any(each.filing.deleted_ms is not None for each in chosen)
        for button in (self.pin, self.move_to, self.tag, self.archive, self.delete):
            button.setVisible(not binned)
        self.put_back.setVisible(binned)
        self.erase.setVisible(binned)
        self._words.setText(self.tr("{count} chosen").format(count=count))
        self.setVisible(count > 1)
