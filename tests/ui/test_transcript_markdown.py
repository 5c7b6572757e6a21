"""Markdown becomes blocks, and becomes the same blocks however the text was cut on its way."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from switchyard.ui.transcript.links import may_open
from switchyard.ui.transcript.markdown.model import (
    Align,
    Block,
    CodeBlock,
    FormulaBlock,
    ImageBlock,
    RuleBlock,
    Span,
    TableBlock,
    TextBlock,
    joined,
    plain,
)
from switchyard.ui.transcript.markdown.reader import Reader
from switchyard.ui.transcript.markdown.stream import StreamReader

READER = Reader()

EVERYTHING = """# A heading with `code`

A paragraph of **bold**, *italic*, ~~struck~~ and [linked](https://example.org/a) text,
on two lines.

1. First
2. Second
   - nested one
   - nested *two*
3. Third

- [x] done
- [ ] open

> A quote
> - with a list

| Name | Size |
|:-----|-----:|
| one  | 1    |
| `b`  | **2** |
| c | 3 |
| d | 4 |
| e | 5 |
| f | 6 |
| g | 7 |
| h | 8 |
| i | 9 |

---

```python
def f(x):
    return "``" + x

# no heading
```

After the code, the formula \\(a_1 * b_1 * c\\) stays.

~~~
tildes
~~~

Last words
"""


def first(text: str) -> Block:
    return READER.read(text)[0]


def streamed(text: str, sizes: list[int]) -> tuple[Block, ...]:
    """Return what a view holds after the text came in pieces of these sizes."""
    stream = StreamReader(READER)
    finished: list[Block] = []
    tail: tuple[Block, ...] = ()
    at = 0
    for size in sizes:
        update = stream.feed(text[at : at + size])
        finished.extend(update.finished)
        tail = update.tail
        at += size
    assert at >= len(text)
    return joined((*finished, *tail))


def test_html_is_text_and_never_interpreted() -> None:
    assert plain(first("<script>alert(1)</script> <b>x</b>").spans) == "<script>alert(1)</script> <b>x</b>"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "vbscript:x", "/etc"]
)
def test_only_the_web_and_mail_may_be_opened(address: str) -> None:
    block = first(f"[here]({address}) ![picture]({address})")
    assert isinstance(block, TextBlock)
    assert not any(span.href and may_open(span.href) for span in block.spans)
    assert not may_open(address)
    assert may_open("https://example.org")
    assert may_open("mailto:a@example.org")


def test_an_image_in_a_sentence_becomes_its_description_and_a_link() -> None:
    assert first("See ![A map](https://example.org/map.png)") == TextBlock(
        (Span("See "), Span("A map", href="https://example.org/map.png"))
    )


def test_images_that_stand_alone_are_blocks_and_only_those_on_the_web() -> None:
    assert READER.read("- [![A](https://a.example/1.png)](https://b.example)\n  ![](http://b.example/2.png)\n") == (
        TextBlock((), indent=1, marker="•"),
        ImageBlock("https://a.example/1.png", "A", 1),
        ImageBlock("http://b.example/2.png", "", 1),
    )
    for address in ("file:///etc/passwd", "data:image/png;base64,x", "http:///x.png", "/here.png"):
        assert isinstance(first(f"![It]({address})"), TextBlock)


def test_file_names_are_no_links() -> None:
    assert first("See main.py and readme.md") == TextBlock((Span("See main.py and readme.md"),))


@pytest.mark.parametrize(
    ("formula", "tex"),
    [
        (r"\(a_1 * b * c_2\)", "a_1 * b * c_2"),
        (r"\[x_1 \\ *y*\]", r"x_1 \\ *y*"),
        ("$a_i * b_i * c$", "a_i * b_i * c"),
        ("$$a * b * c$$", "a * b * c"),
    ],
)
def test_a_formula_in_a_sentence_keeps_its_source_and_its_tex(formula: str, tex: str) -> None:
    assert first(f"So {formula} *holds*") == TextBlock(
        (Span("So "), Span(formula, tex=tex), Span(" "), Span("holds", italic=True))
    )


@pytest.mark.parametrize(
    ("source", "tex"),
    [
        ("$$\na + b\n- c\n$$", "a + b\n- c"),
        ("$$ a $$", "a"),
        ("\\[\n# x\n\\]", "# x"),
        ("\\begin{align*}\na &= b\n\\end{align*}", "\\begin{align*}\na &= b\n\\end{align*}"),
    ],
)
def test_a_formula_on_lines_of_its_own_is_a_block_that_may_follow_a_sentence(source: str, tex: str) -> None:
    assert READER.read(f"So:\n{source}\nand on") == (
        TextBlock((Span("So:"),)),
        FormulaBlock(tex, source),
        TextBlock((Span("and on"),)),
    )


def test_a_formula_without_an_end_is_text_and_swallows_nothing() -> None:
    blocks = READER.read("$$ a\n\n- one\n")
    assert [plain(block.spans) for block in blocks if isinstance(block, TextBlock)] == ["$$ a", "one"]


def test_a_formula_stays_together_while_its_end_has_not_come() -> None:
    stream = StreamReader(READER)
    assert stream.feed("So:\n$$\na\n- b").tail[-1] == FormulaBlock("a\n- b", "$$\na\n- b", closed=False)
    assert stream.feed("\n$$").tail[-1] == FormulaBlock("a\n- b", "$$\na\n- b\n$$")


def test_notes_stay_where_they_are_and_their_numbers_stand_above_the_line() -> None:
    assert READER.read("Said[^1] twice[^two] and [^never].\n\n[^1]: Here\n    and on\n[^two]: There\n") == (
        TextBlock((Span("Said"), Span("1", note=True), Span(" twice"), Span("two", note=True), Span(" and [^never]."))),
        TextBlock((Span("Here and on"),), indent=1, marker="1.", note=True),
        TextBlock((Span("There"),), indent=1, marker="two.", note=True),
    )
    long = READER.read("A[^a-long-name]\n\n[^a-long-name]: Why\n")[1]
    assert long == TextBlock((Span("a-long-name: ", bold=True), Span("Why")), indent=1, note=True)


def test_code_and_tables_know_in_how_many_quotes_they_lie() -> None:
    blocks = READER.read("> > ```py\n> > a\n> > ```\n> > | b |\n> > |---|\n")
    assert [block.quote for block in blocks if isinstance(block, CodeBlock | TableBlock)] == [2, 2]


def test_money_is_no_formula() -> None:
    assert first("It costs $5 and *not* $6") == TextBlock(
        (Span("It costs $5 and "), Span("not", italic=True), Span(" $6"))
    )


def test_lists_know_their_depth_their_numbers_and_their_tasks() -> None:
    blocks = READER.read("3. three\n4. four\n   - deep\n\n- [x] done\n- [ ] open\n")
    texts = [(block.marker, block.indent, plain(block.spans)) for block in blocks if isinstance(block, TextBlock)]
    assert texts == [("3.", 1, "three"), ("4.", 1, "four"), ("◦", 2, "deep"), ("☑", 1, "done"), ("☐", 1, "open")]


def test_a_tight_list_has_no_gaps_and_a_loose_one_has() -> None:
    tight = READER.read("text\n\n- a\n- b\n  - c\n")
    assert [block.gap for block in tight if isinstance(block, TextBlock)] == [True, True, False, False]
    loose = READER.read("- a\n\n- b\n")
    assert [block.gap for block in loose if isinstance(block, TextBlock)] == [True, True]


def test_a_table_keeps_its_alignment_and_its_styles() -> None:
    table = first("| a | b | c |\n|:--|:-:|--:|\n| 1 | `2` | **3** |\n")
    assert table == TableBlock(
        ((Span("a"),), (Span("b"),), (Span("c"),)),
        (Align.LEFT, Align.CENTRE, Align.RIGHT),
        (((Span("1"),), (Span("2", code=True),), (Span("3", bold=True),)),),
    )


def test_an_item_that_begins_with_code_shows_its_marker() -> None:
    assert READER.read("- ```sh\n  ls\n  ```\n") == (TextBlock((), indent=1, marker="•"), CodeBlock("ls", "sh", 1))


def test_halves_of_characters_that_come_apart_are_put_together() -> None:
    """JSON may hold the halves of a character in two pieces; Qt holds neither alone."""
    reader = StreamReader(READER)
    seen = [reader.feed(piece).tail for piece in ("one \ud83d", "\ude00 `two \ude00`")]
    assert [plain(block.spans) for tail in seen for block in tail if isinstance(block, TextBlock)] == [
        "one",
        "one 😀 two \ufffd",
    ]
    assert READER.read("one \ud83d\ude00 `two \ude00`") == seen[-1]


def test_marks_of_the_order_of_bytes_are_nothing() -> None:
    text = "\ufeff# a\ufeffb\n\n```\n\ufeffx\ufeff\n```\n"
    assert READER.read(text) == READER.read(text.replace("\ufeff", ""))


def test_every_kind_of_block_is_read() -> None:
    kinds = {type(block) for block in READER.read(EVERYTHING)}
    assert kinds == {TextBlock, RuleBlock, CodeBlock, TableBlock}


def test_text_reads_the_same_one_character_at_a_time() -> None:
    assert streamed(EVERYTHING, [1] * len(EVERYTHING)) == READER.read(EVERYTHING)


@pytest.mark.parametrize("seed", range(25))
def test_text_reads_the_same_however_it_is_cut(seed: int) -> None:
    rng = random.Random(seed)
    sizes: list[int] = []
    while sum(sizes) < len(EVERYTHING):
        sizes.append(rng.choice((1, 2, 3, 5, 8, 40, 200)))
    assert streamed(EVERYTHING, sizes) == READER.read(EVERYTHING)


def _longest_tail(text: str) -> int:
    stream = StreamReader(READER)
    longest = 0
    for at in range(0, len(text), 120):
        stream.feed(text[at : at + 120])
        longest = max(longest, len(stream._tail))
    return longest


@pytest.mark.parametrize(
    "text",
    [
        "A sentence with **bold words** and `code` in it. " * 800,
        "- an item with *some* text\n" * 1_000,
        "1. an item with *some* text\n" * 1_000,
        "- top\n" + "  - an item with *some* text\n    - and one *below* it\n" * 500 + "- another\n  - more\n\nText",
        "1. top\n   - first\n" + "".join(f"     {n}. an item with *some* text\n" for n in range(1, 600)) + "2. end\n",
        "- top\n  1. first\n" + "     - an item with *some* text\n" * 600 + "  2. second\n  3. third\n- end\n",
        "| a | b |\n|---|---|\n" + "| one cell | **another** |\n" * 1_000,
        "```python\n" + "value = compute(1)\n" * 1_000 + "```\n",
    ],
    ids=["paragraph", "bullets", "numbers", "nested", "numbers-below", "bullets-below", "table", "code"],
)
def test_an_endless_block_does_not_make_the_open_end_grow(text: str) -> None:
    assert _longest_tail(text) < 4_000
    assert streamed(text, [120] * (len(text) // 120 + 1)) == READER.read(text)


def test_an_endless_line_of_marks_does_not_make_the_open_end_grow() -> None:
    text = "." * 30_000
    assert _longest_tail(text) < 6_000
    assert streamed(text, [120] * 250) == READER.read(text)


@pytest.mark.parametrize("text", ["-" * 6_000, "a\n" + "=" * 6_000, "=" * 6_000 + " x"])
def test_a_long_line_of_marks_is_what_it_would_be_if_it_were_short(text: str) -> None:
    assert streamed(text, [120] * 51) == READER.read(text)


@pytest.mark.parametrize("seed", range(20))
def test_lists_in_lists_read_the_same_however_deep_they_go(seed: int) -> None:
    rng = random.Random(seed)
    lines: list[str] = []
    indents = [0]
    for _ in range(150):
        if lines and rng.random() < 0.3:
            indents.append(indents[-1] + rng.choice((2, 3)))
        while len(indents) > 1 and rng.random() < 0.3:
            indents.pop()
        marker = rng.choice(("- ", "- ", "- ", "* ", "1. ", "2. ", "10. ", "- [ ] "))
        lines.append(" " * indents[-1] + marker + rng.choice(("item", "**b** and `c`", "words " * 9)))
    text = "\n".join(lines)
    sizes: list[int] = []
    while sum(sizes) < len(text):
        sizes.append(rng.choice((1, 3, 20, 60)))
    assert shapes(streamed(text, sizes)) == shapes(READER.read(text))


def shapes(blocks: Iterable[Block]) -> list[tuple[str, int, str]]:
    """Return markers, depths and words; only the end of the text settles where there are gaps."""
    return [(block.marker, block.indent, plain(block.spans)) for block in blocks if isinstance(block, TextBlock)]


def test_numbering_goes_on_where_every_item_says_one() -> None:
    text = "1. a\n1. b\n1. c\n1. d\n"
    markers = [block.marker for block in streamed(text, [1] * len(text)) if isinstance(block, TextBlock)]
    assert markers == ["1.", "2.", "3.", "4."]


def test_open_code_is_shown_without_the_fence_that_may_be_closing_it() -> None:
    stream = StreamReader(READER)
    assert stream.feed("```py\na = 1\n``").tail == (CodeBlock("a = 1", "py", closed=False),)
    assert stream.feed("`\nText").finished == (CodeBlock("a = 1", "py"),)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("```", False),
        ("```pyth", False),
        ("```mermaid", False),
        ("- one\n\n  ```python\n  x", False),
        ("- one\n\n  ```python\n  x\n\n", False),
        ("- one\n\n  ```python\n  ```", True),
        ("- one\n\n  ```python\n  x\n  ```", True),
        ("> ```python\n> x", False),
        ("> ```python\n> x\n> ```", True),
        ("- ```\n  x\n\n- two\n\n  ```\n  y", False),
    ],
)
def test_code_is_open_until_its_fence_comes(text: str, closed: bool) -> None:
    last = StreamReader(READER).feed(text).tail[-1]
    assert isinstance(last, CodeBlock)
    assert last.closed is closed


def test_code_without_an_end_is_closed_by_what_follows_its_list() -> None:
    stream = StreamReader(READER)
    update = stream.feed("- ```\n  x\n\nText")
    assert CodeBlock("x\n", "", 1) in (*update.finished, *update.tail)
