"""Writes blocks out again: as plain text, as Markdown, and as HTML for programs that take text with its styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from switchyard.ui.transcript.links import may_open
from switchyard.ui.transcript.markdown.model import (
    LINE_BREAK,
    TASK_DONE,
    TASK_OPEN,
    Align,
    Block,
    CodeBlock,
    FormulaBlock,
    ImageBlock,
    RuleBlock,
    SeamBlock,
    Span,
    Spans,
    TableBlock,
    TextBlock,
    plain,
)

# A bracket that would open no link and no note stays as it is: with a stroke before it, it may open a formula.
_SPECIAL = re.compile(
    r"[\\`*_<>]|\[(?!([^\[\]^\\][^\[\]\\]*)?\](?![(\[:]))|~(?=~)|\$(?=[^$]*\$)|&(?=#?\w+;)",
)
_OPENS_BLOCK = re.compile(
    r"^([ \t]*)(?:(\d{1,9})(?=[.)](?:\s|$))|(?=#{1,6}(?:\s|$)|[+-](?:\s|$)|[-=]+\s*$))", re.MULTILINE
)
_PLAIN_ADDRESS = re.compile(r"[^\s()<>]*(\([^\s()<>]*\)[^\s()<>]*)*")
_BACKTICKS = re.compile(r"`+")
_NUMBERED = re.compile(r"\d+[.)]")
_TASKS = {TASK_OPEN: "- [ ]", TASK_DONE: "- [x]"}
_DASHES = {Align.LEFT: "---", Align.CENTRE: ":-:", Align.RIGHT: "--:"}


# --- plain text -------------------------------------------------------------------------------------------------------


def as_plain(blocks: Sequence[Block]) -> str:
    """Return the words alone, as they are read: with the markers of lists, cells parted by tabs."""
    said, glue = "", ""
    for block in blocks:
        if isinstance(block, SeamBlock):
            glue = block.glue
            continue
        said += (glue if said else "") + _plain(block)
        glue = "\n"
    return said


def _plain(block: Block) -> str:
    match block:
        case TextBlock():
            marker = f"{block.marker} " if block.marker else ""
            return marker + plain(block.spans).replace(LINE_BREAK, "\n")
        case CodeBlock():
            return block.text
        case TableBlock():
            rows = [block.header, *block.rows] if block.header else block.rows
            return "\n".join("\t".join(plain(cell).replace(LINE_BREAK, " ") for cell in row) for row in rows)
        case FormulaBlock():
            return block.source
        case ImageBlock():
            return block.description or block.address
        case _:
            return ""


# --- Markdown ---------------------------------------------------------------------------------------------------------


def as_markdown(blocks: Sequence[Block]) -> str:
    """Return Markdown that reads as these blocks."""
    lines: list[str] = []
    depth_above = 0
    widths: list[int] = []  # how far what belongs to each of the lists around is indented
    for block in blocks:
        if isinstance(block, SeamBlock):
            continue
        marker = _marker(block)
        depth = getattr(block, "indent", 0)
        inner = max(depth - 1, 0) if marker else depth
        del widths[inner:]
        widths += [2] * (inner - len(widths))
        quotes = "> " * getattr(block, "quote", 0)
        margin = quotes + " " * sum(widths)
        nested = bool(marker) and depth > depth_above > 0  # room above an inner list would make the outer one loose
        depth_above = depth
        if lines and getattr(block, "gap", True) and not nested:
            lines.append(quotes.rstrip())
        body = _markdown(block).split("\n")
        lead = f"{marker} " if marker else ""
        if marker:
            widths.append(2 if marker.startswith("-") else 4 if marker.startswith("[^") else len(lead))
        lines.append((margin + lead + body[0]).rstrip())
        below = quotes + " " * sum(widths)
        lines.extend((below + line).rstrip() for line in body[1:])
    return "\n".join(lines)


def _marker(block: Block) -> str:
    if not isinstance(block, TextBlock) or not block.marker:
        return ""
    if block.note:
        return f"[^{block.marker.rstrip('.')}]:"
    return block.marker if _NUMBERED.fullmatch(block.marker) else _TASKS.get(block.marker, "-")


def _markdown(block: Block) -> str:
    match block:
        case TextBlock():
            text = "".join(_styled(span) for span in block.spans)
            text = _OPENS_BLOCK.sub(r"\1\2\\", text) if not block.level else text
            return f"{'#' * block.level} {text}" if block.level else text
        case CodeBlock():
            fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(block.text)), default=0))
            return f"{fence}{block.language}\n{block.text}\n{fence}"
        case TableBlock():
            header = block.header or tuple(() for _ in block.aligns)
            rows = [_row(header), "|" + "|".join(_DASHES[align] for align in block.aligns) + "|"]
            return "\n".join([*rows, *(_row(row) for row in block.rows)])
        case RuleBlock():
            return "---"
        case FormulaBlock():
            return block.source
        case ImageBlock():
            return f"![{block.description}]({_address(block.address)})"
        case _:
            return ""


def _row(cells: Sequence[Spans]) -> str:
    texts = ("".join(_styled(span) for span in cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "| " + " | ".join(texts) + " |"


def _styled(span: Span) -> str:
    if span.code:
        fence = "`" * (1 + max(map(len, _BACKTICKS.findall(span.text)), default=0))
        edge = " " if span.text.startswith("`") or span.text.endswith("`") else ""
        text = f"{fence}{edge}{span.text}{edge}{fence}"
    elif span.tex:
        text = span.text
    elif span.note:
        text = f"[^{span.text}]"
    else:
        text = _escaped(span.text).replace(LINE_BREAK, "\\\n")
    for wanted, mark in ((span.strike, "~~"), (span.italic, "*"), (span.bold, "**")):
        text = _wrapped(text, mark) if wanted else text
    if span.href is None:
        return text
    return f"<{span.href}>" if span.text == span.href else f"[{text}]({_address(span.href)})"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _address(address: str) -> str:
    return address if _PLAIN_ADDRESS.fullmatch(address) else f"<{address}>"


def _wrapped(text: str, mark: str) -> str:
    """Put marks round text; room at its edges stays outside, since marks beside room are no marks."""
    inner = text.strip()
    if not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{inner}{mark}{after}"


# --- HTML -------------------------------------------------------------------------------------------------------------


def as_html(blocks: Sequence[Block]) -> str:
    """Return HTML without any colours or sizes: it takes those of the page it is put in."""
    shown = [block for block in blocks if not isinstance(block, SeamBlock)]
    return "".join(_quoted(list(group), depth) for depth, group in groupby(shown, lambda b: getattr(b, "quote", 0)))


def _quoted(blocks: Sequence[Block], depth: int) -> str:
    return "<blockquote>" * depth + "".join(_listed(blocks)) + "</blockquote>" * depth


def _listed(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the blocks with the lists round them opened and closed."""
    kinds: list[str] = []
    for block in blocks:
        marker, depth = _marker(block), getattr(block, "indent", 0)
        kind = "ol" if _NUMBERED.fullmatch(marker) else "ul"
        while len(kinds) > depth:
            yield f"</li></{kinds.pop()}>"
        if marker and len(kinds) == depth and kinds:
            if kinds[-1] == kind:
                yield "</li><li>"
            else:
                yield f"</li></{kinds.pop()}>"
        while len(kinds) < depth:
            kinds.append(kind if len(kinds) == depth - 1 else "ul")
            start = f' start="{marker[:-1]}"' if kinds[-1] == "ol" and marker[:-1] != "1" else ""
            yield f"<{kinds[-1]}{start}><li>"
        yield _html(block)
    while kinds:
        yield f"</li></{kinds.pop()}>"


def _html(block: Block) -> str:
    match block:
        case TextBlock():
            box = f"{block.marker} " if block.marker in _TASKS else ""
            tag = f"h{block.level}" if block.level else "p"
            return f"<{tag}>{box}{_spans(block.spans)}</{tag}>"
        case CodeBlock():
            return f"<pre><code>{escape(block.text)}</code></pre>"
        case TableBlock():
            head = f"<tr>{_cells(block.header, block.aligns, 'th')}</tr>" if block.header else ""
            rows = "".join(f"<tr>{_cells(row, block.aligns, 'td')}</tr>" for row in block.rows)
            return f'<table border="1" cellspacing="0" cellpadding="4">{head}{rows}</table>'
        case RuleBlock():
            return "<hr>"
        case FormulaBlock():
            return f"<p>{escape(block.source)}</p>"
        case ImageBlock():
            return f"<p>{_tagged(Span(block.description or block.address, href=block.address))}</p>"
        case _:
            return ""


def _cells(cells: Sequence[Spans], aligns: Sequence[Align], tag: str) -> str:
    names = {Align.LEFT: "left", Align.CENTRE: "center", Align.RIGHT: "right"}
    pairs = zip(cells, aligns, strict=False)
    return "".join(f'<{tag} align="{names[align]}">{_spans(cell)}</{tag}>' for cell, align in pairs)


def _spans(spans: Spans) -> str:
    return "".join(_tagged(span) for span in spans)


def _tagged(span: Span) -> str:
    text = escape(span.text).replace(LINE_BREAK, "<br>")
    for wanted, tag in ((span.code, "code"), (span.strike, "s"), (span.italic, "i"), (span.bold, "b")):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    return f'<a href="{escape(span.href)}">{text}</a>' if span.href and may_open(span.href) else text
