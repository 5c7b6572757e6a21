"""Reasoning written into the text is parted from it, however it comes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.providers.think import ThinkSplitter


def _split(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    told = [splitter.feed(piece) for piece in pieces] + [splitter.close()]
    return "".join(reasoning for reasoning, _ in told), "".join(text for _, text in told)


CASES = [
    ("<think>\nHmm.\n</think>\n\nHello.", "Hmm.\n", "Hello."),
    ("\n <think>a</think>b", "a", "b"),
    ("<think>a</think>", "a", ""),
    ("<think>never closed", "never closed", ""),
    ("<think>a </thin b", "a </thin b", ""),
    ("<think></think>b", "", "b"),
    ("Hello.", "", "Hello."),
    ("The tag <think> opens, </think> closes.", "", "The tag <think> opens, </think> closes."),
    ("<thinking>a", "", "<thinking>a"),
    ("<th", "", "<th"),
    ("  \n", "", "  \n"),
    ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
    ("", "", ""),
]


@pytest.mark.parametrize(("whole", "reasoning", "text"), CASES)
def test_split(whole: str, reasoning: str, text: str) -> None:
    assert _split([whole]) == (reasoning, text)
    assert _split(list(whole)) == (reasoning, text)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "thi", "nk>", "/", "\n", "a ", "words"])),
    st.lists(st.integers(min_value=0)),
)
def test_split_does_not_depend_on_the_pieces(parts: list[str], cuts: list[int]) -> None:
    whole = "".join(parts)
    edges = [0, *sorted(cut % (len(whole) + 1) for cut in cuts), len(whole)]
    assert _split([whole[start:end] for start, end in itertools.pairwise(edges)]) == _split([whole])


def test_text_is_not_held_back_longer_than_needed() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<th") == ("", "")
    assert splitter.feed("ink>abc") == ("abc", "")
    assert splitter.feed("def</") == ("def", "")
    assert splitter.feed("think>x") == ("", "x")
    assert splitter.feed("</think>") == ("", "</think>")
