"""Drafts as values: how they are joined, and how much goes with one message."""

from __future__ import annotations

from switchyard.core.content import StoredFile
from switchyard.core.draft import MOST_FILES, Draft, too_much
from switchyard.core.media import LARGEST_FILE_BYTES
from switchyard.core.picks import PickKind


def file(name: str, size_bytes: int = 1) -> StoredFile:
    return StoredFile(name, "text/plain", name * 8, size_bytes)


def test_drafts_are_joined_in_their_order_and_each_file_is_there_once() -> None:
    a, b = file("a"), file("b")
    assert Draft("two", (a, b)).after(Draft("one", (a,))) == Draft("one\ntwo", (a, b))
    assert Draft("two").after(Draft(" ")) == Draft("two")


def test_joined_drafts_go_where_the_later_one_was_to_go() -> None:
    one, two = (PickKind.MODEL, "a/one"), (PickKind.CHAIN, "Two")
    assert Draft("b", to=two).after(Draft("a", to=one)).to == two
    assert Draft("b").after(Draft("a", to=one)).to == one


def test_a_draft_without_words_counts_where_it_has_files() -> None:
    assert Draft("", (file("a"),))
    assert not Draft(" \n")


def test_what_no_message_takes_is_said() -> None:
    assert too_much([file(str(n)) for n in range(MOST_FILES)]) is None
    assert too_much([file(str(n)) for n in range(MOST_FILES + 1)]) is not None
    half = LARGEST_FILE_BYTES // 2
    assert too_much([file("a", half), file("b", half)]) is None
    assert too_much([file("a", half), file("b", half + 1)]) is not None
