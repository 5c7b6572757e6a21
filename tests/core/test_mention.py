"""What is a mention while it is being typed, and what is not."""

import pytest

from switchyard.core.mention import Mention, Sign, in_fence, mention_in, naming

AT, HASH = Sign.ANSWERS, Sign.GOES_ALONG


@pytest.mark.parametrize(
    ("line", "mention"),
    [
        ("@", Mention(AT, "")),
        ("@gpt", Mention(AT, "gpt")),
        ("ask @openai/gpt-5", Mention(AT, "openai/gpt-5")),
        ("(@gpt", Mention(AT, "gpt")),
        ("“@gpt", Mention(AT, "gpt")),
        ('"@gpt', Mention(AT, "gpt")),
        ("\t@gpt", Mention(AT, "gpt")),
        ("@cheap f", Mention(AT, "cheap f")),
        ("#n", Mention(HASH, "n")),
        ("see #rate limiter f", Mention(HASH, "rate limiter f")),
        ("see #Überblick", Mention(HASH, "Überblick")),
        ("see #U\u0308ber", Mention(HASH, "U\u0308ber")),
        ("🙂 @gpt", Mention(AT, "gpt")),
        ("请问@gpt", Mention(AT, "gpt")),
        ("看，#发布", Mention(HASH, "发布")),
        ("اسأل @gpt", Mention(AT, "gpt")),
        ("اسأل \u200f@gpt", Mention(AT, "gpt")),
        ("@one and @two", Mention(AT, "two")),
        ("`code` @gpt", Mention(AT, "gpt")),
    ],
)
def test_a_sign_at_the_beginning_of_a_word_is_a_mention(line: str, mention: Mention) -> None:
    assert mention_in(line) == mention


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no sign",
        "#",
        "# heading",
        "## heading",
        "##heading",
        "#1",
        "C#",
        "C#s",
        "F# and",
        "ana@example",
        "ana.b@example.org",
        "é@x",
        "e\u0301@x",
        "🙂@gpt",
        "https://example.org/#part",
        "don't'@gpt",
        "@ gpt",
        "@gpt ",
        "see #notes ",
        "`@gpt",
        "``a ` @gpt",
        "one `#notes",
        "@one two three four five",
        "@" + 70 * "x",
    ],
)
def test_nothing_else_is(line: str) -> None:
    assert mention_in(line) is None


def test_what_is_taken_away_is_counted_as_the_editor_counts() -> None:
    assert Mention(AT, "gpt").units == 4
    assert Mention(HASH, "a🙂").units == 4


def test_a_block_of_code_begins_with_a_fence_and_ends_with_one_like_it() -> None:
    assert not in_fence("words\n")
    assert in_fence("```python\n")
    assert in_fence("words\n~~~\n```\n")
    assert in_fence("````\n```\n")
    assert in_fence("```\n``` no end\n")
    assert not in_fence("```\ncode\n```\n")
    assert not in_fence("``` `inline` ```\n")
    assert not in_fence("    ```\n")


def test_one_word_is_found_anywhere_and_several_only_where_words_begin() -> None:
    assert naming("GPT")("OpenAI openai/gpt-5-mini")
    assert naming("sim fast")("Simulator sim/sim-fast")
    assert naming("limit")("Rate limiter for the gateway")
    assert not naming("limiter a")("Rate limiter for the gateway")
    assert naming("café")("Cafe\u0301 am Rhein")
    assert naming("STRASSE")("Straße")
    assert naming("")("anything")
