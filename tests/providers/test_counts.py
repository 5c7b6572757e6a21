"""Members of what providers answer, whose shape is never certain."""

import pytest

from switchyard.providers.counts import part_of


@pytest.mark.parametrize("entry", [{}, {"part": None}, {"part": []}, {"part": "x"}])
def test_what_is_written_into_a_part_that_was_not_there_is_seen_by_nobody_else(entry: dict[str, object]) -> None:
    part_of(entry, "part")["signature"] = "of one reply"
    assert part_of(entry, "part") == {}
    assert part_of({}, "other") == {}


def test_a_part_that_is_there_is_the_one_that_is_written_into() -> None:
    entry: dict[str, object] = {"part": {"a": 1}}
    part_of(entry, "part")["b"] = 2
    assert entry == {"part": {"a": 1, "b": 2}}
