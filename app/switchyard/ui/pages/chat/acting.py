"""Does what a person wants with single messages of a chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QObject

from switchyard.core.errors import UserError
from switchyard.core.filing import Change
from switchyard.core.message import ConversationId, Message, MessageId, Rating
from switchyard.core.value import replace
from switchyard.services.library import Library
from switchyard.services.messages import Messages
from switchyard.ui.pages.chat.changes import Changes, Step
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.editing import Editing
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.transcript.acts import Act
from switchyard.ui.words import translate

_AT_ANY_TIME = frozenset({Act.QUOTE, Act.PIN, Act.EXCLUDE, Act.GOOD, Act.BAD})
_TITLE_LENGTH = 48


class Acting(QObject):
    """`show` shows another conversation; what takes messages out goes through `changes`, to be undone like the rest."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        composer: Composer,
        changes: Changes,
        show: Callable[[ConversationId], Awaitable[None]],
        on_changed: Callable[[], None],
    ) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._changes = changes
        self._show = show
        self._on_changed = on_changed
        self._messages = desk.services.messages
        self.editing = Editing(composer)
        sessions.act_requested.connect(self.take)

    def take(self, session: Session, uid: MessageId, act: Act) -> None:
        """Do something with a message; while a reply comes, nothing that changes which messages are shown."""
        message = session.message(uid)
        if message is None:
            return
        if session.busy and act not in _AT_ANY_TIME:
            self._desk.actions.toast(self.tr("A reply is coming in. Stop it first, or wait for its end."), id="busy")
            return
        match act:
            case Act.RETRY:
                session.retry(uid)
            case Act.RETRY_WITH:
                session.other_model_requested.emit(uid)
            case Act.CONTINUE:
                session.retry(uid, carried=message.text)
            case Act.EDIT:
                self.editing.begin(session, message)
            case Act.QUOTE:
                self._quote(session, message)
            case Act.GOOD | Act.BAD | Act.PIN:
                self._mark(session, message, act)
            case Act.EXCLUDE:
                self._changes.do(_Excluding(self._messages, session.uid, message, partial(self._put, session, uid)))
            case Act.EARLIER | Act.LATER:
                self._start(partial(self._walk, session, uid, -1 if act is Act.EARLIER else 1))
            case Act.BRANCH:
                self._start(partial(self._branch, session, uid))
            case Act.DELETE:
                self._changes.do(_Removing(self._messages, session.uid, uid, self._show_again))
            case Act.COPY:
                pass  # the thread does that by itself

    def branch(self) -> None:
        """Branch from the message that has the focus, else from the last one."""
        session = self._sessions.shown
        uid = session.view.acts.focused or (session.last.uid if session.last is not None else None)
        if uid is not None and session.uid is not None:
            self.take(session, MessageId(uid), Act.BRANCH)

    # --- inside ---

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        async def act() -> None:
            try:
                await work()
            except UserError as error:
                self._desk.services.notices.post_error(error)

        self._desk.scope.start(act(), name="message")

    def _quote(self, session: Session, message: Message) -> None:
        """Put what is selected into the composer as a quotation; where nothing is, the whole message."""
        words = session.view.copying.selected_markdown() or message.text
        quoted = "\n".join(f"> {line}".rstrip() for line in words.strip().split("\n"))
        before = self._composer.text().rstrip()
        self._composer.set_text(f"{before}\n\n{quoted}\n\n".lstrip("\n"))
        self._composer.setFocus()

    def _mark(self, session: Session, message: Message, act: Act) -> None:
        """Show a mark at once, and keep it; a rating that is given again is taken back."""
        match act:
            case Act.PIN:
                marked = replace(message, pinned=not message.pinned)
                keeping = partial(self._messages.pin, message.uid, marked.pinned)
            case _:
                rating = Rating.GOOD if act is Act.GOOD else Rating.BAD
                marked = replace(message, rating=None if message.rating is rating else rating)
                keeping = partial(self._messages.rate, message.uid, marked.rating)
        session.put(marked)
        self._start(keeping)

    def _put(self, session: Session, uid: MessageId, excluded: bool) -> None:
        """Show at once that a message is left out, or no longer."""
        message = session.message(uid)
        if message is not None:
            session.put(replace(message, excluded=excluded))
            self._on_changed()

    async def _walk(self, session: Session, uid: MessageId, by: int) -> None:
        beside = session.view.acts.beside(uid, by)
        if beside is not None:
            await self._messages.show(beside)
            await session.load()
            session.view.show_message(beside)
            session.changed.emit()

    async def _branch(self, session: Session, uid: MessageId) -> None:
        title = session.title or ""
        short = title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH].rstrip()}…"
        await self._show(await self._messages.branch_off(uid, self.tr("{title} (branch)").format(title=short)))

    async def _show_again(self, uid: ConversationId | None) -> None:
        """Messages were taken out of a chat, or are back."""
        session = self._sessions.session(uid) if uid is not None else None
        if session is not None:
            await session.load()
            session.changed.emit()


class _Removing(Step):
    """Takes a message out with what follows, and puts all of it back."""

    def __init__(
        self,
        messages: Messages,
        chat: ConversationId | None,
        uid: MessageId,
        show: Callable[[ConversationId | None], Awaitable[None]],
    ) -> None:
        done = translate("Acting", "Deleted the message and what followed it")
        uids = (chat,) if chat is not None else ()
        super().__init__(uids, Change(), done, translate("Acting", "The messages are back."))
        self._messages = messages
        self._uid = uid
        self._show = partial(show, chat)
        self._restore: Callable[[], Awaitable[None]] | None = None

    async def carry_out(self, library: Library) -> None:
        removal = await self._messages.remove(self._uid)
        self._restore = partial(self._messages.restore, removal)
        await self._show()

    async def take_back(self, library: Library) -> None:
        if self._restore is not None:
            await self._restore()
        await self._show()


class _Excluding(Step):
    """Leaves a message out of what is sent, or takes it in again, and back."""

    def __init__(
        self, messages: Messages, chat: ConversationId | None, message: Message, show: Callable[[bool], None]
    ) -> None:
        uids = (chat,) if chat is not None else ()
        super().__init__(uids, Change(), first=lambda: show(not message.excluded), back=lambda: show(message.excluded))
        self._messages = messages
        self._message = message

    async def carry_out(self, library: Library) -> None:
        await self._messages.exclude(self._message.uid, not self._message.excluded)

    async def take_back(self, library: Library) -> None:
        await self._messages.exclude(self._message.uid, self._message.excluded)
