"""The thread of a conversation as the page uses it: messages in, intent out, and a reply that streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from switchyard.core.events import RouteEvent
from switchyard.core.message import Message, Role
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import SLICE_S, Background
from switchyard.ui.transcript.heights import guess_height
from switchyard.ui.transcript.live import LiveReply
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.stream import StreamReader, Update
from switchyard.ui.transcript.message_view import MessageView, UserView
from switchyard.ui.transcript.pieces.base import Kit
from switchyard.ui.transcript.reply_view import ReplyView, Speech
from switchyard.ui.transcript.stage import Item, Stage
from switchyard.ui.transcript.typesetter import Typesetter
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.words import Words

if TYPE_CHECKING:
    from switchyard.ui.transcript.markdown.reader import Reader

TICK_MS = 33
_SLOWEST_TICK_MS = 1_000
_TOO_LONG_S = 0.008
_CHARS_AT_ONCE = 1_000
_READ_AT_ONCE = 3_000


@dataclass
class _Stream:
    """A reply that is coming in: its state, its place in the thread, and how far it was read."""

    live: LiveReply
    item: Item
    can_switch: bool
    reader: StreamReader | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Readers:
    """Two of the same, since one must not be used by two threads at once."""

    here: Reader
    there: Reader


def _load_readers() -> _Readers:
    """Import what reads Markdown; called in a thread, since it takes longer than a frame."""
    from switchyard.ui.transcript.markdown.reader import Reader

    return _Readers(Reader(), Reader())


class ThreadView(QWidget):
    """Deltas change a model; one timer paints it. Nothing on the screen runs per token."""

    retry_requested = Signal(str)
    link_activated = Signal(str)
    switch_now_requested = Signal(str)

    def __init__(
        self, theme: Theme, words: Words, parent: QWidget | None = None, *, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._clock = clock
        self._speech = Speech(words, {})
        self._background = Background(self)
        self._kit = Kit(theme, Typesetter(theme), self._background)
        self._readers: _Readers | None = None
        self._readers_asked = False
        self._items: dict[str, Item] = {}
        self._streams: dict[str, _Stream] = {}
        self._stage = Stage(theme, self._make_view, self)
        self._stage.moved.connect(self._on_moved)
        self._newer = Button(theme, self.tr("New text"), icon="chevron-down", size="small", parent=self)
        self._newer.clicked.connect(self._stage.to_end)
        self._newer.hide()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        theme.changed.connect(self._on_theme_changed)

    # --- messages ---

    def set_messages(self, messages: Sequence[Message], names: Mapping[str, str]) -> None:
        """Show a conversation from its end; `names` are the providers' names by their ids."""
        self._end_streams()
        self._speech = Speech(self._speech.words, names)
        items = [Item(message) for message in messages]
        self._items = {item.message.uid: item for item in items}
        if any(message.role is Role.ASSISTANT for message in messages):
            self._need_readers()
        self._stage.set_items(items)

    def clear(self) -> None:
        """Show nothing."""
        self.set_messages((), self._speech.names)

    def append(self, message: Message) -> None:
        """Add a message at the end."""
        if message.role is Role.ASSISTANT:
            self._need_readers()
        item = self._items[message.uid] = Item(message)
        self._stage.append(item)
        self._mark_last()

    def replace(self, message: Message) -> None:
        """Show a message as it is now."""
        item = self._items.get(message.uid)
        if item is None:
            return
        item.message = message
        self._stage.renew(item)
        self._mark_last()

    def remove(self, uid: str) -> None:
        """Take a message away."""
        self._end_stream(uid)
        item = self._items.pop(uid, None)
        if item is not None:
            self._stage.remove(self._stage.items.index(item))
            self._mark_last()

    # --- a reply that streams ---

    def begin_reply(self, message: Message, *, can_switch: bool = False) -> None:
        """Add a reply that will come in by `apply`; `can_switch` offers the next step while it is silent."""
        self._need_readers()
        item = self._items[message.uid] = Item(message, pinned=True)
        stream = _Stream(LiveReply(message, self._clock), item, can_switch)
        self._streams[message.uid] = stream
        self._stage.append(item)
        self._stage.to_end()
        self._mark_last()
        self._timer.start()

    def apply(self, uid: str, event: RouteEvent) -> None:
        """Take in one event of a reply's route; the timer shows it."""
        stream = self._streams.get(uid)
        if stream is not None:
            stream.live.apply(event)

    def settle(self, message: Message) -> None:
        """A reply has ended as this message: read the whole text once more, and show what became of it."""
        stream = self._streams.get(message.uid)
        if stream is None:
            self.replace(message)
            return
        self._end_stream(message.uid)
        item = stream.item
        item.message = message
        item.pinned = False
        if isinstance(item.view, ReplyView):
            item.view.settle(message)
            self._read(item, item.view)
        self._mark_last()
        self._on_moved()

    def tick(self) -> None:
        """Show what came since the last time, a few milliseconds of it; the rest comes next time."""
        started = perf_counter()
        for stream in tuple(self._streams.values()):
            self._advance(stream, started)
        took = perf_counter() - started
        self._timer.setInterval(TICK_MS if took < _TOO_LONG_S else min(round(took * 4_000), _SLOWEST_TICK_MS))
        self._on_moved()

    def _advance(self, stream: _Stream, started: float) -> None:
        view = stream.item.view
        if not isinstance(view, ReplyView):
            return
        live = stream.live
        if live.taken_back and self._readers is not None:
            stream.reader = StreamReader(self._readers.here)
            stream.text = ""
        finished: list[Block] = []
        update: Update | None = None
        while live.has_text and stream.reader is not None:
            text = live.take(_CHARS_AT_ONCE)
            stream.text += text
            update = stream.reader.feed(text)
            finished.extend(update.finished)
            if perf_counter() - started > SLICE_S:
                break
        shown = Update(tuple(finished), update.tail) if update is not None else None
        if view.follow(live, shown, self._clock(), can_switch=stream.can_switch):
            self._stage.refresh(stream.item)

    def _end_stream(self, uid: str) -> None:
        self._streams.pop(uid, None)
        if not self._streams:
            self._timer.stop()

    def _end_streams(self) -> None:
        for uid in tuple(self._streams):
            self._end_stream(uid)

    # --- making and filling widgets ---

    def _make_view(self, item: Item, parent: QWidget) -> MessageView:
        mine = item.message.role is Role.USER
        view = UserView(self._kit, item.message, parent) if mine else self._make_reply(item, parent)
        view.link_activated.connect(self.link_activated)
        view.resized.connect(lambda: self._stage.refresh(item))
        return view

    def _make_reply(self, item: Item, parent: QWidget) -> ReplyView:
        uid = item.message.uid
        view = ReplyView(self._kit, item.message, self._speech, parent)
        view.retry_requested.connect(lambda: self.retry_requested.emit(uid))
        view.switch_requested.connect(lambda: self.switch_now_requested.emit(uid))
        view.set_last(item is self._stage.items[-1])
        stream = self._streams.get(uid)
        if stream is not None:
            self._resume(stream, view)
        elif item.message.text:
            view.wait_for_blocks(guess_height(item.message, self._stage.column.text_width))
            self._read(item, view)
        return view

    def _resume(self, stream: _Stream, view: ReplyView) -> None:
        """Show in a new widget what has come so far."""
        view.begin()
        if self._readers is not None:
            stream.reader = StreamReader(self._readers.here)
            if stream.text:
                update = stream.reader.feed(stream.text)
                view.follow(stream.live, update, self._clock(), can_switch=stream.can_switch)

    def _read(self, item: Item, view: ReplyView) -> None:
        """Read a whole text: at once where that is quick, else in the thread."""
        readers = self._readers
        text = item.message.text
        if readers is None:
            return
        if len(text) <= _READ_AT_ONCE:
            view.show_all(readers.here.read(text))
            return

        def arrived(blocks: tuple[Block, ...]) -> None:
            if item.view is view and item.message.text == text:
                self._background.slice(view.fill(blocks))

        self._background.compute(lambda: readers.there.read(text), arrived)

    def _need_readers(self) -> None:
        if not self._readers_asked:
            self._readers_asked = True
            self._background.compute(_load_readers, self._on_readers_loaded)

    def _on_readers_loaded(self, readers: _Readers) -> None:
        self._readers = readers
        for stream in self._streams.values():
            stream.reader = StreamReader(readers.here)
        for item in self._stage.items:
            if isinstance(item.view, ReplyView) and item.message.uid not in self._streams:
                self._read(item, item.view)

    # --- the rest of the view ---

    def _mark_last(self) -> None:
        for item in self._stage.items[-3:]:
            if isinstance(item.view, ReplyView):
                item.view.set_last(item is self._stage.items[-1])

    def _on_moved(self) -> None:
        missing = bool(self._streams) and not self._stage.at_end
        if missing != self._newer.isVisible():
            self._newer.setVisible(missing)
            self._place_button()

    def _place_button(self) -> None:
        self._newer.adjustSize()
        self._newer.move((self.width() - self._newer.width()) // 2, self.height() - self._newer.height() - 12)
        self._newer.raise_()

    def _on_theme_changed(self) -> None:
        self._kit = Kit(self._theme, Typesetter(self._theme), self._background)
        self._stage.rebuild()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stage.setGeometry(self.rect())
        self._place_button()
