"""The buttons at the right of a route line: what can be done with a reply, by one press."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from switchyard.core.message import STATES, Message
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.acts import Act, acts_of, is_done, name_of
from switchyard.ui.widgets.buttons import IconButton

_BUTTON = 24
_GAP = 4
_ICONS = {
    Act.COPY: "copy",
    Act.RETRY: "retry",
    Act.BRANCH: "branch",
    Act.GOOD: "thumb-up",
    Act.BAD: "thumb-down",
}
_KEYS = {Act.RETRY: "Ctrl+R", Act.BRANCH: "Ctrl+B"}
_NARROW = frozenset({Act.COPY, Act.RETRY})  # the rest is in the menu there
WIDTH = (len(_ICONS) + 1) * (_BUTTON + _GAP) - _GAP
NARROW_WIDTH = (len(_NARROW) + 1) * (_BUTTON + _GAP) - _GAP


class ReplyActions(QWidget):
    """Its buttons are made at once: it is itself made for the reply that is pointed at, and for the last."""

    requested = Signal(object)  # `Act`
    more_requested = Signal(QWidget)  # the button that a menu may open below

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._buttons = {act: self._make_button(theme, act) for act in _ICONS}
        self._more = IconButton(theme, "more", self.tr("More"), size=_BUTTON, parent=self)
        self._more.clicked.connect(lambda: self.more_requested.emit(self._more))

    def offer(self, message: Message, offered: Collection[Act], *, narrow: bool) -> None:
        """Show what can be done with a reply; where there is little room, the rest is in the menu."""
        can_copy = STATES[message.state].can_copy and bool(message.text)
        able = {act for act in acts_of(message) if act in offered} | ({Act.COPY} if can_copy else set())
        wanted = able & _NARROW if narrow else able
        shown = [button for act, button in self._buttons.items() if act in wanted]
        width = NARROW_WIDTH if narrow else WIDTH
        for act, button in self._buttons.items():
            button.setVisible(button in shown)
            if button.isCheckable():
                button.setChecked(is_done(message, act))
        for number, button in enumerate(reversed((*shown, self._more))):
            button.move(width - _BUTTON - number * (_BUTTON + _GAP), 0)
        self.resize(width, _BUTTON)

    def _make_button(self, theme: Theme, act: Act) -> IconButton:
        name = self.tr("Copy reply") if act is Act.COPY else name_of(act)
        rates = act in (Act.GOOD, Act.BAD)
        button = IconButton(theme, _ICONS[act], name, _KEYS.get(act, ""), checkable=rates, size=_BUTTON, parent=self)
        button.clicked.connect(lambda: self.requested.emit(act))
        return button
