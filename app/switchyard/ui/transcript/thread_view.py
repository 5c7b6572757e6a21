"""The thread of a conversation as the page uses it: messages in, intent out, and a reply that streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from switchyard.core.events import RouteEvent
from switchyard.core.message import Message, MessageState, Role
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.copying import Copying
from switchyard.ui.transcript.diagrams import Diagrams
from switchyard.ui.transcript.filling import Filling
from switchyard.ui.transcript.find_bar import FindBar
from switchyard.ui.transcript.finder import Finder
from switchyard.ui.transcript.floats import Floats
from switchyard.ui.transcript.focus_walk import FocusWalk
from switchyard.ui.transcript.formulas import Formulas
from switchyard.ui.transcript.heights import guess_height
from switchyard.ui.transcript.image_viewer import open_image
from switchyard.ui.transcript.live import LiveReply
from switchyard.ui.transcript.message_acts import MessageActs
from switchyard.ui.transcript.message_view import MessageView, UserView
from switchyard.ui.transcript.pictures import Pictures
from switchyard.ui.transcript.pieces.base import Kit
from switchyard.ui.transcript.pieces.choices import Choices
from switchyard.ui.transcript.pieces.colouring import prepare
from switchyard.ui.transcript.queued_view import QueuedActs, QueuedView
from switchyard.ui.transcript.reading import Reading
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.transcript.stage import Item, Stage
from switchyard.ui.transcript.stream import Stream
from switchyard.ui.transcript.streams import Streams
from switchyard.ui.transcript.thread_selection import ThreadSelection
from switchyard.ui.transcript.typesetter import Typesetter, warm_up
from switchyard.ui.words import Words


class ThreadView(QWidget):
    """Puts together what shows messages, lets replies stream in, and takes what a person does with them."""

    retry_requested = Signal(str)
    fix_requested = Signal(str, str, int)  # uid, value of `Fix`, attempt (below 0: one that was passed over)
    edit_chain_requested = Signal(str)
    check_keys_requested = Signal(str)
    use_model_requested = Signal(str, QPoint)  # uid, where a menu may open on the screen
    question_answered = Signal(str, str)  # uid, id of the option
    link_activated = Signal(str)
    switch_now_requested = Signal(str)
    focus_released = Signal()  # what had the focus is about to go away

    def __init__(
        self, theme: Theme, words: Words, parent: QWidget | None = None, *, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._clock = clock
        self._speech = Speech(words, {})
        self._background = Background(self)
        self.pictures = Pictures(self._background, self)
        self._formulas = Formulas(self)
        self._diagrams = Diagrams(theme, self)
        self._beside = (self._background, self.pictures, self._formulas, self._diagrams, Choices())
        self._kit = Kit(theme, Typesetter(theme, self._formulas), *self._beside)
        self._reading = Reading(self._background, self)
        self._reading.ready.connect(self._on_reading_ready)
        self._filling = Filling(self._reading, self._background)
        self._items: dict[str, Item] = {}
        self._stage = Stage(theme, self._make_view, self)
        self._stage.moved.connect(self._on_moved)
        self.walk = FocusWalk(self._stage, self.focus_released.emit)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.selection = ThreadSelection(self._stage, self)
        self._stage.holds = lambda: _held(self.selection)

        self.copying = Copying(self.selection, self._reading, lambda: self._speech, self)
        self.finder = Finder(self._stage, self._reading, lambda: self._speech, self)
        self.find_bar = FindBar(theme, self.finder, self)
        self._stage.made.connect(self._show_marks)
        self.acts = MessageActs(self._stage, self.walk, self)
        self.queued = QueuedActs(self._stage, self)
        self._floats = Floats(theme, self)
        self._floats.newer_requested.connect(self.to_end)
        self._floats.link_activated.connect(self.link_activated)
        self.selection.link_clicked.connect(self._floats.follow)
        self.streams = Streams(self._stage, self._reading, self.isVisible, self)
        self.streams.ticked.connect(self._on_moved)
        theme.changed.connect(self._on_theme_changed)

    # --- messages ---

    def set_messages(
        self, messages: Sequence[Message], names: Mapping[str, str], accounts: Mapping[str, str] | None = None
    ) -> None:
        """Show a conversation from its end.

        `names` are the providers' names by their ids; `accounts` the names of those of which a provider has several.
        """
        self.streams.clear()
        self._floats.show_newer(False)
        self._speech = Speech(self._speech.words, names, accounts or {})
        self.selection.clear()
        items = [Item(message) for message in messages]
        self._items = {item.message.uid: item for item in items}
        if any(message.role is Role.ASSISTANT for message in messages):
            self._reading.prepare()
        self._stage.set_items(items)
        self.finder.look_again()

    def clear(self) -> None:
        """Show nothing."""
        self.set_messages((), self._speech.names, self._speech.accounts)

    def append(self, message: Message) -> None:
        """Add a message at the end."""
        if message.role is Role.ASSISTANT:
            self._reading.prepare()
        item = self._items[message.uid] = Item(message)
        self._stage.append(item)
        _mark_last(self._stage.items)
        self.finder.look_again()

    def replace(self, message: Message) -> None:
        """Show a message as it is now."""
        item = self._items.get(message.uid)
        if item is None:
            return
        self.selection.forget(item)
        item.message = message
        if item.view is not None and item.view.holds_focus():
            self.walk.stay_through(lambda: self._stage.rebuild([item]))
        else:
            self._stage.rebuild([item])
        _mark_last(self._stage.items)
        self.finder.look_again()

    def show_message(self, uid: str) -> bool:
        """Scroll to a message and give it the focus; False where it is not in this thread."""
        item = self._items.get(uid)
        return item is not None and self.walk.go(self._stage.items.index(item))

    def to_end(self) -> None:
        """Scroll to the end, and follow what comes."""
        self.selection.holds = False
        self._stage.to_end()

    def remove(self, uid: str) -> None:
        """Take a message away."""
        self.streams.end(uid)
        item = self._items.pop(uid, None)
        if item is not None:
            self.walk.release(item.view)
            self.selection.forget(item)
            self._stage.remove(self._stage.items.index(item))
            _mark_last(self._stage.items)
            self.finder.look_again()

    def cut(self, at: int) -> None:
        """Take away every message from a number on: others come in their place."""
        gone = self._stage.items[at:]
        for item in gone:
            self.streams.end(item.message.uid)
            self._items.pop(item.message.uid, None)
            self.walk.release(item.view)
            self.selection.forget(item)
        self._stage.remove(at, len(gone))
        _mark_last(self._stage.items)
        self.finder.look_again()

    # --- a reply that streams ---

    def begin_reply(self, message: Message) -> None:
        """Add a reply that will come in by `apply`; a view at the end follows it."""
        self._reading.prepare()
        item = self._items[message.uid] = Item(message, pinned=True)
        stream = Stream(LiveReply(message, self._clock), item, self._speech)
        self.streams.add(message.uid, stream)
        self._stage.append(item)
        _mark_last(self._stage.items)

    def apply(self, uid: str, event: RouteEvent) -> None:
        """Take in one event of a reply's route; the timer shows it."""
        stream = self.streams.find(uid)
        if stream is not None:
            stream.live.apply(event)

    def settle(self, message: Message) -> None:
        """A reply has ended as this message: read the whole text once more, and show what became of it."""
        stream = self.streams.end(message.uid)
        if stream is None:
            self.replace(message)
            return
        item = stream.item
        item.message = message
        if isinstance(item.view, ReplyView):
            item.view.settle(message)
            self._filling.fill(item, item.view, self._speech, seen=True)
        item.pinned = False  # not before: one that is far away would be let go of by its new height
        _mark_last(self._stage.items)
        self.finder.look_again()
        self._on_moved()

    # --- making and filling widgets ---

    def _make_view(self, item: Item, parent: QWidget, seen: bool) -> MessageView:
        mine = item.message.role is Role.USER
        waits = item.message.state is MessageState.QUEUED
        kind = QueuedView if waits else UserView
        view = kind(self._kit, item.message, parent) if mine else self._make_reply(item, parent, seen)
        if isinstance(view, QueuedView):
            self.queued.attach(view, item)
        view.link_activated.connect(self._floats.follow)
        view.link_pointed.connect(self._floats.point_at)
        view.image_opened.connect(lambda source: open_image(self._theme, self, self.pictures, source))
        view.entered.connect(self.walk.enter)
        view.copy_requested.connect(lambda shape: self.copying.copy(item.message, shape))
        view.all_requested.connect(lambda: self.selection.take_message(item))
        view.stepped.connect(lambda step: self.selection.step(item, step))
        view.resized.connect(lambda: self._on_resized(item))
        view.whole_copy_requested.connect(lambda: self.copying.copy_message(item.message))
        self.acts.attach(view, item)
        if isinstance(view, UserView) and view.is_long:
            view.wait_for_words(guess_height(item.message, self._stage.column.text_width))
            self._filling.set_later(view)
        return view

    def _make_reply(self, item: Item, parent: QWidget, seen: bool) -> ReplyView:
        uid = item.message.uid
        view = ReplyView(self._kit, item.message, self._speech, parent)
        foot = view.foot
        foot.retry_requested.connect(lambda: self.retry_requested.emit(uid))
        foot.switch_requested.connect(lambda: self.switch_now_requested.emit(uid))
        foot.fix_requested.connect(lambda fix, attempt_n: self.fix_requested.emit(uid, fix, attempt_n))
        foot.edit_chain_requested.connect(lambda: self.edit_chain_requested.emit(uid))
        foot.check_keys_requested.connect(lambda: self.check_keys_requested.emit(uid))
        foot.use_model_requested.connect(lambda at: self.use_model_requested.emit(uid, at))
        foot.question_answered.connect(lambda option_id: self.question_answered.emit(uid, option_id))
        foot.choice_made.connect(lambda: self.walk.release(view))
        if item.unfolded:
            foot.toggle(again=True)
            foot.tell_of(item.told_of)
        foot.unfolded.connect(item.keep_open)
        view.set_last(item is self._stage.items[_last_said(self._stage.items)])
        stream = self.streams.find(uid)
        if stream is not None:
            stream.resume(view, self._reading.stream())
        elif item.message.text:
            view.wait_for_blocks(guess_height(item.message, self._stage.column.text_width))
            self._filling.fill(item, view, self._speech, seen=seen)
        return view

    def _on_reading_ready(self) -> None:
        for stream in self.streams:
            stream.reader = self._reading.stream()
        for _, item in tuple(self._stage.shown()):
            if isinstance(item.view, ReplyView) and self.streams.find(item.message.uid) is None:
                self._filling.fill(item, item.view, self._speech, seen=True)
                self._stage.refresh(item)
        self.finder.look_again()
        self._background.slice(warm_up(self._kit.typesetter, self._kit.theme))
        prepare(self._background)

    # --- the rest of the view ---

    def _on_resized(self, item: Item) -> None:
        self._stage.refresh(item)
        self._show_marks(item)

    def _show_marks(self, item: Item) -> None:
        """A widget is new, or has other words: show what is selected in it, and what was found."""
        self.selection.restore(item)
        self.finder.mark(item)

    def _on_moved(self, grown: bool = False) -> None:
        """Offer the way to new text from when the thread has grown below what is seen until its end is seen."""
        if self._stage.at_end:
            if self._floats.newer.hasFocus():
                self.focus_released.emit()
            self._floats.show_newer(False)
        elif grown:
            self._floats.show_newer(True)

    # --- keyboard ---

    def toggle_route(self) -> None:
        """Show the route of the reply that has the focus as a track, else of the last one, or no longer."""
        items = self._stage.items
        focused = items[self.walk.at] if self.walk.at is not None else None
        if focused is not None and isinstance(focused.view, ReplyView):
            focused.view.foot.toggle()
            return
        last = next((item for item in reversed(items) if item.message.role is Role.ASSISTANT), None)
        if last is not None:
            self._stage.to_end()
            if isinstance(last.view, ReplyView):
                last.view.foot.toggle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self._stage.verticalScrollBar().setValue(0)
        elif event.key() == Qt.Key.Key_End:
            self.to_end()
        elif event.key() != Qt.Key.Key_Escape or not self.walk.leave():
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The thread itself holds no focus: it goes to a message."""
        self.walk.step(0)
        super().focusInEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        newer = self._floats.newer
        if newer.hasFocus() and not forward:
            return self.walk.step(0)
        if self.walk.tab(forward=forward):
            return True
        if forward and newer.isVisible() and not newer.hasFocus():
            newer.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        following = self.walk.outside(forward=forward, pane=self)
        if following is not None:
            following.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return following is not None

    def _on_theme_changed(self) -> None:
        self._kit = Kit(self._theme, Typesetter(self._theme, self._formulas), *self._beside)
        self.walk.stay_through(self._stage.rebuild)

    def showEvent(self, event: QShowEvent) -> None:
        """Go on with what came meanwhile."""
        super().showEvent(event)
        self.streams.go_on()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stage.setGeometry(self.rect())
        self._floats.fit()
        self.find_bar.fit()


def _mark_last(items: Sequence[Item]) -> None:
    """Let the last reply show what can be done with it, and no other; what waits below it was not said yet."""
    last = _last_said(items)
    for item in items[max(0, last - 2) : last + 1]:
        if isinstance(item.view, ReplyView):
            item.view.set_last(item is items[last])


def _last_said(items: Sequence[Item]) -> int:
    """Return where the last message stands that does not wait to be sent; -1 where there is none."""
    at = len(items) - 1
    while at >= 0 and items[at].message.state is MessageState.QUEUED:
        at -= 1
    return at


def _held(selection: ThreadSelection) -> bool:
    """Whether somebody selects, or has selected something and not gone to the end since."""
    return selection.dragging or (selection.holds and not selection.empty)
