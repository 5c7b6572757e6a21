"""The conversations that are open: the shown one, and those in which a reply still comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

from switchyard.core.chat_options import PLAIN_OPTIONS
from switchyard.core.content import StoredFile
from switchyard.core.errors import UserError
from switchyard.core.message import ConversationId, MessageState
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.conversation_model import Live
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.transcript.acts import Act
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.widgets.focus import come_after

_AFTER_THE_REQUEST_MS = 30
Check = Callable[[Session, Prompt, Callable[[Prompt], None]], None]


class Sessions(QObject):
    """`shown_changed` tells that another one, or another state of the shown one, is to be seen.

    `shown_set_out` tells that something is asked in the shown one, a moment before that is to be seen. `check` is asked
    before a reply is asked for again, and carries the prompt on.
    """

    shown_changed = Signal()
    shown_set_out = Signal()
    live_changed = Signal()
    sent = Signal(object, object)
    edit_requested = Signal(object)  # a message that waits
    discard_requested = Signal(object)
    said = Signal(object, str, bool)
    other_model_requested = Signal(str)
    act_requested = Signal(object, str, object)  # the session, a message's uid, the `Act`
    ended = Signal(object)  # a session in which nothing is on its way now
    focus_released = Signal()

    def __init__(self, desk: Desk, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._desk = desk
        self._stack = stack
        self._open: list[Session] = []
        self._spare: list[ThreadView] = []
        self._unseen: dict[ConversationId, Live] = {}
        self._set_for_new = PLAIN_OPTIONS  # what was set for the new chat, while another one is shown
        self.check: Check = lambda _session, prompt, go: go(prompt)
        self.shown = self._make(None)
        self._open.append(self.shown)

    @property
    def shows_new(self) -> bool:
        """Whether a chat is shown that has not begun."""
        return self.shown.uid is None and not self.shown.busy and not self.shown.messages

    def live(self) -> Mapping[ConversationId, Live]:
        """Return what happens, or has happened unseen, in which conversation."""
        waiting = dict.fromkeys(self._desk.services.kept.unsent.conversations, Live.WAITING)
        streaming = {
            each.uid: Live.STREAMING for each in self._open if each.uid is not None and each.succession.answering
        }
        return {**waiting, **self._unseen, **streaming}

    async def show(self, uid: ConversationId | None) -> None:
        """Show a conversation, or with None a new chat; raises `UnknownName` where it is gone."""
        if self.shows_new if uid is None else uid == self.shown.uid:
            return
        found = next((each for each in self._open if uid is not None and each.uid == uid), None)
        session = found or self._make(uid)
        if found is None:
            try:
                await session.load()
            except (UserError, asyncio.CancelledError):
                self._spare.append(session.close())
                raise
            self._open.append(session)  # not before: whoever finds it there takes it for whole
        self._set_as_before(session)
        before, self.shown = self.shown, session
        if before.temporary and before.messages:
            before.stop()
            self._desk.actions.toast(self.tr("The temporary chat is gone. No word of it was kept."), id="temporary")
        if uid is not None:
            self._unseen.pop(uid, None)
        self._stack.setCurrentWidget(session.view)
        self._drop_idle()
        self.shown_changed.emit()
        self.live_changed.emit()

    def leave(self, uid: ConversationId) -> None:
        """A conversation is being deleted: stop its reply, and remember nothing of it."""
        self._unseen.pop(uid, None)
        for session in self._open:
            if session.uid == uid:
                session.stop()

    def retry_with(self, reply_uid: str, target: Target) -> None:
        """Ask for a reply of the shown chat once more, of this target, which then stays chosen."""
        self.shown.choose(target)
        self.shown.retry(reply_uid, target=target)

    def session(self, uid: ConversationId) -> Session | None:
        """Return an open conversation."""
        return next((each for each in self._open if each.uid == uid), None)

    def _make(self, uid: ConversationId | None) -> Session:
        session = Session(self._desk, uid, self._spare.pop() if self._spare else self._make_view(), self)
        session.check = lambda prompt, go: self.check(session, prompt, go)
        session.changed.connect(lambda: self._on_changed(session))
        session.set_out.connect(lambda: self._on_set_out(session))
        session.sent.connect(lambda place: self.sent.emit(session, place))
        session.waiting.edit_requested.connect(self.edit_requested)
        session.waiting.discard_requested.connect(self.discard_requested)
        session.said.connect(lambda sentence, bad: self.said.emit(session, sentence, bad))
        session.other_model_requested.connect(self.other_model_requested)
        return session

    def _set_as_before(self, session: Session) -> None:
        """Let what was set for the new chat hold when it is shown again, as its draft does: above all that it stays."""
        if self.shows_new and not self.shown.temporary:
            self._set_for_new = self.shown.options.value
        if session.uid is None:
            session.options.value, self._set_for_new = self._set_for_new, PLAIN_OPTIONS

    def _make_view(self) -> ThreadView:
        view = ThreadView(self._desk.theme, self._desk.words, self._stack)
        view.setAccessibleName(self.tr("Messages"))
        view.focus_released.connect(self.focus_released)
        view.acts.requested.connect(lambda uid, act: self._on_act_requested(view, uid, act))
        view.pictures.wanted.connect(lambda file: self._desk.scope.start(self._hand_over(view, file), name="file"))
        view.pictures.asked_for.connect(lambda at: self._desk.scope.start(self._fetch(view, at), name="web image"))
        self._stack.addWidget(view)
        come_after(self._stack, view)
        return view

    def _on_act_requested(self, view: ThreadView, uid: str, act: Act) -> None:
        session = next((each for each in self._open if each.view is view), None)
        if session is not None:
            self.act_requested.emit(session, uid, act)

    async def _hand_over(self, view: ThreadView, file: StoredFile) -> None:
        view.pictures.take(file.sha256, await self._desk.services.chat.content(file))

    async def _fetch(self, view: ThreadView, address: str) -> None:
        """Fetch an image that the person asked for; what goes wrong is said in its place."""
        session = next((each for each in self._open if each.view is view), None)
        local_only = session is not None and session.options.value.local_only
        try:
            content, trouble = await self._desk.services.web_images.load(address, local_only=local_only), ""
        except UserError as error:
            content, trouble = b"", self._desk.words.translate(error.title)
        view.pictures.take_loaded(address, content, trouble)

    def _on_set_out(self, session: Session) -> None:
        """Let a request get out of the house before the window shows that: to show it takes as long."""
        if session is self.shown:
            self.shown_set_out.emit()
        QTimer.singleShot(_AFTER_THE_REQUEST_MS, session, lambda: self._on_changed(session) if session.busy else None)

    def _on_changed(self, session: Session) -> None:
        if not session.busy:
            self.ended.emit(session)
        if session is self.shown:
            self.shown_changed.emit()
        elif session.uid is not None and not session.busy:
            self._unseen[session.uid] = _outcome(session)
            self._drop_idle()
        self.live_changed.emit()

    def _drop_idle(self) -> None:
        for session in tuple(self._open):
            if session is not self.shown and session.succession.idle:
                self._drop(session)

    def _drop(self, session: Session) -> None:
        """End a session; its view is used again, since a new one has to learn to read first."""
        self._open.remove(session)
        self._spare.append(session.close())


def _outcome(session: Session) -> Live:
    failed = session.last is not None and session.last.state is MessageState.FAILED
    return Live.FAILED if failed else Live.UNREAD
