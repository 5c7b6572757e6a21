"""Tops of messages always follow from the heights above them, whatever changed in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.ui.transcript.column import column_in
from switchyard.ui.transcript.heights import GAP, PAD_BOTTOM, PAD_TOP, Heights, guess_height

CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.just(0), st.integers(1, 500)),
        st.tuples(st.just("set"), st.integers(0, 30), st.integers(1, 500)),
        st.tuples(st.just("remove"), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("look"), st.integers(0, 30), st.just(0)),
    ),
    max_size=40,
)


def tops(heights: list[int]) -> list[int]:
    found = [PAD_TOP]
    for height in heights:
        found.append(found[-1] + height + GAP)
    return found


@given(st.lists(st.integers(1, 500), max_size=20), CHANGES)
def test_tops_follow_from_heights(start: list[int], changes: list[tuple[str, int, int]]) -> None:
    plain = list(start)
    heights = Heights(start)
    for what, at, height in changes:
        if what == "append":
            plain.append(height)
            heights.append(height)
        elif at < len(plain):
            if what == "set":
                plain[at] = height
                heights.set(at, height)
            elif what == "remove":
                del plain[at]
                heights.remove(at)
            else:
                assert heights.top(at) == tops(plain)[at]
    assert [heights.top(at) for at in range(len(plain) + 1)] == tops(plain)
    assert heights.total == (tops(plain)[-1] - GAP + PAD_BOTTOM if plain else 0)


def test_a_place_belongs_to_the_message_that_lies_there() -> None:
    heights = Heights([100, 50, 200])
    for at in range(3):
        assert heights.index_at(heights.top(at)) == at
        assert heights.index_at(heights.top(at) + heights[at] - 1) == at
    assert heights.index_at(-50) == 0
    assert heights.index_at(10_000) == 2


def test_a_longer_text_is_guessed_higher() -> None:
    def message(text: str) -> Message:
        return Message(MessageId("m"), None, Role.ASSISTANT, MessageState.COMPLETE, text, 0)

    assert guess_height(message("word " * 200), 760) > guess_height(message("word " * 20), 760)
    assert guess_height(message("word " * 200), 400) > guess_height(message("word " * 200), 760)


def test_the_column_is_centred_and_keeps_its_margins() -> None:
    wide = column_in(1108)
    assert (wide.left, wide.width, wide.text_width) == (152, 804, 760)
    narrow = column_in(600)
    assert (narrow.left, narrow.width, narrow.text_width) == (24, 552, 508)
