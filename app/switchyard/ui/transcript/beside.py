"""What a reply holds beside its words: images, calls that it asks for, and sources that it names."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from switchyard.core.content import Citation, Extra, GeneratedImage, ToolCall
from switchyard.core.message import Message
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.picture import Picture
from switchyard.ui.transcript.pictures import Source
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.transcript.pieces.choices import Choice
from switchyard.ui.transcript.quiet_line import HEIGHT as LINE_HEIGHT
from switchyard.ui.transcript.quiet_line import QuietLine
from switchyard.ui.transcript.tool_call import ToolCallLine
from switchyard.ui.widgets.tooltip import Tip

_GAP = 9
_SHOWN_SOURCES = 6
_TIP_LENGTH = 160


class Beside(QWidget):
    """Spans the column and what bleeds out of it, as the words do; it only ever grows."""

    resized = Signal()
    link_activated = Signal(str)
    image_opened = Signal(object)

    def __init__(self, kit: Kit, uid: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._kit = kit
        self._uid = uid
        self._images: list[Picture] = []
        self._calls: list[ToolCallLine] = []
        self._sources: list[QuietLine] = []
        self._more: QuietLine | None = None
        self._all = kit.choices.holds(Choice.WHOLE, uid)
        self._places: list[tuple[QWidget, QRect]] = []

    # --- content ---

    def show_message(self, message: Message) -> None:
        """Show what is kept of a reply; an image that was seen coming stays as it is."""
        self._show(message.files, message.calls, message.citations)

    def show_extras(self, extras: Sequence[Extra]) -> bool:
        """Show what has come so far of a live reply; return whether anything of it is new."""
        before = len(self._images) + len(self._calls) + len(self._sources)
        if before == len(extras):
            return False
        self._show(
            [extra for extra in extras if isinstance(extra, GeneratedImage)],
            [extra for extra in extras if isinstance(extra, ToolCall)],
            [extra for extra in extras if isinstance(extra, Citation)],
        )
        return True

    def _show(self, images: Sequence[Source], calls: Sequence[ToolCall], citations: Sequence[Citation]) -> None:
        for at, source in enumerate(images):
            if at < len(self._images):
                self._images[at].source = source
            else:
                self._images.append(self._make_picture(source))
        for call in calls[len(self._calls) :]:
            line = ToolCallLine(self._kit, call, (self._uid, len(self._calls)), self)
            line.resized.connect(self.resized)
            self._calls.append(line)
        for citation in citations[len(self._sources) :]:
            self._sources.append(self._make_source(len(self._sources) + 1, citation))

    def _make_picture(self, source: Source) -> Picture:
        picture = Picture(self._kit, source, self.tr("Image made by the model"), self)
        picture.arrived.connect(self.resized)
        picture.clicked.connect(lambda: self.image_opened.emit(picture.source))
        return picture

    def _make_source(self, number: int, citation: Citation) -> QuietLine:
        address = urlsplit(citation.url)
        opens = address.scheme in {"http", "https"}
        line = QuietLine(self._kit.theme, self, icon="globe", token="accent.text" if opens else "text.secondary")
        title = citation.title or citation.url
        host = f" ({address.hostname})" if citation.title and opens and address.hostname else ""
        line.say(f"{number}. {' '.join(title.split())}{host}")
        line.setAccessibleName(self.tr("Source {text}").format(text=line.text()))
        line.setEnabled(opens)
        line.clicked.connect(lambda: self.link_activated.emit(citation.url))
        line.hide()  # until it is its turn
        Tip(self._kit.theme, line, " ".join((citation.text or citation.url).split())[:_TIP_LENGTH])
        return line

    @property
    def bodies(self) -> Sequence[Body | None]:
        """The words of what is asked of each tool; None where they are folded."""
        return [call.body for call in self._calls]

    # --- layout ---

    def arrange(self, width: int) -> int:
        """Lay out for a width of the text column; return the height that takes."""
        self._places = []
        y = 0
        for picture in self._images:
            size = picture.fit(width)
            y = self._put(picture, QRect(BLEED, y, size.width(), size.height())) + _GAP
        for call in self._calls:
            y = self._put(call, QRect(0, y, width + 2 * BLEED, call.arrange(width)))
        y += _GAP if self._calls and self._sources else 0
        for line in self._listed():
            line.fit(width)
            y = self._put(line, QRect(BLEED, y, line.width(), LINE_HEIGHT))
        return y - (_GAP if self._images and not self._calls and not self._sources else 0)

    def _put(self, part: QWidget, place: QRect) -> int:
        self._places.append((part, place))
        return place.bottom() + 1

    def _listed(self) -> Sequence[QuietLine]:
        """Return the lines of the sources that are shown: where there are many, the first, until all are asked for."""
        hidden = len(self._sources) - _SHOWN_SOURCES
        if hidden <= 1 or self._all:
            return self._sources
        if self._more is None:
            self._more = QuietLine(self._kit.theme, self, icon="globe", folds=True)
            self._more.clicked.connect(self._on_more)
        self._more.say(self.tr("{n} more sources").format(n=hidden))
        return [*self._sources[:_SHOWN_SOURCES], self._more]

    def _on_more(self) -> None:
        self._all = True
        self._kit.choices.set(Choice.WHOLE, self._uid, on=True)
        focused = self._more is not None and self._more.hasFocus()
        if self._more is not None:
            self._more.hide()
        self.resized.emit()
        if focused:
            self._sources[_SHOWN_SOURCES].setFocus()

    def present(self) -> None:
        """Bring to the screen what was changed and laid out."""
        for part, place in self._places:
            part.setGeometry(place)
            part.show()
            if isinstance(part, ToolCallLine):
                part.present()
