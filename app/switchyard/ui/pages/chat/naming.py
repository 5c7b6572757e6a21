"""Naming in the words what answers them, with @, or what goes along, with #: a list beside the word offers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QTextCursor

from switchyard.core.content import StoredFile
from switchyard.core.mention import Mention, Sign, in_fence, mention_in, naming
from switchyard.core.references import Offers, Referred
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.answer_rows import AnswerRows
from switchyard.ui.pages.chat.attaching import Attaching
from switchyard.ui.pages.chat.choosing import Choosing
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.once_chip import Pick
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.targets import pick_of
from switchyard.ui.widgets.option_list import Group, Option
from switchyard.ui.widgets.suggestions import Suggestions

_FURTHEST = 200  # characters of a line that are looked at before the cursor
_PAUSE_MS = 90
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -7, Qt.Key.Key_PageDown: 7}
_CHOOSES = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab}
_SIGNS = frozenset(Sign)


class _Place(NamedTuple):
    """A mention, and where in the text its sign stands."""

    mention: Mention
    at: int


class Naming(QObject):
    """Opens while a mention is typed, and never because the cursor moves; Esc closes it for that one mention."""

    def __init__(
        self, desk: Desk, sessions: Sessions, composer: Composer, choosing: Choosing, attaching: Attaching
    ) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._choosing = choosing
        self._attaching = attaching
        self._list: Suggestions | None = None
        self._rows = AnswerRows(desk.targets)
        self._found = Offers()
        self._at = -1  # where the sign of the last mention stands
        self._dismissed: set[int] = set()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        composer.once.name_of = self._name_of
        composer.box.installEventFilter(self)
        composer.box.typed.connect(self._look)
        composer.box.cursorPositionChanged.connect(self._follow)
        composer.box.focus_changed.connect(self._follow)
        composer.submitted.connect(self._close)
        choosing.changed.connect(self._look_after_chip)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the text's arrows, Enter, Tab and Esc act on the list while it is open."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or self._composer.box.composing:
            return False
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers:
            return False
        if self._list is not None and self._list.isVisible():
            return self._press(self._list, key)
        cursor = self._composer.box.textCursor()
        if key == Qt.Key.Key_Backspace and cursor.atStart() and not cursor.hasSelection() and self._composer.once.to:
            self._composer.once.take_away()
            return True
        return False

    # --- inside ---

    def _press(self, shown: Suggestions, key: Qt.Key) -> bool:
        if key in _STEPS:
            shown.step(_STEPS[key])
        elif key in _CHOOSES:
            shown.choose()
        elif key == Qt.Key.Key_Escape:
            self._dismissed.add(self._at)
            self._close()
        else:
            return False
        return True

    def _look(self) -> None:
        """Something was typed: offer what is meant, unless the person does not want that here."""
        place, document = self._place(), self._composer.box.document()
        self._dismissed = {at for at in self._dismissed if document.characterAt(at) in _SIGNS}
        if place is None or place.at in self._dismissed:
            self._close()
            return
        if place.at != self._at:
            self._at, self._found = place.at, Offers()
            self._rows = AnswerRows(self._choosing.offered)
        if place.mention.sign is Sign.ANSWERS:
            self._offer_answers(place)
        elif not self._sessions.shown.temporary:
            self._offer_found(place)
            self._pause.start()

    def _follow(self) -> None:
        """Close where the cursor, or the focus, is elsewhere."""
        place = self._place() if self._composer.box.hasFocus() else None
        if place is None or place.at != self._at:
            self._close()

    def _close(self) -> None:
        """Take the list away; what was found is kept, since the name may go on with another word."""
        self._pause.stop()
        self._desk.scope.cancel("references")
        if self._list is not None:
            self._list.hide()

    def _place(self) -> _Place | None:
        """Return the mention that the cursor is at the end of."""
        box, cursor = self._composer.box, self._composer.box.textCursor()
        if box.composing or cursor.hasSelection():
            return None
        end, line = cursor.position(), cursor.block().position()
        cursor.setPosition(max(line, end - _FURTHEST), QTextCursor.MoveMode.KeepAnchor)
        mention = mention_in(cursor.selectedText())
        if mention is None:
            return None
        cursor.setPosition(0)
        cursor.setPosition(line, QTextCursor.MoveMode.KeepAnchor)
        fenced = in_fence(cursor.selectedText().replace("\u2029", "\n"))
        return None if fenced else _Place(mention, end - mention.units)

    # --- what is offered ---

    def _offer_answers(self, place: _Place) -> None:
        sought = place.mention.sought
        groups = self._rows.found(naming(sought)) if sought else self._rows.every()
        unstarred = [Group(each.heading, [_without_outline(one) for one in each.options]) for each in groups]
        self._offer(self.tr("Chains and models"), unstarred, place)

    def _offer_found(self, place: _Place) -> None:
        """Offer what was found last, as far as it still matches: what is typed on only makes it less."""
        names = naming(place.mention.sought)
        files = [_file_option(file) for file in self._found.files if names(file.name)]
        chats = [_chat_option(each) for each in self._found.conversations if names(each.title)]
        groups = [Group(self.tr("Files"), files), Group(self.tr("Chats"), chats)]
        self._offer(self.tr("Files and chats"), [each for each in groups if each.options], place)

    def _offer(self, name: str, groups: Sequence[Group], place: _Place) -> None:
        if self._list is None:
            self._list = Suggestions(self._desk.theme, self._composer.window())
            self._list.chosen.connect(self._on_chosen)
        self._list.offer(name, groups, self._rect(place))

    def _rect(self, place: _Place) -> QRect:
        """Return where the sign stands, in the window's coordinates."""
        box = self._composer.box
        cursor = box.textCursor()
        cursor.setPosition(place.at)
        rect = box.cursorRect(cursor)
        return QRect(box.viewport().mapTo(box.window(), rect.topLeft()), rect.size())

    def _search(self) -> None:
        place = self._place()
        if place is not None:
            self._desk.scope.start(self._find(place), name="references", group="references")

    async def _find(self, place: _Place) -> None:
        shown = self._sessions.shown
        private, sought = shown.options.value.local_only, place.mention.sought
        found = await self._desk.services.references.find(sought, within=shown.uid, private=private)
        if self._place() == place:
            self._found = found
            self._offer_found(place)

    # --- what is chosen ---

    def _on_chosen(self, value: object) -> None:
        place = self._place()
        self._close()
        if place is not None:
            self._take_out(place)
        if isinstance(value, Target):
            self._composer.once.set_to(pick_of(value))
            self._composer.edited.emit(self._composer.draft)
        elif isinstance(value, StoredFile | Referred):
            self._attaching.bring(value)
        self._composer.setFocus()

    def _take_out(self, place: _Place) -> None:
        """Take the mention out of the words, with one of the two blanks that would be left."""
        cursor = self._composer.box.textCursor()
        end, text = cursor.position(), cursor.block().text()
        document = cursor.document()
        before = document.characterAt(place.at - 1) if place.at > cursor.block().position() else " "
        if before.isspace() and cursor.positionInBlock() < cursor.block().length() - 1 and text:
            end += document.characterAt(end).isspace()
        cursor.setPosition(place.at)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._composer.box.setTextCursor(cursor)

    def _name_of(self, pick: Pick) -> tuple[str, str]:
        target = self._desk.targets.meant(pick)
        return self._desk.targets.name(target) if target is not None else (pick[1], "")

    def _look_after_chip(self) -> None:
        """Show the chip anew: it is known now what can answer, or that is gone."""
        to = self._composer.once.to
        if to is not None and self._choosing.ready:
            self._composer.once.set_to(to if self._desk.targets.meant(to) is not None else None)


def _without_outline(option: Option) -> Option:
    """Return a row that shows a favourite's star, but no outline of one to be pressed."""
    return option if option.liked else replace(option, liked=None)


def _file_option(file: StoredFile) -> Option:
    icon = "image" if file.media_type.startswith("image/") else "file"
    return Option(file, file.name, file.name, icon=icon)


def _chat_option(chat: Referred) -> Option:
    return Option(chat, chat.title, chat.title, icon="chat")
