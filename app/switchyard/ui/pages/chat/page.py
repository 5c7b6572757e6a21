"""The chat page: the list of conversations, the open one, and the composer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from switchyard.core.chain import parse_deployment
from switchyard.core.draft import Draft
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.conversation_list import WIDTH_PX, ConversationList
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.chat.drawer import Drawer
from switchyard.ui.pages.chat.parts import Parts
from switchyard.ui.pages.chat.thread_column import ThreadColumn
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.theme.theme import Theme

if TYPE_CHECKING:
    from switchyard.services.app import Services
    from switchyard.ui.pages.chat.presenter import Presenter

_FIRST_COLUMN_PX = 1100


class ChatPage(Page):
    """Arranges its parts; it takes typing before the services are there, and sends once they are."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self.model = ConversationModel(self)
        self.list = ConversationList(theme, self.model)
        self.column = ThreadColumn(theme)
        self.splitter = self._make_splitter()
        self.drawer = Drawer(theme, self, self.splitter, self.list)
        self.presenter: Presenter | None = None
        self._early = Draft()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)
        self._connect()
        self._add_shortcuts()
        self.setFocusProxy(self.column.composer)

    async def attach(self, services: Services) -> None:
        """Fill the page. What that takes is not imported before the first paint, and not in the window's thread."""
        make_presenter = await asyncio.to_thread(_import_presenter)
        parts = Parts(self, self.model, self.list, self.column)
        presenter = make_presenter(parts, self.theme, self.scope, self._window, services)
        presenter.choosing.got_ready.connect(self._on_ready)
        await presenter.begin()
        self.presenter = presenter

    def select(self, detail: str) -> None:
        """Show a conversation, or a new chat, ready for typing: an empty one, or one that a named model answers."""
        self.drawer.close()
        model = parse_deployment(detail)
        if self.presenter is not None:
            self.presenter.open(detail or None if model is None else None, model)
        if not detail or model is not None:
            self.column.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def entered(self) -> None:
        """Be ready for typing."""
        self.model.regroup()
        self.column.composer.setFocus()

    async def put_away(self) -> None:
        """Keep what was written and not sent: the window is about to close."""
        if self.presenter is not None:
            await self.presenter.keep_drafts()

    def panes(self) -> Sequence[QWidget]:
        """Return what F6 moves between: the list, the thread, the composer."""
        return [self.list.view, self.column.threads, self.column.composer]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the topmost thing, then stops the reply, then brings the focus back to the composer."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.drawer.over:
            self.drawer.close()
        elif self.presenter is None or not (self.presenter.acting.editing.leave() or self.presenter.shown.stop()):
            self.column.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- inside ---

    def _make_splitter(self) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setObjectName("chat.splitter")
        splitter.setHandleWidth(1)
        splitter.addWidget(self.list)
        splitter.addWidget(self.column)
        splitter.setChildrenCollapsible(False)
        splitter.setStretchFactor(0, 0)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([WIDTH_PX, _FIRST_COLUMN_PX])
        return splitter

    def _connect(self) -> None:
        self.list.open_requested.connect(self.select)
        self.list.new_requested.connect(lambda: self.select(""))
        self.list.delete_requested.connect(self._do(lambda presenter, uid: presenter.keeping.delete(uid)))
        self.list.hide_requested.connect(self.drawer.toggle)
        self.drawer.closed_changed.connect(self._on_drawer_changed)
        header, composer = self.column.header, self.column.composer
        header.list_requested.connect(self.drawer.toggle)
        header.edit_closed.connect(composer.setFocus)
        composer.submitted.connect(self._on_submitted)
        composer.stop_requested.connect(self._do(lambda presenter: presenter.shown.stop()))
        composer.target.clicked.connect(self._do(lambda presenter: presenter.choosing.pick()))
        composer.undo_passed.connect(self._do(lambda presenter: presenter.keeping.changes.undo()))
        composer.redo_passed.connect(self._do(lambda presenter: presenter.keeping.changes.redo()))

    def _add_shortcuts(self) -> None:
        for keys, act in (
            ("Ctrl+\\", self.drawer.toggle),
            ("Ctrl+Tab", self._do(lambda presenter: presenter.go_along(-1))),
            ("Ctrl+Shift+Tab", self._do(lambda presenter: presenter.go_along(1))),
            ("Ctrl+PgUp", self._do(lambda presenter: presenter.keeping.go(-1))),
            ("Ctrl+PgDown", self._do(lambda presenter: presenter.keeping.go(1))),
            ("Ctrl+D", self._do(lambda presenter: presenter.keeping.pin())),
            ("Ctrl+Shift+F", self._search),
            ("Ctrl+M", self._do(lambda presenter: presenter.choosing.pick())),
            ("Ctrl+Shift+M", self._do(lambda presenter: presenter.choosing.take_next())),
            ("Ctrl+U", self._do(lambda presenter: presenter.attaching.choose_files())),
            ("Ctrl+R", self._do(lambda presenter: presenter.shown.retry_last())),
            ("Ctrl+Shift+R", self._do(lambda presenter: presenter.choosing.retry_last_with())),
            ("Ctrl+B", self._do(lambda presenter: presenter.acting.branch())),
            ("Ctrl+F", self._do(lambda presenter: presenter.shown.find())),
            ("Ctrl+I", self._do(lambda presenter: presenter.shown.toggle_route())),
            ("Alt+Up", self._do(lambda presenter: presenter.shown.step_message(-1))),
            ("Alt+Down", self._do(lambda presenter: presenter.shown.step_message(1))),
            ("Ctrl+Z", self._do(lambda presenter: presenter.keeping.changes.undo())),
            ("Ctrl+Shift+Z", self._do(lambda presenter: presenter.keeping.changes.redo())),
            ("Ctrl+Shift+C", self._do(lambda presenter: presenter.shown.copy_last())),
            ("F2", self.column.header.edit_title),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _do(self, act: Callable[..., object]) -> Callable[..., None]:
        """Return a slot that acts once there is something to act on."""

        def slot(*arguments: object) -> None:
            if self.presenter is not None:
                act(self.presenter, *arguments)

        return slot

    def _search(self) -> None:
        """Look for words in all chats: open the list where it is out of sight."""
        if self.drawer.closed:
            self.drawer.toggle()
        self.list.search.field.edit.selectAll()
        self.list.search.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_submitted(self, draft: Draft) -> None:
        if self.presenter is not None and self.presenter.choosing.ready:
            self.presenter.submit(draft)
        else:
            self._early = draft
            self.column.composer.say(self.tr("Switchyard is still starting. This is sent in a moment."))

    def _on_ready(self) -> None:
        """Send what was sent too early, unless other words have come before it."""
        early, self._early = self._early, Draft()
        if early and self.presenter is not None and self.column.composer.text().startswith(early.text):
            self.presenter.submit(early)

    def _on_drawer_changed(self) -> None:
        self.column.header.set_list_hidden(self.drawer.closed)


def _import_presenter() -> type[Presenter]:
    from switchyard.ui.pages.chat.presenter import Presenter

    return Presenter
