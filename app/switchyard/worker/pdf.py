"""Read the text of a PDF: `switchyard --worker pdf CHARACTERS`, the file on standard input.

Standard output gets the text as UTF-8, page by page, cut at that many characters. Exit code 3: it cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pypdfium2

UNREADABLE_EXIT = 3


def main(arguments: Sequence[str], /) -> int:
    """Run once; return the exit code."""
    limit = int(arguments[0])
    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError:
        return UNREADABLE_EXIT
    left = limit
    for page in document:
        text = page.get_textpage().get_text_range()[:left]
        sys.stdout.buffer.write(text.replace("\r\n", "\n").encode("utf-8", "replace") + b"\n\n")
        left -= len(text)
        if left <= 0:
            break
    return 0
