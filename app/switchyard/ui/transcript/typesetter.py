"""Sets blocks as text of a QTextDocument, in the theme's fonts and colours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from functools import cached_property
from math import ceil
from string import ascii_letters, digits, punctuation
from weakref import WeakSet

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPixmap,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLayout,
    QTextOption,
)

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.formulas import Formula, FormulaKey, Formulas
from switchyard.ui.transcript.markdown.model import RuleBlock, Span, Spans, TextBlock, plain

GAP = 9
LIST_INDENT = 24
QUOTE_INDENT = 16
QUOTE_BAR = 2
DEEPEST_QUOTE = 6
CODE_PAD = 4
RULE_HEIGHT = 9
TEXT_RISE = 1  # Qt sets text a pixel low in a line of fixed height; documents are painted that much higher

_USER = QTextFormat.Property.UserProperty.value
MARKER = _USER + 1
QUOTE = _USER + 2
RULE = _USER + 3
CONTINUES = _USER + 4
INLINE_CODE = _USER + 5
TEX = _USER + 6
SOURCE = _USER + 7
NOTE = _USER + 8

STAND_IN = "\u00a0"  # stands where a formula is drawn, once for each letter of its source


class Role(Enum):
    """What a run of text belongs to, which decides font and colour."""

    TEXT = "text"
    QUOTE = "quote"
    NOTE = "note"
    H1 = "h1"
    H2 = "h2"
    H3 = "h3"
    CELL = "cell"
    HEAD = "head"


_HEADINGS = frozenset({Role.H1, Role.H2, Role.H3})
_HEADING_LINES = {1: 28, 2: 26}
_DEEPEST_LIST = 8
_WARM_UP_PX, _WARM_UP_LINE_PX = 1_600, 32
_WARM: WeakSet[Theme] = WeakSet()
_BASELINE = 0.8  # how far down Qt puts the baseline in a line of fixed height
_CELL_BASELINE = 4.5  # how far below the middle the baseline is in the line of a cell

# Style of the theme, colour, weight and size in pixels where they differ from the style's own.
_ROLES: dict[Role, tuple[str, str, int | None, int]] = {
    Role.TEXT: ("body", "text.primary", None, 0),
    Role.QUOTE: ("body", "text.secondary", None, 0),
    Role.NOTE: ("secondary", "text.secondary", None, 0),
    Role.H1: ("heading", "text.primary", None, 20),
    Role.H2: ("heading", "text.primary", None, 18),
    Role.H3: ("heading", "text.primary", None, 0),
    Role.CELL: ("ui", "text.primary", None, 0),
    Role.HEAD: ("secondary", "text.secondary", 500, 0),
}


_LETTERS = ascii_letters + digits + punctuation

# What replies are set in, each with a style of its own where its role has several.
_STYLES = (
    (Role.TEXT, Span(_LETTERS)),
    (Role.TEXT, Span(_LETTERS, bold=True)),
    (Role.TEXT, Span(_LETTERS, italic=True)),
    (Role.TEXT, Span(_LETTERS, code=True)),
    (Role.H1, Span(_LETTERS)),
    (Role.H2, Span(_LETTERS)),
    (Role.H3, Span(_LETTERS)),
    (Role.CELL, Span(_LETTERS)),
    (Role.HEAD, Span(_LETTERS)),
)


class Typesetter:
    """Made anew for each theme: it keeps the formats it has made."""

    def __init__(self, theme: Theme, formulas: Formulas) -> None:
        self._theme = theme
        self._formulas = formulas
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
        elif has_formula(block.spans):
            self._make_room(cursor, block)
        for text, found in self._runs(block.spans, _role(block)):
            cursor.insertText(text, found)

    def write_on(self, cursor: QTextCursor, block: TextBlock, kept: int) -> None:
        """Write what follows the first few letters of a block, which are there already."""
        for text, found in self._runs(block.spans, _role(block)):
            if kept < len(text):
                cursor.insertText(text[kept:], found)
            kept = max(kept - len(text), 0)

    def _make_room(self, cursor: QTextCursor, block: TextBlock) -> None:
        """A paragraph that goes on with a high formula has higher lines from its beginning on."""
        line, below = self._room(block)
        paragraph = cursor.block()
        while paragraph.isValid() and line > paragraph.blockFormat().lineHeight():
            found = QTextBlockFormat(paragraph.blockFormat())
            found.setLineHeight(line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            found.setBottomMargin(below)
            QTextCursor(paragraph).setBlockFormat(found)
            if not found.hasProperty(CONTINUES):
                return
            paragraph = paragraph.previous()

    def cell_line(self, cells: Iterable[Spans], role: Role, line: int) -> int:
        """Return how high a line of these cells has to be, for which `line` is enough where no formula is in them."""
        drawn = [found for spans in cells if has_formula(spans) for found in self._drawn(spans)]
        size = self.size_px(role)
        highest = max(
            (max(each.ascent * size - _CELL_BASELINE, each.descent * size + _CELL_BASELINE) for each in drawn),
            default=0,
        )
        return max(line, ceil(2 * highest))

    def awaited(self, spans: Spans) -> Iterator[FormulaKey]:
        """Return the formulas that may yet be drawn."""
        keys = (FormulaKey(span.tex) for span in spans if span.tex)
        return (key for key in keys if self._formulas.awaits(key))

    def size_px(self, role: Role) -> int:
        """Return the size of letters."""
        style, _, _, size = _ROLES[role]
        return size or self._theme.font(style).pixelSize()

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
        if has_formula(spans):
            spans = tuple(self._shown(span) for span in spans)
        for at, span in enumerate(spans):
            if span.tex:
                yield STAND_IN * utf16(span.text), self._formula_format(span, role)
                continue
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

    def _shown(self, span: Span) -> Span:
        """Return a formula as it is shown: as its source where there is no drawing of it."""
        if not span.tex or self._formulas.get(FormulaKey(span.tex)) is not None:
            return span
        return replace(span, tex="", code=True)

    def _drawn(self, spans: Spans) -> list[Formula]:
        found = (self._formulas.get(FormulaKey(span.tex)) for span in spans if span.tex)
        return [formula for formula in found if formula is not None]

    def _formula_format(self, span: Span, role: Role) -> QTextCharFormat:
        """Return a format in which what stands in for a formula takes as much room as its drawing."""
        result = QTextCharFormat(self._format(replace(span, text="", tex="", code=False), role))
        formula = self._formulas.get(FormulaKey(span.tex))
        width = formula.width * self.size_px(role) if formula is not None else 0.0
        letter = QFontMetricsF(result.font()).horizontalAdvance(STAND_IN)
        result.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        result.setFontLetterSpacing(width / utf16(span.text) - letter)
        result.setProperty(TEX, span.tex)
        result.setProperty(SOURCE, span.text)
        return result

    def formula(self, found: QTextCharFormat) -> Formula | None:
        """Return what is drawn where a run of text only stands in for a formula."""
        return self._formulas.get(FormulaKey(str(found.property(TEX))))

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
        return _wash(self._theme.color("accent.fill"), 0.34)

    def found(self, *, now: bool) -> QTextCharFormat:
        """Return how words look that a search found; those that are looked at `now` stand out."""
        return self._found_now if now else self._found

    @cached_property
    def _found(self) -> QTextCharFormat:
        return _wash(self._theme.color("warn.signal"), 0.3)

    @cached_property
    def _found_now(self) -> QTextCharFormat:
        found = _wash(self._theme.color("warn.signal"), 1.0)
        found.setForeground(self._theme.color("bg.window" if self._theme.name == "dark" else "text.primary"))
        return found

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
        result.setLeftMargin(inset(block.indent, block.quote))
        result.setProperty(QUOTE, block.quote)
        return result

    def _block_format(self, block: TextBlock, first: bool) -> QTextBlockFormat:
        result = QTextBlockFormat()
        result.setTopMargin(GAP if block.gap and not first else 0)
        line, below = self._room(block)
        result.setLineHeight(line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        result.setBottomMargin(below)
        text = plain(block.spans)
        left = inset(block.indent, block.quote)
        if is_right_to_left(text):
            result.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            result.setRightMargin(left)
        else:
            result.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            result.setLeftMargin(left)
        if block.marker:
            result.setProperty(MARKER, block.marker)
        if block.note:
            result.setProperty(NOTE, True)
        if block.quote:
            result.setProperty(QUOTE, block.quote)
        result.setHeadingLevel(block.level)
        return result

    def _room(self, block: TextBlock) -> tuple[int, int]:
        """Return how high the lines of a paragraph with formulas are, and how far the last one reaches below its own.

        A formula may reach into the empty parts of the lines above and below, but never into another formula.
        """
        styled = "heading" if block.level else "secondary" if block.note else "body"
        line = _HEADING_LINES.get(block.level, self._theme.line_height(styled))
        drawn = self._drawn(block.spans)
        if not drawn:
            return line, 0
        size = self.size_px(_role(block))
        ascent = max(each.ascent for each in drawn) * size
        descent = max(each.descent for each in drawn) * size
        line = max(line, ceil(ascent + descent) + 1, ceil(ascent / _BASELINE))
        return line, max(0, ceil(descent - line * (1 - _BASELINE)))

    def _format(self, span: Span, role: Role) -> QTextCharFormat:
        style = Span("", span.bold, span.italic, span.strike, span.code, span.href, note=span.note)
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
        if style.note:
            result.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
            result.setForeground(self._theme.color("text.secondary"))
        if style.href is not None:
            result.setAnchor(True)
            result.setAnchorHref(style.href)
            result.setForeground(self._theme.color("accent.text"))
        return result


def warm_up(typesetter: Typesetter, theme: Theme) -> Iterator[None]:
    """Set and paint letters in each style, in steps: what a font needs is made when it is first used.

    That takes longer than all else that comes with a piece of text. It is made once for all that have the same theme.
    """
    if theme in _WARM:
        return
    _WARM.add(theme)
    picture = QPixmap(_WARM_UP_PX, _WARM_UP_LINE_PX)
    for role, span in _STYLES:
        layout = typesetter.cell((span,), role, Qt.AlignmentFlag.AlignLeft)
        layout.beginLayout()
        layout.createLine().setLineWidth(_WARM_UP_PX)
        layout.endLayout()
        painter = QPainter(picture)
        layout.draw(painter, QPointF())
        painter.end()
        yield


def _wash(colour: QColor, alpha: float) -> QTextCharFormat:
    wash = QColor(colour)
    wash.setAlphaF(alpha)
    found = QTextCharFormat()
    found.setBackground(QBrush(wash))
    return found


def _role(block: TextBlock) -> Role:
    if block.level:
        return {1: Role.H1, 2: Role.H2}.get(block.level, Role.H3)
    if block.note:
        return Role.NOTE
    return Role.QUOTE if block.quote else Role.TEXT


def has_formula(spans: Iterable[Span]) -> bool:
    """Whether any of the runs is a formula."""
    return any(span.tex for span in spans)


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
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le")) // 2


def inset(lists: int, quotes: int) -> int:
    """Return how far from the edge of the column what lies in lists and quotes begins: at some depth no further."""
    return min(lists, _DEEPEST_LIST) * LIST_INDENT + min(quotes, DEEPEST_QUOTE) * QUOTE_INDENT
