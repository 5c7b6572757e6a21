"""Patterns that are compiled later find what those find that are compiled at once."""

from __future__ import annotations

import re

import pytest

from switchyard.core.pattern import pattern_of

TEXT = "One fish, two Fish"


def test_it_finds_what_a_compiled_one_finds() -> None:
    later, at_once = pattern_of(r"(f)ish", re.IGNORECASE), re.compile(r"(f)ish", re.IGNORECASE)
    assert [found.span() for found in later.finditer(TEXT)] == [found.span() for found in at_once.finditer(TEXT)]
    assert later.findall(TEXT) == ["f", "F"]
    assert later.sub("-", TEXT) == "One -, two -"
    assert later.split(TEXT) == at_once.split(TEXT)
    assert later.fullmatch("FISH") is not None
    assert later.match(TEXT, 4) is not None
    assert later.match(TEXT) is None
    assert later.pattern == at_once.pattern


def test_flags_count() -> None:
    assert pattern_of("fish").search("FISH") is None
    assert pattern_of("fish", re.IGNORECASE).search("FISH") is not None


def test_it_is_compiled_when_it_is_asked() -> None:
    broken = pattern_of("(")
    with pytest.raises(re.error):
        broken.search("")
