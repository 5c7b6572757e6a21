"""Words of a thread are selected by pointer and by keys, through blocks and messages, and copied in three shapes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.clipboard import Shape
from switchyard.ui.transcript.markdown.reader import Reader
from switchyard.ui.transcript.reasoning import Reasoning
from switchyard.ui.transcript.writing import as_html, as_markdown, as_plain

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key

ANSWER = "First **bold** words\n\n- one\n- two\n\n```python\nprint('x')\n```\n\nLast words"


def copied() -> str:
    return QGuiApplication.clipboard().text()


def html() -> str:
    return QGuiApplication.clipboard().mimeData().html()


@pytest.fixture
def rig(qtbot: QtBot, dark: Theme) -> ThreadRig:
    QGuiApplication.clipboard().clear()
    return ThreadRig(qtbot, dark, asked("u", "My question\nhas two lines"), answered("a", ANSWER), asked("v", "Thanks"))


def copy(rig: ThreadRig, at: int, shape: Shape = Shape.RICH) -> str:
    rig.view.copying.copy(rig.stage.items[at].message, shape)
    rig.settle()
    return copied()


def test_a_drag_selects_through_messages(rig: ThreadRig) -> None:
    rig.press(rig.place(0, "two lines"))
    rig.drag(rig.place(1, "one", after=True))
    rig.release(rig.place(1, "one", after=True))
    QTest.keyClick(rig.message(0), Key.Key_C, CTRL)
    assert copied() == "two lines\n\nFirst bold words\n• one"
    assert "<b>bold</b>" in html()
    assert "<ul><li>" in html()
    assert copy(rig, 0, Shape.MARKDOWN) == "two lines\n\nFirst **bold** words\n\n- one"


def test_a_drag_upwards_selects_the_same(rig: ThreadRig) -> None:
    rig.press(rig.place(1, "bold", after=True))
    rig.drag(rig.place(0, "question"))
    rig.release(rig.place(0, "question"))
    assert copy(rig, 0) == "question\nhas two lines\n\nFirst bold"


def test_what_is_selected_is_one_thing_in_the_whole_thread(rig: ThreadRig) -> None:
    rig.double_click(rig.place(0, "question") + QPoint(5, 0))
    assert copy(rig, 0) == "question"
    rig.double_click(rig.place(1, "words") + QPoint(5, 0))
    assert copy(rig, 0) == "words"
    rig.click(rig.place(2, "Thanks"))
    assert copy(rig, 2) == "Thanks"


def test_a_third_click_takes_the_paragraph(rig: ThreadRig) -> None:
    point = rig.place(1, "bold") + QPoint(5, 0)
    rig.double_click(point)
    rig.click(point)
    assert copy(rig, 1) == "First bold words"
    assert copy(rig, 1, Shape.MARKDOWN) == "First **bold** words"


def test_shift_and_a_click_extend(rig: ThreadRig) -> None:
    rig.click(rig.place(0, "My"))
    rig.click(rig.place(0, "question", after=True), SHIFT)
    assert copy(rig, 0) == "My question"
    rig.click(rig.place(1, "First", after=True), SHIFT)
    assert copy(rig, 0) == "My question\nhas two lines\n\nFirst"


def test_everything_of_a_message_is_selected_by_a_key(rig: ThreadRig) -> None:
    QTest.keyClick(rig.message(1), Key.Key_A, CTRL)
    QTest.keyClick(rig.message(1), Key.Key_C, CTRL)
    assert copied() == "First bold words\n• one\n• two\nprint('x')\nLast words"
    assert copy(rig, 1, Shape.MARKDOWN) == ANSWER


def test_keys_select_letter_by_letter_word_by_word_and_line_by_line(rig: ThreadRig) -> None:
    message = rig.message(1)
    for _ in range(3):
        QTest.keyClick(message, Key.Key_Right, SHIFT)
    assert copy(rig, 1) == "Fir"
    QTest.keyClick(message, Key.Key_Left, SHIFT)
    assert copy(rig, 1) == "Fi"
    QTest.keyClick(message, Key.Key_Right, SHIFT | CTRL)
    assert copy(rig, 1).strip() == "First"
    QTest.keyClick(message, Key.Key_End, SHIFT)
    assert copy(rig, 1) == "First bold words"
    QTest.keyClick(message, Key.Key_Home, SHIFT)
    assert copy(rig, 1) == ANSWER, "nothing is selected, so it is the message that is copied"
    QTest.keyClick(message, Key.Key_Down, SHIFT)
    assert copy(rig, 1) == "First bold words"
    QTest.keyClick(message, Key.Key_Down, SHIFT)
    assert copy(rig, 1) == "First bold words\n• one"


def test_keys_select_on_into_the_next_message_and_back(rig: ThreadRig) -> None:
    rig.click(rig.place(0, "lines"))
    for _ in range(len("lines") + 1 + len("Fi")):
        QTest.keyClick(rig.message(0), Key.Key_Right, SHIFT)
    assert copy(rig, 0) == "lines\n\nFi"
    for _ in range(4):
        QTest.keyClick(rig.message(0), Key.Key_Left, SHIFT)
    assert copy(rig, 0) == "line"


def test_the_line_below_is_reached_in_every_part_of_a_message(rig: ThreadRig) -> None:
    message = rig.message(1)
    seen: list[str] = []
    for _ in range(12):
        QTest.keyClick(message, Key.Key_Down, SHIFT)
        seen.append(copy(rig, 1))
    assert "print" in seen[3] or "print" in seen[2]
    assert seen[-1].endswith("Thanks"), "it went on through the last message"
    for _ in range(14):
        QTest.keyClick(message, Key.Key_Up, SHIFT)
    assert copy(rig, 1).startswith("My question")


def test_messages_far_away_are_copied_whole(qtbot: QtBot, dark: Theme) -> None:
    messages = [message for n in range(150) for message in (asked(f"u{n}", f"Ask {n}"), answered(f"a{n}", f"*No* {n}"))]
    rig = ThreadRig(qtbot, dark, *messages)
    rig.stage.verticalScrollBar().setValue(0)
    rig.settle()
    rig.click(rig.place(0, "Ask 0"))
    rig.view.to_end()
    rig.settle()
    rig.click(rig.place(299, "149", after=True), SHIFT)
    assert rig.stage.items[150].view is None
    words = copy(rig, 299)
    assert words == "\n\n".join(f"Ask {n}\n\nNo {n}" for n in range(150))
    assert html().count("<i>No</i>") == 150
    assert copy(rig, 299, Shape.MARKDOWN).startswith("Ask 0\n\n*No* 0\n\nAsk 1")
    rig.stage.verticalScrollBar().setValue(rig.stage.verticalScrollBar().maximum() // 2)
    rig.settle()
    shown = next(item.view for _, item in rig.stage.shown() if item.view is not None and not item.held)
    assert shown.body.selection.text(), "what comes into view between both ends is selected there"


def test_the_thread_scrolls_towards_a_pointer_that_is_held_beyond_its_edge(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, *(asked(f"u{n}", f"Message {n}") for n in range(80)))
    bar = rig.stage.verticalScrollBar()
    before = bar.value()
    at = rig.place(79, "Message 79", after=True)
    rig.press(at)
    rig.drag(QPoint(at.x(), -30))
    qtbot.waitUntil(lambda: bar.value() < before - 1_500)
    rig.release(QPoint(at.x(), -30))
    stands = bar.value()
    assert not rig.view.selection._scroll.isActive()
    assert copy(rig, 79).endswith("Message 78\n\nMessage 79")
    assert len(copy(rig, 79).split("\n\n")) > 30
    assert bar.value() == stands


def test_thoughts_that_are_open_can_be_selected(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "The answer", reasoning="Deep thoughts"))
    folded = rig.message(0).findChild(Reasoning)
    assert isinstance(folded, Reasoning)
    folded.unfold()
    folded.resized.emit()
    rig.settle()
    rig.press(rig.place(0, "thoughts"))
    rig.drag(rig.place(0, "The", after=True))
    rig.release(rig.place(0, "The", after=True))
    assert copy(rig, 0) == "thoughts\nThe"


def test_a_selection_ends_with_the_message_it_began_in(rig: ThreadRig) -> None:
    QTest.keyClick(rig.message(2), Key.Key_A, CTRL)
    rig.view.remove("v")
    assert rig.view.selection.empty
    assert copy(rig, 0) == "My question\nhas two lines"


def test_the_menu_copies_in_every_shape(rig: ThreadRig) -> None:
    rig.double_click(rig.place(1, "bold") + QPoint(5, 0))
    chosen: dict[str, tuple[str, str]] = {}
    for text in ("Copy selection", "Copy as Markdown", "Copy as plain text"):
        menu = open_menu(rig)
        next(action for action in menu.actions() if action.text() == text).trigger()
        menu.close()
        rig.settle()
        chosen[text] = (copied(), html())
    assert chosen["Copy selection"] == ("bold", "<p><b>bold</b></p>")
    assert chosen["Copy as Markdown"] == ("**bold**", "")
    assert chosen["Copy as plain text"] == ("bold", "")


def open_menu(rig: ThreadRig) -> QMenu:
    view = rig.message(1)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(30, 10), view.mapToGlobal(QPoint(30, 10)))
    QGuiApplication.sendEvent(view, event)
    return next(menu for menu in view.findChildren(QMenu) if menu.isVisible())


RICH = """- one
  - two with **bold** and $x_1$
    1. three

| a | *b* |
|---|---|
| `c` | d \\| e |

$$
\\frac{a}{b}
$$

```py
x = 1
```

> مرحبا and Latin"""


def test_everything_a_reply_can_hold_is_copied_in_three_shapes(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", RICH))
    qtbot.waitUntil(lambda: not rig.view._formulas.busy, timeout=60_000)
    QTest.keyClick(rig.message(0), Key.Key_A, CTRL)
    plain = copy(rig, 0, Shape.PLAIN)
    for words in (
        "• one",
        "◦ two with bold and $x_1$",
        "1. three",
        "a\tb",
        "c\td | e",
        "\\frac{a}{b}",
        "x = 1",
        "مرحبا and",
    ):
        assert words in plain
    assert "**" not in plain
    assert Reader().read(copy(rig, 0, Shape.MARKDOWN)) == Reader().read(RICH)
    copy(rig, 0)
    for part in ("<ul><li>", "<b>bold</b>", "<ol", "<table", "<i>b</i>", "<code>c</code>", "<pre>", "<blockquote>"):
        assert part in html()


def test_part_of_a_table_and_of_a_formula_is_copied_as_it_was_written(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "So $\\frac{a}{b}$ it is, and $x_1$ too"))
    qtbot.waitUntil(lambda: not rig.view._formulas.busy, timeout=60_000)
    rig.settle()
    rig.press(rig.place(0, "So"))
    rig.drag(rig.place(0, "it", after=True))
    rig.release(rig.place(0, "it", after=True))
    assert copy(rig, 0) == "So $\\frac{a}{b}$ it"
    assert copy(rig, 0, Shape.MARKDOWN) == "So $\\frac{a}{b}$ it"


@pytest.mark.parametrize("text", ["a $\\frac{a}{b}$ z", "| a $\\frac{a}{b}$ z |\n|---|"])
def test_keys_step_over_a_formula_as_over_a_letter(qtbot: QtBot, dark: Theme, text: str) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", text))
    qtbot.waitUntil(lambda: not rig.view._formulas.busy, timeout=60_000)
    rig.settle()
    message, selection = rig.message(0), rig.message(0).body.selection
    words = []
    for key in (Key.Key_Right,) * 5 + (Key.Key_Left,) * 3:
        QTest.keyClick(message, key, SHIFT)
        words.append(selection.text())
    formula = "a $\\frac{a}{b}$"
    assert words == ["a", "a ", formula, f"{formula} ", f"{formula} z", f"{formula} ", formula, "a "]
    QTest.keyClick(message, Key.Key_Right, SHIFT | CTRL)
    assert selection.text() in {formula, f"{formula} "}


def test_words_of_both_directions_are_selected_by_the_pointer(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "مرحبا بالعالم\n\nLatin with שלום inside"))
    rig.double_click(rig.place(0, "بالعالم") - QPoint(5, 0))
    assert copy(rig, 0) == "بالعالم"
    rig.double_click(rig.place(0, "שלום") + QPoint(6, 0))
    assert copy(rig, 0) == "שלום"
    rig.press(rig.place(0, "مرحبا"))
    rig.drag(rig.place(0, "Latin", after=True))
    rig.release(rig.place(0, "Latin", after=True))
    assert copy(rig, 0) == "مرحبا بالعالم\nLatin"


# --- links ---


def test_a_link_tells_where_it_leads_before_it_is_opened(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(
        qtbot, dark, answered("a", "See [the page](https://example.org/a?b=c) for more, or [it](ftp://x.org)")
    )
    line = rig.view._floats.link
    rig.hover(rig.place(0, "the page") + QPoint(8, 0))
    assert line.isVisible()
    assert line.text() == "https://example.org/a?b=c"
    rig.hover(rig.place(0, "more"))
    assert not line.isVisible()
    with qtbot.waitSignal(rig.view.link_activated) as opened:
        rig.click(rig.place(0, "the page") + QPoint(8, 0))
    assert opened.args == ["https://example.org/a?b=c"]


def test_an_address_of_another_kind_is_not_opened_and_says_so(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "Get [it](ftp://x.org/file) here"))
    with qtbot.assertNotEmitted(rig.view.link_activated):
        rig.click(rig.place(0, "it") + QPoint(4, 0))
    assert rig.view._floats.link.text() == "Not opened: only web and mail addresses are. ftp://x.org/file"


# --- writing ---

SAMPLES = [
    "# Head *line*\n\nText with `code`, **bold**, *italic*, ~~gone~~ and [a link](https://example.org).",
    "1. one\n2. two\n   - inner\n   - more\n\n     with a paragraph\n3. three",
    "- [ ] open\n- [x] done",
    "> quoted\n>\n> more\n\nplain",
    "| a | b |\n|---|--:|\n| 1 | *2* |\n| x \\| y | z |",
    "````\n```\ninner\n```\n````",
    "A \\* star, an \\_under\\_ and 1\\. no list\n\n---\n\nend",
    "A formula $x_1^*$ and \\\\(y\\\\), a note[^1]\n\n$$\na_b\n$$\n\n"
    "![big](https://a.example/y.png)\n\n[^1]: The *note*",
    "- a\n\n  ```python\n  x = 1\n  ```\n- b",
    "1986\\. A great year\n\n2\\) no item\n\n\\## no head\n\n\\---\n\nno item  \n\\- no head  \n\\===",
    "See [1], a[0] and \\[x](y), \\$a\\$, \\~\\~here\\~\\~ and &amp;lt;, [b](<c)d>)\n\n![e \\] f](https://a.example/g)",
]


@pytest.mark.parametrize("text", SAMPLES)
def test_markdown_that_is_written_reads_the_same(text: str) -> None:
    reader = Reader()
    blocks = reader.read(text)
    assert reader.read(as_markdown(blocks)) == blocks


def test_brackets_that_mean_nothing_are_written_as_they_are() -> None:
    text = "See [1] and a[0], and [it](https://a.example/b_(c)). It costs $5, R&D ~ none."
    assert as_markdown(Reader().read(text)) == text


def test_html_nests_lists_and_names_no_colours() -> None:
    blocks = Reader().read(SAMPLES[1] + "\n\n" + SAMPLES[3])
    written = as_html(blocks)
    assert written.startswith("<ol><li><p>one</p></li><li><p>two</p><ul><li><p>inner</p></li><li><p>more</p>")
    assert "<blockquote><p>quoted</p><p>more</p></blockquote>" in written
    assert written.count("<li>") == written.count("</li>") == 5
    assert "style" not in written


def test_html_holds_no_address_that_may_not_be_opened() -> None:
    assert as_html(Reader().read("[x](ftp://a.org) <b>&amp;</b>")) == "<p>x &lt;b&gt;&amp;&lt;/b&gt;</p>"


def test_plain_text_parts_cells_by_tabs() -> None:
    assert as_plain(Reader().read(SAMPLES[4])) == "a\tb\n1\t2\nx | y\tz"
