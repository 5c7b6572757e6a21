"""A block of code: its language and what can be done with it above, the text below, folded where it is long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollBar, QWidget

from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.markdown.model import Block, CodeBlock
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.sideways import turned_sideways
from switchyard.ui.transcript.typesetter import TEXT_RISE
from switchyard.ui.widgets.buttons import Button

HEAD = 30
FOLD_LINES = 30
_PAD_X = 14
_PAD_TOP = 8
_PAD_BOTTOM = 9
_FOOT = 34
_BAR = 10
_RADIUS = 8
_LINES_PER_SLICE = 8
_NAMES = {
    "py": "Python", "python": "Python", "js": "JavaScript", "javascript": "JavaScript", "ts": "TypeScript",
    "typescript": "TypeScript", "sh": "Shell", "bash": "Shell", "zsh": "Shell", "shell": "Shell", "sql": "SQL",
    "json": "JSON", "yaml": "YAML", "yml": "YAML", "toml": "TOML", "html": "HTML", "css": "CSS", "xml": "XML",
    "c": "C", "cpp": "C++", "c++": "C++", "cs": "C#", "csharp": "C#", "go": "Go", "rust": "Rust", "rs": "Rust",
    "java": "Java", "kotlin": "Kotlin", "swift": "Swift", "php": "PHP", "rb": "Ruby", "ruby": "Ruby", "r": "R",
    "md": "Markdown", "markdown": "Markdown", "diff": "Diff", "dockerfile": "Dockerfile",
}  # fmt: skip


class CodePiece(Piece):
    """Open code grows by plain text; colours come from a thread once its fence has closed."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        document = kit.typesetter.document(wrap=False, font=kit.theme.mono_font())
        self._surface = DocumentSurface(document, kit.theme, kit.typesetter)
        self._overflows = False
        self._range = 0
        self.open = False  # shown whole, however long
        self._wrap = False
        self._width = 0
        self._bar = QScrollBar(Qt.Orientation.Horizontal, self)
        self._bar.valueChanged.connect(self.update)
        self._copy = Button(kit.theme, self.tr("Copy"), kind="ghost", icon="copy", size="small", parent=self)
        self._copy.setAccessibleName(self.tr("Copy code"))
        self._copy.clicked.connect(self._on_copy)
        self._wrap_button = Button(kit.theme, self.tr("Wrap"), kind="ghost", size="small", parent=self)
        self._wrap_button.setAccessibleName(self.tr("Wrap long lines"))
        self._wrap_button.clicked.connect(self._on_wrap)
        self._unfold = Button(kit.theme, "", kind="link", size="small", parent=self)
        self._unfold.clicked.connect(self._on_unfold)
        self._unfold.hide()

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
        return len(blocks) == 1 and isinstance(blocks[0], CodeBlock)

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        block, before = blocks[0], self.block
        if not isinstance(block, CodeBlock) or (block == before and self.blocks):
            return False
        cursor = QTextCursor(self.surface.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        grows = bool(self.blocks) and block.text.startswith(before.text)
        if not grows:
            cursor.select(QTextCursor.SelectionType.Document)
            line = QTextBlockFormat()
            line.setLineHeight(self.kit.theme.line_height("code"), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            cursor.setBlockFormat(line)
        plain = QTextCharFormat()
        plain.setForeground(self.kit.theme.color("text.primary"))
        changed_at = self.surface.top_of(self.surface.length) if grows else 0
        cursor.insertText(block.text[len(before.text) :] if grows else block.text, plain)
        self.blocks = blocks
        if block.closed:
            self._colour(block)
        self.mark_stale(changed_at + self.origin().y() if changed_at else 0)
        return True

    # --- colours ---

    def _colour(self, block: CodeBlock) -> None:
        if not block.language:
            return
        text, language = block.text, block.language

        def compute() -> object:
            from switchyard.ui.transcript.markdown.highlight import highlight

            return highlight(language, text)

        def arrived(lines: list[list[tuple[int, int, str]]]) -> None:
            self.kit.background.slice(self._paint_colours(block, lines))

        self.kit.background.compute(compute, arrived)

    def _paint_colours(self, block: CodeBlock, lines: list[list[tuple[int, int, str]]]) -> Iterator[None]:
        formats: dict[str, QTextCharFormat] = {}
        document = self.surface.document
        line = document.begin()
        for number, runs in enumerate(lines):
            if self.block != block or not line.isValid():
                return
            ranges: list[QTextLayout.FormatRange] = []
            for start, length, token in runs:
                found = QTextLayout.FormatRange()
                found.start, found.length = start, length
                if token not in formats:
                    formats[token] = QTextCharFormat()
                    formats[token].setForeground(self.kit.theme.color(token))
                found.format = formats[token]
                ranges.append(found)
            line.layout().setFormats(ranges)
            document.markContentsDirty(line.position(), line.length())
            line = line.next()
            if number % _LINES_PER_SLICE == 0:
                yield
        self.update()

    # --- layout ---

    @property
    def _folded(self) -> bool:
        return not self.open and self.block.closed and self.surface.document.blockCount() > FOLD_LINES

    def arrange(self, width: int) -> int:
        self._width = width
        document = self.surface.document
        view = width - 2 * _PAD_X
        document.setTextWidth(view if self._wrap else -1)
        content = round(document.idealWidth())
        self._overflows = content > view and not self._wrap
        self._range = max(0, content - view) if self._overflows else 0
        return HEAD + self._text_height() + (_BAR if self._overflows else 0) + (_FOOT if self._folded else 0) + 1

    def present(self, geometry: QRect) -> None:
        self._bar.setRange(0, self._range)
        self._bar.setPageStep(max(self._width - 2 * _PAD_X, 1))
        self._bar.setVisible(self._overflows)
        self._wrap_button.setVisible(self._overflows or self._wrap)
        self._unfold.setVisible(self._folded)
        if self._folded:
            self._unfold.setText(self.tr("Show all %n lines", "", self.surface.document.blockCount()))
        super().present(geometry)
        self._place_controls()

    def _text_height(self) -> int:
        height = self.surface.height()
        if self._folded:
            last = self.surface.document.findBlockByNumber(FOLD_LINES - 1)
            height = round(self.surface.document.documentLayout().blockBoundingRect(last).top())
            height += self.kit.theme.line_height("code")
        return height + _PAD_TOP + _PAD_BOTTOM

    def origin(self) -> QPoint:
        return QPoint(BLEED + _PAD_X - self._bar.value(), HEAD + _PAD_TOP - TEXT_RISE)

    def _place_controls(self) -> None:
        right = BLEED + self._width
        self._copy.adjustSize()
        self._copy.move(right - self._copy.width() - 4, (HEAD - self._copy.height()) // 2)
        self._wrap_button.adjustSize()
        self._wrap_button.move(self._copy.x() - self._wrap_button.width() - 2, (HEAD - self._wrap_button.height()) // 2)
        bottom = self.height() - 1
        if not self._unfold.isHidden():
            self._unfold.adjustSize()
            self._unfold.move(BLEED + 6, bottom - (_FOOT + self._unfold.height()) // 2)
            bottom -= _FOOT
        self._bar.setGeometry(BLEED + 2, bottom - _BAR, self._width - 4, _BAR)

    # --- what can be done ---

    def _on_copy(self) -> None:
        self.copy_requested.emit(self.block.text)

    def _on_wrap(self) -> None:
        self._wrap = not self._wrap
        option = self.surface.document.defaultTextOption()
        option.setWrapMode(
            QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if self._wrap else QTextOption.WrapMode.NoWrap
        )
        self.surface.document.setDefaultTextOption(option)
        self._bar.setValue(0)
        self.resized.emit()

    def _on_unfold(self) -> None:
        self.open = True
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        step = turned_sideways(event) if self._overflows else 0
        self._bar.setValue(self._bar.value() - step)
        event.setAccepted(bool(step))

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.kit.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(BLEED + 0.5, 0.5, self._width - 1, self.height() - 1)
        painter.setBrush(theme.color("bg.code"))
        painter.setPen(QPen(theme.color("border.default"), 1))
        painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        painter.setPen(QPen(theme.color("border.subtle"), 1))
        painter.drawLine(BLEED + 1, HEAD, BLEED + self._width - 2, HEAD)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.secondary"))
        box = QRectF(BLEED + 12, 1, self._width - 24, HEAD - 1)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._title())
        window = QRectF(BLEED + 1, HEAD + 1, self._width - 2, self._text_height() - 1)
        painter.setClipRect(window)
        painter.translate(self.origin())
        clip = self.clip_for(event.rect()).intersected(window.translated(-self.origin().toPointF()))
        if not clip.isEmpty():
            self.surface.paint(painter, clip, self.selected)
        painter.end()

    def _title(self) -> str:
        language = self.block.language
        return _NAMES.get(language.lower(), language) or self.tr("Text")
