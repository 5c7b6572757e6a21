"""Lets the parts of the chat page act on the services, once there are any."""

from __future__ import annotations

from PySide6.QtCore import QObject

from switchyard.core.chain import DeploymentName
from switchyard.core.draft import Draft
from switchyard.core.errors import DatabaseLocked, StorageFull, UnknownName
from switchyard.core.message import ConversationId
from switchyard.core.settings import SendKey, Settings
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.acting import Acting
from switchyard.ui.pages.chat.attaching import NO_FILES, Attaching
from switchyard.ui.pages.chat.attention import Attention
from switchyard.ui.pages.chat.careful import Careful
from switchyard.ui.pages.chat.choosing import Choosing
from switchyard.ui.pages.chat.conditions import Conditions
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.drafts import Drafts
from switchyard.ui.pages.chat.emptying import Emptying
from switchyard.ui.pages.chat.estimating import Estimating
from switchyard.ui.pages.chat.finding import Finding
from switchyard.ui.pages.chat.keeping import Keeping
from switchyard.ui.pages.chat.metering import Metering
from switchyard.ui.pages.chat.naming import Naming
from switchyard.ui.pages.chat.parts import Parts
from switchyard.ui.pages.chat.queueing import Queueing
from switchyard.ui.pages.chat.readying import Readying
from switchyard.ui.pages.chat.recalling import Recalling
from switchyard.ui.pages.chat.session import Session, totals_of
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.shown_chat import ShownChat
from switchyard.ui.pages.chat.signalling import Signalling
from switchyard.ui.pages.chat.spending import Spending
from switchyard.ui.pages.chat.targets import Targets
from switchyard.ui.pages.chat.titling import Titling
from switchyard.ui.pages.chat.trail import Trail
from switchyard.ui.pages.chat.tuning import Tuning
from switchyard.ui.pages.page import Actions
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words


class Presenter(QObject):
    """`begin` fills the page; from then on it follows what the person and the services do.

    Chats can be read and written before it is known what can answer, since a keyring may hold that up: `choosing`
    tells when it is.
    """

    def __init__(self, parts: Parts, theme: Theme, scope: TaskScope, actions: Actions, services: Services) -> None:
        super().__init__(parts.page)
        self._parts = parts
        self._scope = scope
        self._services = services
        self._drafts = Drafts(services.conversations, services.notices.post_error, self._on_kept)
        self._desk = Desk(theme, Words(), scope, actions, services, Targets(), parts.model.contents)
        self._sessions = Sessions(self._desk, parts.column.threads)
        self.shown = ShownChat(self._sessions)
        self.choosing = Choosing(self._desk, self._sessions, parts, scope, services, self)
        self._estimating = Estimating(self._desk, self._sessions, parts.column.composer)
        Metering(self._desk, self._sessions, parts.column, self._estimating)  # the column's child
        Readying(self._desk, self._sessions, parts.column.composer)  # the composer's child
        self._careful = Careful(self._desk, self._sessions, parts.column.composer)
        self._sessions.check = self._careful.ask_again
        self._tuning = Tuning(self._desk, self._sessions, parts.column.composer, self._estimating.look)
        self._place: ConversationId | None = None
        self._trail = Trail()
        self.keeping = Keeping(self._desk, self._sessions, parts, self._show, self.open)
        self.acting = Acting(
            self._desk, self._sessions, parts.column.composer, self.keeping.changes, self._show, self._estimating.look
        )
        self.queueing = Queueing(
            self._desk,
            self._sessions,
            parts.column.composer,
            self._drafts,
            self.keeping.changes,
            self.acting.editing,
        )
        # The composer's child:
        Recalling(self._desk, self._sessions, parts.column.composer, self.acting.editing, self.queueing)
        self._conditions = Conditions(
            self._desk, self._sessions, parts.column, self._on_condition_changed, self._on_kept_changed
        )
        Signalling(self._desk, self._sessions, parts.column.around, self.choosing)  # the child of what is around
        Titling(self._desk, self._sessions)  # the sessions' child
        Finding(self._desk, self._sessions, parts, self._show)  # the page's child
        spending = Spending(services.ledger, scope, parts.list.foot, self.keeping.shelf)  # the foot's child
        parts.list.came_back.connect(spending.look)
        Emptying(self._desk, parts, self.keeping.changes)  # the page's child
        self.attaching = Attaching(
            self._desk,
            self._drafts,
            parts.column.composer,
            lambda: self._place,
            lambda: not self._sessions.shown.temporary,
        )
        Naming(self._desk, self._sessions, parts.column.composer, self.choosing, self.attaching)  # the composer's child
        following = [
            services.settings.changed.connect(self._on_settings_changed),
            services.accounts.changed.connect(lambda _name: self.choosing.reload()),
            services.chains.changed.connect(lambda _name: self.choosing.reload()),
            services.overrides.changed.connect(lambda _override: self.choosing.reload()),
            services.kept.unsent.changed.connect(lambda _uid: self._sessions.live_changed.emit()),
        ]
        self.destroyed.connect(lambda: [disconnect() for disconnect in following])
        self._connect()

    async def begin(self) -> None:
        """Show a new chat with its draft, and the list."""
        composer = self._parts.column.composer
        self._on_settings_changed(self._services.settings.value)
        await self._services.kept.unsent.load()
        await self.keeping.shelf.load()
        self._sessions.live_changed.emit()
        self._parts.list.set_loaded()
        if draft := await self._drafts.read(None):
            composer.put_before(draft)
            self._sessions.shown.options.set_local_only(draft.local_only)
        self._on_edited(composer.draft)
        composer.edited.connect(self._on_edited)
        self._scope.start(self._drafts.keep(), name="drafts")
        self._scope.start(self._services.search.keep_up(), name="word index")
        self._scope.start(self._services.library.bin.keep_up(), name="bin")
        self.choosing.reload()

    async def keep_drafts(self) -> None:
        """Write the drafts that are not written yet."""
        await self._drafts.write()

    # --- what the person does ---

    def open(self, uid: str | None, model: DeploymentName | None = None) -> None:
        """Show a conversation, or with None a new chat, which this model answers where one is named."""
        attention = Attention()

        async def show() -> None:
            await self._show(ConversationId(uid) if uid else None, attention)
            if model is not None:
                self._sessions.shown.choose(Target(model=model))

        if not uid and self._sessions.shows_new:
            self._scope.cancel("open")
            if model is not None:
                self._sessions.shown.choose(Target(model=model))
            return  # reading its draft again would come between the person and what they write and send meanwhile
        self._scope.start(show(), name="open", group="open")

    def go_along(self, by: int) -> None:
        """Show the conversation that was shown before this one, or the one from which the person came back."""
        found = self._trail.step(by, lambda uid: self._parts.model.find(uid) is not None)
        if found is not None:
            self.open(found)

    def submit(self, draft: Draft) -> None:
        """Send a message in the shown chat; where nothing is there that could answer, let the person choose."""
        shown = self._sessions.shown
        if shown.target is None and self._desk.targets.meant(draft.to) is None:
            self.choosing.pick()
        else:
            self._careful.send(draft, shown, lambda sure: self._send(shown, sure))

    def _send(self, session: Session, draft: Draft) -> None:
        """Send what was written in a chat, or let it wait; another chat may be shown by now."""
        if self.acting.editing.carry(session, draft):
            return
        if session.busy and session.temporary:
            session.said.emit(self.tr("A reply is coming in, and a temporary chat keeps nothing that waits."), False)
            return
        session.send(draft)

    # --- inside ---

    def _connect(self) -> None:
        column = self._parts.column
        column.around.start_chosen.connect(self._on_start_chosen)
        column.around.open_requested.connect(self.open)
        column.header.renamed.connect(lambda title: self._on_renamed(self._sessions.shown.uid, title))
        self._parts.model.renamed.connect(self._on_renamed)
        self.keeping.shelf.refreshed.connect(self._on_refreshed)
        self.choosing.changed.connect(self._on_shown_changed)
        self._sessions.shown_changed.connect(self._on_shown_changed)
        self._sessions.shown_set_out.connect(self._show_sending)
        self._sessions.shown_set_out.connect(self._drafts.put_off)
        self._sessions.live_changed.connect(lambda: self._parts.model.set_live(self._sessions.live()))
        self._sessions.sent.connect(self._on_sent)
        self._sessions.said.connect(self._on_said)
        self._sessions.other_model_requested.connect(self.choosing.pick)
        self._sessions.focus_released.connect(column.composer.setFocus)

    async def _show(self, uid: ConversationId | None, attention: Attention | None = None) -> None:
        attention = attention or Attention()
        self.acting.editing.leave()
        draft = await self._drafts.read(uid)
        try:
            await self._sessions.show(uid)
        except UnknownName as error:
            self._services.notices.post_error(error)
            return
        # Nothing was awaited since: what was typed so far was noted as the other chat's.
        self._place = self._sessions.shown.uid
        composer = self._parts.column.composer
        composer.set_draft(draft)
        if attention.elsewhere is None:
            composer.setFocus()

    def _on_start_chosen(self, text: str) -> None:
        composer = self._parts.column.composer
        composer.set_text(text + composer.text())
        composer.setFocus()

    def _on_sent(self, session: Session, written_in: ConversationId | None) -> None:
        """The words are on disk: the composer lets go of them, and what was typed since belongs to the same chat."""
        if session is self._sessions.shown and self.acting.editing.leave():
            self._on_kept()
            return
        if not session.temporary:
            self._drafts.forget(written_in)
            self._on_kept()
        if session is self._sessions.shown:
            self._place = session.uid
        elif session.temporary or self._place != written_in:
            return  # another draft stands in the composer; that of a new chat comes into the next one as well
        composer = self._parts.column.composer
        composer.take()
        self._on_edited(composer.draft)

    def _on_edited(self, draft: Draft) -> None:
        """Keep what is written, but for words in the place of others, and those of a chat that is kept nowhere."""
        if not (self.acting.editing.active or self._sessions.shown.temporary):
            stays = self._place is None and self._sessions.shown.options.value.local_only
            self._drafts.note(self._place, replace(draft, local_only=stays))

    def _on_condition_changed(self) -> None:
        """Something else holds for the shown chat; for a new one it is kept with its draft that it stays here."""
        self._on_edited(self._parts.column.composer.draft)
        self._on_shown_changed()

    def _on_kept_changed(self) -> None:
        """The new chat is kept nowhere from now on, and so is what stands in the composer; or it is kept after all."""
        composer = self._parts.column.composer
        if not self._sessions.shown.temporary:
            self._on_edited(composer.draft)
            return
        files = tuple(composer.files)
        if files:
            composer.set_files(())
            composer.say(self._desk.words.translate(NO_FILES))
        self._scope.start(self._drafts.erase(None, files), name="drafts")

    def _on_kept(self) -> None:
        """Words are on disk: what was said of a disk that takes none is over."""
        self._services.notices.withdraw_error(StorageFull, DatabaseLocked)

    def _on_said(self, session: Session, sentence: str, bad: bool) -> None:
        if session is self._sessions.shown:
            self._parts.column.composer.say(sentence, "bad" if bad else "plain")

    def _on_renamed(self, uid: str | None, title: str) -> None:
        if uid:
            self.keeping.rename(ConversationId(uid), title)

    def _on_refreshed(self) -> None:
        conversations = self._parts.model.conversations
        self._parts.list.set_loaded()
        self._parts.list.show_title()
        self._parts.column.around.set_recent(conversations)
        shown = self._parts.model.find(self._sessions.shown.uid)
        if shown is not None:
            self._sessions.shown.take_in(shown)
        self._parts.list.set_shown(self._sessions.shown.uid)

    def _show_sending(self) -> None:
        """Show on the button what it does now, so that nothing is sent twice."""
        shown, composer = self._sessions.shown, self._parts.column.composer
        composer.set_streaming(shown.streaming)
        composer.set_sending(shown.succession.keeping or (shown.succession.answering and not shown.streaming))

    def _on_shown_changed(self) -> None:
        shown, column = self._sessions.shown, self._parts.column
        self._trail.note(shown.uid)
        target = shown.target
        column.header.set_title(shown.title, chat=shown.uid, temporary=shown.temporary)
        column.header.set_totals(*totals_of(shown.messages, shown.conversation))
        self._show_sending()
        column.composer.target.set_target(*self._desk.targets.name(target))
        chain = target.chain if target is not None else None
        local_only = shown.options.value.local_only
        hops = self._desk.targets.hops(target, local_only=local_only)
        column.around.tries.show_hops(chain, hops, local_only=local_only and target is not None)
        column.set_empty(shown.uid is None and not shown.messages)
        self._tuning.show()
        self.queueing.look()
        self._conditions.show()
        self._estimating.look()
        self._parts.list.set_shown(shown.uid)

    def _on_settings_changed(self, settings: Settings) -> None:
        self._parts.column.composer.box.ctrl_sends = settings.send_key is SendKey.CTRL_ENTER
