"""Three hundred awkward replies: each renders, and ends the same whether it came whole or character by character.

So do others, spliced from them, that come while the window is resized and changes its colours.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.press import LivePress

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.diagrams import Diagrams
from switchyard.ui.transcript.formulas import Formulas
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.reader import Reader
from switchyard.ui.transcript.markdown.stream import StreamReader
from switchyard.ui.transcript.pictures import Pictures
from switchyard.ui.transcript.pieces.base import Kit, Piece
from switchyard.ui.transcript.typesetter import Typesetter

DOCUMENTS, AT_ONCE = 300, 10
SAME_PER_MILLE = 2.0  # letters that came in two runs are set a part of a pixel apart
WIDTH = 700
READER = Reader()

_WORDS = (
    "route", "réponse", "Straße", "模型", "路由選擇", "かな交じり", "한국어", "مرحبا", "בדיקה", "привет",
    "👩‍👩‍👧‍👦", "🇳🇴", "e\u0301\u0302\u0303", "a\u200bb", "\u202eabc\u202c", "naïve", "x" * 70,
    "C:\\new\\table", "&amp;", "&nbsp;",
    "*", "_", "`", "[", "]", "(", "<", ">", "|", "\\", "$", "$5", "~", "#", "!", "**bold**", "*it*", "`code`",
    "~~gone~~",
    "[link](https://a.example/(b)_c)", "![pic](https://a.example/p.png)", "<b>html</b>", "<!--",
    "https://a.example/x_y",
    "[ref][1]", "[^1]", "$x_1$", "\\(\\frac{a}{b}\\)", "$\\frac{$", "\\[ x", "$$ y $$", "**open", "*open",
    "`open", "\t", "\u00a0",
)  # fmt: skip

Make = Callable[[random.Random], str]


def words(draw: random.Random, most: int = 12) -> str:
    return " ".join(draw.choice(_WORDS) for _ in range(draw.randint(1, most)))


def paragraph(draw: random.Random) -> str:
    ends = ("\n", "  \n", "\\\n", "\r\n")
    return draw.choice(ends).join(words(draw) for _ in range(draw.randint(1, 4)))


def heading(draw: random.Random) -> str:
    if draw.random() < 0.3:
        return f"{words(draw, 4)}\n{draw.choice('=-') * 3}"
    return f"{'#' * draw.randint(1, 7)} {words(draw, 4)}{draw.choice(('', ' #', '#'))}"


def rule(draw: random.Random) -> str:
    return draw.choice(("---", "***", "_ _ _", "- - -", "--", "* * *   "))


def fence(draw: random.Random) -> str:
    mark = draw.choice(("```", "~~~", "````", "  ```"))
    body = "\n".join(draw.choice(("", "  x = 1", "``", "```", "# no heading", words(draw, 3))) for _ in range(5))
    language = draw.choice(("py", "no such language", "", "{.x}"))
    return f"{mark}{language}\n{body}\n{draw.choice((mark, mark, '', mark[:2]))}"


def indented_code(draw: random.Random) -> str:
    return "    code\n\n    more\n" + " " * draw.randint(0, 5) + "end"


def table(draw: random.Random) -> str:
    columns = draw.randint(1, 6)
    rows = [" | ".join(words(draw, 2) for _ in range(columns + draw.randint(-1, 1))) for _ in range(draw.randint(0, 9))]
    dashes = "|".join(draw.choice(("---", ":-", "-:", ":-:")) for _ in range(columns))
    return "\n".join((f"| {' | '.join(words(draw, 1) for _ in range(columns))} |", f"|{dashes}|", *rows))


def formula(draw: random.Random) -> str:
    tex = draw.choice(("\\frac{a}{b}", "\\frac{a}{", "\\sum_i x_i\n+ 1", "\\nosuch{x}", "a\n\nb", "- c\n= d", "中"))
    marks = (
        ("$$", "$$"),
        ("$$\n", "\n$$"),
        ("\\[", "\\]"),
        ("\\[\n", "\n\\]"),
        ("$$", ""),
        ("\\begin{align}\n", "\n\\end{align}"),
    )
    opening, closing = draw.choice(marks)
    return f"{opening}{tex}{closing}"


def html(draw: random.Random) -> str:
    return draw.choice(
        ("<div>\n\n*x*\n\n</div>", "<script>\nalert(1)\n</script>", "<!-- a\n\nb -->", "<img src=x onerror=y>")
    )


def note(draw: random.Random) -> str:
    return f"[^{draw.choice('123')}]: {words(draw)}\n{draw.choice(('', '    and on', 'lazy'))}"


def reference(draw: random.Random) -> str:
    return draw.choice(("[1]: https://a.example/late", "[1]:\nhttps://a.example 'title'", "[ref]: <>"))


def image(draw: random.Random) -> str:
    return "\n".join(f"![{words(draw, 2)}](https://a.example/{n}.png)" for n in range(draw.randint(1, 2)))


LEAVES: tuple[Make, ...] = (
    paragraph, paragraph, paragraph, heading, rule, fence, indented_code, table, formula, html, note, reference, image,
)  # fmt: skip


def listed(draw: random.Random, depth: int) -> str:
    marker = draw.choice(("- ", "* ", "+ ", "1. ", "7) ", "10. ", "- [ ] ", "- [x] ", "-   "))
    glue = draw.choice(("\n", "\n\n"))
    return glue.join(marker + _indent(nested(draw, depth - 1), " " * len(marker)) for _ in range(draw.randint(1, 2)))


def quoted(draw: random.Random, depth: int) -> str:
    inner = nested(draw, depth - 1).split("\n")
    return "\n".join(draw.choice(("> ", "> ", ">", "")) + line for line in inner)


def nested(draw: random.Random, depth: int) -> str:
    if depth <= 0 or draw.random() < 0.35:
        return draw.choice(LEAVES)(draw)
    inside = listed(draw, depth) if draw.random() < 0.6 else quoted(draw, depth)
    return f"{words(draw, 3)}\n{inside}" if draw.random() < 0.4 else inside


def _indent(text: str, by: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join((first, *(by + line if line else line for line in rest)))


def document(seed: int) -> str:
    """Return one of the documents: a few of them are extreme in one way, the others a little in every way."""
    draw = random.Random(seed)
    extremes: dict[int, Make] = {
        0: lambda draw: "word " * 2_000,
        1: lambda draw: "x" * 10_000,
        2: lambda draw: "模型" * 2_500,
        3: lambda draw: "\n".join((table(draw), *(f"| {n} | {words(draw, 3)} |" for n in range(120)))),
        4: lambda draw: "\n".join("> " * n + words(draw, 2) for n in range(1, 30)),
        5: lambda draw: "\n".join(" " * 2 * n + "- " + words(draw, 2) for n in range(25)),
        6: lambda draw: "```py\n" + "x = 1  # words\n" * 200,
        7: lambda draw: "**bold *and `" * 60,
        8: lambda draw: "[" * 200 + "(" * 200,
        9: lambda draw: "$" * 99 + "\n\n" + "\\(" * 80,
    }
    blocks = [nested(draw, draw.randint(0, 4)) for _ in range(draw.randint(1, 4))]
    if seed < 2 * len(extremes):
        blocks.append(extremes[seed % len(extremes)](draw))
    return draw.choice(("\n\n", "\n\n\n", "\n")).join(blocks)


@dataclass
class Press:
    """What bodies are set with, all with the same kit."""

    qtbot: QtBot
    window: QWidget
    kit: Kit

    def body(self) -> Body:
        body = Body(self.kit, self.window)
        body.arrange(WIDTH)
        return body

    def finish(self, body: Body) -> tuple[list[tuple[str, object, str]], QImage]:
        """Return what a body has come to: every piece with its kind, its place and its text, and how it looks."""
        kit = self.kit
        self.qtbot.waitUntil(lambda: not (kit.formulas.busy or kit.background.busy), timeout=20_000)
        pieces = [piece for piece in body.children() if isinstance(piece, Piece) and not piece.isHidden()]
        for piece in pieces:
            piece.unfold()
        body.arrange(WIDTH)
        body.present()
        pieces.sort(key=lambda piece: piece.y())
        shown = [
            (type(piece).__name__, piece.geometry().getRect(), piece.surface.text(0, piece.surface.length))
            for piece in pieces
        ]
        return shown, body.grab().toImage()

    def drop(self, *bodies: Body) -> None:
        for body in bodies:
            body.hide()
            body.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def press(qtbot: QtBot) -> Press:
    theme = Theme(reduced_motion=True)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(WIDTH + 20, 600)
    background = Background(window)
    formulas = Formulas(window)
    typesetter = Typesetter(theme, formulas)
    return Press(
        qtbot,
        window,
        Kit(theme, typesetter, background, Pictures(background, window), formulas, Diagrams(theme, window)),
    )


@pytest.mark.parametrize("first", range(0, DOCUMENTS, AT_ONCE))
def test_a_reply_ends_the_same_whole_or_character_by_character(press: Press, first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        text = document(seed)
        whole = press.body()
        whole.show_all(READER.read(text))
        came = press.body()
        _stream(came, text, random.Random(seed))
        came.show_all(READER.read(text))
        shown, picture = press.finish(whole)
        streamed, streamed_picture = press.finish(came)
        assert streamed == shown, f"document {seed}"
        assert _differing(picture, streamed_picture) <= SAME_PER_MILLE, f"document {seed} looks different"
        press.drop(whole, came)


SPLICES = (
    "\n", "\n\n", "```", "$$", "|", "> ", "- ", "    ", "\t", "*", "**", "~~", "`", "[^1]", "\\[", "\\]", "<div>",
    "</div>", "#", "---\n", "|---|---|\n", "| a | b |\n|:-:|--:|\n| c | d |\n", "![a](https://a.example/c.png)",
    "- [ ] t\n", "1) x\n", "[x]: y\n", "<!-- x -->", "\\begin{align}", "\\end{align}", "$x^2$", "  \n", "\\\n",
    "\u202e", "\u200f", "مرحبا ", "\u0600", "\ufeff", "\0", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028",
    "\u2029", "\ud83d", "\ude00", "😀",
)  # fmt: skip
STREAMED, STREAMED_AT_ONCE = 60, 10


def spliced(draw: random.Random) -> str:
    """Return a document in which parts of others stand where nobody would put them."""
    text, *others = (document(draw.randrange(20, 10**9)) for _ in range(draw.randint(1, 2)))
    for other in others:
        text = text[: draw.randrange(len(text) + 1)] + other[draw.randrange(len(other) + 1) :]
    for _ in range(draw.randint(0, 4)):
        at, chance = draw.randrange(len(text) + 1), draw.random()
        if chance < 0.3:
            text = text[:at] + text[at + draw.randint(0, 30) :]
        elif chance < 0.6:
            text = text[:at] + draw.choice(SPLICES) + text[at:]
        else:
            end = at + draw.randint(0, 40)
            text = text[:end] + text[at:end] + text[end:]
    return text[:4_000]


@pytest.mark.parametrize("first", range(0, STREAMED, STREAMED_AT_ONCE))
def test_a_reply_ends_the_same_whatever_happens_while_it_comes(qtbot: QtBot, first: int) -> None:
    """The window becomes narrower and wider, dark and light, and is hidden, while the reply comes in pieces."""
    press = LivePress(qtbot, Theme(reduced_motion=True))
    for seed in range(first, first + STREAMED_AT_ONCE):
        draw = random.Random(seed)
        text = spliced(draw)
        streamed, whole = press.streamed(text, draw), press.whole(text)
        came, came_picture = press.outcome(streamed)
        shown, picture = press.outcome(whole)
        assert came == shown, f"document {seed}"
        assert _differing(picture, came_picture) <= SAME_PER_MILLE, f"document {seed} looks different"
        press.drop(streamed, whole)


ENDLESS = {
    "words": "word " * 1_300,
    "no ends of words": "x" * 7_000,
    "styles": "**bold words** and `code` and *more of it*, " * 140,
    "one style": "**" + "bold " * 1_200 + "**",
    "links": "see [the page](https://a.example/page) and https://b.example/x_y for more. " * 80,
    "formulas": "as $x_1$ shows, " * 400,
    "from the right": "مرحبا بالعالم الواسع " * 300,
    "no spaces": "模型路由選擇" * 1_000,
    "in a list": "- " + "word " * 1_100 + "\n- " + "more *words* " * 60,
    "in a quote": "> " + "word " * 1_200,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_paragraph_that_is_torn_on_its_way_ends_whole(press: Press, name: str) -> None:
    """What is longer than 5,000 characters is given up in parts while it comes."""
    text = ENDLESS[name]
    whole = press.body()
    whole.show_all(READER.read(text))
    came = press.body()
    _stream(came, text, random.Random(1))
    came.show_all(READER.read(text))
    shown, picture = press.finish(whole)
    streamed, streamed_picture = press.finish(came)
    assert streamed == shown
    assert _differing(picture, streamed_picture) <= 2 * SAME_PER_MILLE  # every line of it came in runs
    press.drop(whole, came)


def _differing(one: QImage, other: QImage) -> float:
    """Return how many pixels in 1,000 are not the same."""
    size = max(one.bytesPerLine(), 1)
    a, b = _bytes(one), _bytes(other)
    rows = ((a[at : at + size], b[at : at + size]) for at in range(0, len(a), size))
    count = sum(x != y for row, same in rows if row != same for x, y in zip(row, same, strict=True))
    return 1000 * count / max(len(a), 1)


def _bytes(picture: QImage) -> bytes:
    """Return the pixels; a reply of nothing has none."""
    return b"" if picture.isNull() else bytes(picture.constBits())


def _stream(body: Body, text: str, draw: random.Random) -> None:
    """Read a text character by character, and show what has come as a timer would: now and then.

    Only the longest come in larger pieces.
    """
    reader = StreamReader(READER)
    largest = max(1, len(text) // 500)
    often = 1 if len(text) < 120 else 60
    finished: list[Block] = []
    at = 0
    while at < len(text):
        size = draw.randint(1, largest)
        update = reader.feed(text[at : at + size])
        at += size
        finished.extend(update.finished)
        if draw.randrange(often) == 0 or at >= len(text):
            body.advance(finished, update.tail)
            body.arrange(WIDTH)
            body.present()
            finished = []
