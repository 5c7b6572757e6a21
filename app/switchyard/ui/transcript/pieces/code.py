"""A block of code: its language and what can be done with it above, the text below, folded where it is long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import ceil

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.markdown.model import Block, CodeBlock
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.choices import Choice
from switchyard.ui.transcript.pieces.colouring import Colouring
from switchyard.ui.transcript.pieces.saving import Saving
from switchyard.ui.transcript.pieces.sideways import BAR_HEIGHT, Sideways
from switchyard.ui.transcript.surface import Range
from switchyard.ui.transcript.typesetter import TEXT_RISE
from switchyard.ui.widgets.buttons import Button

HEAD = 30
FOLD_LINES = 30

_PAD_X = 14
_PAD_TOP = 8
_PAD_BOTTOM = 9
_FOOT = 34
RADIUS = 8
_NAMES = {
    "py": "Python", "python": "Python", "js": "JavaScript", "javascript": "JavaScript", "ts": "TypeScript",
    "typescript": "TypeScript", "sh": "Shell", "bash": "Shell", "zsh": "Shell", "shell": "Shell", "sql": "SQL",
    "json": "JSON", "yaml": "YAML", "yml": "YAML", "toml": "TOML", "html": "HTML", "css": "CSS", "xml": "XML",
    "c": "C", "cpp": "C++", "c++": "C++", "cs": "C#", "csharp": "C#", "go": "Go", "rust": "Rust", "rs": "Rust",
    "java": "Java", "kotlin": "Kotlin", "swift": "Swift", "php": "PHP", "rb": "Ruby", "ruby": "Ruby", "r": "R",
    "md": "Markdown", "markdown": "Markdown", "diff": "Diff", "dockerfile": "Dockerfile",
    "mermaid": "Mermaid", "tex": "TeX", "latex": "LaTeX", "svg": "SVG", "csv": "CSV", "powershell": "PowerShell",
}  # fmt: skip
_ENDINGS = {
    "py": ".py", "python": ".py", "js": ".js", "javascript": ".js", "ts": ".ts", "typescript": ".ts", "sh": ".sh",
    "bash": ".sh", "zsh": ".sh", "shell": ".sh", "sql": ".sql", "json": ".json", "yaml": ".yaml", "yml": ".yaml",
    "toml": ".toml", "html": ".html", "css": ".css", "xml": ".xml", "c": ".c", "cpp": ".cpp", "c++": ".cpp",
    "cs": ".cs",
    "csharp": ".cs", "go": ".go", "rust": ".rs", "rs": ".rs", "java": ".java", "kotlin": ".kt", "swift": ".swift",
    "php": ".php", "rb": ".rb", "ruby": ".rb", "r": ".r", "md": ".md", "markdown": ".md", "diff": ".diff",
    "mermaid": ".mmd", "svg": ".svg", "csv": ".csv", "tex": ".tex", "latex": ".tex", "powershell": ".ps1",
}  # fmt: skip


class CodePiece(Piece):
    """Open code grows by plain text; colours come from a thread once its fence has closed."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        document = kit.typesetter.document(wrap=False, font=kit.theme.mono_font())
        self._surface = DocumentSurface(document, kit.theme, kit.typesetter, bare=True)
        self._widest = 0
        self._colouring = Colouring(self._surface, kit.typesetter, self._show_colours)
        self.open = False  # shown whole, however long
        self._late = False  # its buttons are made in a moment of their own
        self._wrap = False
        self._width = 0
        self._sideways = Sideways(kit.theme, self, lambda _: self.update())
        self._copy: Button | None = None
        self._save: Button | None = None
        self._said = ""
        self._wrap_button: Button | None = None
        self._unfold: Button | None = None

    @property
    def surface(self) -> DocumentSurface:
        return self._surface

    @property
    def block(self) -> CodeBlock:
        """The one block that is shown."""
        block = self.blocks[0] if self.blocks else None
        return block if isinstance(block, CodeBlock) else CodeBlock("")

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return len(blocks) == 1 and isinstance(blocks[0], CodeBlock) and not blocks[0].is_diagram

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        block, before = blocks[0], self.block
        if not isinstance(block, CodeBlock) or (block == before and self.blocks):
            return False
        cursor = QTextCursor(self.surface.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        grows = bool(self.blocks) and block.language == before.language and block.text.startswith(before.text)
        if not grows:
            cursor.select(QTextCursor.SelectionType.Document)
            line = QTextBlockFormat()
            line.setLineHeight(self.kit.theme.line_height("code"), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            cursor.setBlockFormat(line)
        self._colouring.forget()
        changed_at = self.surface.line_top(self.surface.length) if grows else 0
        added = block.text[len(before.text) :] if grows else block.text
        cursor.insertText(added, self.kit.typesetter.coloured("text.primary"))
        start = before.text.rfind("\n") + 1 if grows else 0
        self._widest = max(_widest(block.text[start:], self.kit.theme.mono_font()), self._widest if start else 0)
        self.blocks = blocks
        if block.closed:  # what comes back is shown as it was, and what has just come as it is seen
            choices = self.kit.choices
            self.open = self.open or choices.holds(Choice.WHOLE, block)
            if not self._wrap and choices.holds(Choice.WRAPPED, block):
                self._set_wrap(True)
            self._keep_choices()
        if block.closed and self.open:
            self._late = self._copy is None
            self.kit.background.later(partial(self._finish, block))
        elif block.closed:
            self._colouring.begin(block, self.kit.background)
        self.mark_stale(changed_at + self.origin().y() if changed_at else 0)
        return True

    def stay_whole(self) -> None:
        """Do not fold under the reader what comes in a stream."""
        self.open = True
        if self.block.closed:
            self._keep_choices()

    def _keep_choices(self) -> None:
        self.kit.choices.set(Choice.WHOLE, self.block, on=self.open)
        self.kit.choices.set(Choice.WRAPPED, self.block, on=self._wrap)

    def _finish(self, block: CodeBlock) -> None:
        """Code that came in a stream is complete: its colours and its buttons each come in a moment of their own."""
        if isValid(self) and self.block == block:
            self._colouring.begin(block, self.kit.background)
            self.kit.background.later(self._make_tools)

    def _show_colours(self, block: CodeBlock) -> bool:
        wanted = isValid(self) and self.block == block
        if wanted:
            self.update()
        return wanted

    # --- layout ---

    @property
    def _folded(self) -> bool:
        return not self.open and self.block.closed and self.surface.document.blockCount() > FOLD_LINES

    def arrange(self, width: int) -> int:
        self._width = width
        document = self.surface.document
        view = width - 2 * _PAD_X
        wanted = view if self._wrap else -1
        if document.textWidth() != wanted:
            document.setTextWidth(wanted)
        whole = not self._sideways.possible
        self._sideways.set_room(0 if self._wrap else self._widest, view)
        if whole == self._sideways.possible:
            self.mark_stale()  # its edges fade now, or do so no longer
        bar = BAR_HEIGHT if self._sideways.possible else 0
        return HEAD + self._text_height() + bar + (_FOOT if self._folded else 0) + 1

    def present(self, geometry: QRect) -> None:
        super().present(geometry)
        if not self._late:
            self._make_tools()
        if self._wrap_button is None and (self._sideways.possible or self._wrap):
            self._wrap_button = _make_button(self, self.tr("Wrap"), self.tr("Wrap long lines"))
            self._wrap_button.clicked.connect(self._on_wrap)
        if self._wrap_button is not None:
            self._wrap_button.setVisible(self._sideways.possible or self._wrap)
        self._place_tools()
        bottom = self.height() - 1
        if self._folded:
            self._present_unfold(bottom)
            bottom -= _FOOT
        elif self._unfold is not None:
            self._unfold.hide()
        place = QRect(BLEED + 2, bottom - BAR_HEIGHT, self._width - 4, BAR_HEIGHT)
        self._sideways.present(place, shown=True)

    def _place_tools(self) -> None:
        right = BLEED + self._width - 4
        for button in (self._copy, self._save, self._wrap_button):
            if button is not None:
                _place(button, right, HEAD // 2)
                right = button.x() - 2

    def _make_tools(self) -> None:
        """What can be done with code is there once it is complete."""
        if not isValid(self) or not self.block.closed:
            return
        self._late = False
        if self._copy is None:
            self._copy = _make_button(self, self.tr("Copy"), self.tr("Copy code"), "copy")
            self._copy.clicked.connect(lambda: self.copy_requested.emit(self.block.text))
            self._save = _make_button(self, self.tr("Save"), self.tr("Save code as a file"), "download")
            self._save.clicked.connect(self._on_save)
            self._copy.show()
            self._save.show()
        self._place_tools()

    def _present_unfold(self, bottom: int) -> None:
        text = self.tr("Show all %n lines", "", self.surface.document.blockCount())
        if self._unfold is None:
            self._unfold = _make_button(self, text, text)
            self._unfold.clicked.connect(self.unfold)
        self._unfold.setText(text)
        _place(self._unfold, BLEED + 6 + self._unfold.sizeHint().width(), bottom - _FOOT // 2)
        self._unfold.show()

    def _text_height(self) -> int:
        line = self.kit.theme.line_height("code")
        lines = self.surface.document.blockCount()
        if self._folded:
            lines = FOLD_LINES
        height = self.surface.height() if self._wrap and not self._folded else lines * line
        return height + _PAD_TOP + _PAD_BOTTOM

    def origin(self) -> QPoint:
        return QPoint(BLEED + _PAD_X - self._sideways.offset, HEAD + _PAD_TOP - TEXT_RISE)

    # --- what can be done ---

    def _on_save(self) -> None:
        name = self.tr("code") + _ENDINGS.get(self.block.language.lower(), ".txt")
        saving = Saving(self, self.kit.background, self._tell_saved)
        saving.ask(self.tr("Save code as a file"), name, self.block.text)

    def _tell_saved(self, name: str, trouble: str) -> None:
        self._said = self.tr("Saved as {name}").format(name=name)
        if trouble:
            self._said = self.tr("{name} was not saved: {reason}").format(name=name, reason=trouble)
        self.update()

    def _on_wrap(self) -> None:
        self._set_wrap(not self._wrap)
        self._keep_choices()
        self._sideways.scroll_to(0)
        self.resized.emit()

    def _set_wrap(self, on: bool) -> None:
        self._wrap = on
        option = self.surface.document.defaultTextOption()
        option.setWrapMode(
            QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if self._wrap else QTextOption.WrapMode.NoWrap
        )
        self.surface.document.setDefaultTextOption(option)

    def unfold(self) -> None:
        if self._folded:
            self.open = True
            self._keep_choices()
            self.resized.emit()

    def show_part(self, part: Range) -> None:
        self._sideways.reveal(self.surface.range_rect(part), self._width - 2 * _PAD_X)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._sideways.turn(event)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.kit.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(BLEED + 0.5, 0.5, self._width - 1, self.height() - 1)
        painter.setBrush(theme.color("bg.code"))
        painter.setPen(QPen(theme.color("border.default"), 1))
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        if event.rect().top() <= HEAD:
            language = self.block.language
            title = self._said or _NAMES.get(language.lower(), language) or self.tr("Text")
            _paint_head(painter, theme, self._width, title)
        window = QRectF(BLEED + 1, HEAD + 1, self._width - 2, self._text_height() - 1)
        painter.setClipRect(window)
        painter.translate(self.origin())
        clip = self.clip_for(event.rect()).intersected(window.translated(-self.origin().toPointF()))
        if not clip.isEmpty():
            self._colouring.colour_lines(clip)
            self.surface.paint(painter, clip, self.selected)
            self._sideways.paint_fades(painter, window.translated(-self.origin().toPointF()), theme.color("bg.code"))
        painter.end()


def _paint_head(painter: QPainter, theme: Theme, width: int, title: str) -> None:
    painter.setPen(QPen(theme.color("border.subtle"), 1))
    painter.drawLine(BLEED + 1, HEAD, BLEED + width - 2, HEAD)
    painter.setFont(theme.font("secondary"))
    painter.setPen(theme.color("text.secondary"))
    box = QRectF(BLEED + 12, 1, width - 24, HEAD - 1)
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)


def _widest(text: str, font: QFont) -> int:
    """Return how wide the widest line is."""
    lines = [line.expandtabs(8) for line in text.split("\n")]
    if text.isascii():  # every letter is as wide as any other
        lines = [max(lines, key=len)]
    return ceil(max(map(QFontMetricsF(font).horizontalAdvance, lines)))


def _make_button(piece: Piece, text: str, name: str, icon: str | None = None) -> Button:
    button = Button(piece.kit.theme, text, kind="ghost", icon=icon, size="small", parent=piece)
    button.setAccessibleName(name)
    return button


def _place(button: Button, right: int, middle: int) -> None:
    button.resize(button.sizeHint())
    button.move(right - button.width(), middle - button.height() // 2)
