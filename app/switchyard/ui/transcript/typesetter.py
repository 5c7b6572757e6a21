"""Sets blocks as text of a QTextDocument, in the theme's fonts and colours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import cached_property

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLayout,
    QTextOption,
)

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.markdown.model import RuleBlock, Span, Spans, TextBlock, plain

GAP = 9
LIST_INDENT = 24
QUOTE_INDENT = 16
CODE_PAD = 4
RULE_HEIGHT = 9
TEXT_RISE = 1  # Qt sets text a pixel low in a line of fixed height; documents are painted that much higher

_USER = QTextFormat.Property.UserProperty.value
MARKER = _USER + 1
QUOTE = _USER + 2
RULE = _USER + 3
CONTINUES = _USER + 4
INLINE_CODE = _USER + 5


class Role(Enum):
    """What a run of text belongs to, which decides font and colour."""

    TEXT = "text"
    QUOTE = "quote"
    H1 = "h1"
    H2 = "h2"
    H3 = "h3"
    CELL = "cell"
    HEAD = "head"


_HEADINGS = frozenset({Role.H1, Role.H2, Role.H3})
_HEADING_LINES = {1: 28, 2: 26}

# Style of the theme, colour, weight and size in pixels where they differ from the style's own.
_ROLES: dict[Role, tuple[str, str, int | None, int]] = {
    Role.TEXT: ("body", "text.primary", None, 0),
    Role.QUOTE: ("body", "text.secondary", None, 0),
    Role.H1: ("heading", "text.primary", None, 20),
    Role.H2: ("heading", "text.primary", None, 18),
    Role.H3: ("heading", "text.primary", None, 0),
    Role.CELL: ("ui", "text.primary", None, 0),
    Role.HEAD: ("secondary", "text.secondary", 500, 0),
}


class Typesetter:
    """Made anew for each theme: it keeps the formats it has made."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._formats: dict[tuple[Span, Role], QTextCharFormat] = {}
        self._colours: dict[str, QTextCharFormat] = {}

    def document(self, *, wrap: bool = True, font: QFont | None = None) -> QTextDocument:
        """Return an empty document without margins and without a history."""
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setDefaultFont(font or self._theme.font("body"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if wrap else QTextOption.WrapMode.NoWrap)
        document.setDefaultTextOption(option)
        return document

    def write(self, cursor: QTextCursor, block: TextBlock | RuleBlock, *, first: bool) -> None:
        """Write a block at the cursor; a continued one goes on in the paragraph that is there."""
        if isinstance(block, RuleBlock):
            self._start(cursor, self._rule_format(block, first), first)
            return
        if not block.continued:
            self._start(cursor, self._block_format(block, first), first)
        for text, found in self._runs(block.spans, _role(block)):
            cursor.insertText(text, found)

    def cell(self, spans: Spans, role: Role, alignment: Qt.AlignmentFlag) -> QTextLayout:
        """Return the text of a cell, ready to be broken into lines."""
        text: list[str] = []
        formats: list[QTextLayout.FormatRange] = []
        at = 0
        for part, found in self._runs(spans, role):
            run = QTextLayout.FormatRange()
            run.start, run.length, run.format = at, utf16(part), found
            formats.append(run)
            text.append(part)
            at += run.length
        layout = QTextLayout("".join(text), self._theme.font(_ROLES[role][0]))
        option = QTextOption(alignment)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        rtl = is_right_to_left("".join(text))
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        layout.setTextOption(option)
        layout.setFormats(formats)
        layout.setCacheEnabled(True)
        return layout

    def _runs(self, spans: Spans, role: Role) -> Iterator[tuple[str, QTextCharFormat]]:
        """Return runs of text; room is made around inline code by spacing the letters before and at its end."""
        for at, span in enumerate(spans):
            before_code = at + 1 < len(spans) and spans[at + 1].code and not span.code
            text, last = span.text, ""
            if (before_code or span.code) and text[-1:].isascii():
                text, last = text[:-1], text[-1:]
            if text:
                yield text, self._format(span, role)
            if last:
                spaced = QTextCharFormat(self._format(span, role))
                spaced.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
                spaced.setFontLetterSpacing(CODE_PAD)
                yield last, spaced

    def coloured(self, token: str) -> QTextCharFormat:
        """Return the format of text in a colour of the theme."""
        found = self._colours.get(token)
        if found is None:
            found = self._colours[token] = QTextCharFormat()
            found.setForeground(self._theme.color(token))
        return found

    @cached_property
    def selection(self) -> QTextCharFormat:
        """How selected text looks: its own colour on a wash of the accent."""
        wash = QColor(self._theme.color("accent.fill"))
        wash.setAlphaF(0.34)
        selected = QTextCharFormat()
        selected.setBackground(QBrush(wash))
        return selected

    def _start(self, cursor: QTextCursor, block_format: QTextBlockFormat, first: bool) -> None:
        """Begin a paragraph with formats of its own, so that nothing of the one before it leaks in."""
        if first:
            cursor.setBlockFormat(block_format)
            cursor.setBlockCharFormat(self._format(Span(""), Role.TEXT))
        else:
            cursor.insertBlock(block_format, self._format(Span(""), Role.TEXT))

    def _rule_format(self, block: RuleBlock, first: bool) -> QTextBlockFormat:
        result = QTextBlockFormat()
        result.setTopMargin(0 if first else GAP)
        result.setLineHeight(RULE_HEIGHT, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        result.setProperty(RULE, True)
        result.setLeftMargin(_indent(block.indent, block.quote))
        result.setProperty(QUOTE, block.quote)
        return result

    def _block_format(self, block: TextBlock, first: bool) -> QTextBlockFormat:
        result = QTextBlockFormat()
        result.setTopMargin(GAP if block.gap and not first else 0)
        result.setLineHeight(self._line_height(block.level), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        text = plain(block.spans)
        indent = _indent(block.indent, block.quote)
        if is_right_to_left(text):
            result.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            result.setRightMargin(indent)
        else:
            result.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            result.setLeftMargin(indent)
        if block.marker:
            result.setProperty(MARKER, block.marker)
        if block.quote:
            result.setProperty(QUOTE, block.quote)
        result.setHeadingLevel(block.level)
        return result

    def _line_height(self, level: int) -> int:
        if level == 0:
            return self._theme.line_height("body")
        return _HEADING_LINES.get(level, self._theme.line_height("heading"))

    def _format(self, span: Span, role: Role) -> QTextCharFormat:
        style = Span("", span.bold, span.italic, span.strike, span.code, span.href)
        found = self._formats.get((style, role))
        if found is None:
            found = self._make_format(style, role)
            if span.href is None:
                self._formats[style, role] = found
        return found

    def _make_format(self, style: Span, role: Role) -> QTextCharFormat:
        result = QTextCharFormat()
        font_style, colour, weight, size_px = _ROLES[role]
        font = self._theme.mono_font() if style.code else self._theme.font(font_style, weight)
        if size_px and not style.code:
            font.setPixelSize(size_px)
        if style.bold and role not in _HEADINGS:
            font.setWeight(QFont.Weight.DemiBold)
        font.setItalic(style.italic)
        font.setStrikeOut(style.strike)
        result.setFont(font)
        result.setForeground(self._theme.color(colour))
        if style.code:
            result.setProperty(INLINE_CODE, True)
        if style.href is not None:
            result.setAnchor(True)
            result.setAnchorHref(style.href)
            result.setForeground(self._theme.color("accent.text"))
        return result


def _role(block: TextBlock) -> Role:
    if block.level:
        return {1: Role.H1, 2: Role.H2}.get(block.level, Role.H3)
    return Role.QUOTE if block.quote else Role.TEXT


def is_right_to_left(text: str) -> bool:
    """Whether the first strong character is of a script that runs from the right."""
    for char in text[:400]:
        kind = unicodedata.bidirectional(char)
        if kind in {"R", "AL"}:
            return True
        if kind == "L":
            return False
    return False


def utf16(text: str) -> int:
    """Return how long Qt counts a text."""
    return len(text.encode("utf-16-le")) // 2


def _indent(lists: int, quotes: int) -> int:
    return lists * LIST_INDENT + quotes * QUOTE_INDENT
